"""The servers this user trusts by their fingerprints: a small text file, fit for an editor.

One server to a line, `#` begins a comment::

    irc.example.org:6697 9A:3B:…:F0 2026-11-24    # the day it was trusted, if known

Laws: a line that cannot be read is told of, never passed over: it may be the one that counts; the
file is replaced as a whole or not at all, and nobody else on the machine may read it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import platformdirs

from trio_chat.client.private_file import write_privately
from trio_chat.client.tls import parse_fingerprint


@dataclass(frozen=True, slots=True)
class Pin:
    """A server that is trusted by its fingerprint, and the line of the file that says so.

    `since` is the day it was trusted first, empty if the line does not tell.
    """

    server: str
    fingerprint: str
    since: str
    path: Path
    line: int


def server_name(host: str, port: int) -> str:
    """What a server is called in the file: `host:port`, or `[::1]:port`."""
    host = host.lower()
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class Pins:
    """The file; it need not exist. Every method raises `OSError`, and `ValueError` for a line."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or (
            platformdirs.user_data_path("trio-chat", appauthor=False) / "known_servers"
        )

    def find(self, host: str, port: int) -> Pin | None:
        """What is known of a server."""
        return self._parse(self._read()).get(server_name(host, port))

    def add(self, host: str, port: int, fingerprint: str, today: date) -> Pin:
        """Trust a server that is not in the file."""
        text = self._read()
        server = server_name(host, port)
        if server in self._parse(text):
            raise ValueError(f"{self.path} tells of {server} already")
        if text and not text.endswith("\n"):
            text += "\n"
        text += f"{server} {fingerprint} {today.isoformat()}\n"
        write_privately(self.path, text.encode())
        return self._parse(text)[server]

    def _read(self) -> str:
        try:
            return self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return ""
        except UnicodeDecodeError as error:
            raise ValueError(f"{self.path} is not valid UTF-8") from error

    def _parse(self, text: str) -> dict[str, Pin]:
        found: dict[str, Pin] = {}
        for pin in self._pins(text):
            if pin.server in found:
                raise ValueError(
                    f"{pin.path}, line {pin.line}: {pin.server} is in line "
                    f"{found[pin.server].line} already"
                )
            found[pin.server] = pin
        return found

    def _pins(self, text: str) -> Iterator[Pin]:
        for number, line in enumerate(text.split("\n"), start=1):
            words = line.partition("#")[0].split()
            if not words:
                continue
            try:
                yield self._pin(words, number)
            except ValueError as error:
                raise ValueError(
                    f"{self.path}, line {number}: {error}; a line is HOST:PORT FINGERPRINT [DATE]"
                ) from error

    def _pin(self, words: list[str], line: int) -> Pin:
        if not 2 <= len(words) <= 3:
            raise ValueError(f"{len(words)} words")
        server, fingerprint, since = (*words, "")[:3]
        host, _, port = server.rpartition(":")
        if not host or not re.fullmatch("[0-9]{1,5}", port):
            raise ValueError(f"no HOST:PORT: {server!r}")
        if since:
            date.fromisoformat(since)
        server = server_name(host.strip("[]"), int(port))
        return Pin(server, parse_fingerprint(fingerprint), since, self.path, line)
