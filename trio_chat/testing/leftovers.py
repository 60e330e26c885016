"""What may be left of a chat when everybody has gone: nothing, but for those who are always-on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import trio

from trio_chat.core.state import World
from trio_chat.testing.invariants import Violated
from trio_chat.testing.network import Network

LONGEST_LAG = 3600.0
"""Seconds within which the server notices of anybody that they have left, however much it had still
to read of them."""


def check_nothing_left(world: World, network: Network, tasks: Counter[str]) -> None:
    """Raise `Violated` if something is left; `tasks` are those that were not there at first."""
    left = [
        *(f"session {number}" for number in world.sessions),
        *(f"the user {user.nick}" for user in world.users.values() if user.residence is None),
        *(f"the room {room.name}" for room in world.rooms.values() if not room.residents),
        *(f"the task {name}, {count} times" for name, count in tasks.items()),
    ]
    if network.half_closed:
        left.append(f"{network.half_closed} connections not closed by the server")
    if left:
        raise Violated("\n".join(["everybody has left, and still there is:", *left]))


def names_of_tasks(nursery: trio.Nursery) -> Iterator[str]:
    """The names of all tasks in a nursery, and of those in theirs."""
    for task in nursery.child_tasks:
        yield task.name
        for inner in task.child_nurseries:
            yield from names_of_tasks(inner)
