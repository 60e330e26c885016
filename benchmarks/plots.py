"""The plots of a run: a latency distribution per row, and the ratios to the floor at a glance.

Laws: drawn without a display; a row without a single latency has no plot.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt

from benchmarks.figures import Summary

_TICKS = (0.0, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999)
_COLOURS = ("#777777", "#0b6e99", "#d1495b", "#66a182", "#edae49")

_STYLES = ("-", "--")

RATIOS = {
    "cpu_per_delivery_ns": "CPU per delivery",
    "member_p99_ns": "p99, each",
    "last_p99_ns": "p99, last",
    "deliveries_per_second": "deliveries/s",
}
"""The ratios drawn of a server, and their titles."""


def draw(out: Path, summaries: Sequence[Summary], ratios: Mapping[str, str] = RATIOS) -> list[Path]:
    """Draw all plots of a run into the directory `out`; the files written."""
    rows: dict[str, list[Summary]] = {}
    for summary in summaries:
        rows.setdefault(summary.row, []).append(summary)
    written = []
    for row, found in rows.items():
        if any(latency.count for summary in found for latency in summary.latencies.values()):
            written.append(_latencies(out, row, found))
    compared = [summary for summary in summaries if summary.ratios.keys() & ratios.keys()]
    if compared:
        written.append(_ratios(out, compared, ratios))
    return written


def _latencies(out: Path, row: str, summaries: Sequence[Summary]) -> Path:
    figure, axes = plt.subplots(figsize=(8, 5))
    for summary, colour in zip(summaries, _COLOURS, strict=False):
        for (name, histogram), style in zip(summary.latencies.items(), _STYLES, strict=True):
            # The largest value stands at share 1, which this scale has no place for.
            curve = [(_nines(share), ns / 1e6) for share, ns in histogram.curve() if share < 1]
            if curve:
                axes.plot(
                    [x for x, _ in curve],
                    [y for _, y in curve],
                    style,
                    color=colour,
                    label=f"{summary.server}, {name}",
                )
    axes.set_yscale("log")
    axes.set_xticks([_nines(tick) for tick in _TICKS], [f"{tick * 100:g} %" for tick in _TICKS])
    axes.set_xlabel("share that took no longer")
    axes.set_ylabel("milliseconds")
    axes.set_title(f"{row}: latency")
    axes.grid(visible=True, alpha=0.3)
    axes.legend()
    path = out / f"latency-{re.sub(r'[^a-z0-9]+', '-', row)}.png"
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    plt.close(figure)
    return path


def _ratios(out: Path, summaries: Sequence[Summary], ratios: Mapping[str, str]) -> Path:
    figure, axes = plt.subplots(figsize=(9, 5))
    width = 0.8 / len(ratios)
    for offset, (name, title) in enumerate(ratios.items()):
        axes.bar(
            [at + offset * width for at in range(len(summaries))],
            [summary.ratios.get(name, 0) for summary in summaries],
            width,
            label=title,
        )
    axes.axhline(1, color="black", linewidth=0.8)
    axes.set_yscale("log")
    axes.set_xticks(
        [at + 0.4 - width / 2 for at in range(len(summaries))],
        [f"{summary.row}\n{summary.server}" for summary in summaries],
    )
    axes.set_ylabel("times the floor")
    axes.set_title("Ratios to the floor of the same run")
    axes.legend()
    path = out / "ratios.png"
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    plt.close(figure)
    return path


def _nines(share: float) -> float:
    """Where a share stands on the axis: 90 % at 1, 99 % at 2, 99.9 % at 3."""
    return -math.log10(1 - share)
