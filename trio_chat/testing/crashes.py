"""Crashes of one connection of a server, at whatever it waits for, by what trio says in public."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from random import Random
from typing import TypeVar

import trio

from trio_chat.testing.listeners import MemoryListener, MemoryTransport

T = TypeVar("T")


class InjectedCrash(Exception):
    """Something has failed because a test wanted it to; no bug of the server."""


def is_injected(error: BaseException | None) -> bool:
    """Whether this is an injected crash, comes of one, or is a group of nothing else."""
    if isinstance(error, BaseExceptionGroup):
        return all(map(is_injected, error.exceptions))
    if error is None or isinstance(error, InjectedCrash):
        return error is not None
    return is_injected(error.__cause__)


class CrashingListener:
    """A listener whose connections can crash."""

    def __init__(self, listener: MemoryListener) -> None:
        self.address = listener.address
        self.close = listener.close
        self.transports: list[CrashingTransport] = []
        """Those that are not closed."""
        self._listener = listener

    async def accept(self) -> CrashingTransport:
        transport = CrashingTransport(await self._listener.accept(), self)
        self.transports.append(transport)
        return transport


class CrashingTransport:
    """A transport under which the connection's task can be made to crash."""

    __slots__ = ("_inner", "_listener", "_task", "_waits", "peer", "send_eof", "send_nowait")

    def __init__(self, inner: MemoryTransport, listener: CrashingListener) -> None:
        self.peer = inner.peer
        self.send_nowait = inner.send_nowait
        self.send_eof = inner.send_eof
        self._inner = inner
        self._listener = listener
        self._task: trio.lowlevel.Task | None = None
        self._waits: list[trio.CancelScope] = []

    @property
    def raw_socket(self) -> None:
        """There is none, and so no TLS."""

    async def peek(self) -> bytes:
        return await self._wait(self._inner.peek)

    async def wait_writable(self) -> None:
        await self._wait(self._inner.wait_writable)

    async def receive_some(self, max_bytes: int) -> bytes:
        self._task = trio.lowlevel.current_task()
        return await self._wait(lambda: self._inner.receive_some(max_bytes))

    def close(self) -> None:
        if self in self._listener.transports:
            self._listener.transports.remove(self)
        self._inner.close()

    def crash(self, random: Random) -> bool:
        """Crash now, where it waits: by an exception of what it waits for here, or by cancelling
        all that its task has begun. False if it does not wait for anything that can."""
        nurseries = [] if self._task is None else self._task.child_nurseries
        scopes = [*self._waits, *(nursery.cancel_scope for nursery in nurseries)]
        if not scopes:
            return False
        random.choice(scopes).cancel()
        return True

    async def _wait(self, wait: Callable[[], Awaitable[T]]) -> T:
        with trio.CancelScope() as scope:
            self._waits.append(scope)
            try:
                return await wait()
            finally:
                self._waits.remove(scope)
        raise InjectedCrash("this connection was to crash")
