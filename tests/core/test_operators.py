"""Operators: how one becomes one, and what they may do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from trio_chat.core.effects import Keep, ShutDown
from trio_chat.core.events import Reread
from trio_chat.core.privileges import PRIVILEGES, Operator
from trio_chat.core.questions import CheckPassword, Reading, ReadSettings
from trio_chat.core.records import AuditRecord
from trio_chat.core.settings import Limits, Settings

from .language import Chat, limited
from .staff import HASH, ROOT, answer, log, log_in, operator, questions, staffed

# -- OPER


def test_the_right_password_makes_an_operator() -> None:
    chat = staffed()
    alice = chat.user("alice")
    assert log_in(chat, alice) == [
        "381 alice :You are now an IRC operator",
        "alice MODE alice +o",
    ]
    assert alice.does("MODE alice") == ["221 alice +o"]
    assert log(chat) == []


def test_becoming_an_operator_and_failing_to_are_logged() -> None:
    chat = staffed()
    alice = chat.user("alice")
    alice.sends("OPER root x")
    answer(chat, alice, False)
    assert log(chat) == [
        "alice!~alice@192.0.2.1 (192.0.2.1) gave a wrong password for operator root"
    ]
    alice.sends("OPER root x")
    answer(chat, alice, True)
    assert log(chat) == ["alice!~alice@192.0.2.1 (192.0.2.1) is now operator root"]


def test_an_unknown_name_costs_the_same_work_and_gets_the_same_answer() -> None:
    chat = staffed()
    alice = chat.user("alice")
    alice.sends("OPER nobody x")
    assert questions(chat) == [CheckPassword("x", HASH)]
    answer(chat, alice, True)  # even with the password of another
    assert alice.hears() == ["464 alice"]
    assert not alice.session.user.is_operator


def test_without_operators_nobody_becomes_one() -> None:
    assert Chat().user("alice").does("OPER root x") == ["491 alice"]


def test_oper_needs_name_and_password() -> None:
    assert staffed().user("alice").does("OPER root") == ["461 alice OPER"]


@pytest.mark.parametrize(
    ("mask", "comes"),
    [
        ("192.0.2.1", True),
        ("192.0.2.0/24", True),
        ("198.51.100.0/24", False),
        ("*@192.0.2.*", True),
        ("~alice@*", True),
        ("bob!*@*", False),
        ("2001:db8::/32", False),
    ],
)
def test_an_operator_may_have_to_come_from_somewhere(mask: str, comes: bool) -> None:
    chat = staffed(Operator("root", HASH, masks=("203.0.113.9", mask)))
    alice = chat.user("alice")
    assert log_in(chat, alice)[0].split()[0] == ("381" if comes else "491")
    assert alice.session.user.is_operator == comes


def test_whoever_guesses_is_let_go() -> None:
    chat = staffed(settings=limited(password_tries=2))
    alice = chat.user("alice")
    for _ in range(2):
        assert not alice.closed
        alice.sends("OPER root x")
        answer(chat, alice, False)
    assert alice.closed == "Too many wrong passwords"


def test_one_address_guesses_only_so_often_whatever_its_connections() -> None:
    chat = staffed(settings=limited(login_failures_per_address=2, login_failure_seconds=60))
    for _ in range(3):  # a right one does not count, nor what nobody could check
        alice = chat.user("alice")
        log_in(chat, alice)
        alice.sends("OPER root x")
        answer(chat, alice, None)
        alice.vanishes()
    for guess in range(2):
        eve = chat.user(f"eve{guess}")
        eve.sends("OPER root x")
        answer(chat, eve, False)
    late = chat.user("late")
    assert late.does("OPER root x") == ["400 late OPER"]
    assert questions(chat) == []


def test_the_name_somebody_gave_is_logged_as_one_word() -> None:
    chat = staffed()
    alice = chat.user("alice")
    alice.sends(f"OPER {'x' * 300} x")
    answer(chat, alice, False)
    assert log(chat)[0].endswith(f"for operator {'x' * 100}")


def test_a_password_that_was_changed_while_it_was_checked_makes_nobody_an_operator() -> None:
    chat = staffed()
    alice = chat.user("alice")
    alice.sends("OPER root x")
    other = replace(ROOT, password=HASH.replace("aGFz", "AAAA"))
    settings = replace(chat.world.settings, operators=(other,))
    chat.happens(Reread(Reading("chat.toml", settings), chat.at))
    answer(chat, alice, True)
    assert not alice.session.user.is_operator


def test_an_operator_can_stop_being_one() -> None:
    chat = staffed()
    alice = operator(chat, "alice")
    assert alice.does("MODE alice -o") == ["alice MODE alice -o"]
    assert alice.does("WALLOPS :hi") == ["481 alice"]


def test_nobody_makes_themselves_an_operator() -> None:
    chat = staffed()
    alice = chat.user("alice")
    assert alice.does("MODE alice +o") == []
    assert alice.does("WALLOPS :hi") == ["481 alice"]


# -- privileges

LACKS = "Insufficient operator privileges"

NEEDS = {
    "ban": "KLINE bob!*@* :x",
    "close": "DEFCON 4",
    "reports": "REPORTS",
    "kill": "KILL bob :x",
    "rehash": "REHASH",
    "die": "DIE",
    "restart": "RESTART",
    "stats": "STATS o",
    "wallops": "WALLOPS :hi",
    "message-all": "PRIVMSG $$* :hi",
}


@pytest.mark.parametrize("privilege", NEEDS)
def test_a_privilege_must_be_had(privilege: str) -> None:
    others = tuple(name for name in PRIVILEGES if name != privilege)
    chat = staffed(Operator("root", HASH, privileges=others))
    alice, bob = operator(chat, "alice"), chat.user("bob")
    assert bob.does(NEEDS[privilege])[0] == "481 bob"
    assert alice.does(NEEDS[privilege])[0] == f"723 alice {privilege} :{LACKS}"


def test_every_privilege_is_tried_here() -> None:
    # Two refuse nothing: they add to what other commands do. And one is for NickServ.
    assert set(PRIVILEGES) == {*NEEDS, "override", "see-hidden", "accounts"}


def test_override_rules_in_every_room() -> None:
    chat = staffed(
        Operator("root", HASH, privileges=("override",)), Operator("clerk", HASH, privileges=())
    )
    bob, _ = chat.users("bob", "carol", room="#tea")
    bob.sends("MODE #tea +i")
    alice, clerk = operator(chat, "alice"), operator(chat, "clara", name="clerk")
    assert clerk.does("MODE #tea -t") == ["482 clara #tea"]
    assert clerk.does("JOIN #tea") == ["473 clara #tea"]
    bob.lines.clear()
    alice.sends("MODE #tea -t")
    alice.sends("KICK #tea carol :out")
    assert bob.hears() == ["alice MODE #tea -t", "alice KICK #tea carol :out"]
    assert "alice JOIN #tea" in alice.does("JOIN #tea")


@pytest.mark.parametrize("privilege", NEEDS)
def test_one_privilege_is_enough_for_what_it_is_for(privilege: str) -> None:
    chat = staffed(Operator("root", HASH, privileges=(privilege,)))
    alice = operator(chat, "alice")
    chat.user("bob")
    assert "723" not in " ".join(alice.does(NEEDS[privilege]))


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"name": "two words"}, "one word"),
        ({"name": ""}, "one word"),
        ({"password": "secret"}, "hash-password"),
        ({"password": "$argon2id$v=19$secret"}, "hash-password"),
        ({"title": "a\nb"}, "one line"),
        ({"privileges": ("fly",)}, "unknown privilege 'fly'"),
    ],
)
def test_an_operator_that_could_not_work_is_refused(
    fields: dict[str, object], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        Operator(**{"name": "root", "password": HASH, **fields})  # type: ignore[arg-type]


def test_two_operators_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="two operators called root"):
        Settings(operators=(ROOT, ROOT))


# -- KILL


def test_kill_ends_a_connection_and_says_why_to_all() -> None:
    chat = staffed()
    alice = operator(chat, "alice")
    bob, carol = chat.users("bob", "carol", room="#tea")
    assert alice.does("KILL bob :off you go") == []
    assert log(chat) == [
        "alice!~alice@192.0.2.1 (192.0.2.1) has killed bob!~bob@192.0.2.1: off you go",
    ]
    assert bob.hears() == [
        "alice KILL bob :off you go",
        "bob QUIT :Killed (alice (off you go))",
        "ERROR :Closing link: 192.0.2.1 [Killed (alice (off you go))]",
    ]
    assert bob.closed
    assert carol.hears() == ["bob QUIT :Killed (alice (off you go))"]


def test_an_operator_may_kill_themselves() -> None:
    chat = staffed()
    alice = operator(chat, "alice")
    alice.sends("KILL alice :x")
    assert alice.closed == "Killed (alice (x))"


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("KILL", "461 alice KILL"),
        ("KILL bob", "461 alice KILL"),
        ("KILL nobody :x", "401 alice nobody"),
        ("KILL trio-chat.local :x", "483 alice"),
    ],
)
def test_what_kill_refuses(line: str, answer: str) -> None:
    chat = staffed()
    alice = operator(chat, "alice")
    assert alice.does(line) == [answer]


def test_a_long_reason_is_cut() -> None:
    chat = staffed(settings=limited(kick_length=5))
    alice, bob = operator(chat, "alice"), chat.user("bob")
    alice.sends("KILL bob :123456")
    assert bob.closed == "Killed (alice (12345))"


# -- WALLOPS


def test_wallops_reaches_those_who_want_it() -> None:
    chat = staffed()
    alice, bob, carol = operator(chat, "alice"), chat.user("bob"), chat.user("carol")
    bob.sends("MODE bob +w")
    chat.forget()
    assert alice.does("WALLOPS :tea is ready") == []
    assert bob.hears() == ["alice WALLOPS :tea is ready"]
    assert carol.hears() == []
    assert alice.does("WALLOPS :") == ["461 alice WALLOPS"]


# -- messages to masks


def test_a_message_to_a_mask_of_servers_reaches_everyone() -> None:
    chat = staffed()
    alice, bob, carol = operator(chat, "alice"), chat.user("bob"), chat.user("carol")
    assert alice.does("PRIVMSG $$*.local :hi") == []
    assert bob.hears() == carol.hears() == ["alice PRIVMSG $$*.local :hi"]
    assert alice.does("NOTICE $$elsewhere.* :hi") == []
    assert bob.hears() == []


def test_a_message_to_a_mask_of_hosts_reaches_those_from_there() -> None:
    chat = staffed()
    alice = operator(chat, "alice", caps="echo-message")
    bob, carol = chat.user("bob"), chat.user("carol", address="203.0.113.9")
    assert alice.does("NOTICE $#203.0.113.* :hi") == ["alice NOTICE $#203.0.113.* :hi"]
    assert (bob.hears(), carol.hears()) == ([], ["alice NOTICE $#203.0.113.* :hi"])


def test_the_rest_behind_a_dollar_is_nobody() -> None:
    chat = staffed()
    assert operator(chat, "alice").does("PRIVMSG $x :hi") == ["401 alice $x"]


# -- REHASH


def rehash(chat: Chat, reading: Reading) -> list[str]:
    alice = next(client for client in chat.clients.values() if client.session.user.is_operator)
    alice.sends("REHASH")
    assert questions(chat) == [ReadSettings()]
    answer(chat, alice, reading)
    return alice.hears()


def test_rehash_makes_new_settings_true() -> None:
    chat = staffed()
    alice = operator(chat, "alice")
    settings = Settings(operators=(ROOT,), motd="new", limits=Limits(topic_length=9))
    assert rehash(chat, Reading("chat.toml", settings, notes=("a note",))) == [
        "382 alice chat.toml Rehashing",
        "005 alice TOPICLEN=9",
        "NOTICE alice :a note",
    ]
    assert "372 alice :- new" in alice.does("MOTD")


def test_everyone_is_told_of_what_is_supported_now() -> None:
    chat = staffed()
    operator(chat, "alice")
    bob = chat.user("bob")
    chat.open()
    rehash(chat, Reading("f", Settings(operators=(ROOT,), network="Tea", icon="https://x.example")))
    assert bob.hears() == ["005 bob NETWORK=Tea draft/ICON=https://x.example"]
    rehash(chat, Reading("f", Settings(operators=(ROOT,), network="Tea")))
    assert bob.hears() == ["005 bob -draft/ICON"]


def test_the_name_of_a_running_server_stays() -> None:
    chat = staffed()
    operator(chat, "alice")
    heard = rehash(chat, Reading("f", Settings(operators=(ROOT,), server_name="other.example")))
    assert heard[1:] == ["NOTICE alice :a change of chat.server_name takes a restart"]
    assert chat.world.settings.server_name == "trio-chat.local"


def test_a_bad_file_changes_nothing_and_is_named() -> None:
    chat = staffed()
    alice = operator(chat, "alice")
    before = chat.world.settings
    alice.sends("REHASH")
    answer(chat, alice, Reading("chat.toml", complaint="chat.toml: unknown key `x`"))
    (message,) = alice.take()
    assert (message.command, message.params[1]) == ("400", "REHASH")
    assert "unknown key `x`" in message.params[2]
    assert log(chat) == ["the configuration is as before: chat.toml: unknown key `x`"]
    assert chat.world.settings is before


def test_who_is_an_operator_no_longer_is_told_so() -> None:
    chat = staffed()
    alice = operator(chat, "alice")
    heard = rehash(chat, Reading("f", Settings(operators=(Operator("other", HASH),))))
    assert heard == ["382 alice f Rehashing", "alice MODE alice -o"]
    assert alice.does("REHASH") == ["481 alice"]


def test_an_operator_has_the_privileges_of_now() -> None:
    chat = staffed()
    alice = operator(chat, "alice")
    rehash(chat, Reading("f", Settings(operators=(Operator("root", HASH, privileges=("die",)),))))
    assert alice.does("REHASH") == [f"723 alice rehash :{LACKS}"]


def test_a_rehash_from_outside_is_the_same() -> None:
    chat = staffed()
    chat.happens(Reread(Reading("f", Settings(network="Tea"), notes=("a note",)), chat.at))
    assert chat.world.settings.network == "Tea"
    assert log(chat) == ["the configuration was read again; a note"]
    chat.happens(Reread(Reading("f", complaint="no such file"), chat.at))
    assert log(chat) == ["the configuration is as before: no such file"]


# -- DIE, RESTART, CONNECT, SQUIT


@pytest.mark.parametrize(("line", "restarts"), [("DIE", False), ("RESTART", True)])
def test_operators_stop_the_server(line: str, restarts: bool) -> None:
    chat = staffed()
    alice = operator(chat, "alice")
    alice.sends(line)
    (shut_down,) = [effect for effect in chat.effects if isinstance(effect, ShutDown)]
    assert shut_down.restart == restarts
    assert "alice" in shut_down.reason
    (record,) = [effect.record for effect in chat.effects if isinstance(effect, Keep)]
    assert isinstance(record, AuditRecord)
    assert (record.action, record.by) == (line, "root")


@pytest.mark.parametrize("line", ["CONNECT far.example 6667", "SQUIT far.example :bye"])
def test_there_is_no_other_server(line: str) -> None:
    chat = staffed()
    assert chat.user("bob").does(line) == ["481 bob"]
    assert operator(chat, "alice").does(line) == ["402 alice far.example"]
