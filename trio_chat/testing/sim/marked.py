"""Tests marked `sim`: the body of a test, run under one seed after the other.

Laws:

* Each seed has a run of its own, a server, a network, a clock; what the test has of fixtures is
  made once, and all its runs share it.
* What is drawn for a test by hand leaves alone what the test may count on: of faults there are
  those that it names, and of knobs those change that slow its users down, but refuse them nothing.
* The first failure ends the test. It is shrunk, and what is raised is that of its last run.
"""

from __future__ import annotations

import inspect
import logging
import re
import shlex
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from trio_chat.testing.plugin import REPORT
from trio_chat.testing.runtime import Streams
from trio_chat.testing.sim.faults import FAULTS
from trio_chat.testing.sim.knobs import Knobs
from trio_chat.testing.sim.plan import Plan
from trio_chat.testing.sim.report import report
from trio_chat.testing.sim.run import Outcome, run_plan
from trio_chat.testing.sim.shrink import SECONDS, Shrunk, shrink

if TYPE_CHECKING:
    from trio_chat.testing.sim.simulation import Sim

Body = Callable[..., Awaitable[object]]

SEEDS = 50
"""Unless a test says otherwise: a few seconds of them."""

HOSTS = ("program",)
"""What network faults befall unless a test says otherwise: the host of what `sim.run` runs."""

GENTLE = (
    "policy",
    "latency",
    "quantum",
    "bandwidth",
    "window",
    "partial",
    "durability",
    "disk",
    "disk_seconds",
    "constants",
)
"""Knobs that are drawn for a test by hand: under any of them the chat is slower, or does things in
another order, but nobody is turned away. All others are as usual unless the test sets them."""


class BadMark(Exception):
    """The mark says something that there is not."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a test is to be run under: the arguments of `pytest.mark.sim`."""

    seeds: int = SEEDS
    """How many, from 0 on."""
    seed: int | None = None
    """The only one, if that is wanted."""
    faults: tuple[str, ...] = ()
    """Kinds of faults, of those in `FAULTS`, that happen in every run."""
    hosts: tuple[str, ...] = HOSTS
    """The hosts that network faults befall."""
    knobs: Mapping[str, Any] = field(default_factory=dict)
    """Knobs by their names, as they are to be in every run."""
    minutes: float | None = None
    """No further seed is begun after so many minutes of real time."""

    @classmethod
    def of(cls, mark: pytest.Mark | None, config: pytest.Config) -> Wanted:
        """What a mark says, and the options of the command line over it. Raises `BadMark`."""
        said = dict(mark.kwargs) if mark is not None else {}
        known = [each.name for each in fields(cls)]
        if mark is not None and mark.args:
            raise BadMark("it takes its arguments by name: " + ", ".join(known))
        _check("argument", said, known)
        wanted = cls(**said)
        _check("fault", wanted.faults, FAULTS)
        _check("knob", wanted.knobs, [each.name for each in fields(Knobs)])
        if (seeds := config.getoption("sim_seeds")) is not None:
            wanted = replace(wanted, seeds=seeds)
        if (seed := config.getoption("sim_seed")) is not None:
            wanted = replace(wanted, seed=seed)
        return wanted

    def plans(self) -> Iterator[Plan]:
        """A plan for each seed."""
        end = None if self.minutes is None else time.monotonic() + 60 * self.minutes
        for seed in range(self.seeds) if self.seed is None else (self.seed,):
            if end is not None and time.monotonic() >= end:
                return
            yield self.plan(seed)

    def plan(self, seed: int) -> Plan:
        drawn = Knobs.draw(Streams(seed).stream("knobs"), (), ())
        gentle = {name: getattr(drawn, name) for name in GENTLE}
        knobs = replace(Knobs(**gentle), faults=self.faults)
        return Plan.draw(seed, replace(knobs, **self.knobs), hosts=self.hosts)


def _check(what: str, names: Any, known: Any) -> None:
    for name in names:
        if name not in known:
            raise BadMark(f"there is no {what} {name!r}, but: {', '.join(known)}")


