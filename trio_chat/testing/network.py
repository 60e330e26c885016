"""The network in memory: hosts, the links between them, and who is connected to whom.

Laws:

* The server's side is a `Listener` and `Transport` as `trio_chat.net.transport` defines them, the
  clients' side trio's own `SocketStream`: both sides run the code they run over TCP.
* While `in_use`, everything in this trio run that opens a TCP connection through trio does so
  here; a program that calls `trio.open_tcp_stream` needs no change to be tested.
* Without timers nothing takes time: what is sent is there.
"""

from __future__ import annotations

import errno
import itertools
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from random import Random
from typing import Literal

import trio

from trio_chat.testing.hosts import HERE, Host
from trio_chat.testing.links import Link, LinkSettings, Ticks, Timers, Way
from trio_chat.testing.listeners import MemoryListener
from trio_chat.testing.sockets import ANY_ADDRESS, MemorySocket, Places
from trio_chat.testing.tcp import WINDOW, End, connect_ends, error_of

PORTS = range(49152, 65536)
"""Ports for those who do not care which (RFC 6335 section 6)."""

SYN_WAITS = (1, 1, 1, 1, 1, 2, 4, 8, 16, 32, 64)
"""Seconds Linux waits for an answer to each of its attempts to connect, 131 in all (ip-sysctl:
tcp_syn_retries, tcp_syn_linear_timeouts)."""

_NUMERIC = re.compile(r"[\d.]+|[\da-fA-F:.]*:[\da-fA-F:.]*")
"""An IP address, as far as it can be taken for a name."""

Side = Literal["client", "server"]


class Connection:
    """A connection between two hosts, and what can happen to it on the way."""

    __slots__ = ("client", "client_end", "server", "server_end")

    def __init__(self, client: Host, server: Host, client_end: End, server_end: End) -> None:
        self.client = client
        """The host that has opened it."""
        self.server = server
        """The host that was listening."""
        self.client_end = client_end
        self.server_end = server_end

    def __repr__(self) -> str:
        return f"<connection of {self.client.name} to {self.server.name}>"

    @property
    def is_open(self) -> bool:
        """Whether both sides still have it."""
        return not any(end.is_closed or end.is_gone for end in self.ends)

    def reset(self, *, heard_by: Side | Literal["both"] = "both") -> None:
        """Have something on the way break it.

        If only one side hears of that, the other does when it sends something.
        """
        if heard_by != "server":
            self.client_end.hear_reset()
        if heard_by != "client":
            self.server_end.hear_reset()

    def half_open(self) -> None:
        """Have something on the way forget it: from now on neither side hears anything.

        No error tells them, until one gives up what it has sent, a quarter of an hour later.
        """
        for end in self.ends:
            end.lose()

    @property
    def ends(self) -> tuple[End, End]:
        return self.client_end, self.server_end


