"""A server process that is run from within, by operators, and from without, by signals."""

from __future__ import annotations

import base64
import re
import signal
from pathlib import Path

import pytest
import trio

from .operating import write
from .peers import peer
from .processes import ENVIRONMENT, TRIO_CHAT, running_server
from .waiting import PATIENCE

pytestmark = pytest.mark.slow


async def test_sighup_has_the_file_read_again(tmp_path: Path) -> None:
    config = tmp_path / "chat.toml"
    write(config)
    async with (
        running_server(tmp_path / "data", "--config", str(config)) as server,
        peer(server.port, "alice") as alice,
    ):
        write(config, "[chat]\nnetwork = 'Tea'\n[log]\nquiet = true\nformat = 'json'\n")
        server.process.send_signal(signal.SIGHUP)
        await alice.wait_for(" 005 alice NETWORK=Tea ")
        await alice.send("PRIVMSG #lobby :in silence")
        write(config, "[chat]\nnetwerk = 'x'\n")
        server.process.send_signal(signal.SIGHUP)
        await server.wait_for_console(
            r'\{.*"the configuration is as before: .*chat.toml:5: unknown key `chat.netwerk`'
        )
        assert "in silence" not in server.console
        assert await server.stop() == 0


async def test_sighup_opens_the_server_to_another_address_and_nobody_notices(
    tmp_path: Path,
) -> None:
    config = tmp_path / "chat.toml"
    write(config)
    async with (
        running_server(tmp_path / "data", "--config", str(config)) as server,
        peer(server.port, "alice") as alice,
    ):
        # The port of the command line stands above the file, and so the first address stays.
        write(config, "[[listen]]\n[[listen]]\nhost = '127.0.0.2'\nport = 0\n")
        server.process.send_signal(signal.SIGHUP)
        address = rf"127\.0\.0\.1:{server.port} and 127\.0\.0\.2:(\d+)"
        await server.wait_for_console(f"listening on {address}")
        await alice.send("PING :still here")
        await alice.wait_for("PONG .*still here")
        assert await server.stop() == 0


async def test_die_ends_the_process(tmp_path: Path) -> None:
    config = tmp_path / "chat.toml"
    write(config)
    async with running_server(tmp_path / "data", "--config", str(config)) as server:
        async with peer(server.port, "alice") as alice:
            await alice.send("OPER root secret", "DIE")
            assert "Server stopped by alice" in await alice.wait_end()
        with trio.fail_after(PATIENCE):
            assert await server.process.wait() == 0


async def test_restart_starts_the_server_anew_with_the_same_options(tmp_path: Path) -> None:
    config = tmp_path / "chat.toml"
    write(config)
    async with running_server(tmp_path / "data", "--config", str(config)) as server:
        async with peer(server.port, "alice") as alice:
            await alice.send("OPER root secret")
            await alice.wait_for(" 381 ")
            write(config, "[chat]\nnetwork = 'Tea'\n")
            await alice.send("RESTART")
            assert "Server restarted by alice" in await alice.wait_end()
        server.banner = ""
        with trio.fail_after(PATIENCE):
            await server.read_banner()
        async with peer(server.port, "alice") as alice:
            assert re.search("NETWORK=Tea ", alice.text)
        assert await server.stop() == 0


async def test_accounts_are_made_and_disabled_beside_a_running_server(tmp_path: Path) -> None:
    data = tmp_path / "data"

    async def account(*words: str, typed: str = "") -> None:
        with trio.fail_after(PATIENCE):
            command = [*TRIO_CHAT, "account", *words, "--data", str(data)]
            await trio.run_process(command, stdin=typed.encode(), env=ENVIRONMENT)

    async with running_server(data) as server, peer(server.port, "stranger") as stranger:
        await account("add", "alice", "--password-stdin", typed="open sesame\n")
        await stranger.send("CAP REQ :sasl", "AUTHENTICATE PLAIN")
        await stranger.wait_for(r"AUTHENTICATE \+")
        proof = base64.b64encode(b"\0alice\0open sesame").decode()
        await stranger.send(f"AUTHENTICATE {proof}")
        await stranger.wait_for(" 900 .* alice ")
        await account("disable", "alice")
        await stranger.wait_for("disabled")
        assert await server.stop() == 0
        assert "Traceback" not in server.console
