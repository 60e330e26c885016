"""The tokens that tell what there is, and by which letter or sign."""

from __future__ import annotations

import string
from dataclasses import replace

from trio_chat.core.effects import Deliver
from trio_chat.net.connection import ConnectionLimits
from trio_chat.wire.message import MAX_BODY

from .claims import Claim, check, codes, tokens, told_of
from .historian import KeptChat, point, texts
from .language import Chat, Client

# -- names


@check("NETWORK")
def _(claim: Claim) -> None:
    client = claim.chat.open()
    client.sends("NICK alice")
    assert f" {claim.value} " in client.asks("USER a 0 * :A")[0].params[1]


@check("CHANTYPES")
def _(claim: Claim) -> None:
    alice = claim.chat.user("alice")
    for sign in string.punctuation.replace(",", ""):
        heard = alice.does(f"JOIN {sign}room")
        assert (heard[0] == f"alice JOIN {sign}room") == (sign in claim.value)


SAME = {
    "ascii": ["aA", "zZ"],
    "rfc1459": ["aA", "zZ", "[{", "]}", "\\|", "^~"],
    "precis": ["aA", "zZ", "éÉ", "жЖ"],
}


@check("CASEMAPPING")
def _(claim: Claim) -> None:
    for pair in {pair for pairs in SAME.values() for pair in pairs}:
        chat = claim.elsewhere().chat
        alice = chat.user("alice", f"#{pair[0]}")
        bob = chat.user("bob", f"#{pair[1]}")
        meet = alice.session.user.rooms.keys() == bob.session.user.rooms.keys()
        assert meet == (pair in SAME[claim.value])


@check("UTF8ONLY")
def _(claim: Claim) -> None:
    alice, bob = claim.chat.users("alice", "bob", room="#t")
    (refusal,) = alice.asks(b"PRIVMSG #t :\xe9t\xe9\r\n")
    assert (refusal.command, refusal.params[1]) == ("FAIL", "INVALID_UTF8")
    assert bob.hears() == []


@check("draft/ICON")
def _(claim: Claim) -> None:
    assert claim.value == claim.settings.icon != ""


# -- modes of rooms


@check("CHANMODES")
def _(claim: Claim) -> None:
    types = claim.value.split(",")
    alice = claim.ruler("alice", "#t", "#other")
    takes = {"k": "key", "l": "5", "f": "#other"}
    for kind, letters in zip(("list", "always", "when set", "never"), types, strict=True):
        for letter in letters:
            chat = claim.elsewhere().chat
            alice = chat.user("alice", "#t", "#other")
            alice.sends(f"MODE #t -{letter}")
            param = takes.get(letter, "bob!*@*")
            assert _letter_kind(alice, letter, param) == kind
    known = "".join(types) + tokens(claim.settings)["PREFIX"].partition(")")[0][1:]
    for letter in string.ascii_letters:
        unknown = "472" in codes(alice.does(f"MODE #t +{letter} x"))
        assert unknown == (letter not in known)
    client = claim.chat.open()
    client.sends("NICK zoe")
    myinfo = next(each for each in client.asks("USER z 0 * :Z") if each.command == "004")
    assert sorted(myinfo.params[4]) == sorted(known)


def _letter_kind(client: Client, letter: str, param: str) -> str:
    """When a mode takes a parameter, as the MODE messages show it."""
    before = client.asks(f"MODE #t +{letter}")
    if not before or before[0].command != "MODE":
        refused = before[0].command == "461"
        (on,) = client.asks(f"MODE #t +{letter} {param}")
        (off,) = client.asks(f"MODE #t -{letter} {param}")
        assert on.params == ("#t", f"+{letter}", param)
        if not refused:
            assert off.params == ("#t", f"-{letter}", param)
            return "list"
        return "always" if len(off.params) == 3 else "when set"
    (off,) = client.asks(f"MODE #t -{letter}")
    assert (before[0].params, off.params) == (("#t", f"+{letter}"), ("#t", f"-{letter}"))
    return "never"


