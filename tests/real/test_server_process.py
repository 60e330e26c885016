"""The server as a process: what it prints, how it ends, what it does when it cannot start."""

from __future__ import annotations

import json
import re
import signal
import sqlite3
from pathlib import Path

import pytest
import trio

from .peers import chat_on, peer
from .processes import ServerProcess, run_server_that_fails, running_server
from .programs import needs
from .terminal import Tmux
from .waiting import PATIENCE

pytestmark = pytest.mark.slow


# -- starting


async def test_it_prints_where_it_listens_and_how_to_join(server: ServerProcess) -> None:
    first, second, third = server.banner.splitlines()
    assert re.fullmatch(r"trio-chat \S+ is listening on 127\.0\.0\.1:\d+", first)
    assert f"`trio-chat client 127.0.0.1:{server.port}`" in second
    assert f"any IRC client at 127.0.0.1, port {server.port}" in second
    assert third == "Ctrl-C stops the server."
    async with peer(server.port, "alice") as alice:
        await alice.send("PING :here")
        await alice.wait_for("PONG .* :?here")


async def test_listening_everywhere_it_names_an_address_that_can_be_joined(tmp_path: Path) -> None:
    async with running_server(tmp_path / "data", "--host", "0.0.0.0", "--insecure") as server:
        first, second, _ = server.banner.splitlines()
        assert first.endswith(f"is listening on 0.0.0.0:{server.port}")
        assert f"`trio-chat client 127.0.0.1:{server.port}`" in second
        assert f"any IRC client at any address of this machine, port {server.port}" in second


async def test_an_address_of_another_machine_is_not_blamed_on_the_port(tmp_path: Path) -> None:
    failed = await run_server_that_fails(
        "--host", "192.0.2.1", "--insecure", "--data", str(tmp_path)
    )
    assert failed.returncode == 1
    assert "cannot listen on 192.0.2.1:8080" in _said(failed)
    assert "--port" not in _said(failed)


async def test_a_port_in_use_is_named_and_the_one_who_has_it_goes_on(
    server: ServerProcess, tmp_path: Path
) -> None:
    failed = await run_server_that_fails(
        "--port", str(server.port), "--data", str(tmp_path / "other")
    )
    assert failed.returncode == 1
    assert failed.stdout == b""
    assert f"cannot listen on 127.0.0.1:{server.port}: Address already in use" in _said(failed)
    async with peer(server.port, "alice"):
        pass


async def test_a_configuration_that_is_wrong_is_named_with_its_key(tmp_path: Path) -> None:
    config = tmp_path / "chat.toml"
    for text, complaint in [
        ("[[listen]]\nport = 70000\n", r"chat\.toml:2: listen\.port must be 0 to 65535"),
        ('[[listen]]\nport = "many"\n', r"toml:2: listen\.port must be a whole number"),
        ("[chat]\nmodt = 'hello'\n", r"toml:2: unknown key `chat\.modt`; did you mean `motd`\?"),
        ("[chat\n", r"toml:1: not TOML: .* at column 6"),
    ]:
        config.write_text(text)
        failed = await run_server_that_fails("--config", str(config), "--data", str(tmp_path))
        assert failed.returncode == 1
        assert str(config) in _said(failed)
        assert re.search(complaint, _said(failed)), _said(failed)
    failed = await run_server_that_fails("--config", str(tmp_path / "none.toml"))
    assert failed.returncode == 1
    assert f"cannot read {tmp_path / 'none.toml'}" in _said(failed)


async def test_a_data_directory_that_cannot_be_used_is_named_and_left_as_it_is(
    tmp_path: Path,
) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("mine")
    failed = await run_server_that_fails("--port", "0", "--data", str(in_the_way))
    assert failed.returncode == 1
    assert str(in_the_way) in _said(failed)
    assert in_the_way.read_text() == "mine"

    no_database = tmp_path / "letters"
    no_database.mkdir()
    (no_database / "trio-chat.sqlite3").write_text("Dear diary\n" * 1000)
    failed = await run_server_that_fails("--port", "0", "--data", str(no_database))
    assert failed.returncode == 1
    assert f"{no_database / 'trio-chat.sqlite3'} is damaged (file is not a database)" in _said(
        failed
    )
    assert (no_database / "trio-chat.sqlite3").read_text() == "Dear diary\n" * 1000


