"""The servers a run measures: ours, the floor, or any that already listens.

Laws: a server we start is fresh for each measurement, pinned to its core from birth, its data on a
disk, and gone afterwards whatever happened; one we did not start is neither pinned nor stopped.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import past
from benchmarks.crowd import Trouble
from benchmarks.readings import Cores, file_system, on_core

_START = 20.0
"""Seconds a server may take from its start to its first `Listening on`."""

_STOP = 5.0
"""Seconds a server may take to stop when asked, before it is killed."""

_ADDRESS = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([\w.-]+)):(\d{1,5})(?!\d)")


@dataclass(frozen=True, slots=True)
class Running:
    """A server that listens; `pid` is None when its process is not known."""

    host: str
    port: int
    pid: int | None
    tls: bool = False
    """Whether it is to be spoken to by TLS."""


class Spawned:
    """A server started from a command that prints its address."""

    def __init__(
        self, name: str, command: Sequence[str], tls: bool = False, *, config: str | None = None
    ) -> None:
        self.name = name
        self.command = tuple(command)
        self.tls = tls
        self.config = config
        """The text of its configuration file; None for a server that is not ours."""

    @contextmanager
    def running(self, cores: Cores, messages: int, progress: past.Progress) -> Iterator[Running]:
        """Start it (`{data}` in the command is a fresh directory), wait for its address, stop it.

        Raises Trouble when it does not start.
        """
        with tempfile.TemporaryDirectory(prefix="bench-", dir=data_parent()) as data:
            said = Path(data, "said")
            command = [part.replace("{data}", data) for part in self.command]
            if self.config is not None:
                Path(data, "config.toml").write_text(self.config)
                if messages:
                    past.copy(messages, Path(data), progress)
            with said.open("wb") as out, on_core(cores.server):
                process = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT
                )
            try:
                host, port = self._wait(process, said)
                yield Running(host, port, process.pid, self.tls)
                if process.poll() is not None:
                    raise Trouble(f"{self.name} died: {_end_of(said)}")
            finally:
                _stop(process)

    def _wait(self, process: subprocess.Popen[bytes], said: Path) -> tuple[str, int]:
        until = time.monotonic() + _START
        while time.monotonic() < until:
            address = address_in(said.read_text(errors="replace"))
            if address is not None:
                return address
            if process.poll() is not None:
                raise Trouble(f"{self.name} did not start: {_end_of(said)}")
            time.sleep(0.02)
        raise Trouble(f"{self.name} printed no address within {_START:.0f} s")


class Target:
    """A server somebody else has started, here or elsewhere."""

    def __init__(self, name: str, host: str, port: int, pid: int | None) -> None:
        self.name = name
        self._running = Running(host, port, pid)

    @contextmanager
    def running(self, cores: Cores, messages: int, progress: past.Progress) -> Iterator[Running]:
        """It runs already, with the history it has."""
        yield self._running


def floor() -> Spawned:
    """The bare loop of sends."""
    return Spawned("floor", [sys.executable, "-m", "benchmarks.floor"])


def ours(name: str = "trio-chat", config: str = "") -> Spawned:
    """The server of this project, as a user starts it, with that configuration file."""
    return Spawned(
        name,
        [
            *(sys.executable, "-m", "trio_chat", "server", "--config", "{data}/config.toml"),
            *("--port", "0", "--quiet", "--data", "{data}"),
        ],
        config=config,
    )


def ours_by_tls() -> Spawned:
    """The same by TLS, with the certificate it makes for itself."""
    plain = ours()
    return Spawned(f"{plain.name} tls", [*plain.command, "--tls"], tls=True, config=plain.config)


def ours_without_history() -> Spawned:
    """The same, and nothing of what is said is kept."""
    return ours("trio-chat no history", "[chat.history]\nkept = false\n")


DURABILITIES = ("disk", "os", "memory")
"""When a message counts as kept (`[history] durability`)."""


def ours_kept(durability: str) -> Spawned:
    """The same, and a message counts as kept when that has it."""
    return ours(f"trio-chat {durability}", f'[history]\ndurability = "{durability}"\n')


def data_parent() -> Path:
    """Where the data of a server is put: for temporary files or, if those are in memory, where
    histories are kept: what a sync costs is to be seen."""
    usual = Path(tempfile.gettempdir())
    if file_system(usual) not in ("tmpfs", "ramfs"):
        return usual
    past.cache().mkdir(parents=True, exist_ok=True)
    return past.cache()


def address_in(text: str) -> tuple[str, int] | None:
    """The host and port of the last line that says where a server listens; None before that."""
    for line in reversed(text.splitlines(keepends=True)):
        if "istening" not in line or not line.endswith("\n"):
            continue
        found = _ADDRESS.findall(line)
        if found:
            bracketed, plain, port = found[-1]
            return bracketed or plain, int(port)
    return None


def split_target(text: str) -> tuple[str, int]:
    """HOST:PORT, the host perhaps in brackets. Raises ValueError."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ValueError(f"{text!r} is not HOST:PORT")
    return host.strip("[]"), int(port)


def is_loopback(host: str) -> bool:
    """Whether every address the host stands for is this machine's loopback."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return False
    return all(ipaddress.ip_address(entry[4][0]).is_loopback for entry in found)


def _end_of(said: Path) -> str:
    return said.read_text(errors="replace").strip()[-2000:] or "it said nothing"


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