@check("PREFIX")
def _(claim: Claim) -> None:
    letters, signs = claim.value[1:].split(")")
    alice = claim.ruler("alice", "#t", caps="multi-prefix")
    for letter, sign in zip(letters, signs, strict=True):
        claim.chat.user("bob", "#t")
        assert alice.does(f"MODE #t +{letter} bob") == [f"alice MODE #t +{letter} bob"]
        assert f"{sign}bob" in _names(alice)
        claim.chat.clients[max(claim.chat.clients)].vanishes()
    bob = claim.chat.user("bob", "#t")
    for letter in reversed(letters):
        alice.sends(f"MODE #t +{letter} bob")
    assert f"{signs}bob" in _names(alice)
    assert f"{signs[0]}bob" in _names(bob)  # who has not asked for all sees the highest


def _names(client: Client) -> list[str]:
    return [word for each in client.asks("NAMES #t")[:-1] for word in each.params[3].split()]


@check("STATUSMSG")
def _(claim: Claim) -> None:
    letters, signs = tokens(claim.settings)["PREFIX"][1:].split(")")
    assert claim.value == signs
    alice = claim.ruler("alice", "#t")
    ranked = [claim.chat.user(f"rank-{letter}", "#t") for letter in letters]
    plain = claim.chat.user("plain", "#t")
    for letter in letters:
        alice.sends(f"MODE #t +{letter} rank-{letter}")
    for place, sign in enumerate(signs):
        claim.chat.forget()
        alice.sends(f"PRIVMSG {sign}#t :x")
        heard = [bool(client.hears()) for client in (*ranked, plain)]
        assert heard == [its <= place for its in range(len(signs))] + [False]


# -- lists of rooms


def _may_join(claim: Claim, mode: str, letter: str, mask: str) -> bool:
    """Whether a mask on one list lets somebody in whom a mode keeps out."""
    chat = claim.elsewhere().chat
    alice = chat.user("alice", "#t")
    bob = chat.user("bob")
    alice.sends(f"MODE #t {mode}")
    assert bob.does("JOIN #t")[0][:3] in ("473", "474")
    alice.sends(f"MODE #t +{letter} {mask}")
    return bob.does("JOIN #t")[0] == "bob JOIN #t"


@check("EXCEPTS")
def _(claim: Claim) -> None:
    assert _may_join(claim, "+b *!*@*", claim.value, "bob")
    assert not _may_join(claim, "+b *!*@*", claim.value, "carol")


@check("INVEX")
def _(claim: Claim) -> None:
    assert _may_join(claim, "+i", claim.value, "bob")
    assert not _may_join(claim, "+i", claim.value, "carol")


@check("EXTBAN")
def _(claim: Claim) -> None:
    prefix, letters = claim.value.split(",")
    about = {"a": "alicia", "c": "#other", "r": "*bob*", "m": "bob"}
    assert sorted(letters) == sorted(about)
    for letter in string.ascii_letters:
        chat = claim.elsewhere().chat
        alice = chat.user("alice", "#t")
        bob = chat.user("bob", "#other")
        bob.session.user.account = "alicia"
        (answer,) = alice.asks(f"MODE #t +b {prefix}{letter}:{about.get(letter.lower(), 'x')}")
        assert (answer.command == "MODE") == (letter.lower() in letters)
        bob.sends("JOIN #t")
        joined = "#t" in [room.name for room in bob.session.user.rooms]
        assert joined == (letter.lower() not in letters.replace("m", ""))
        bob.lines.clear()
        if joined:
            assert codes(bob.does("PRIVMSG #t :x")) == ["404"] * (letter.lower() in letters)


@check("ACCOUNTEXTBAN")
def _(claim: Claim) -> None:
    prefix = tokens(claim.settings)["EXTBAN"].partition(",")[0]
    for name in claim.value.split(","):
        chat = claim.elsewhere().chat
        alice = chat.user("alice", "#t")
        assert codes(alice.does(f"MODE #t +b {prefix}{name}:alicia")) == ["alice"]
        for account, banned in (("alicia", True), ("other", False), ("", False)):
            bob = chat.user(f"bob{account}")
            bob.session.user.account = account
            assert (codes(bob.does("JOIN #t"))[0] == "474") == banned


