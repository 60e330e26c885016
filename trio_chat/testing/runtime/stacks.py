"""Where functions run that were given to a thread: on the stack of the run, or on one of their own.

Laws:

* On the stack of the run is the rule. Trio is not to be seen from there, as in any thread.
* `trio.from_thread.run` of something that waits needs a stack that can be left: a real thread. But
  that thread and the tasks never run at the same time: who goes on hands over, and waits. So
  nothing depends on the kernel.

Why not always so: to hand over and back takes 20 µs on an idle machine, and far more on a busy one,
since the kernel gives the processor to others in between; a call on the same stack takes 1.
"""

from __future__ import annotations

import contextvars
import sys
import threading
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

import outcome

T = TypeVar("T")

PATIENCE = 60.0
"""Real seconds for which a function on a stack of its own may keep the whole run waiting."""

_local = threading.local()


class Unreturned(RuntimeError):
    """A function in a thread waits for something that no task can bring about."""


class NeedsStack(RuntimeError):
    """A function waits for tasks, by `trio.from_thread.run`, on the stack that they run on."""


class Place(Protocol):
    """Where a function runs that was given to a thread."""

    slept: float
    """Virtual seconds that the function has slept."""

    def ask(self, call: Callable[[], T]) -> T:
        """Have this called where the tasks are, at once."""

    def wait(self) -> Any:
        """Let tasks run on until `wake` is called; with what. Raises `NeedsStack`."""

    def wake(self, value: Any) -> None:
        """Let the function go on soon, with this for what it waits for."""


def current_place() -> Place | None:
    """Where this is called, if that is in a thread of a run."""
    return getattr(_local, "place", None)


class OwnStack:
    """A stack for functions, one after the other; it runs while `switch` waits, and only then.

    `rouse` is called with it when it is to go on.
    """

    def __init__(self, rouse: Callable[[OwnStack], None]) -> None:
        self.slept = 0.0
        self.value: Any = None
        """What `wait` and `ask` are to return."""
        self.question: Callable[[], Any] | None = None
        """What is to be called where the tasks are."""
        self.result: outcome.Outcome[Any] | None = None
        """What came of the work, when it is done."""
        self._rouse = rouse
        self._work: Callable[[], Any] | None = None
        self._turn = threading.Lock()
        self._back = threading.Lock()
        self._turn.acquire()
        self._back.acquire()
        options: dict[str, Any] = {}
        if sys.version_info >= (3, 14):
            options["context"] = contextvars.Context()  # as trio does
        self._thread = threading.Thread(target=self._run, daemon=True, **options)
        self._name = self._thread.name
        self._thread.start()

    # -- where the tasks are

    def take(self, work: Callable[[], Any], name: str | None) -> None:
        """Have this done at the next `switch`."""
        self._work, self.result, self.slept = work, None, 0.0
        self._thread.name = name or self._name

    def switch(self) -> None:
        """Let it run until it is done, asks or waits. Raises `Unreturned`."""
        self._turn.release()
        if not self._back.acquire(timeout=PATIENCE):
            raise Unreturned(
                f"what runs in the thread {self._thread.name!r} has not come back in {PATIENCE} s: "
                "it waits for something real, as a lock that another thread holds across "
                "trio.from_thread.run"
            )

    def end(self) -> None:
        """End the thread, which has nothing to do."""
        self._work = None
        self._turn.release()
        self._thread.join()

    def wake(self, value: Any) -> None:
        self.value = value
        self._rouse(self)

    # -- in the thread

    def ask(self, call: Callable[[], T]) -> T:
        self.question = call
        answer: outcome.Outcome[T] = self.wait()
        return answer.unwrap()

    def wait(self) -> Any:
        self._back.release()
        self._turn.acquire()
        value, self.value = self.value, None
        return value

    def _run(self) -> None:
        _local.place = self
        while True:
            self._turn.acquire()
            if self._work is None:
                return
            self.result = outcome.capture(self._work)
            self._back.release()


class SameStack:
    """The stack of the run itself.

    `leave` takes away what there is of trio in this thread, and returns what `enter` wants to put
    it back.
    """

    def __init__(self, leave: Callable[[], Any], enter: Callable[[Any], None]) -> None:
        self.slept = 0.0
        self._leave = leave
        self._enter = enter
        self._left: Any = None

    def do(self, work: Callable[[], Any]) -> outcome.Outcome[Any]:
        """Do this; what came of it."""
        self.slept = 0.0
        _local.place = self
        self._left = self._leave()
        try:
            result: outcome.Outcome[Any] = outcome.capture(work)
            return result
        finally:
            self._enter(self._left)
            _local.place = None

    def ask(self, call: Callable[[], T]) -> T:
        self._enter(self._left)
        _local.place = None
        try:
            return call()
        finally:
            _local.place = self
            self._left = self._leave()

    def wait(self) -> Any:
        raise NeedsStack("nothing can be waited for on the stack of the run")

    def wake(self, value: Any) -> None:
        """Nobody waits here."""
