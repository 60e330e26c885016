"""Questions about the server: HELP, STATS, ADMIN, INFO, LINKS, VERSION, TIME, MOTD and the like."""

from __future__ import annotations

import pytest

from trio_chat.core.commands import TABLE
from trio_chat.core.privileges import Operator
from trio_chat.core.settings import Admin, Settings
from trio_chat.core.usages import USAGES

from .language import Chat
from .staff import HASH, operator, staffed

# -- HELP


def test_there_is_help_for_every_command_and_no_other() -> None:
    assert set(USAGES) == set(TABLE)


def test_help_shows_all_commands() -> None:
    heard = [(message.command, *message.params[1:]) for message in Chat().user("a").asks("HELP")]
    assert heard[0][:2] == ("704", "*")
    assert heard[1] == ("705", "*", "")
    assert heard[-1][:2] == ("706", "*")
    shown = {word for _, _, line in heard[2:-2] for word in line.split()}
    assert shown == set(TABLE)


@pytest.mark.parametrize("line", ["HELP PRIVMSG", "help privmsg", "HELPOP privmsg"])
def test_help_shows_how_a_command_is_used(line: str) -> None:
    heard = [(message.command, *message.params) for message in Chat().user("a").asks(line)]
    assert heard == [
        ("704", "a", "PRIVMSG", "PRIVMSG <target>,... <text>"),
        ("705", "a", "PRIVMSG", ""),
        ("706", "a", "PRIVMSG", "Says something to rooms or users."),
    ]


@pytest.mark.parametrize(("subject", "told"), [("tea", "tea"), (":a b", "*"), ("::x", "*")])
def test_help_on_something_unknown(subject: str, told: str) -> None:
    assert Chat().user("a").does(f"HELP {subject}") == [f"524 a {told}"]


@pytest.mark.parametrize("command", sorted(TABLE))
def test_every_line_of_help_fits(command: str) -> None:
    for message in Chat().user("a").asks(f"HELP {command}"):
        assert message.command in ("704", "705", "706")
        assert len(message.params[2]) <= 100


# -- STATS


def test_stats_u_tells_how_long_the_server_is_up() -> None:
    chat = Chat()
    alice = chat.user("alice")
    alice.session.heard = 10.0**9
    chat.passes(2 * 86400 + 3 * 3600 + 4 * 60 + 5)
    alice.lines.clear()
    assert alice.does("STATS u") == [
        "242 alice :Server Up 2 days 3:04:05",
        "219 alice u :End of STATS report",
    ]


def test_stats_m_counts_commands() -> None:
    chat = Chat()
    alice = chat.user("alice")
    for _ in range(3):
        alice.does("TIME")
    lines = alice.does("STATS m")
    assert "212 alice TIME 3" in lines
    assert lines[-1] == "219 alice m :End of STATS report"


def test_stats_o_tells_operators_who_may_become_one() -> None:
    chat = staffed(
        Operator("root", HASH, masks=("192.0.2.0/24", "*@a.example")),
        Operator("helper", HASH, privileges=("kill", "wallops")),
    )
    alice = operator(chat, "alice")
    assert alice.does("STATS o")[:3] == [
        "243 alice O 192.0.2.0/24 * root *",
        "243 alice O *@a.example * root *",
        "243 alice O * * helper kill,wallops",
    ]
    assert HASH not in " ".join(alice.does("STATS o"))


def test_stats_that_are_refused_end_all_the_same() -> None:
    assert staffed().user("bob").does("STATS o") == [
        "481 bob",
        "219 bob o :End of STATS report",
    ]


def test_stats_p_tells_which_operators_are_here() -> None:
    chat = staffed()
    operator(chat, "alice")
    bob = chat.user("bob")
    assert bob.does("STATS p")[0] == "249 bob p :alice (~alice@192.0.2.1) idle 0 seconds"


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("STATS", "461 alice STATS"),
        ("STATS z", "219 alice z :End of STATS report"),
        ("STATS :", "219 alice * :End of STATS report"),
        ("STATS u far.example", "402 alice far.example"),
    ],
)
def test_stats_of_nothing(line: str, answer: str) -> None:
    assert Chat().user("alice").does(line) == [answer]


# -- the rest


def test_admin_tells_who_runs_the_server() -> None:
    admin = Admin("Berlin", "Tea club", "root@tea.example")
    heard = Chat(Settings(admin=admin)).user("a").asks("ADMIN")
    assert [(message.command, *message.params[1:]) for message in heard] == [
        ("256", "trio-chat.local", "Administrative info"),
        ("257", "Berlin"),
        ("258", "Tea club"),
        ("259", "root@tea.example"),
    ]


def test_admin_of_nobody_tells_of_the_server() -> None:
    settings = Settings(network="Tea", description="the tea house")
    heard = Chat(settings).user("a").asks("ADMIN")
    assert [message.command for message in heard] == ["256", "257", "258", "259"]
    assert [message.params[1] for message in heard[1:3]] == ["the tea house", "Tea"]
    with pytest.raises(ValueError, match="one line"):
        Admin(email="a\nb")


def test_info_ends() -> None:
    heard = Chat().user("a").asks("INFO")
    assert {message.command for message in heard[:-1]} == {"371"}
    assert heard[-1].command == "374"


@pytest.mark.parametrize("line", ["LINKS", "LINKS *.local", "LINKS trio-chat.local *"])
def test_links_tells_of_this_server(line: str) -> None:
    mask = line.split()[-1] if line != "LINKS" else "*"
    assert Chat().user("a").does(line) == [
        "364 a trio-chat.local trio-chat.local :0 a trio-chat server",
        f"365 a {mask} :End of LINKS list",
    ]


def test_links_to_elsewhere() -> None:
    assert Chat().user("a").does("LINKS *.far") == ["365 a *.far :End of LINKS list"]


@pytest.mark.parametrize("command", ["MOTD", "VERSION", "TIME", "ADMIN", "INFO"])
def test_a_question_to_another_server_is_refused(command: str) -> None:
    alice = Chat().user("alice")
    assert alice.does(f"{command} far.example") == ["402 alice far.example"]
    for target in ("trio-chat.local", "*.local", "alice"):
        assert "402" not in " ".join(alice.does(f"{command} {target}"))


def test_version_and_time() -> None:
    heard = Chat().user("a").asks("VERSION")
    assert [message.command for message in heard] == ["351", "005", "005", "005"]
    assert Chat().user("a").asks("TIME")[0].params == (
        "a",
        "trio-chat.local",
        "Tuesday November 14 2023 -- 22:13:20 UTC",
    )


@pytest.mark.parametrize(("command", "numeric"), [("SUMMON bob", "445"), ("USERS", "446")])
def test_what_was_for_people_logged_in_to_the_machine_is_off(command: str, numeric: str) -> None:
    assert Chat().user("a").does(command) == [f"{numeric} a"]
