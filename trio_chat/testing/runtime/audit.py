"""What code in a run does that the seed does not decide, and which line does it.

Laws:

* It sees calls: of C functions, by the profiler's hook, and what Python itself reports to audit
  hooks. So it slows a run down some three times, and changes nothing in it.
* Whose line it is: the nearest that belongs neither to the standard library nor to trio nor to this
  package. What those do by themselves is theirs to answer for.
* What it cannot see is told as well, in `BLIND_SPOTS`.
"""

from __future__ import annotations

import _thread
import datetime
import os
import sys
import sysconfig
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import BuiltinFunctionType, FrameType
from typing import Any

from trio_chat.testing.runtime.runtime import current_runtime

BLIND_SPOTS = (
    "the order of a set of objects, which goes by their addresses; but two processes have others, "
    "and differ if it matters",
    "what C code asks by itself: the random numbers of OpenSSL, the clock of SQLite",
    "files that are there or not, and what is in them",
)
"""What no hook of Python's tells of."""


@dataclass(frozen=True, slots=True)
class Hazard:
    """Something that the seed does not decide, and the line of code that does it."""

    what: str
    where: str
    """`file:line in function`."""
    count: int
    """How often."""


_BOUND_EARLIER = (
    "asks the real clock by {}, under a name bound before the run, as by `from time import …` or "
    "by a default argument"
)
_CLOCKS = (
    *("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns"),
    *("process_time", "process_time_ns", "thread_time", "thread_time_ns", "clock_gettime"),
)

_EVENTS = {
    "socket.connect": "connects a real socket",
    "socket.bind": "binds a real socket",
    "socket.sendto": "sends by a real socket",
    "socket.getaddrinfo": "looks up a name for real",
    "socket.gethostname": "asks for the name of this machine",
    "subprocess.Popen": "starts a process",
    "os.fork": "forks",
    "os.posix_spawn": "starts a process",
    "os.system": "starts a process",
    "os.listdir": "lists a directory: in an order that is the file system's, unless it is sorted",
    "os.scandir": "lists a directory: in an order that is the file system's, unless it is sorted",
}
"""What is reported of Python's audit events."""

_STARTS = {"start_new_thread", "start_joinable_thread"}

_DATES = ("now", "utcnow", "today")


def _calls() -> dict[Any, str]:
    """What is reported of calls of C functions."""
    return {
        **{vars(time)[name]: _BOUND_EARLIER.format(f"time.{name}") for name in _CLOCKS},
        time.sleep: "sleeps for real, under a name bound before the run",
        # Python 3.11 has no audit event for these.
        **{vars(_thread)[name]: "starts a real thread" for name in _STARTS & vars(_thread).keys()},
        os.urandom: "draws from the kernel, by a name bound before the run",
        os.getpid: "asks for the number of the process",
        threading.get_ident: "asks for the number of the thread, which is an address",
        id: "asks for an address, by `id`",
    }


_NOT_ASKED_BY_OTHERS = frozenset([id, os.getpid, threading.get_ident])
"""Harmless, and often done, where the standard library does it."""


@contextmanager
def watching(trusted: tuple[str, ...] = ()) -> Iterator[Callable[[], list[Hazard]]]:
    """Watch all runs in the block; gives a function that returns what was found.

    What the modules of the packages `trusted` do is not reported.
    """
    watch = _Watch(trusted)
    # It cannot be taken away again, and so is told to be silent.
    sys.addaudithook(watch.hear)
    threading.setprofile(watch.see)
    sys.setprofile(watch.see)
    try:
        yield watch.hazards
    finally:
        watch.is_on = False
        sys.setprofile(None)
        threading.setprofile(None)


class _Watch:
    def __init__(self, trusted: tuple[str, ...]) -> None:
        self.is_on = True
        self._trusted = (*trusted, __package__)
        self._calls = _calls()
        self._found: dict[tuple[str, str], int] = {}

    def hazards(self) -> list[Hazard]:
        return [Hazard(what, where, count) for (what, where), count in self._found.items()]

    def hear(self, event: str, _: tuple[Any, ...]) -> None:
        """An audit hook."""
        if not (self.is_on and event in _EVENTS and _is_in_run()):
            return
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and frame.f_globals.get("__name__") == "socket":
            frame = frame.f_back
        # trio sees first whether a name is an address, whoever is to look it up.
        if frame is not None and frame.f_globals.get("__name__") != "trio._socket":
            self._report(_EVENTS[event], frame)

    def see(self, frame: FrameType, event: str, called: Any) -> None:
        """A profile function."""
        if event != "c_call" or type(called) is not BuiltinFunctionType or not _is_in_run():
            return
        owner = called.__self__
        if isinstance(owner, type) and issubclass(owner, datetime.date):
            if called.__name__ in _DATES:
                self._report(f"asks the real clock, by {owner.__name__}.{called.__name__}", frame)
        elif called in self._calls and not (called in _NOT_ASKED_BY_OTHERS and _is_library(frame)):
            self._report(self._calls[called], frame)

    def _report(self, what: str, frame: FrameType) -> None:
        culprit: FrameType | None = frame
        while culprit is not None and _is_library(culprit):
            if culprit.f_code.co_filename.startswith("<frozen importlib"):
                return  # who imports a module looks for it
            culprit = culprit.f_back
        if culprit is None:
            return
        module = culprit.f_globals.get("__name__", "")
        if any(module == each or module.startswith(f"{each}.") for each in self._trusted):
            return
        code = culprit.f_code
        where = f"{_shown(code.co_filename)}:{culprit.f_lineno} in {code.co_qualname}"
        self._found[what, where] = self._found.get((what, where), 0) + 1


def _is_in_run() -> bool:
    runtime = current_runtime()
    return runtime is not None and runtime.is_inside()


_PATHS = sysconfig.get_paths()
_STDLIB = _PATHS["stdlib"] + os.sep
_SITES = tuple({_PATHS["purelib"] + os.sep, _PATHS["platlib"] + os.sep})
_LIBRARIES = ("trio", "outcome", "sniffio", "attr", "attrs")


def _is_library(frame: FrameType) -> bool:
    """Whether a frame is of the standard library or of trio."""
    name: str = frame.f_globals.get("__name__", "")
    if name.partition(".")[0] in _LIBRARIES:
        return True
    path = frame.f_code.co_filename
    if path.startswith("<frozen"):
        return True
    return path.startswith(_STDLIB) and not path.startswith(_SITES)


def _shown(path: str) -> str:
    """A path as short as it can be."""
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except ValueError:
        return path
