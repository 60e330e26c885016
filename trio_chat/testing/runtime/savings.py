"""What takes trio less time in a run, and makes nothing different.

Law: each of these does just what trio does in its place; where it is not known that it would, it is
left to trio. Together they are a tenth of a run.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Any

import trio
from trio._core import _instrumentation, _run

Patches = Callable[[object, str, object], None]
"""Puts a value under a name of an object, until the run is over."""


def install(patch: Patches) -> None:
    """Save what can be saved in every run."""
    _save_input(patch)
    _save_contexts(patch)


def _save_input(patch: Patches) -> None:
    # To ask the kernel in each pass takes 6 % of a run, and it never has anything to say; but for
    # messages that come by a real socket, and for programs that are real outside of the run.
    kind: Any = _run.TheIOManager  # type: ignore[attr-defined]
    plain = kind.get_events

    def get_events(self: Any, timeout: float) -> Any:
        queue = _run.GLOBAL_RUN_CONTEXT.runner.entry_queue
        if timeout > 0 or queue.queue or queue.idempotent_queue or len(self._registered) > 1:
            return plain(self, timeout)
        return []

    if sys.platform != "win32":
        patch(kind, "get_events", get_events)


_THE_SAME = ("0.30.", "0.31.", "0.32.", "0.33.", "0.34.", "0.35.")
"""Versions of trio in which what follows does just what trio does."""


def _save_contexts(patch: Patches) -> None:
    # Two for each scope, made by `contextlib`, are 6 % of a run.
    if trio.__version__.startswith(_THE_SAME):
        patch(trio.CancelScope, "_might_change_registered_deadline", _change_deadline)


def _change_deadline(scope: trio.CancelScope) -> _DeadlineChange:
    return _DeadlineChange(scope)


class _DeadlineChange:
    """Within it a deadline may change, or whether it counts."""

    __slots__ = ("_scope",)

    def __init__(self, scope: Any) -> None:
        self._scope = scope

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        scope = self._scope
        old = scope._registered_deadline
        new = scope._deadline
        if scope._cancel_status is None or scope._cancel_called:
            new = math.inf
        if old != new:
            scope._registered_deadline = new
            deadlines = _run.GLOBAL_RUN_CONTEXT.runner.deadlines
            if old != math.inf:
                deadlines.remove(old, scope)
            if new != math.inf:
                deadlines.add(new, scope)


class _Instruments(dict[str, Any]):
    """Those of trio are a `UserDict`, asked seven times in each pass whether it has something."""

    @property
    def data(self) -> _Instruments:
        return self


for _name in ("add_instrument", "remove_instrument", "call"):
    setattr(_Instruments, _name, vars(_instrumentation.Instruments)[_name])


def begin() -> None:
    """Have it known faster in this run, which begins, that nothing watches it."""
    runner: Any = _run.GLOBAL_RUN_CONTEXT.runner
    runner.instruments = _Instruments(runner.instruments.data)
