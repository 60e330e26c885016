"""The smaller extensions: what a client is told more, less or earlier than without them."""

from __future__ import annotations

import pytest

from trio_chat.core.events import Reread
from trio_chat.core.gateways import Gateway
from trio_chat.core.identity import change_identity
from trio_chat.core.privileges import Operator
from trio_chat.core.questions import Reading
from trio_chat.core.settings import Settings

from .language import Chat, Client

OPERATOR = Operator("root", "$argon2id$v=19$m=1,t=1,p=1$c2FsdHNhbHQ$aGFzaA")


def oper(client: Client) -> None:
    """What OPER comes to, without the password."""
    client.session.operator = client.session.user.operator = OPERATOR
    client.chat.world.set_mode(client.session.user, "o", True)


# -- no-implicit-names, pre-away, extended-isupport


def test_without_implicit_names_a_join_is_short_and_names_still_answers() -> None:
    chat = Chat()
    alice = chat.user("alice", caps="no-implicit-names")
    assert alice.does("JOIN #tea") == ["alice JOIN #tea"]
    assert alice.does("NAMES #tea") == ["353 alice = #tea @alice", "366 alice #tea"]


def test_away_may_be_said_before_registration() -> None:
    chat = Chat()
    watcher = chat.user("watcher", caps="away-notify extended-monitor")
    watcher.sends("MONITOR + alice")
    chat.forget()
    alice = chat.open()
    assert alice.does("AWAY :x") == ["451 *"]
    alice.sends("CAP REQ draft/pre-away")
    alice.sends("NICK alice")
    assert [line[:3] for line in alice.does("AWAY *")] == ["306"]
    assert watcher.hears() == []
    alice.sends("USER a 0 * :Alice")
    alice.sends("CAP END")
    assert watcher.hears() == [f"730 * {alice.source}"]
    assert watcher.does("PRIVMSG alice x") == ["301 watcher alice *"]


def test_isupport_may_be_asked_for_before_registration_and_comes_in_a_batch() -> None:
    chat = Chat(Settings(icon="https://example.org/icon.svg"))
    alice = chat.open()
    assert alice.does("ISUPPORT") == ["451 *"]
    alice.sends("CAP REQ :batch draft/extended-isupport")
    start, *lines, end = alice.asks("ISUPPORT")
    reference = start.params[0][1:]
    assert (start.params[1:], end.params) == (("draft/isupport",), (f"-{reference}",))
    assert {line.command for line in lines} == {"005"}
    assert {line.tags["batch"] for line in lines} == {reference}
    assert "draft/ICON=https://example.org/icon.svg" in [x for line in lines for x in line.params]
    plain = chat.user("plain")
    assert {each.command for each in plain.asks("ISUPPORT")} == {"005"}


def test_changed_tokens_come_in_a_batch_too() -> None:
    chat = Chat()
    alice = chat.user("alice", caps="batch draft/extended-isupport")
    reading = Reading("chat.toml", Settings(icon="https://example.org/i"))
    chat.happens(Reread(reading, chat.at))
    assert [each.command for each in alice.take()] == ["BATCH", "005", "BATCH"]


def test_a_labelled_isupport_is_one_batch_with_the_label() -> None:
    chat = Chat()
    alice = chat.user("alice", caps="batch draft/extended-isupport labeled-response")
    start, *rest = alice.asks("@label=L ISUPPORT")
    assert (start.params[1], start.tags) == ("draft/isupport", {"label": "L"})
    assert not any("label" in each.tags for each in rest)


def test_batches_are_nested_in_a_longer_labelled_answer() -> None:
    chat = Chat()
    alice = chat.user("alice", caps="batch draft/extended-isupport labeled-response")
    heard = alice.asks("@label=L VERSION")
    outer = heard[0].params[0][1:]
    assert (heard[0].params[1], heard[0].tags) == ("labeled-response", {"label": "L"})
    assert heard[1].command == "351"
    assert heard[1].tags == {"batch": outer}
    inner = heard[2].params[0][1:]
    assert (heard[2].params[1], heard[2].tags) == ("draft/isupport", {"batch": outer})
    assert {each.tags["batch"] for each in heard[3:-2]} == {inner}
    assert (heard[-2].params, heard[-2].tags) == ((f"-{inner}",), {"batch": outer})
    assert (heard[-1].params, heard[-1].tags) == ((f"-{outer}",), {})


# -- tags that tell of a user


def test_the_messages_of_operators_and_bots_are_marked() -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea")
    bob = chat.user("bob", "#tea", caps="message-tags draft/oper-tag")
    carol = chat.user("carol", "#tea", caps="message-tags")
    oper(alice)
    alice.sends("MODE alice +B")
    alice.session.user.account = "alicia"
    chat.forget()
    alice.sends("@+typing=active TAGMSG #tea")
    (seen,) = bob.take()
    assert {**seen.tags, "msgid": ""} == {
        "bot": "",
        "draft/oper": "",
        "msgid": "",
        "+typing": "active",
    }
    assert list(seen.tags)[-1] == "+typing"
    assert "draft/oper" not in carol.take()[0].tags
    bob.sends("CAP REQ account-tag")
    bob.lines.clear()
    alice.sends("PART #tea")
    assert bob.take()[0].tags["account"] == "alicia"


def test_what_others_are_told_that_a_bot_caused_is_marked_too() -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea", caps="message-tags")
    for line in ("MODE #tea +i", "MODE alice +g", "MONITOR + bot,robot"):
        alice.sends(line)
    bot = chat.user("bot")
    for mark in ({}, {"bot": ""}):
        alice.lines.clear()
        for line in ("KNOCK #tea", "PRIVMSG alice :x", "NICK robot", "NICK bot"):
            bot.sends(line)
        heard = alice.take()
        assert [each.command for each in heard] == ["710", "718", "731", "730", "731", "730"]
        assert [each.tags for each in heard] == [mark] * 6
        bot.sends("MODE bot +B")
        chat.passes(60)


