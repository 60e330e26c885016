"""The doors of a server: where it listens, which may change while it runs.

Laws:

* A change happens whole or not at all: if one address cannot be had, all is as before.
* A door that stays is not touched; whoever came in by one that is closed stays.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

import trio

from trio_chat.config import Listen
from trio_chat.net.transport import Found, Listener, TcpListener, listen_on, look_up

logger = logging.getLogger(__name__)

LookedUp = Mapping[tuple[str, int], Sequence[Found]]
"""What hosts and ports stand for."""


class CannotListen(OSError):
    """An address cannot be had; the text names it and says why."""

    def __init__(self, listen: Listen, error: OSError) -> None:
        super().__init__(error.errno, error.strerror)
        self._text = f"cannot listen on {listen}: {error.strerror or error}"

    def __str__(self) -> str:
        return self._text


@dataclass(slots=True, eq=False)
class Door:
    """An entry of `listen`, and its listeners: one for each address that its host stands for."""

    listen: Listen
    listeners: Sequence[Listener]

    def close(self) -> None:
        for each in self.listeners:
            each.close()


def look_up_all(listens: Iterable[Listen]) -> LookedUp:
    """What the hosts stand for. Blocks; raises `CannotListen` for a name that is unknown."""
    found = {}
    for each in listens:
        try:
            found[each.address] = look_up(each.host, each.port)
        except OSError as error:
            raise CannotListen(each, error) from error
    return found


async def open_doors(listens: Sequence[Listen]) -> tuple[Door, ...]:
    """Listen on all of these addresses. Raises `CannotListen` if one cannot be had."""
    found = await trio.to_thread.run_sync(look_up_all, listens, abandon_on_cancel=True)
    return _open(listens, found)


def _open(listens: Iterable[Listen], found: LookedUp) -> tuple[Door, ...]:
    opened: list[Door] = []
    with ExitStack() as undo:
        for each in listens:
            try:
                door = Door(each, listen_on(found[each.address], each.port))
            except OSError as error:
                raise CannotListen(each, error) from error
            undo.callback(door.close)
            opened.append(door)
        undo.pop_all()
    return tuple(opened)


class Doors:
    """All doors of a server; those that somebody else has opened stay as they are."""

    def __init__(self, doors: Iterable[Door], are_fixed: bool = False) -> None:
        self._doors = list(doors)
        self.are_fixed = are_fixed
        self._nursery: trio.Nursery | None = None

    @property
    def addresses(self) -> tuple[str, ...]:
        """Where clients can come in, as `host:port`."""
        return tuple(each.address for door in self._doors for each in door.listeners)

    def open(
        self, nursery: trio.Nursery, attend: Callable[[Door, Listener], Awaitable[None]]
    ) -> None:
        """Let clients in: `attend` is a task in the nursery for every listener, until that is
        closed."""
        self._nursery, self._attend = nursery, attend
        self._start(self._doors)

    def close(self) -> None:
        """Let nobody in any more."""
        self._nursery = None
        for door in self._doors:
            door.close()

    def missing(self, wanted: Iterable[Listen]) -> list[Listen]:
        """Those of these entries that there is no door for yet."""
        return [listen for listen, door in self._match(wanted)[0] if door is None]

    def change(self, wanted: Iterable[Listen], found: LookedUp) -> None:
        """Open and close doors so that they are those of these entries.

        `found` tells of what is `missing`. Raises `CannotListen` if one cannot be had.
        """
        if self._nursery is None:
            return
        entries, gone = self._match(wanted)
        opened = self._replace(gone, [listen for listen, door in entries if door is None], found)
        for door in gone:
            door.close()
        fresh = iter(opened)
        self._doors = []
        for listen, kept in entries:
            door = kept or next(fresh)
            door.listen = listen
            self._doors.append(door)
        self._start(opened)
        if gone or opened:
            logger.info("listening on %s", " and ".join(self.addresses))

    def _match(
        self, wanted: Iterable[Listen]
    ) -> tuple[list[tuple[Listen, Door | None]], list[Door]]:
        """Every entry with its door, if there is one, and the doors that are left."""
        left = list(self._doors)
        entries = []
        for listen in wanted:
            door = next((each for each in left if each.listen.address == listen.address), None)
            if door is not None:
                left.remove(door)
            entries.append((listen, door))
        return entries, left

    def _replace(
        self, gone: Sequence[Door], new: Sequence[Listen], found: LookedUp
    ) -> tuple[Door, ...]:
        """Open the new doors; the others only make room where they must."""
        try:
            return _open(new, found)
        except CannotListen:
            # 0.0.0.0 and 127.0.0.1 cannot both be had at one port: the old one may be in the way.
            rivals = [door for door in gone if _ports(door) & {each.port for each in new}]
            if not rivals:
                raise
        for door in rivals:
            door.close()
        try:
            return _open(new, found)
        except CannotListen:
            for door in rivals:
                _open_again(door)
            self._start(rivals)
            raise

    def _start(self, doors: Iterable[Door]) -> None:
        assert self._nursery is not None
        for door in doors:
            for listener in door.listeners:
                self._nursery.start_soon(self._attend, door, listener)


def _ports(door: Door) -> set[int]:
    return {int(each.address.rpartition(":")[2]) for each in door.listeners}


def _open_again(door: Door) -> None:
    """Listen where a door did before it was closed."""
    again: list[Listener] = []
    for each in door.listeners:
        assert isinstance(each, TcpListener)
        try:
            again += listen_on([each.found], each.found[3][1])
        except OSError as error:  # somebody was faster
            logger.error("cannot listen on %s again: %s", each.address, error.strerror)
    door.listeners = again