async def test_a_database_of_a_later_version_is_left_as_it_is(tmp_path: Path) -> None:
    async with running_server(tmp_path / "data") as server:
        assert await server.stop() == 0
    database = tmp_path / "data" / "trio-chat.sqlite3"
    with sqlite3.connect(database) as connection:
        connection.execute("PRAGMA user_version = 1000")
    connection.close()
    before = database.read_bytes()
    failed = await run_server_that_fails("--port", "0", "--data", str(tmp_path / "data"))
    assert failed.returncode == 1
    assert f"{database} was written by a later version of trio-chat" in _said(failed)
    assert database.read_bytes() == before


def _said(failed: object) -> str:
    """What it printed on standard error: one line for a person, and no traceback."""
    text: str = failed.stderr.decode()  # type: ignore[attr-defined]
    assert text.startswith("trio-chat: ")
    assert text.count("\n") == 1, text
    return text


# -- the console


async def test_the_console_shows_what_is_public_and_nothing_else(server: ServerProcess) -> None:
    async with peer(server.port, "alice") as alice, peer(server.port, "bob") as bob:
        await alice.send(
            "TOPIC #lobby :tea and talk",
            "PRIVMSG #lobby :good morning, naïve café 漢字",
            "PRIVMSG #lobby :\x01ACTION waves\x01",
            "PRIVMSG bob :for your eyes only",
            "JOIN #cellar",
            "MODE #cellar +s",
            "PRIVMSG #cellar :nobody must know",
            "TOPIC #cellar :the treasure",
            "PART #cellar :buried",
        )
        await bob.wait_for("for your eyes only")
        await bob.send("NICK robert", "PART #lobby :so long", "QUIT :sleepy")
        await bob.wait_end()
        await alice.send("QUIT :good night")
        await alice.wait_end()
    await server.wait_for_console("alice has left")
    told = [line.split(" ", 1)[1] for line in server.console.splitlines()]
    assert told == [
        "alice has connected from 127.0.0.1",
        "#lobby alice has joined",
        "bob has connected from 127.0.0.1",
        "#lobby bob has joined",
        "#lobby alice has set the topic: tea and talk",
        "#lobby <alice> good morning, naïve café 漢字",
        "#lobby * alice waves",
        "#cellar alice has joined",  # it was no secret yet
        "bob is now known as robert",
        "#lobby robert has parted (so long)",
        "robert has left (Quit)",  # no room heard what his last words were
        "alice has left (Quit: good night)",
    ]


async def test_quiet_shows_nothing_of_the_chat(tmp_path: Path) -> None:
    async with running_server(tmp_path / "data", "--quiet") as server:
        async with peer(server.port, "alice") as alice:
            await alice.send("PRIVMSG #lobby :hello", "QUIT")
            await alice.wait_end()
        assert await server.stop() == 0
        assert "is listening on" in server.banner
        assert server.console == ""


@needs("tmux")
async def test_no_control_character_of_a_user_reaches_the_terminal(
    tmux: Tmux, tmp_path: Path
) -> None:
    async with running_server(tmp_path / "data") as server, peer(server.port, "alice") as alice:
        await alice.send(
            "PRIVMSG #lobby :\x1b[2J\x1b]0;owned\x07 \x9b31m \x02bold\x0f \u202etxt.exe end one",
            "TOPIC #lobby :\x1b[31mred\x08\x08 end two",
            "QUIT :\x1b[5m end three",
        )
        await alice.wait_end()
        await server.wait_for_console("end three")
        assert not set(server.console) & (set(map(chr, range(32))) - {"\n"})
        assert not re.search("[\x7f-\x9f\u202a-\u202e]", server.console)
        terminal = await tmux.open("console", "cat", str(tmp_path / "data.console"))
        await terminal.wait_for_all(r"\[2J.*owned.*end one", "31mred.*end two", "5m end three")


