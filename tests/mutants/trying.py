"""What becomes of mutants, each in a process of its own, forked when all else is ready.

Laws:

* No file is changed, and no mutant outlives its process.
* A mutant whose change is in the body of a function is made of the functions that are there: it
  takes as long as the tests that call the function. Only for others (tables, fields, defaults, a
  lambda less) the project is imported anew, with all that tests it, which takes a second or two.
"""

from __future__ import annotations

import contextlib
import importlib
import itertools
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

import pytest

from .mutant import Fate, Mutant
from .swapping import Imported, is_swappable, swap
from .watching import Watched, watch

TESTS = ("tests/core", "--ignore-glob=*/test_any*.py", "--ignore=tests/core/test_time.py")
"""Those of the core that say what they say. Those that draw what they say take a hundred times as
long, and are tried on survivors alone, if at all."""

BEFOREHAND = (
    *("argon2", "cryptography.x509", "hypothesis", "hypothesis.stateful", "jwt", "msgspec"),
    *("OpenSSL", "precis_i18n", "scramp", "sqlite3", "trio", "trio.testing"),
    *("trustme", "websockets.client", "websockets.server"),
)
"""What the tests import that is not ours."""

SLACK_SECONDS = 60.0
TIMES_SLOWER = 20.0
"""How long a mutant may take: so many times as long as its tests took on the processor, and some
time to begin. A busy machine is that much slower; what takes longer still goes in circles."""

ANEW_SECONDS = 15.0
"""Of tests for one that is imported anew, the fastest first. A table that all of the core goes by
has forty, for two thousand tests; three quarters of those take fifteen."""

SEEDS = 8
"""Simulated chats that must run clean where no test has noticed."""

SEED_SECONDS = 1.0
"""For one of them, on the processor; most take half of that."""

NOT_TRIED = 70
"""The exit code of a process that has passed, but not with the mutant."""

QUIET = (
    *("-q", "-p", "no:cacheprovider", "-p", "no:xdist"),
    # That Hypothesis is there already, before pytest could have a hand in it.
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),
)


Told = Callable[[Mutant, Fate], None]
"""Who wants to know of each mutant what became of it, at once."""


def import_beforehand() -> None:
    """Import what all mutants need. Nothing of ours may be among it."""
    for name in BEFOREHAND:
        importlib.import_module(name)
    ours = [name for name in sys.modules if name.partition(".")[0] == "trio_chat"]
    assert not ours, ours


def try_by_tests(mutants: Sequence[Mutant], watched: Path, log: Path, told: Told) -> None:
    """Try mutants on the tests that call what they change.

    `watched` is a file: which test calls what is read from it, or found out and written to it.
    Raises `SystemExit` if the tests fail without any mutant.
    """
    # All is imported in a child, and this process left as it is, for those that import it anew.
    process = os.fork()
    if process == 0:
        loop = _Loop([each for each in mutants if is_swappable(each)], watched, log, told)
        _end(lambda: int(pytest.main([*QUIET, *TESTS], plugins=[loop])))
    _, status = os.waitpid(process, 0)
    if os.waitstatus_to_exitcode(status):
        raise SystemExit("the tests fail with nothing changed")
    known = Watched.read(watched)
    for mutant in mutants:
        if not is_swappable(mutant):
            told(mutant, _try_anew(mutant, known, log))


class _Loop:
    """In the place of pytest's own loop over the tests it has collected: one for each mutant."""

    def __init__(self, mutants: Sequence[Mutant], watched: Path, log: Path, told: Told) -> None:
        self._mutants = mutants
        self._watched = watched
        self._log = log
        self._told = told

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if not self._watched.exists():
            found = watch(session)
            if session.testsfailed:
                return True
            found.write(self._watched)
        known = Watched.read(self._watched)
        items = {item.nodeid: item for item in session.items}
        for mutant in self._mutants:
            names = known.tests_of(mutant)
            chosen = [items[name] for name in names if name in items]
            work = _Swapped(mutant, session, chosen)
            self._told(mutant, _fate(work, known.seconds_of(names), self._log, Fate.KILLED))
        return True


class _Swapped:
    """The work of a child: its functions changed, run the tests until one fails."""

    def __init__(self, mutant: Mutant, session: pytest.Session, items: list[pytest.Item]) -> None:
        self._mutant = mutant
        self._session = session
        self._items = items

    def __call__(self) -> int:
        swap(self._mutant)
        # It writes to where this process had its output before it was forked.
        self._session.config.pluginmanager.unregister(name="terminalreporter")
        for item, after in itertools.pairwise([*self._items, None]):
            assert item is not None
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
            if self._session.testsfailed:
                return 1
        return 0