# -- LIST


@check("ELIST")
def _(claim: Claim) -> None:
    chat = claim.chat
    old = chat.user("alice", "#old")
    old.sends("TOPIC #old :x")
    chat.passes(3600)
    new = chat.user("bob", "#new", "#bare")
    new.sends("TOPIC #new :x")
    old.sends("JOIN #new")
    found = {
        "C": {"C<30": {"#new", "#bare"}, "C>30": {"#old"}},
        "M": {"#*e*": {"#new", "#bare"}},
        "N": {"!*e*": {"#old"}},
        "T": {"T<30": {"#new"}, "T>30": {"#old"}},
        "U": {">1": {"#new"}, "<2": {"#old", "#bare"}},
    }
    assert sorted(claim.value) == sorted(found)
    for letter in claim.value:
        for condition, rooms in found[letter].items():
            assert set(told_of(new, f"LIST {condition}", "322")) == rooms


@check("SAFELIST")
def _(claim: Claim) -> None:
    most = claim.settings.limits.listed_rooms
    assert most * MAX_BODY < ConnectionLimits().sendq
    few = replace(claim.settings, limits=replace(claim.settings.limits, listed_rooms=3))
    alice = Chat(few).user("alice", "#a", "#b", "#c", "#d")
    assert len(told_of(alice, "LIST", "322")) == 3
    assert codes(alice.does("LIST"))[-1] == "323"


# -- commands and modes of users


@check("KNOCK")
def _(claim: Claim) -> None:
    alice, eve = claim.chat.user("alice", "#t"), claim.chat.user("eve")
    alice.does("MODE #t +i")
    alice.lines.clear()
    assert codes(eve.does("KNOCK #t")) == ["711"]
    assert codes(alice.hears()) == ["710"]


@check("BOT")
def _(claim: Claim) -> None:
    alice, bob = claim.chat.user("alice"), claim.chat.user("bob", caps="message-tags")
    for sent in ("", f"MODE alice +{claim.value}"):
        if sent:
            assert alice.does(sent) == [f"alice {sent}"]
        assert ("335" in codes(bob.does("WHOIS alice"))) == bool(sent)
        assert (claim.value in bob.asks("WHO alice")[0].params[6]) == bool(sent)
        bob.lines.clear()
        alice.sends("PRIVMSG bob :x")
        assert ("bot" in bob.take()[0].tags) == bool(sent)


@check("CALLERID")
def _(claim: Claim) -> None:
    alice, bob = claim.chat.user("alice"), claim.chat.user("bob")
    assert alice.does(f"MODE alice +{claim.value}") == [f"alice MODE alice +{claim.value}"]
    assert codes(bob.does("PRIVMSG alice :x")) == ["716", "717"]
    assert codes(alice.hears()) == ["718"]
    alice.sends("ACCEPT bob")
    assert bob.does("PRIVMSG alice :x") == []
    assert alice.hears() == ["bob PRIVMSG alice :x"]


@check("MSGREFTYPES")
def _(claim: Claim) -> None:
    chat = KeptChat(claim.settings)
    alice = chat.user("alice", "#t", caps="draft/chathistory")
    points = {"msgid": f"msgid={chat.keeps('#t', 'first')}", "timestamp": point(chat.at)}
    chat.keeps("#t", "second")
    assert sorted(claim.value.split(",")) == sorted(points)
    for kind in claim.value.split(","):
        assert texts(alice, f"CHATHISTORY AFTER #t {points[kind]} 9") == ["second"]


@check("WHOX")
def _(claim: Claim) -> None:
    alice = claim.chat.user("alice", "#t")
    assert alice.does("WHO #t %tn,42") == ["354 alice 42 alice", "315 alice #t"]
    assert len([each for each in claim.chat.effects if isinstance(each, Deliver)]) == 2
