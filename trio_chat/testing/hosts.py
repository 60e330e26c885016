"""Machines on a network: where programs run and listen, and what can happen to the whole of one.

Laws:

* When a process dies, its kernel lives: it closes what the process had open, and refuses who comes.
  When the power fails, nobody is left who would tell anybody.
* A host says nothing of programs: to end those that ran on it is left to who has started them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trio_chat.testing.network import Network
    from trio_chat.testing.tcp import End

HERE: ContextVar[Host | None] = ContextVar("HERE", default=None)
"""The host that the running code is on; see `Network.at`."""


class Host:
    """A machine with a name and an address; `Network.host` makes one."""

    def __init__(self, network: Network, name: str, address: str) -> None:
        self.name = name
        self.address = address
        """Its IP address."""
        self.is_on = True
        """Whether it has power."""
        self.network = network

    def __repr__(self) -> str:
        return f"<{self.name} at {self.address}>"

    def die(self) -> None:
        """What happens on the network when every process on this host is killed.

        Listeners are gone, connections are closed: with a reset where something was unread.
        """
        for listener in self.network.listeners(self):
            listener.close()
        for end in self._ends():
            if end.when_greeted is not None:
                end.reset()  # it was about to be accepted
            else:
                end.close()

    def lose_power(self) -> None:
        """Be silent from now on: nobody is told, and what is sent here is not answered."""
        self.is_on = False
        for end in self._ends():
            end.forget()
        self.network._hear(self)
        for listener in self.network.listeners(self):
            listener.close()

    def power_on(self) -> None:
        """Answer again: to what belongs to connections of before, with a reset."""
        self.is_on = True
        self.network._hear(self)

    def _ends(self) -> Iterator[End]:
        for connection in self.network._open():
            if connection.client is self:
                yield connection.client_end
            if connection.server is self:
                yield connection.server_end
