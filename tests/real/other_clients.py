"""WeeChat and irssi, as Debian has them, set up to join a server without asking anything."""

from __future__ import annotations

import re
from pathlib import Path

import trio

from .terminal import Terminal, Tmux

_IRSSI_CONFIG = """
servers = ({{ address = "127.0.0.1"; port = "{port}"; chatnet = "t"; autoconnect = "yes"; {tls} }});
chatnets = {{ t = {{ type = "IRC"; }}; }};
channels = ({{ name = "{room}"; chatnet = "t"; autojoin = "yes"; }});
settings = {{
  core = {{ real_name = "Iris"; user_name = "iris"; nick = "{nick}"; }};
  "irc/core" = {{ cmd_queue_speed = "10msec"; }};
  "fe-common/core" = {{ autocreate_own_query = "no"; window_auto_change = "yes"; }};
}};
"""


async def open_weechat(
    tmux: Tmux, home: Path, port: int, nick: str, room: str, fingerprint: str = ""
) -> Terminal:
    """WeeChat in a terminal, in the room; by TLS if there is the fingerprint of a certificate."""
    version = (await trio.run_process(["weechat", "--version"], capture_stdout=True)).stdout
    # Since version 4 it speaks TLS unless told otherwise; before, it did not know the option.
    is_old = int(version.split(b".")[0]) < 4
    way = "" if is_old else " -notls"
    if fingerprint:
        tls = "ssl" if is_old else "tls"
        way = f" -{tls} -{tls}_fingerprint={fingerprint}"
    commands = (
        f"/server add t 127.0.0.1/{port}{way} -nicks={nick} -username={nick} -autojoin={room}",
        "/set irc.server_default.anti_flood_prio_high 0",  # seconds it waits between two lines
        "/set irc.server_default.anti_flood_prio_low 0",
        "/set irc.server_default.anti_flood 0",  # the same, since version 4
        "/set weechat.look.paste_max_lines -1",  # else it asks when a test types fast
        "/set irc.look.smart_filter off",  # else it hides who comes and goes
        "/set irc.network.lag_check 1",
        "/set irc.network.lag_min_show 0",
        "/connect t",
    )
    terminal = await tmux.open(
        nick, "weechat", "-d", str(home), "-P", "irc", "-r", ";".join(commands)
    )
    await terminal.wait_for(rf"^ *\d.*#{room.removeprefix('#')}")
    return terminal


async def open_irssi(
    tmux: Tmux, home: Path, port: int, nick: str, room: str, fingerprint: str = ""
) -> Terminal:
    """irssi in a terminal, in the room; by TLS if there is the fingerprint of a certificate."""
    # Its manual: a certificate that is pinned is verified nevertheless, unless told otherwise.
    pinned = ":".join(re.findall("..", fingerprint.upper()))  # the one way in which it reads it
    tls = f'use_tls = "yes"; tls_verify = "no"; tls_pinned_cert = "{pinned}";'
    config = home / "config"
    await trio.Path(home).mkdir()
    await trio.Path(config).write_text(
        _IRSSI_CONFIG.format(port=port, nick=nick, room=room, tls=tls if fingerprint else "")
    )
    terminal = await tmux.open(nick, "irssi", f"--home={home}", f"--config={config}")
    await terminal.wait_for(rf"Join to {room} was synced")
    return terminal