async def test_json_lines_parse(tmp_path: Path) -> None:
    async with running_server(tmp_path / "data", "--log-format", "json") as server:
        async with peer(server.port, "alice") as alice:
            await alice.send('PRIVMSG #lobby :she said "hi" \x1b[0m 漢字', "QUIT")
            await alice.wait_end()
        assert await server.stop() == 0
        lines = [json.loads(line) for line in server.console.splitlines()]
    assert all(line["level"] == "info" and line["time"] > 1e9 for line in lines)
    assert [line["deed"] for line in lines] == ["connected", "joined", "said", "left"]
    said = lines[2]
    assert (said["nick"], said["room"]) == ("alice", "#lobby")
    assert said["text"] == 'she said "hi" \N{REPLACEMENT CHARACTER}[0m 漢字'
    assert "\x1b" not in server.console


async def test_the_chat_goes_on_when_nobody_reads_the_console(tmp_path: Path) -> None:
    async with (
        running_server(tmp_path / "data", stalled=True) as server,
        peer(server.port, "one") as one,
        peer(server.port, "other") as other,
    ):
        words = "x" * 300
        for start in range(0, 20_000, 1_000):  # 7 MB of console: pipe and queue hold 3.5
            await one.send(*(f"PRIVMSG #lobby :{words}" for _ in range(1_000)))
            await one.send(f"PRIVMSG other :so far {start}")
            await other.wait_for(f"so far {start}\r\n")
        await chat_on(one, other, exchanges=20)
        assert await server.stop() == 0
        assert "ERROR" in await one.wait_end()


# -- ending


@pytest.mark.parametrize("asked_by", [signal.SIGTERM, signal.SIGINT])
async def test_it_says_goodbye_to_everyone_and_ends(
    server: ServerProcess, asked_by: signal.Signals
) -> None:
    async with peer(server.port, "alice") as alice, peer(server.port) as stranger:
        assert await server.stop(asked_by) == 0
        for one in (alice, stranger):
            assert re.search(r"ERROR :.*Server shutting down.*\r\n$", await one.wait_end())
    assert "Traceback" not in server.console


async def test_it_can_be_stopped_as_soon_as_it_has_said_that_it_listens(
    server: ServerProcess,
) -> None:
    assert await server.stop() == 0


async def test_it_ends_although_a_client_does_not_read(server: ServerProcess) -> None:
    async with peer(server.port, "alice") as alice, peer(server.port, "deaf", "#other"):
        for _ in range(100):
            await alice.send(*[f"PRIVMSG deaf :{'x' * 400}"] * 10)
        await alice.send("PING :done")
        await alice.wait_for("PONG .*done")
        assert await server.stop() == 0
        await alice.wait_end()


async def test_the_next_one_takes_the_port_over_at_once(tmp_path: Path) -> None:
    async with running_server(tmp_path / "data") as server, peer(server.port, "alice") as alice:
        assert await server.stop(signal.SIGKILL) == -signal.SIGKILL
        await alice.wait_end()
        async with (
            running_server(tmp_path / "data", port=server.port) as again,
            peer(again.port, "alice"),
        ):
            assert again.port == server.port


# -- by hand


@needs("nc")
async def test_a_session_with_nc_answers_everything(server: ServerProcess) -> None:
    typed = r"NICK a\r\nUSER a 0 * :a\r\nJOIN #lobby\r\nQUIT\r\n"
    with trio.fail_after(PATIENCE):
        done = await trio.run_process(
            ["sh", "-c", f"printf '{typed}' | nc -N 127.0.0.1 {server.port}"], capture_stdout=True
        )
    lines = done.stdout.decode().split("\r\n")
    assert lines[-1] == ""
    verbs = [line.split()[1] if line.startswith(":") else line.split()[0] for line in lines[:-1]]
    assert verbs[:4] == ["001", "002", "003", "004"]
    assert verbs[-4:] == ["JOIN", "353", "366", "ERROR"]
    assert lines[-2].startswith("ERROR :Closing link: ")