# -- chghost


def test_a_new_host_is_told_plainly_or_as_a_return() -> None:
    chat = Chat()
    tim, sue = chat.users("tim", "sue", room="#tea", caps="chghost")
    old = chat.user("old", "#tea")
    extended = chat.user("extended", "#tea", caps="extended-join away-notify")
    watcher = chat.user("watcher", caps="chghost extended-monitor")
    watcher.sends("MONITOR + tim")
    tim.sends("AWAY :gone")
    chat.forget()
    user = tim.session.user
    before = user.source
    for effect in change_identity(chat.world, user, "~b", "ckyard"):
        chat._deliver(effect)  # type: ignore[arg-type]
    for client in (tim, sue, watcher):
        (told,) = client.take()
        assert (told.source, told.command, told.params) == (before, "CHGHOST", ("~b", "ckyard"))
    quit_, join, mode = old.take()
    assert (quit_.source, quit_.command) == (before, "QUIT")
    assert (join.source, join.params) == ("tim!~b@ckyard", ("#tea",))
    assert (mode.source, mode.params) == (chat.world.settings.server_name, ("#tea", "+o", "tim"))
    assert extended.hears()[1:] == [
        "tim JOIN #tea * :Real tim",
        "MODE #tea +o tim",
        "tim AWAY gone",
    ]
    assert tuple(change_identity(chat.world, user, "~b", "ckyard")) == ()


# -- webirc

SECRET = "hunter2"
GATE = "192.0.2.7"


def gated() -> Chat:
    return Chat(Settings(gateways=(Gateway(SECRET, ("192.0.2.0/28", "2001:db8::/32")),)))


def test_a_gateway_says_where_its_user_comes_from() -> None:
    chat = gated()
    alice = chat.open(GATE)
    assert alice.does(f"WEBIRC {SECRET} gate host.example.org 198.51.100.3 :secure x=y") == []
    alice.sends("NICK alice")
    alice.sends("USER a 0 * :Alice")
    assert alice.source == "alice!~a@host.example.org"
    assert alice.session.user.address == "198.51.100.3"
    assert alice.does(f"WEBIRC {SECRET} gate h 198.51.100.4") == ["462 alice"]


@pytest.mark.parametrize(
    ("host", "address", "shown"),
    [
        ("198.51.100.3", "198.51.100.3", "198.51.100.3"),
        ("0::1", "0::1", "0::1"),
        ("2001:db8::1", "2001:db8::1", "2001:db8::1"),
        ("evil!host", "198.51.100.3", "198.51.100.3"),
        ("192.0.2.1", "198.51.100.3", "198.51.100.3"),
        ("-x.example", "198.51.100.3", "198.51.100.3"),
        ("x" * 64, "198.51.100.3", "198.51.100.3"),
        ("x", "198.51.100.3", "x"),
    ],
)
def test_only_what_can_be_a_host_is_taken_for_one(host: str, address: str, shown: str) -> None:
    chat = gated()
    alice = chat.open("2001:db8::7")
    alice.sends(f"WEBIRC {SECRET} gate {host} {address}")
    assert alice.session.user.host == shown
    assert not alice.closed


@pytest.mark.parametrize(
    ("address", "line"),
    [
        (GATE, "WEBIRC wrong gate host.example.org 198.51.100.3"),
        ("192.0.2.77", f"WEBIRC {SECRET} gate host.example.org 198.51.100.3"),
        (GATE, f"WEBIRC {SECRET} gate host.example.org nonsense"),
    ],
)
def test_whoever_is_no_gateway_is_let_go(address: str, line: str) -> None:
    chat = gated()
    alice = chat.open(address)
    assert [each.command for each in alice.asks(line)] == ["ERROR"]
    assert alice.closed


def test_a_gateway_speaks_first() -> None:
    chat = gated()
    alice = chat.open(GATE)
    alice.sends("CAP LS 302")
    heard = alice.asks(f"WEBIRC {SECRET} gate host.example.org 198.51.100.3")
    assert [each.command for each in heard] == ["ERROR"]


def test_a_gateway_needs_a_password_and_addresses() -> None:
    for password, addresses in (("", (GATE,)), ("a b", (GATE,)), ("x", ()), ("x", ("nowhere",))):
        with pytest.raises(ValueError, match=r"^(password|addresses)\b"):
            Gateway(password, addresses)


def test_the_password_of_a_gateway_is_not_shown_with_it() -> None:
    assert SECRET not in repr(Gateway(SECRET, (GATE,)))


def test_security_is_only_as_good_as_both_ways() -> None:
    for options, secure in (("", False), ("secure", True), (":x secure=1", True)):
        chat = gated()
        alice = chat.open(GATE, fingerprint="")
        alice.sends(f"WEBIRC {SECRET} gate h 198.51.100.3 {options}")
        assert alice.session.user.is_secure is secure
        bob = chat.open(GATE)
        bob.sends(f"WEBIRC {SECRET} gate h 198.51.100.3 {options}")
        assert not bob.session.user.is_secure


def test_the_certificate_of_a_gateway_is_not_that_of_its_users() -> None:
    chat = gated()
    alice = chat.open(GATE, fingerprint="ab" * 32)
    alice.sends(f"WEBIRC {SECRET} gate h 198.51.100.3 :secure")
    assert alice.session.fingerprint == ""
    assert alice.session.user.is_secure
