"""The clients a run measures: ours, WeeChat and irssi as they come, and the floor.

Law: each is started as its user would, in a home of its own that is empty, and asks nothing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOM = "#lobby"
NICK = "carol"


@dataclass(frozen=True, slots=True)
class Client:
    """One program; `command` gets the server's port and the home it has to itself."""

    name: str
    command: Callable[[int, Path], list[str]]
    term: str = "xterm-256color"
    """Which terminal it is told it is on. For what is made with curses it is the one whose
    sequences a pyte screen knows all of."""

    def environment(self, home: Path) -> dict[str, str]:
        """What it finds around it: nothing of the settings of who runs the bench."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
        return kept | {"HOME": str(home), "TERM": self.term, "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def _floor(port: int, home: Path) -> list[str]:
    return [sys.executable, "-m", "benchmarks.client.floor", str(port)]


def _ours(*options: str) -> Callable[[int, Path], list[str]]:
    def command(port: int, home: Path) -> list[str]:
        where = ("client", f"127.0.0.1:{port}", "--nick", NICK, "--room", ROOM)
        return [sys.executable, "-m", "trio_chat", *where, *options]

    return command


def _weechat(port: int, home: Path) -> list[str]:
    version = subprocess.run(["weechat", "--version"], capture_output=True, check=True).stdout
    # Since version 4 it speaks TLS unless told otherwise; before, it did not know the option.
    way = "" if int(version.split(b".")[0]) < 4 else " -notls"
    commands = (
        f"/server add t 127.0.0.1/{port}{way} -nicks={NICK} -username={NICK} -autojoin={ROOM}",
        "/set weechat.look.paste_max_lines -1",  # else it may take what is typed for a paste
        "/connect t",
    )
    return ["weechat", "-d", str(home), "-P", "irc", "-r", ";".join(commands)]


_IRSSI = """
servers = ({{ address = "127.0.0.1"; port = "{port}"; chatnet = "t"; autoconnect = "yes"; }});
chatnets = {{ t = {{ type = "IRC"; }}; }};
channels = ({{ name = "{room}"; chatnet = "t"; autojoin = "yes"; }});
settings = {{
  core = {{ real_name = "{nick}"; user_name = "{nick}"; nick = "{nick}"; }};
  "fe-common/core" = {{ window_auto_change = "yes"; }};
}};
"""


def _irssi(port: int, home: Path) -> list[str]:
    config = home / "config"
    config.write_text(_IRSSI.format(port=port, room=ROOM, nick=NICK))
    return ["irssi", f"--home={home}", f"--config={config}"]


FLOOR = "floor"

CLIENTS = {
    client.name: client
    for client in (
        Client(FLOOR, _floor),
        Client("trio-chat", _ours()),
        Client("trio-chat-full", _ours("--full")),
        Client("weechat", _weechat, term="linux"),
        Client("irssi", _irssi, term="linux"),
    )
}


def is_here(name: str) -> bool:
    """Whether a client that is not ours is installed."""
    return name not in ("weechat", "irssi") or shutil.which(name) is not None
