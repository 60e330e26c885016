"""All that is used of trio beyond its public names, in one place, and a check that it works.

trio promises no order among its tasks, and takes what order comes from addresses in memory and
from a random number of its own. This puts something that is the same in every process in the
place of each of these:

| what                                           | in trio it goes by                            |
| ---------------------------------------------- | --------------------------------------------- |
| the order of tasks in a pass of the scheduler  | `_run._r`, unseeded                           |
| sets of tasks: of an event, a nursery, a scope | the address of the task                       |
| who within a scope hears first of cancellation | addresses: `CancelStatus` in sets             |
| which of two equal deadlines is first          | `id(scope)`, in `Deadlines`                   |
| which abandoned generator is closed first      | addresses: a `WeakSet`                        |
| which socket of `open_tcp_stream` is closed    | the address of the socket                     |
| what happens in threads                        | the kernel: `_threads.start_thread_soon`      |

Laws:

* No other module names anything of trio with an underscore, but for `savings`.
* `self_check` meets each hook in a run, and says which is without effect in which version of trio;
  so does `installed` for a name that is gone. Nobody runs on without.
* Whatever happens, all is as before when `installed` ends.
* One run in a process at a time: tasks of another, in another thread, would be hashed anew.
"""

from __future__ import annotations

import inspect
import itertools
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from heapq import heappush
from operator import attrgetter
from typing import Any, NoReturn, Protocol, TypeVar

import outcome
import sniffio
import trio
import trio._highlevel_open_tcp_stream as _connecting
import trio._threads as _threads
from trio._core import _asyncgens, _run, _traps

from trio_chat.testing.runtime import savings
from trio_chat.testing.runtime.ordered import OrderedSet, WeakOrderedSet
from trio_chat.testing.runtime.stacks import NeedsStack, Place, SameStack, current_place

T = TypeVar("T")

VERSION = trio.__version__


class HookFailed(RuntimeError):
    """This trio is not built as the hook expects: nothing would be deterministic."""

    def __init__(self, hook: str, what: str) -> None:
        super().__init__(
            f"trio {VERSION} does not run deterministically: the hook {hook!r} {what}. "
            "Install a version of trio that trio-chat knows, or tell its authors."
        )
        self.hook = hook


class Runner(Protocol):
    """What a run is driven by; see `runtime`."""

    def shuffle(self, batch: list[Any]) -> None:
        """Put the tasks of a pass of the scheduler into order; the last is run first."""

    def start_thread(
        self, work: Callable[[], Any], deliver: Callable[[Any], object], name: str | None
    ) -> None:
        """Have `work` done elsewhere, and its outcome delivered."""

    def fail(self, error: BaseException) -> None:
        """End the run by this."""


# -- names of tasks

counter_of = attrgetter("_counter")
"""A number that grows from task to task over all the runs of a process."""


def number_of(task: trio.lowlevel.Task) -> int:
    """Which task of its run it is; the first is trio's own, number 0."""
    return hash(task)


def number_of_scope(scope: trio.CancelScope) -> int:
    """Which scope of its run it is, of those that were entered; while it is entered."""
    return hash(scope._cancel_status)


# -- looking into a run

_context = _run.GLOBAL_RUN_CONTEXT


def can_run() -> bool:
    """Whether there is a task that can run."""
    return bool(_context.runner.runq)


def next_deadline() -> float:
    """The earliest deadline of all scopes."""
    return _context.runner.deadlines.next_deadline()


def awaits_idle() -> bool:
    """Whether a task is in `wait_all_tasks_blocked`, and should be told before time goes on."""
    return bool(_context.runner.waiting_for_idle)


def has_messages() -> bool:
    """Whether something was handed to the run by `run_sync_soon`, and not yet called."""
    messages = _context.runner.entry_queue
    return bool(messages.queue or messages.idempotent_queue)


def awaits_input() -> bool:
    """Whether a task waits for a real file descriptor, other than trio's own."""
    statistics: Any = _context.runner.io_manager.statistics()
    return bool(statistics.tasks_waiting_read > 1 or statistics.tasks_waiting_write > 0)


def put_back(task: trio.lowlevel.Task) -> None:
    """Have a task of this pass run in the next one instead."""
    _context.runner.runq.append(task)


class _Waking(deque[Any]):
    """The tasks that can run, in the order in which they were woken; and the last ones taken."""

    taken: Sequence[trio.lowlevel.Task] = ()

    def clear(self) -> None:
        self.taken = tuple(self)
        super().clear()


def note_waking() -> None:
    """Have `as_woken` work in this run, which begins."""
    # trio sorts the tasks of a pass before it has them shuffled.
    _context.runner.runq = _Waking(_context.runner.runq)


def as_woken(batch: Sequence[trio.lowlevel.Task]) -> Sequence[trio.lowlevel.Task]:
    """The tasks of a pass in the order in which they were woken."""
    taken: Sequence[trio.lowlevel.Task] = getattr(_context.runner.runq, "taken", ())
    return taken if len(taken) == len(batch) else batch  # `self_check` notices


