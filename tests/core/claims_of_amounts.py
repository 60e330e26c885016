"""The tokens that tell how long something may be, and how many there may be of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from trio_chat.core.gateways import Gateway

from .claims import Claim, check, codes, tokens, told_of
from .historian import KeptChat
from .language import HOST, Chat, Client

# -- lengths


@check("NICKLEN")
def _(claim: Claim) -> None:
    alice = claim.chat.user("alice")
    longest = "a" * claim.number
    assert alice.does(f"NICK {longest}") == [f"alice NICK {longest}"]
    assert codes(alice.does(f"NICK {longest}a")) == ["432"]


@check("USERLEN")
def _(claim: Claim) -> None:
    for size in (claim.number - 1, claim.number):
        client = claim.chat.open()
        client.sends(f"NICK n{size}")
        client.sends(f"USER {'u' * size} 0 * :Real")
        assert client.session.user.username == "~" + "u" * (claim.number - 1)


@check("HOSTLEN")
def _(claim: Claim) -> None:
    settings = replace(claim.settings, gateways=(Gateway("secret", (HOST,)),))
    for size, shown in ((claim.number, "h" * claim.number), (claim.number + 1, "192.0.2.7")):
        client = Chat(settings).open()
        client.sends(f"WEBIRC secret gate {'h' * size} 192.0.2.7")
        assert client.session.user.host == shown


@check("CHANNELLEN")
def _(claim: Claim) -> None:
    alice = claim.chat.user("alice")
    longest = "#" + "r" * (claim.number - 1)
    assert alice.does(f"JOIN {longest}")[0] == f"alice JOIN {longest}"
    assert codes(alice.does(f"JOIN {longest}r")) == ["476"]


def longest_names(claim: Claim) -> tuple[Client, Client, str]:
    """Two with the longest nicks in a room with the longest name."""
    told = tokens(claim.settings)
    room = "#" + "r" * (int(told["CHANNELLEN"]) - 1)
    nicks = [letter * int(told["NICKLEN"]) for letter in "ab"]
    first, second = claim.chat.users(*nicks, room=room)
    return first, second, room


@check("TOPICLEN")
def _(claim: Claim) -> None:
    alice, bob, room = longest_names(claim)
    longest = "t" * claim.number
    for text in (longest, f"{longest}t"):
        alice.sends(f"TOPIC {room} :{text}")
        assert [each.params[1] for each in bob.take()] == [longest]
        assert bob.asks(f"TOPIC {room}")[0].params[-1] == longest


@check("KICKLEN")
def _(claim: Claim) -> None:
    alice, bob, room = longest_names(claim)
    longest = "k" * claim.number
    for text in (longest, f"{longest}k"):
        bob.sends(f"JOIN {room}")
        bob.lines.clear()
        alice.sends(f"KICK {room} {bob.session.user.nick} :{text}")
        assert [each.params[2] for each in bob.take()] == [longest]


@check("AWAYLEN")
def _(claim: Claim) -> None:
    alice, bob, _ = longest_names(claim)
    longest = "w" * claim.number
    for text in (longest, f"{longest}w"):
        alice.sends(f"AWAY :{text}")
        heard = bob.asks(f"PRIVMSG {alice.session.user.nick} :x")
        assert [each.params[-1] for each in heard] == [longest]


@check("NAMELEN")
def _(claim: Claim) -> None:
    longest = "n" * claim.number
    client = claim.chat.open()
    client.sends("NICK c")
    client.sends(f"USER c 0 * :{longest}n")
    assert client.asks("WHOIS c")[0].params[-1] == longest
    client.sends("CAP REQ setname")
    assert client.does(f"SETNAME {longest}") == [f"c SETNAME {longest}"]
    assert client.asks(f"SETNAME {longest}n")[0].params[1] == "INVALID_REALNAME"


@check("KEYLEN")
def _(claim: Claim) -> None:
    alice = claim.chat.user("alice", "#t")
    longest = "k" * claim.number
    assert codes(alice.does(f"MODE #t +k {longest}k")) == ["696"]
    assert alice.does(f"MODE #t +k {longest}") == [f"alice MODE #t +k {longest}"]
    assert claim.chat.user("bob").does(f"JOIN #t {longest}")[0] == "bob JOIN #t"


# -- how many


@check("CHANLIMIT")
def _(claim: Claim) -> None:
    types, number = claim.value.split(":")
    assert types == tokens(claim.settings)["CHANTYPES"]
    alice = claim.chat.user("alice", *(f"#{place}" for place in range(int(number))))
    assert len(alice.session.user.rooms) == int(number)
    assert codes(alice.does("JOIN #more")) == ["405"]


@check("MAXLIST")
def _(claim: Claim) -> None:
    letters, number = claim.value.split(":")
    assert letters == tokens(claim.settings)["CHANMODES"].split(",")[0]
    alice = claim.chat.user("alice", "#t")
    for place in range(int(number)):
        letter = letters[place % len(letters)]
        assert alice.does(f"MODE #t +{letter} n{place}") == [
            f"alice MODE #t +{letter} n{place}!*@*"
        ]
    for letter in letters:
        assert codes(alice.does(f"MODE #t +{letter} more")) == ["478"]


@check("MODES")
def _(claim: Claim) -> None:
    alice = claim.chat.user("alice", "#t")
    masks = [f"m{place}!*@*" for place in range(claim.number + 1)]
    (change,) = alice.asks(f"MODE #t +{'b' * len(masks)} {' '.join(masks)}")
    assert change.params == ("#t", f"+{'b' * claim.number}", *masks[:-1])


@check("MONITOR")
def _(claim: Claim) -> None:
    alice = claim.chat.user("alice")
    nicks = [f"n{place}" for place in range(claim.number + 1)]
    heard = alice.asks(f"MONITOR + {nicks[0]}")
    for nick in nicks[1:]:
        heard = alice.asks(f"MONITOR + {nick}")
    assert [each.params[1:3] for each in heard] == [(claim.value, nicks[-1])]
    assert heard[0].command == "734"
    assert ",".join(told_of(alice, "MONITOR L", "732")).split(",") == nicks[:-1]


@check("ACCEPT")
def _(claim: Claim) -> None:
    alice = claim.chat.user("alice")
    for place in range(claim.number):
        claim.chat.user(f"n{place}")
        assert alice.does(f"ACCEPT n{place}") == []
    claim.chat.user("more")
    assert codes(alice.does("ACCEPT more")) == ["456"]


@check("CHATHISTORY")
def _(claim: Claim) -> None:
    chat = KeptChat(claim.settings)
    alice = chat.user("alice", "#t", caps="draft/chathistory")
    for place in range(claim.number + 1):
        chat.keeps("#t", str(place))
    for wanted in (claim.number, claim.number + 1):
        assert len(alice.asks(f"CHATHISTORY LATEST #t * {wanted}")) == claim.number


# -- targets

MANY = 5
"""How many targets are tried where there is to be no limit: more than the limit elsewhere."""

Served = Callable[[Claim, int], int]
"""How many of so many targets of one command are served."""


@check("TARGMAX")
def _(claim: Claim) -> None:
    limits = dict(item.split(":") for item in claim.value.split(","))
    assert list(limits) == list(SERVED)
    for command, limit in limits.items():
        most = int(limit) if limit else MANY
        served = SERVED[command]
        assert served(claim.elsewhere(), most) == most
        if limit:
            assert served(claim.elsewhere(), most + 1) <= most


def _listed(count: int, prefix: str = "") -> str:
    return ",".join(f"{prefix}{place}" for place in range(count))


def _said(command: str) -> Served:
    def served(claim: Claim, count: int) -> int:
        others = [claim.chat.user(f"n{place}", caps="message-tags") for place in range(count)]
        text = "" if command == "TAGMSG" else " :x"
        alice = claim.chat.user("alice", caps="message-tags")
        alice.sends(f"@+a=b {command} {_listed(count, 'n')}{text}")
        return sum(len(other.take()) for other in others)

    return served


def _asked(command: str, prefix: str, numeric: str) -> Served:
    def served(claim: Claim, count: int) -> int:
        for place in range(count):
            client = claim.chat.user(f"n{place}", f"#{place}")
            if command == "WHOWAS":
                client.vanishes()
        alice = claim.chat.user("alice")
        return len(told_of(alice, f"{command} {_listed(count, prefix)}", numeric))

    return served


def _kicked(claim: Claim, count: int) -> int:
    alice = claim.chat.user("alice", "#t")
    others = [claim.chat.user(f"n{place}", "#t") for place in range(count)]
    alice.sends(f"KICK #t {_listed(count, 'n')}")
    return sum(not other.session.user.rooms for other in others)


def _joined(claim: Claim, count: int) -> int:
    alice = claim.chat.user("alice")
    alice.sends(f"JOIN {_listed(count, '#')}")
    return len(alice.session.user.rooms)


def _parted(claim: Claim, count: int) -> int:
    alice = claim.chat.user("alice", *(f"#{place}" for place in range(count)))
    alice.sends(f"PART {_listed(count, '#')}")
    return count - len(alice.session.user.rooms)


def _accepted(claim: Claim, count: int) -> int:
    alice = claim.chat.user("alice")
    for place in range(count):
        claim.chat.user(f"n{place}")
    alice.sends(f"ACCEPT {_listed(count, 'n')}")
    return len(alice.session.user.accepted)


SERVED: dict[str, Served] = {
    "ACCEPT": _accepted,
    "JOIN": _joined,
    "KICK": _kicked,
    "LIST": _asked("LIST", "#", "322"),
    "NAMES": _asked("NAMES", "#", "353"),
    "NOTICE": _said("NOTICE"),
    "PART": _parted,
    "PRIVMSG": _said("PRIVMSG"),
    "TAGMSG": _said("TAGMSG"),
    "WHOIS": _asked("WHOIS", "n", "311"),
    "WHOWAS": _asked("WHOWAS", "n", "314"),
}
