"""Servers of others, as Debian packages them, each a process with a configuration of its own."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import trio

from .processes import ENVIRONMENT
from .waiting import PATIENCE, Looks

PING_EVERY = 15
"""Seconds of silence after which these servers ask a client for a sign of life: the least that
InspIRCd takes."""

_MODULES = (
    *("cap", "chghost", "ircv3", "ircv3_batch", "ircv3_capnotify", "ircv3_ctctags"),
    *("ircv3_echomessage", "ircv3_invitenotify", "ircv3_labeledresponse", "ircv3_msgid"),
    *("ircv3_servertime", "monitor", "namesx", "setname", "uhnames"),
)


def _inspircd(port: int, home: Path, *, modules: tuple[str, ...] = _MODULES) -> str:
    loaded = "".join(f'<module name="{module}">\n' for module in modules)
    return f"""<config format="xml">
<server name="irc.test" description="a test" network="Test">
<admin name="nobody" nick="nobody" email="nobody@example.org">
<bind address="127.0.0.1" port="{port}" type="clients">
<power diepass="{os.urandom(8).hex()}" restartpass="{os.urandom(8).hex()}">
<connect allow="*" resolvehostnames="no" timeout="10" pingfreq="{PING_EVERY}" fakelag="no"
         threshold="1000" commandrate="1000000"
         localmax="100" globalmax="100" sendq="1000000" recvq="100000">
<performance softlimit="100" somaxconn="128">
<cidr ipv4clone="32" ipv6clone="128">
<log method="file" type="* -USERINPUT -USEROUTPUT" level="default" target="{home}/log">
{loaded}"""


def _bare_inspircd(port: int, home: Path) -> str:
    return _inspircd(port, home, modules=())


def _ngircd(port: int, home: Path) -> str:
    return f"""[Global]
Name = irc.test
Info = a test
AdminInfo1 = a test
AdminInfo2 = nowhere
AdminEMail = nobody@example.org
Listen = 127.0.0.1
Ports = {port}
MotdPhrase = hello
[Limits]
MaxConnectionsIP = 0
MaxNickLength = 30
PingTimeout = {PING_EVERY}
PongTimeout = {PING_EVERY}
[Options]
DNS = no
Ident = no
PAM = no
SyslogFacility = local1
"""


@dataclass(frozen=True, slots=True)
class Kind:
    """A program, how it is configured, and how it is started with its configuration."""

    name: str
    configuration: Callable[[int, Path], str]
    command: Callable[[Path], list[str]]


def _inspircd_command(configuration: Path) -> list[str]:
    # It does not run as root unless told to.
    as_root = ["--runasroot"] if os.getuid() == 0 else []
    return ["inspircd", f"--config={configuration}", "--nofork", "--nopid", *as_root]


def _ngircd_command(configuration: Path) -> list[str]:
    # As root it becomes nobody by itself, once it has read its configuration.
    return ["ngircd", "--nodaemon", "--config", str(configuration)]


INSPIRCD = Kind("inspircd", _inspircd, _inspircd_command)
BARE_INSPIRCD = Kind("bare inspircd", _bare_inspircd, _inspircd_command)
NGIRCD = Kind("ngircd", _ngircd, _ngircd_command)
KINDS = (INSPIRCD, BARE_INSPIRCD, NGIRCD)


def free_port() -> int:
    """A port that nobody listens on; the system gives it to nobody else for a while."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


class OtherServer:
    """One that runs, and can be stopped, held still and started again on the same port."""

    def __init__(self, kind: Kind, home: Path) -> None:
        self.kind = kind
        self.port = free_port()
        self._home = home
        self._process: trio.Process | None = None

    async def start(self) -> None:
        configuration = self._home / "server.conf"
        configuration.write_text(self.kind.configuration(self.port, self._home))
        with (self._home / "output").open("ab") as output:
            self._process = await trio.lowlevel.open_process(
                self.kind.command(configuration),
                stdout=output,
                stderr=output,
                cwd=self._home,
                env=ENVIRONMENT,
            )
        looks = Looks()
        while await looks.again():
            try:
                stream = await trio.open_tcp_stream("127.0.0.1", self.port)
            except OSError:
                assert self._process.returncode is None, (self._home / "output").read_text()
            else:
                await stream.aclose()
                return
        raise AssertionError((self._home / "output").read_text())

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        assert self._process is not None
        self._process.send_signal(number)

    async def stop(self) -> None:
        """Ask it to end, and see that it does."""
        if self._process is not None:
            self._process.terminate()
            with trio.move_on_after(PATIENCE):
                await self._process.wait()
            self._process.kill()
            await self._process.wait()


@asynccontextmanager
async def other_server(kind: Kind, home: Path) -> AsyncIterator[OtherServer]:
    """A server of this kind that is up, and ended in the end."""
    server = OtherServer(kind, home)
    try:
        await server.start()
        yield server
    finally:
        with trio.CancelScope(shield=True):
            await server.stop()