def all_tasks() -> list[trio.lowlevel.Task]:
    """Every task of this run, in the order in which they were started."""
    return sorted(_context.runner.tasks, key=counter_of)


def interrupt(error: BaseException) -> None:
    """Raise this wherever a task of the program waits for something, shielded or not."""

    def raise_error() -> NoReturn:
        raise error

    main = _context.runner.main_task
    waiting = [] if main is None else [main]
    for task in waiting:
        children = [
            child
            for nursery in task.child_nurseries
            for child in sorted(nursery.child_tasks, key=counter_of)
        ]
        waiting += children
        if not children and task._abort_func is not None:
            task._attempt_abort(raise_error)


def leave_trio() -> Any:
    """Be outside of trio, as in a thread; what `enter_trio` wants to know."""
    inside = dict(vars(_context))
    vars(_context).clear()
    library, sniffio.thread_local.name = sniffio.thread_local.name, None
    return inside, library


def enter_trio(left: Any) -> None:
    """Be where one was before `leave_trio`."""
    inside, sniffio.thread_local.name = left
    vars(_context).update(inside)


def starts_threads() -> bool:
    """Whether `trio.to_thread` starts its threads by the hook for it."""
    return _is_used("start_thread_soon", _threads.to_thread_run_sync)


def answers_messages() -> bool:
    """Whether what is asked for by `trio.from_thread` comes by the hook for it."""
    senders = (_threads.from_thread_run, _threads.from_thread_run_sync)
    return all(_is_used("_send_message_to_trio", sender) for sender in senders)


def _is_used(name: str, function: Any) -> bool:
    """Whether a function of trio uses what was put under this name."""
    code = inspect.unwrap(function).__code__
    return name in code.co_names and not vars(_threads)[name].__module__.startswith("trio.")


def sockets_to_close() -> object:
    """Where `trio.open_tcp_stream` keeps those that it has opened."""
    with _connecting.close_all() as sockets:
        return sockets


# -- the hooks, one by one

_Patches = Callable[[object, str, object], None]
_ABSENT = object()


def _hook_schedule(patch: _Patches, runner: Runner) -> None:
    # As trio itself does it under Hypothesis: sorted by their counter, then shuffled by `_r`.
    patch(_run, "_ALLOW_DETERMINISTIC_SCHEDULING", True)
    patch(_run, "_r", runner)


def _hook_tasks(patch: _Patches, runner: Runner) -> None:
    # Whatever set a task is in, of trio or of its user, is iterated in an order that depends on
    # nothing but the tasks in it. Only a new hash reaches them all.
    def first_hash(task: trio.lowlevel.Task) -> int:
        first = task._counter

        def number(task: trio.lowlevel.Task) -> int:
            return task._counter - first

        trio.lowlevel.Task.__hash__ = number  # type: ignore[method-assign,assignment]
        return 0

    def shown(task: trio.lowlevel.Task) -> str:
        # The text of a `Cancelled` names the task that cancelled, by this.
        return f"<Task {task.name!r} number {hash(task)}>"

    patch(trio.lowlevel.Task, "__hash__", first_hash)
    patch(trio.lowlevel.Task, "__repr__", shown)


def _hook_cancellation(patch: _Patches, runner: Runner) -> None:
    numbers = itertools.count().__next__
    plain = _run.CancelStatus

    class NumberedCancelStatus(plain):  # type: ignore[valid-type,misc]
        __slots__ = ("number",)

        def __init__(self, *args: Any, **options: Any) -> None:
            self.number = numbers()  # the parent takes it into a set at once
            plain.__init__(self, *args, **options)

        def __hash__(self) -> int:
            return self.number

    patch(_run, "CancelStatus", NumberedCancelStatus)


def _hook_deadlines(patch: _Patches, runner: Runner) -> None:
    numbers = itertools.count().__next__

    def add(self: Any, deadline: float, cancel_scope: trio.CancelScope) -> None:
        heappush(self._heap, (deadline, numbers(), cancel_scope))
        self._active += 1

    patch(_run.Deadlines, "add", add)


def _hook_generators(patch: _Patches, runner: Runner) -> None:
    plain = _asyncgens.AsyncGenerators.install_hooks

    def install_hooks(self: Any, of: Any) -> None:
        self.alive = WeakOrderedSet()
        self.trailing_needs_finalize = OrderedSet()
        plain(self, of)

    patch(_asyncgens.AsyncGenerators, "install_hooks", install_hooks)
    patch(_asyncgens, "set", OrderedSet)  # a global hides a builtin of the name
    patch(_asyncgens, "_ASYNC_GEN_SET", OrderedSet)


def _hook_connecting(patch: _Patches, runner: Runner) -> None:
    patch(_connecting, "set", OrderedSet)


