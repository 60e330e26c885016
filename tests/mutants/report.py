"""What came of a sample, for people to read."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping

from .mutant import Fate, Mutant


def report(fates: Mapping[Mutant, Fate]) -> str:
    """The survivors with their changes, then how many were killed, in every file and in all."""
    lines = []
    for mutant, fate in fates.items():
        if fate is Fate.SURVIVED:
            lines += [mutant.diff, ""]
    heads = f"{'mutants':>8} {'killed':>8} {'timeout':>8} {'by seed':>8} {'survived':>9}"
    lines.append(f"{'':44} {heads}")
    for path in sorted({mutant.path for mutant in fates}):
        lines.append(_row(str(path), [fates[each] for each in fates if each.path == path]))
    lines.append(_row("all", list(fates.values())))
    part = sum(fate.is_killed for fate in fates.values()) / len(fates)
    margin = 1.96 * math.sqrt(part * (1 - part) / len(fates))
    lines.append(f"{part:.1%} are killed, ±{margin:.1%} by the size of the sample (95%)")
    return "\n".join(lines)


def _row(name: str, fates: list[Fate]) -> str:
    count = Counter(fates)
    killed = len(fates) - count[Fate.SURVIVED]
    return (
        f"{name:44} {len(fates):>8} {killed:>8} {count[Fate.TIMEOUT]:>8} {count[Fate.SEED]:>8}"
        f" {count[Fate.SURVIVED]:>9}"
    )
