"""Medians, ratios, verdicts and tables, from figures made up here."""

from __future__ import annotations

import dataclasses
import io
import json

from rich.console import Console
from rich.table import Table

from benchmarks.figures import Figures, Summary, summarise
from benchmarks.histogram import Histogram
from benchmarks.report import judge, main_table, more_table, targets_table


def figures(
    row: str = "lobby",
    *,
    cpu: int | None = 10_000_000,
    latencies: tuple[int, ...] = (1_000_000,),
    load: float = 0.5,
    seconds: float = 10.0,
    **more: float,
) -> Figures:
    histogram = Histogram()
    for latency in latencies:
        histogram.record(latency)
    return Figures(
        row=row,
        clients=100,
        seconds=seconds,
        messages=10,
        deliveries=1000,
        octets_per_delivery=85.0,
        server_cpu_ns=cpu,
        memory_per_connection=9000.0,
        load_share=load,
        late_ns=0,
        member=histogram,
        last=histogram,
        more=more,
    )


def both(ours: list[Figures], floors: list[Figures]) -> list[Summary]:
    row = ours[0].row
    return [summarise(row, "floor", floors), summarise(row, "ours", ours, floors)]


def shown(table: Table | None) -> str:
    assert table is not None
    out = io.StringIO()
    Console(width=200, file=out).print(table)
    return out.getvalue()


def test_cpu_is_given_per_delivery() -> None:
    assert figures().values()["cpu_per_delivery_ns"] == 10_000


def test_a_figure_that_cannot_be_read_is_absent() -> None:
    assert "cpu_per_delivery_ns" not in figures(cpu=None).values()


def test_figures_come_back_from_json_unchanged() -> None:
    one = figures(peak_growth=5.0)
    plain = json.loads(json.dumps(one.to_json()))
    assert Figures.from_json(plain).to_json() == plain
    assert Figures.from_json(plain).values() == one.values()


def test_ratios_are_taken_within_a_repeat_and_then_their_median() -> None:
    ours = [figures(cpu=cpu) for cpu in (10_000_000, 40_000_000, 30_000_000)]
    floors = [figures(cpu=cpu) for cpu in (5_000_000, 40_000_000, 20_000_000)]
    summary = both(ours, floors)[1]
    assert summary.ratios["cpu_per_delivery_ns"] == 1.5
    assert summary.spread["cpu_per_delivery_ns"] == (1.0, 2.0)
    assert summary.values["cpu_per_delivery_ns"] == 30_000


def test_the_latencies_of_all_repeats_are_kept_together() -> None:
    summary = summarise("lobby", "ours", [figures(latencies=(1,)), figures(latencies=(9,))])
    for latencies in summary.latencies.values():
        assert (latencies.count, latencies.largest) == (2, 9)


def test_a_saturated_generator_is_named_unless_the_server_is_saturated_too() -> None:
    second = 1_000_000_000
    assert figures(load=0.99, cpu=second // 2, seconds=1).generator_bound
    assert figures(load=0.99, cpu=None, seconds=1).generator_bound
    assert not figures(load=0.99, cpu=second, seconds=1).generator_bound
    assert not figures(load=0.90, cpu=second // 2, seconds=1).generator_bound


def test_the_table_says_when_the_generator_was_the_limit() -> None:
    text = shown(main_table(both([figures(load=0.99)], [figures()]), "floor"))
    assert text.count("generator-bound") == 1


def test_the_table_says_when_lines_were_lost() -> None:
    lossy = dataclasses.replace(figures(), faults=("3 deliveries never arrived",))
    assert "lines lost" in shown(main_table(both([lossy], [figures()]), "floor"))


def test_each_figure_stands_beside_its_ratio_to_the_floor() -> None:
    text = shown(main_table(both([figures(cpu=13_000_000)], [figures()]), "floor"))
    assert "13.00" in text
    assert "× 1.30" in text


def test_repeats_show_how_far_the_ratios_spread() -> None:
    ours = [figures(cpu=12_000_000), figures(cpu=16_000_000)]
    text = shown(main_table(both(ours, [figures(), figures()]), "floor"))
    assert "× 1.40" in text
    assert "± 14%" in text


def test_figures_of_a_single_shape_have_a_table_of_their_own() -> None:
    summaries = both([figures("slow", slow_closed=50)], [figures("slow", slow_closed=40)])
    text = shown(more_table(summaries, "floor"))
    assert "closed by the server" in text
    assert "1.25" in text


def test_no_such_figures_no_such_table() -> None:
    assert more_table(both([figures()], [figures()]), "floor") is None


def test_targets_are_judged_by_the_server_and_not_by_the_floor() -> None:
    (verdict,) = judge(both([figures(cpu=13_000_000)], [figures()]))
    assert (verdict.server, verdict.value, verdict.met) == ("ours", 1.3, True)
    (verdict,) = judge(both([figures(cpu=14_000_000)], [figures()]))
    assert not verdict.met


def test_a_target_of_a_rate_is_reached_from_above() -> None:
    (verdict,) = judge(both([figures("shout")], [figures("shout")]))
    assert not verdict.met
    (verdict,) = judge(both([figures("shout", seconds=0.0001)], [figures("shout")]))
    assert verdict.met
    assert "reached" in shown(targets_table([verdict]))


def test_a_target_holds_beside_the_server_it_was_set_for() -> None:
    without = summarise("lobby", "trio-chat no history", [figures()])
    kept = summarise("lobby", "trio-chat disk", [figures(seconds=12.5)], [figures()])
    verdicts = judge([without, kept])
    assert [verdict.target.metric for verdict in verdicts] == [
        "deliveries_per_second",
        "member_p99_ns",
    ]
    assert [verdict.met for verdict in verdicts] == [False, True]


def test_where_nobody_waits_for_the_disk_no_target_of_the_disk_is_judged() -> None:
    without = summarise("lobby", "trio-chat no history", [figures()])
    assert not judge([without, summarise("lobby", "trio-chat memory", [figures()], [figures()])])
