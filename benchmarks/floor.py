"""The floor: a bare loop of non-blocking sends, speaking just enough IRC to be given the same load.

Laws: one line in, the same bytes out to every other member, one os.write each; no batching, no
checks, no trio. What it costs is what the kernel asks for handing the bytes over one by one, and
every figure of the benchmark is read as a ratio to it.

Run as `python -m benchmarks.floor`; it prints `Listening on 127.0.0.1:PORT`.
"""

from __future__ import annotations

import gc
import os
import select
import socket
from contextlib import suppress

SENDQ = 1 << 20
"""Bytes the floor holds for a peer whose kernel buffers are full; over it, the peer is closed."""


class Peer:
    """One connected client."""

    __slots__ = ("nick", "partial", "rooms", "sock", "source")

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.partial = b""
        self.nick = b""
        self.source = b""
        self.rooms: list[list[int]] = []


class Floor:
    """Peers by descriptor, descriptors by room, and the loop."""

    def __init__(self) -> None:
        self.peers: dict[int, Peer] = {}
        self.rooms: dict[bytes, list[int]] = {}
        self.nicks: dict[bytes, int] = {}
        self.behind: dict[int, bytearray] = {}
        self.doomed: list[int] = []
        self.epoll = select.epoll()

    def serve(self) -> None:
        """Listen on a port the kernel picks, print it, and serve until killed."""
        listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
        listener.setblocking(False)
        self.epoll.register(listener.fileno(), select.EPOLLIN)
        host, port = listener.getsockname()
        print(f"Listening on {host}:{port}", flush=True)
        door = listener.fileno()
        while True:
            for fd, mask in self.epoll.poll():
                if fd == door:
                    self.accept(listener)
                    continue
                if mask & select.EPOLLOUT:
                    self.catch_up(fd)
                if mask & ~select.EPOLLOUT:
                    self.receive(fd)
            while self.doomed:
                self.close(self.doomed.pop())

    def accept(self, listener: socket.socket) -> None:
        """Take everyone who waits at the door."""
        with suppress(BlockingIOError):
            while True:
                sock, _ = listener.accept()
                sock.setblocking(False)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.peers[sock.fileno()] = Peer(sock)
                self.epoll.register(sock.fileno(), select.EPOLLIN)

    def receive(self, fd: int) -> None:
        """Read once and act on each whole line."""
        peer = self.peers.get(fd)
        if peer is None:
            return
        try:
            data = os.read(fd, 65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.doomed.append(fd)
            return
        *lines, peer.partial = (peer.partial + data).split(b"\r\n")
        for line in lines:
            if line.startswith(b"PRIVMSG "):
                self.relay(fd, peer, line)
            elif line.startswith(b"NICK "):
                peer.nick = line[5:]
                peer.source = b":%b!%b@127.0.0.1" % (peer.nick, peer.nick)
                self.nicks[peer.nick] = fd
            elif line.startswith(b"USER "):
                self.send(
                    (fd,), b":floor 001 %b :Hi\r\n:floor 422 %b :-\r\n" % (peer.nick, peer.nick)
                )
            elif line.startswith(b"JOIN "):
                self.join(fd, peer, line[5:])
            elif line.startswith(b"QUIT"):
                self.doomed.append(fd)

    def relay(self, fd: int, peer: Peer, line: bytes) -> None:
        """Hand a message to the other members of a room, or to one nick."""
        data = b"%b %b\r\n" % (peer.source, line)
        target = line[8 : line.index(b" ", 8)]
        if target.startswith(b"#"):
            self.send(self.rooms[target], data, fd)
        else:
            self.send((self.nicks[target],), data)

    def join(self, fd: int, peer: Peer, room: bytes) -> None:
        """Tell everyone in the room, the new member included, and end its names list."""
        members = self.rooms.setdefault(room, [])
        peer.rooms.append(members)
        members.append(fd)
        self.send(members, b"%b JOIN %b\r\n" % (peer.source, room))
        self.send((fd,), b":floor 366 %b %b :End\r\n" % (peer.nick, room))

    def send(self, fds: list[int] | tuple[int], data: bytes, but: int = -1) -> None:
        """The floor itself: one non-blocking write per member."""
        write = os.write
        behind = self.behind
        size = len(data)
        for fd in fds:
            if fd == but:
                continue
            if fd in behind:
                self.hold(fd, data)
                continue
            try:
                taken = write(fd, data)
            except BlockingIOError:
                taken = 0
            except OSError:
                self.doomed.append(fd)
                continue
            if taken != size:
                behind[fd] = bytearray()
                self.hold(fd, data[taken:])
                self.epoll.modify(fd, select.EPOLLIN | select.EPOLLOUT)

    def hold(self, fd: int, data: bytes) -> None:
        """Keep what the kernel does not take, up to SENDQ."""
        kept = self.behind[fd]
        if len(kept) + len(data) > SENDQ:
            self.doomed.append(fd)
        else:
            kept += data

    def catch_up(self, fd: int) -> None:
        """The kernel takes more again."""
        kept = self.behind.get(fd)
        if kept is None:
            return
        try:
            del kept[: os.write(fd, kept)]
        except BlockingIOError:
            return
        except OSError:
            self.doomed.append(fd)
            return
        if not kept:
            del self.behind[fd]
            self.epoll.modify(fd, select.EPOLLIN)

    def close(self, fd: int) -> None:
        """Drop a peer; its rooms hear of it."""
        peer = self.peers.pop(fd, None)
        if peer is None:
            return
        self.behind.pop(fd, None)
        self.nicks.pop(peer.nick, None)
        peer.sock.close()
        for members in peer.rooms:
            members.remove(fd)
            self.send(members, b"%b QUIT :gone\r\n" % peer.source)


if __name__ == "__main__":
    floor = Floor()
    gc.freeze()
    gc.disable()
    floor.serve()
