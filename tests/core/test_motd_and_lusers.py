"""Questions about the server: MOTD and LUSERS in full, and which server is asked."""

from __future__ import annotations

import pytest

from trio_chat.core.settings import Settings

from .language import SERVER, Chat


def test_motd_is_told_line_by_line() -> None:
    alice = Chat(Settings(motd="one\n\n  two")).user("alice")
    assert alice.does("MOTD") == [
        "375 alice",
        "372 alice :- one",
        "372 alice :- ",
        "372 alice :-   two",
        "376 alice",
    ]


def test_no_motd_is_told_too() -> None:
    assert Chat().user("alice").does("MOTD") == ["422 alice"]


def test_version_comes_with_isupport() -> None:
    heard = Chat().user("alice").does("VERSION")
    assert heard[0] == f"351 alice trio-chat {SERVER}"
    assert {line.split()[0] for line in heard[1:]} == {"005"}


@pytest.mark.parametrize("command", ["MOTD", "VERSION", "TIME", "ADMIN", "INFO"])
@pytest.mark.parametrize("target", [SERVER, "*", "*.local", "ALICE"])
def test_this_server_may_be_named(command: str, target: str) -> None:
    alice = Chat().user("alice")
    assert alice.does(f"{command} {target}") == alice.does(command)


def test_lusers_counts() -> None:
    chat = Chat()
    alice = chat.user("alice", "#a", "#b")
    chat.user("bob").sends("MODE bob +i")
    chat.user("carol").vanishes()
    stranger = chat.open()
    answers = {message.command: message.params for message in alice.asks("LUSERS")}
    assert answers["251"][1] == "There are 1 users and 1 invisible on 1 servers"
    assert answers["252"][1] == "0"
    assert answers["253"][1] == "1"
    assert answers["254"][1] == "2"
    assert answers["255"][1] == "I have 2 clients and 0 servers"
    assert answers["265"][1:3] == answers["266"][1:3] == ("2", "3")
    stranger.vanishes()
    assert "253 alice 0" in alice.does("LUSERS")