class Network:
    """A network of its own, with nothing on it but what the test puts there.

    Who has no place on it is on the host `localhost`, from whatever address they come.
    """

    def __init__(
        self, window: int = WINDOW, *, timers: Timers | None = None, random: Random | None = None
    ) -> None:
        """`window` is how many bytes a connection holds in each direction, unread. `timers` tell
        the time, of which nothing takes any without them; from `random` all is drawn."""
        self.hosts = {"localhost": "127.0.0.1"}
        """What names stand for: add one, and programs reach it by that name."""
        self._window = window
        self._random = random or Random(0)
        self._ticks = Ticks(timers)
        self._defaults = LinkSettings()
        self._links: dict[tuple[str, str], Link] = {}
        self._localhost = Host(self, "localhost", "127.0.0.1")
        self._hosts = {self._localhost.address: self._localhost}
        self._listeners: dict[tuple[str, int], MemoryListener] = {}
        self._ports = itertools.cycle(PORTS)
        self._connections: list[Connection] = []
        self._crowd = 64
        """How many connections to have before those that have ended are looked for."""

    # -- places

    def host(self, name: str) -> Host:
        """The host of that name; if there is none yet, there is one now, with its own address."""
        address = self.hosts.get(name)
        if address is None:
            high, low = divmod(len(self._hosts), 250)
            address = self.hosts[name] = f"10.1.{high}.{low}"
        found = self._hosts.get(address)
        if found is None:
            found = self._hosts[address] = Host(self, name, address)
        return found

    @contextmanager
    def at(self, host: Host | str) -> Iterator[Host]:
        """Let the code within, and the tasks started in it, be on that host.

        What it opens comes from there, and what listens does so there.
        """
        place = self._host(host)
        token = HERE.set(place)
        try:
            yield place
        finally:
            HERE.reset(token)

    @property
    def here(self) -> Host:
        """The host that the running code is on."""
        here = HERE.get()
        return here if here is not None and here.network is self else self._localhost

    # -- links

    @property
    def defaults(self) -> LinkSettings:
        """What all links are like that have no settings of their own.

        Raises `ValueError` if it is to take time and there are no timers.
        """
        return self._defaults

    @defaults.setter
    def defaults(self, settings: LinkSettings) -> None:
        for link in self._links.values():
            link.default_to(settings)
        self._defaults = settings

    def link(self, one: Host | str, other: Host | str) -> Link:
        """What is between two hosts."""
        names = self._host(one).name, self._host(other).name
        key = min(names), max(names)
        link = self._links.get(key)
        if link is None:
            link = self._links[key] = Link(self._defaults, self._ticks, self._random)
            for name in key:
                self._hear(self.host(name))
        return link

    def cut(self, one: Host | str, other: Host | str) -> None:
        """Let nothing pass between two hosts: what is sent is held, who connects waits."""
        self.link(one, other).cut()

    def heal(self, one: Host | str, other: Host | str) -> None:
        """Let everything pass again; what was held is sent again as TCP does, in order."""
        self.link(one, other).heal()

    def heal_all(self) -> None:
        """Heal all links that were cut."""
        for link in self._links.values():
            if link.is_cut:
                link.heal()

    # -- connections

    def listen(self, host: str, port: int) -> MemoryListener:
        """Listen on an address, or on that of a name; port 0 picks one.

        Raises `OSError` if it is taken.
        """
        address = self._address(host)
        here = self._hosts.get(address, self._localhost)
        if here is self._localhost:  # an address that is nobody's is that of who listens there
            here = self.here
        key = (address, port or self._free_port(address))
        if key in self._listeners:
            raise error_of(errno.EADDRINUSE)
        listener = self._listeners[key] = MemoryListener(self, here, *key)
        return listener

    def listeners(self, host: Host | str | None = None) -> list[MemoryListener]:
        """The open ones, all or those of a host."""
        wanted = None if host is None else self._host(host)
        return [each for each in self._listeners.values() if wanted in (None, each.owner)]

    async def open_stream(
        self, host: str, port: int, *, source: str | None = None
    ) -> trio.SocketStream:
        """A connection to that address, or to that of a name, from the IP address `source`.

        Raises `ConnectionRefusedError` if nobody listens there, `TimeoutError` if after 131 seconds
        nothing was heard.
        """
        sock = MemorySocket(self, socket.AF_INET, self.here, source)
        await sock.connect((self._address(host), port))
        return trio.SocketStream(sock)

    def connections(self, host: Host | str | None = None) -> list[Connection]:
        """Those open on both sides, all or those of a host, the oldest first."""
        wanted = None if host is None else self._host(host)
        return [
            each
            for each in self._open()
            if each.is_open and wanted in (None, each.client, each.server)
        ]

    @property
    def half_closed(self) -> int:
        """Connections that the client's side has closed and the server's has not.

        One that broke before the handshake was over never came to the server.
        """
        return sum(
            each.client_end.is_closed
            and not each.server_end.is_closed
            and each.server_end.when_greeted is None
            for each in self._open()
        )

    def reset_clients(self) -> None:
        """Break every connection that is still open, from the clients' side."""
        for each in self._open():
            each.client_end.reset()

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Make this the network of the trio run at hand, for `trio.open_tcp_stream` and its kin."""
        places = Places(self)
        factory = trio.socket.set_custom_socket_factory(places)
        resolver = trio.socket.set_custom_hostname_resolver(places)
        try:
            yield
        finally:
            trio.socket.set_custom_socket_factory(factory)
            trio.socket.set_custom_hostname_resolver(resolver)

    # -- inside

    async def connect(self, client: Host, source: tuple[str, int], to: tuple[str, int]) -> End:
        """The client's end of a new connection. Raises as `open_stream`."""
        for wait in SYN_WAITS:
            found = await self._knock(client, to)
            if found is not None:
                return self._establish(client, source, found)
            await self._pause(wait)
        raise error_of(errno.ETIMEDOUT)

    async def _knock(self, client: Host, to: tuple[str, int]) -> MemoryListener | None:
        """Who answers to one attempt to connect; None if nobody does.

        Raises `ConnectionRefusedError` if the answer is that nobody listens.
        """
        listener = self._listeners.get(to)
        server = listener.owner if listener else self._hosts.get(to[0], self._localhost)
        there, back = self._ways(client, server)
        for way in (there, back):
            if not way.is_instant:
                if way.is_open:
                    await self._pause(way.arrival(0) - self._ticks.now())
                if not way.is_open:
                    return None
            if way is there:
                listener = self._listeners.get(to)
        if listener is None:
            raise error_of(errno.ECONNREFUSED)
        return listener

    def _establish(self, client: Host, source: tuple[str, int], listener: MemoryListener) -> End:
        server = listener.owner
        ends = client_end, server_end = connect_ends(self._window, self._ways(client, server))
        server_end.when_greeted = partial(listener._take, server_end, source)
        if len(self._connections) >= self._crowd:
            self._crowd = 2 * len(self._open()) + 64
        self._connections.append(Connection(client, server, *ends))
        client_end.greet()
        return client_end

    async def _pause(self, seconds: float) -> None:
        timers = self._ticks.timers
        if timers is None:
            await trio.sleep(seconds)
            return
        over = trio.Event()
        timers.call_later(max(0.0, seconds), over.set)
        await over.wait()

    def _ways(self, one: Host, other: Host) -> tuple[Way, Way]:
        """There and back."""
        ways = self.link(one, other).ways
        return ways if one.name <= other.name else (ways[1], ways[0])

    def _hear(self, host: Host) -> None:
        """Let the ways to a host be deaf, or not, as it has power or has none."""
        for names, link in self._links.items():
            for name, way in zip(reversed(names), link.ways, strict=True):
                if name == host.name:
                    way.is_deaf = not host.is_on
                    way.settle()

    def _host(self, host: Host | str) -> Host:
        return host if isinstance(host, Host) else self.host(host)

    def _address(self, host: str) -> str:
        """What an address or a name stands for; a host of that name is made if there is none."""
        if host in ANY_ADDRESS:
            return self.here.address
        return host if _NUMERIC.fullmatch(host) else self.host(host).address

    def next_port(self) -> int:
        """The next of the ports for those who do not care which."""
        return next(self._ports)

    def _free_port(self, address: str) -> int:
        return next(port for port in self._ports if (address, port) not in self._listeners)

    def _open(self) -> list[Connection]:
        """Those that one side at least has not closed."""
        self._connections = [
            each
            for each in self._connections
            if not (each.client_end.is_closed and each.server_end.is_closed)
        ]
        return self._connections

    def _forget(self, key: tuple[str, int]) -> None:
        del self._listeners[key]
