"""A trio-chat server in a process of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import trio

from .waiting import PATIENCE, Looks

TRIO_CHAT = (sys.executable, "-m", "trio_chat")

# Whoever runs the tests may have profiles and settings of their own.
ENVIRONMENT = {**os.environ, "LC_ALL": "C.UTF-8", "XDG_CONFIG_HOME": "/nonexistent"}


class ServerProcess:
    """A running server: where it listens, and what it has printed so far."""

    def __init__(self, process: trio.Process, data: Path, errors: Path) -> None:
        self.process = process
        self.data = data
        self.port = 0
        self.banner = ""
        """What it printed on standard output."""
        self._errors = errors

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def console(self) -> str:
        """What it printed on standard error: the live view, and the log."""
        return self._errors.read_text(encoding="utf-8", errors="backslashreplace")

    async def wait_for_console(self, pattern: str) -> None:
        looks = Looks()
        while await looks.again():
            if re.search(pattern, self.console):
                return
        raise AssertionError(f"{pattern!r} never came on the console:\n{self.console}")

    async def stop(self, with_signal: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end; its exit status."""
        self.process.send_signal(with_signal)
        with trio.fail_after(PATIENCE):
            return await self.process.wait()

    async def read_banner(self) -> None:
        assert self.process.stdout is not None
        while "Ctrl-C" not in self.banner:
            more = await self.process.stdout.receive_some()
            assert more, f"the server has ended:\n{self.banner}{self.console}"
            self.banner += more.decode()
        found = re.search(r"listening on \S+:(\d+)", self.banner)
        assert found, self.banner
        self.port = int(found[1])


@asynccontextmanager
async def running_server(
    data: Path,
    *options: str,
    port: int = 0,
    before: Sequence[str] = (),
    stalled: bool = False,
    environment: Mapping[str, str] | None = None,
    console: Path | None = None,
) -> AsyncIterator[ServerProcess]:
    """A server that is up, and killed in the end if it still is.

    `before` are the words of a command that runs the server's command. With `stalled`, it prints
    into a pipe that nobody reads. `environment` is added to that of the tests; what it prints on
    standard error goes to the file `console`, which is beside its data otherwise.
    """
    command = [*before, *TRIO_CHAT, "server", "--port", str(port), "--data", str(data), *options]
    errors = console or data.with_name(f"{data.name}.console")
    with errors.open("ab") as to_file:
        process = await trio.lowlevel.open_process(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if stalled else to_file,
            env={**ENVIRONMENT, **(environment or {})},
        )
    server = ServerProcess(process, data, errors)
    try:
        with trio.fail_after(PATIENCE):
            await server.read_banner()
        yield server
    finally:
        process.kill()
        with trio.CancelScope(shield=True):
            await process.wait()
            for pipe in (process.stdout, process.stderr):
                if pipe is not None:
                    await pipe.aclose()


async def run_server_that_fails(
    *options: str, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run a server that is to end by itself, at once."""
    with trio.fail_after(PATIENCE):
        return await trio.run_process(
            [*TRIO_CHAT, "server", *options],
            capture_stdout=True,
            capture_stderr=True,
            check=False,
            env={**ENVIRONMENT, **(environment or {})},
        )
