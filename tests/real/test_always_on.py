"""Users of always-on accounts, whose server is killed: they are where they were when it is back."""

from __future__ import annotations

import base64
import signal
from pathlib import Path

import pytest
import trio

from .peers import Peer, peer
from .processes import ENVIRONMENT, TRIO_CHAT, running_server

pytestmark = pytest.mark.slow

LOGIN = base64.b64encode(b"\0alice@phone\0open sesame").decode()


async def command(*words: str, data: Path, typed: str = "") -> str:
    """What a command on the server's data prints."""
    done = await trio.run_process(
        [*TRIO_CHAT, *words, "--data", str(data)],
        stdin=typed.encode(),
        capture_stdout=True,
        env=ENVIRONMENT,
    )
    return done.stdout.decode()


async def comes(alice: Peer, caps: str = "") -> None:
    """The phone of alice comes in."""
    await alice.send(f"CAP REQ :sasl {caps}", "NICK alice", "USER alice 0 * :Alice")
    await alice.send("AUTHENTICATE PLAIN")
    await alice.wait_for("AUTHENTICATE [+]")
    await alice.send(f"AUTHENTICATE {LOGIN}")
    await alice.wait_for(" 903 ")
    await alice.send("CAP END")
    await alice.wait_for(" 001 alice ")


async def test_who_stays_outlives_a_server_that_is_killed(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with running_server(data) as server:
        typed = "open sesame\n"
        await command("account", "add", "alice", "--password-stdin", data=data, typed=typed)
        async with peer(server.port) as alice, peer(server.port, "bob", "#tea") as bob:
            await comes(alice, "echo-message")
            await alice.send("NS SET ALWAYS-ON on")
            await alice.wait_for("You stay here")
            await alice.send("JOIN #tea", "JOIN #den", "MODE #den +s", "TOPIC #den :Leaves")
            # When one's own message comes back it is on disk, and with it what was before.
            await alice.send("PRIVMSG #den :hi")
            await alice.wait_for("PRIVMSG #den :hi")
            await bob.wait_for("JOIN #tea")
            await server.stop(signal.SIGKILL)
    async with (
        running_server(data) as server,
        peer(server.port, "bob", "#tea", "away-notify") as bob,
    ):
        await bob.send("WHOIS alice")
        await bob.wait_for(" 301 bob alice :Not connected at present")
        await bob.send("PRIVMSG #tea :while you were away")
        async with peer(server.port) as alice:
            await comes(alice)
            await alice.wait_for("JOIN :?#tea")
            await alice.wait_for(" 332 alice #den :?Leaves")
            await alice.wait_for(r"bob!.* PRIVMSG #tea :\[.*\] while you were away")
        await bob.wait_for("alice!.* AWAY :Not connected at present")
        assert await server.stop() == 0
    assert await command("account", "always-on", "alice", data=data) == "on\n"
    exported = await command("account", "export", "alice", data=data)
    assert '"#den": "o"' in exported
    assert '"phone"' in exported