def _hook_threads(patch: _Patches, runner: Runner) -> None:
    patch(_threads, "start_thread_soon", runner.start_thread)
    patch(_threads, "_thread_counter", itertools.count())
    # By the queue, with its real socket and a task that reads there, a result takes 50 µs and a
    # pass of the scheduler more, which is half of what a thread costs here.
    plain = trio.lowlevel.TrioToken.run_sync_soon

    def run_sync_soon(
        self: trio.lowlevel.TrioToken, call: Any, *args: Any, idempotent: bool = False
    ) -> None:
        if _is_delivering:
            _in_task(None, partial(call, *args)).unwrap()
        else:
            plain(self, call, *args, idempotent=idempotent)

    patch(trio.lowlevel.TrioToken, "run_sync_soon", run_sync_soon)


_is_delivering = False


def deliver(call: Callable[[T], object], result: T) -> None:
    """Hand over what a thread has done, as the thread would, but at once."""
    global _is_delivering
    _is_delivering = True
    try:
        call(result)
    finally:
        _is_delivering = False


def _hook_asking_back(patch: _Patches, runner: Runner) -> None:
    send = _threads._send_message_to_trio

    def send_message(token: Any, message: Any) -> Any:
        place = current_place()
        if place is not None:
            vars(message)["queue"] = _Answer(place)  # it is frozen
        return send(token, message)

    patch(_threads, "_send_message_to_trio", send_message)
    for kind in (_threads.Run, _threads.RunSync):
        for name in ("run_in_host_task", "run_in_system_nursery"):
            patch(kind, name, _answering(getattr(kind, name), runner.fail))


class _Answer:
    """Stands for the queue in which a thread waits for what it asked the tasks for."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._given: Any = None

    def give(self, answer: Any) -> None:
        self._given = answer

    def get(self) -> Any:
        return self._place.wait() if self._given is None else self._given

    def put_nowait(self, answer: Any) -> None:
        self._place.wake(answer)


def _answering(plain: Callable[..., None], fail: Callable[[BaseException], None]) -> Any:
    """Stands for the way in which a message has the tasks do something: they do it at once."""
    in_host = plain.__name__ == "run_in_host_task"

    def answer(self: Any, token: Any) -> None:
        place = current_place()
        if place is None or (isinstance(self, _threads.Run) and not isinstance(place, SameStack)):
            plain(self, token)
            return
        task = _threads.PARENT_TASK_DATA.task_register[0] if in_host else None
        do = self.unprotected_fn if isinstance(self, _threads.RunSync) else partial(_drive, self)
        result = place.ask(partial(_in_task, task, do))
        if isinstance(result, outcome.Error) and isinstance(result.error, NeedsStack):
            fail(result.error)
        self.queue.give(result)

    return answer


def _in_task(task: trio.lowlevel.Task | None, call: Callable[[], T]) -> outcome.Outcome[T]:
    """Call as this task would, or trio's own for messages."""
    if task is None:
        first = _context.runner.init_task
        assert first is not None
        (task,) = first.child_nurseries[0].child_tasks
    _context.task = task
    try:
        return outcome.capture(call)
    finally:
        del _context.task


def _drive(message: Any) -> Any:
    """Run the coroutine of a message, which may do anything but wait."""
    coroutine = message.context.run(message.unprotected_afn)
    answer = None
    while True:
        try:
            asked = message.context.run(coroutine.send, answer)
        except StopIteration as done:
            return done.value
        if asked is not _traps.CancelShieldedCheckpoint:
            coroutine.close()
            raise NeedsStack(
                f"{message.afn} waits, called by trio.from_thread.run in a thread: that needs a "
                "stack of its own, Runtime(..., own_stacks=True)"
            )
        answer = outcome.Value(None)


HOOKS: dict[str, Callable[[_Patches, Runner], None]] = {
    "schedule": _hook_schedule,
    "tasks": _hook_tasks,
    "cancellation": _hook_cancellation,
    "deadlines": _hook_deadlines,
    "generators": _hook_generators,
    "connecting": _hook_connecting,
    "threads": _hook_threads,
    "asking back": _hook_asking_back,
}
"""What is put into trio, by the names that `HookFailed` uses."""


def _install_savings(patch: _Patches, runner: Runner) -> None:
    savings.install(patch)


@contextmanager
def installed(runner: Runner) -> Iterator[None]:
    """Have trio run as `runner` wants it, until the end of the block.

    Raises `HookFailed` if trio lacks a name that is needed.
    """
    with ExitStack() as undoing:

        def patch(owner: object, name: str, value: object) -> None:
            # What a class has from another class it has not itself, and is to lose again.
            old = vars(owner).get(name, _ABSENT)
            if old is _ABSENT and name not in _MADE:
                raise AttributeError(name)
            if old is _ABSENT:
                undoing.callback(delattr, owner, name)
            else:
                undoing.callback(setattr, owner, name, old)
            setattr(owner, name, value)

        for hook, install in [*HOOKS.items(), ("savings", _install_savings)]:
            try:
                install(patch, runner)
            except AttributeError as error:
                raise HookFailed(hook, f"finds something gone: {error}") from error
        yield


_MADE = ("set", "__hash__")
"""Names that are not there, and are made."""