def run_marked(item: pytest.Function, body: Body) -> None:
    """Run the body of a test under its seeds.

    Raises what the first failure has raised, or what `pytest.fail` raises if it was no exception.
    """
    __tracebackhide__ = True
    mistake = ""
    try:
        wanted = Wanted.of(item.get_closest_marker("sim"), item.config)
    except BadMark as bad:
        mistake = str(bad)
    if mistake:
        pytest.fail(f"the mark sim: {mistake}", pytrace=False)
    test = _Test(item, body)
    kept: str | None = item.config.getoption("sim_plan")
    plans = wanted.plans() if kept is None else iter([Plan.from_json(Path(kept).read_bytes())])
    for plan in plans:
        outcome = test.run(plan)
        if test.skipped is not None:
            raise test.skipped
        if outcome.failure is not None:
            _fail(item, test, outcome)


def _fail(item: pytest.Function, test: _Test, outcome: Outcome) -> NoReturn:
    """Shrink the failure of a test, keep what there is to say of it, and raise what it raised."""
    __tracebackhide__ = True
    # One that is known to fail is not looked into each time.
    is_known = item.get_closest_marker("xfail") is not None
    seconds = 0.0 if is_known else SECONDS
    shrunk = shrink(outcome, test.run, seconds=seconds, is_by_hand=True)
    failure = shrunk.outcome.failure
    assert failure is not None
    item.stash[REPORT] = report(shrunk.outcome, _replay(item, shrunk), shrunk)
    if failure.error is None:
        pytest.fail(str(failure), pytrace=False)
    error = failure.error
    if isinstance(error.__cause__, pytest.fail.Exception):
        error = error.__cause__
    raise error.with_traceback(_of_the_test(error.__traceback__))


OURS = ("trio.", "trio_chat.testing.")


def _of_the_test(whole: TracebackType | None) -> TracebackType | None:
    """A traceback from where it comes into the test, or a program that the test runs."""
    traceback = whole
    while traceback is not None:
        if not traceback.tb_frame.f_globals.get("__name__", "").startswith(OURS):
            return traceback
        traceback = traceback.tb_next
    return whole


def _replay(item: pytest.Function, shrunk: Shrunk) -> list[str]:
    """What to type to have it fail again: as it was found, and the shortest, which is kept where
    pytest keeps such things."""
    command = f"pytest {shlex.quote(item.nodeid)}"
    lines = [f"{command} --sim-seed {shrunk.plan.seed}"]
    cache: pytest.Cache | None = getattr(item.config, "cache", None)
    if cache is not None:  # there is none under `-p no:cacheprovider`
        name = re.sub(r"[^\w.-]+", "-", item.name)
        path = cache.mkdir("trio-chat-sim") / f"{name}-{shrunk.plan.seed}.json"
        path.write_text(shrunk.plan.to_json())
        if path.is_relative_to(Path.cwd()):
            path = path.relative_to(Path.cwd())
        lines.append(f"{command} --sim-plan {shlex.quote(str(path))}")
    return lines


@contextmanager
def _unlogged() -> Iterator[None]:
    """Have what the server logs stay in the simulation, which judges it: on the log of pytest it is
    that of all runs together, and of servers that were just killed."""
    logger = logging.getLogger("trio_chat")
    before, logger.propagate = logger.propagate, False
    try:
        yield
    finally:
        logger.propagate = before


class _Test:
    """The body of a test, to be run as often as need be."""

    def __init__(self, item: pytest.Function, body: Body) -> None:
        if not inspect.iscoroutinefunction(body):
            pytest.fail("it is marked `sim` but is not async", pytrace=False)
        names = inspect.signature(body).parameters
        self._body = body
        self._arguments = {name: item.funcargs[name] for name in names if name != "sim"}
        for name, value in self._arguments.items():
            if type(value).__module__.startswith("pytest_trio."):
                pytest.fail(f"the fixture `{name}` is one for pytest-trio alone", pytrace=False)
        self.skipped: BaseException | None = None
        """What says that it is to be skipped."""

    def run(self, plan: Plan) -> Outcome:
        with _unlogged():
            return run_plan(plan, self._run_body)

    async def _run_body(self, sim: Sim) -> None:
        try:
            await self._body(**self._arguments, sim=sim)
        except pytest.skip.Exception as skipped:
            self.skipped = skipped
        except pytest.fail.Exception as failed:  # which trio would let pass, as it is no Exception
            raise AssertionError(str(failed)) from failed
