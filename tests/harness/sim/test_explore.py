"""Exploring, by processes that make up what they find."""

from __future__ import annotations

import os

import pytest

from trio_chat.testing.sim.explore import LOST, Findings, Search, Shortest, Tried, explore

from .trials import MadeUp


class Told:
    """What an observer was told; with `ctrl_c`, the user has enough after the first failure."""

    def __init__(self, *, ctrl_c: bool = False) -> None:
        self.failures: list[Tried] = []
        self.plans: list[Shortest] = []
        self.seeds: list[int] = []
        self._ctrl_c = ctrl_c

    def failed(self, tried: Tried) -> None:
        self.failures.append(tried)
        if self._ctrl_c:
            raise KeyboardInterrupt

    def shortened(self, shortest: Shortest) -> None:
        self.plans.append(shortest)

    def progress(self, findings: Findings) -> None:
        self.seeds.append(findings.seeds)


def test_the_first_of_each_kind_is_shrunk_and_the_others_are_counted() -> None:
    told = Told()
    trial = MadeUp({10: "order", 12: "ghost", 13: "order", 16: "breaks"})
    findings = explore(Search(trial, first_seed=10, seeds=7), told)
    assert findings.seeds == 7
    assert findings.count == {"order": 2, "ghost": 1, LOST: 1}
    assert [(each.seed, each.kind) for each in told.failures] == [
        (10, "order"),
        (12, "ghost"),
        (16, LOST),
    ]
    assert [(each.seed, each.plan) for each in told.plans] == [(10, "{}"), (12, "{}")]
    assert "RuntimeError: the harness is broken" in told.failures[-1].text
    assert str(os.getpid()) not in told.failures[0].text
    assert told.seeds == sorted(told.seeds)


@pytest.mark.slow
def test_a_process_that_is_lost_is_told_with_its_seed_and_replaced() -> None:
    told = Told()
    trial = MadeUp({0: "dies", 1: "hangs"})
    findings = explore(Search(trial, seeds=3, jobs=2, run_seconds=3), told)
    assert findings.seeds == 3
    (died,) = told.failures  # the second is of the same kind
    assert (died.seed, died.text) == (0, "its process ended by itself, with 3")
    assert findings.count == {LOST: 2}
    assert told.plans == []


def test_ctrl_c_ends_it_and_what_was_found_stays() -> None:
    told = Told(ctrl_c=True)
    findings = explore(Search(MadeUp({4: "order"}), jobs=1), told)
    assert findings.count == {"order": 1}
    assert findings.seeds == 5
    assert told.plans == []


def test_when_time_is_up_no_seed_is_begun() -> None:
    assert explore(Search(MadeUp(), seconds=0.0), Told()).seeds == 0
