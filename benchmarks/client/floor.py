"""The floor of a client: a bare loop that prints what it hears and shows what is typed.

Laws: lines above, the line being typed below, one write for each read; nothing is wrapped, cleaned,
coloured, counted or remembered. What it costs is what the kernel and the terminal ask for, and
every figure of a client is read as a ratio to it.

Run as `python -m benchmarks.client.floor PORT`, on a terminal; `/quit` ends it.
"""

from __future__ import annotations

import os
import select
import socket
import sys
import tty

_KILL_LINE = b"\x15"


def said(line: bytes) -> bytes:
    """A row for a PRIVMSG, which may have tags before its source."""
    if line.startswith(b"@"):
        line = line.partition(b" ")[2]
    source, _, rest = line.partition(b" PRIVMSG ")
    return b"<%b> %b\r\n" % (source[1:].partition(b"!")[0], rest.partition(b" :")[2])


def chat(port: int) -> None:
    """Join the lobby, and go on until it is left or the server is gone."""
    tty.setraw(0)
    sock = socket.create_connection(("127.0.0.1", port))
    sock.sendall(b"NICK carol\r\nUSER carol 0 * :carol\r\nJOIN #lobby\r\n")
    typed = rest = rows = b""
    while b"/quit\r" not in typed:
        os.write(1, b"\r\x1b[K%b[#lobby] %b" % (rows, typed))
        ready, _, _ = select.select([0, sock.fileno()], [], [])
        rows = b""
        if sock.fileno() in ready:
            data = sock.recv(65536)
            if not data:
                break
            *lines, rest = (rest + data).split(b"\r\n")
            rows = b"".join(said(line) for line in lines if b" PRIVMSG " in line)
        if 0 in ready:
            typed = (typed + os.read(0, 4096)).rpartition(_KILL_LINE)[2]


if __name__ == "__main__":
    chat(int(sys.argv[1]))
