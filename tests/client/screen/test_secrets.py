"""Which entered lines are kept, and which may hold a password."""

from __future__ import annotations

import pytest

from trio_chat.client.screen.secrets import may_hold_secret


@pytest.mark.parametrize(
    "line",
    [
        "/login ada",
        "/LOGIN ada hunter2",
        "  /login ada",
        "/register ada@example.org",
        "/verify 12345",
        "/oper ada hunter2",
        "/pass hunter2",
        "/identify hunter2",
        "/id hunter2",
        "/msg NickServ identify hunter2",
        "/msg nickserv IDENTIFY ada hunter2",
        "/msg  NickServ   identify hunter2",
        "/m NickServ identify hunter2",
        "/msg NickServ@services.example identify hunter2",
        "/msg NickServ register hunter2 ada@example.org",
        "/msg NickServ set password hunter2",
        "/msg NickServ ghost ada hunter2",
        "/query NickServ identify hunter2",
        "/q NickServ identify hunter2",
        "/notice NickServ identify hunter2",
        "/squery NickServ :identify hunter2",
        "/nickserv identify hunter2",
        "/ns identify hunter2",
        "/ns set password hunter2",
        "/cs identify #tea hunter2",
        "/msg Q@CServe.quakenet.org AUTH ada hunter2",
        "/msg ChanServ register #tea hunter2",
        "/quote PASS hunter2",
        "/quote oper ada hunter2",
        "/raw AUTHENTICATE PLAIN",
        "/raw REGISTER ada * hunter2",
        "/raw PRIVMSG NickServ :identify hunter2",
        "/raw @label=1 :me PRIVMSG NickServ :identify hunter2",
        "/raw NS identify hunter2",
        "/quote /quote PASS hunter2",
    ],
)
def test_what_may_hold_a_password_is_known(line: str) -> None:
    assert may_hold_secret(line, "#tea")


@pytest.mark.parametrize(
    "line",
    [
        "hello",
        "identify yourself!",
        "//login ada hunter2",
        "/join #tea",
        "/msg bob identify the bird",
        "/msg ChanServ op #tea ada",
        "/msg NickServ help",
        "/ns info ada",
        "/quote WHOIS ada",
        "/raw PRIVMSG bob :login there",
        "/quote",
        "/",
        "",
        "/me set password to nothing",
    ],
)
def test_other_lines_are_kept(line: str) -> None:
    assert not may_hold_secret(line, "#tea")


def test_what_is_said_to_a_service_counts_as_if_sent_by_a_command() -> None:
    assert may_hold_secret("identify hunter2", "NickServ")
    assert may_hold_secret("//set password hunter2", "nickserv")
    assert not may_hold_secret("help", "NickServ")