class _Chosen:
    """Runs these tests alone, in this order, on a mutant that is imported."""

    def __init__(self, names: Sequence[str], imported: Imported) -> None:
        self._place = {name: place for place, name in enumerate(names)}
        self._imported = imported

    def pytest_configure(self) -> None:
        # Now: pytest has just put its own finder first, which would import a plugin's package.
        sys.meta_path.insert(0, self._imported)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = sorted(
            (item for item in items if item.nodeid in self._place),
            key=lambda item: self._place[item.nodeid],
        )


def _try_anew(mutant: Mutant, known: Watched, log: Path) -> Fate:
    """What becomes of a mutant that is imported in the place of its file."""
    names = known.within(ANEW_SECONDS, known.tests_of(mutant))

    def work() -> int:
        imported = Imported(mutant)
        files = list(dict.fromkeys(name.partition("::")[0] for name in names))
        code = int(pytest.main([*QUIET, "-x", *files], plugins=[_Chosen(names, imported)]))
        return code or (0 if imported.has_been else NOT_TRIED)

    return _fate(work, known.seconds_of(names), log, Fate.KILLED)


def try_by_seeds(mutants: Sequence[Mutant], seeds: Path, log: Path, told: Told) -> None:
    """Try mutants on a few simulated chats.

    `seeds` is a file: whose chats are sound is read from it, or found out and written to it.
    """
    process = os.fork()
    if process == 0:
        swappable = [each for each in mutants if is_swappable(each)]
        _end(lambda: _try_by_seeds(swappable, seeds, log, told))
    _, status = os.waitpid(process, 0)
    if os.waitstatus_to_exitcode(status):
        raise SystemExit("chats could not be simulated")
    sound = json.loads(seeds.read_text())
    for mutant in mutants:
        if not is_swappable(mutant):

            def work(mutant: Mutant = mutant) -> int:
                imported = Imported(mutant)
                sys.meta_path.insert(0, imported)
                return _simulate(sound) or (0 if imported.has_been else NOT_TRIED)

            told(mutant, _fate(work, SEEDS * SEED_SECONDS, log, Fate.SEED))


def _try_by_seeds(mutants: Sequence[Mutant], seeds: Path, log: Path, told: Told) -> int:
    """The work of the child that has all imported."""
    if not seeds.exists():
        # One that fails with nothing changed, which `nox -s sim` is to find, tells of no mutant.
        sound = (seed for seed in itertools.count() if _simulate([seed]) == 0)
        seeds.write_text(json.dumps(list(itertools.islice(sound, SEEDS))))
    sound_ones = json.loads(seeds.read_text())
    for mutant in mutants:

        def work(mutant: Mutant = mutant) -> int:
            swap(mutant)
            return _simulate(sound_ones)

        told(mutant, _fate(work, SEEDS * SEED_SECONDS, log, Fate.SEED))
    return 0


def _simulate(seeds: Sequence[int]) -> int:
    """1 if one of these chats is not sound."""
    from trio_chat.testing.sim.plan import Plan
    from trio_chat.testing.sim.run import run_plan

    for seed in seeds:
        outcome = run_plan(Plan.draw(seed))
        if outcome.failure is not None:
            print(f"seed {seed}: {outcome.failure}", flush=True)
            return 1
    return 0


def _fate(work: Callable[[], int], seconds: float, log: Path, if_noticed: Fate) -> Fate:
    """Survived if this returns 0 in a process of its own."""
    process = os.fork()
    if process == 0:
        os.setpgid(0, 0)  # with whatever the tests start
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(output, 1)
        os.dup2(output, 2)
        _end(work)
    deadline = time.monotonic() + SLACK_SECONDS + TIMES_SLOWER * seconds
    while time.monotonic() < deadline:
        done, status = os.waitpid(process, os.WNOHANG)
        if done and os.waitstatus_to_exitcode(status) == NOT_TRIED:
            raise SystemExit("a mutant was not imported")
        if done:
            # Whoever cannot even be imported, or dies of a signal, has been noticed.
            return if_noticed if os.waitstatus_to_exitcode(status) else Fate.SURVIVED
        time.sleep(0.005)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process, signal.SIGKILL)
    os.waitpid(process, 0)
    return Fate.TIMEOUT


def _end(work: Callable[[], int]) -> NoReturn:
    """End this process with what the work returns."""
    code = 1
    try:
        code = work()
    except Exception:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
