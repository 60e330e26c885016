"""What a server may send that means no good: lines to draw from, and how much a client keeps."""

from __future__ import annotations

import gc
import types
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime

import trio
from hypothesis import strategies as st

from trio_chat.client.capabilities import WANTED
from trio_chat.client.chat import Chat
from trio_chat.client.errors import ChatError
from trio_chat.client.reading import _READERS

# Names that mean something to the client that is attacked, and some that cannot be any.
NAMES = (
    *("me", "ME", "bob", "irc.test", "#a", "#A", "#[", "#{", "@#a", "&x", "*", "", ":", "#"),
    *("a,b", "#a b", "me!u@h", "0", "-1", "9" * 30, "\x01ACTION x\x01", "\x01", "\u202e", "é"),
    *("+r", "-r", "+1", "-1", "r", "1", "2", "3", "chathistory", "draft/multiline", "netsplit"),
    *(
        "labeled-response",
        "#b",
        "+o",
        "-o+v",
        "+b-k",
        "+" + "ovbkl" * 20,
        "LS",
        "ACK",
        "NAK",
        "NEW",
    ),
    *("DEL", "sasl", "timestamp=*", "timestamp=2024-01-01T00:00:00Z", "x" * 300, "HISTORY"),
    *("CASEMAPPING=ascii", "CASEMAPPING=rfc1459", "CASEMAPPING=x", "PREFIX=", "PREFIX=(ov)@+"),
    *("PREFIX=(" + "abc" * 30 + ")" + "@+%" * 30, "CHANTYPES=", "CHANMODES=,,,", "STATUSMSG="),
    *("NICKLEN=0", "USERLEN=99999", "-PREFIX", "=", "-", "TARGMAX=JOIN:0", "MONITOR", "730"),
)
COMMANDS = (
    *sorted(_READERS),
    *("001", "005", "221", "301", "311", "312", "315", "317", "318", "319", "321", "322", "323"),
    *("324", "329", "330", "333", "341", "352", "353", "366", "367", "368", "376", "396", "401"),
    *("403", "421", "433", "437", "461", "471", "473", "475", "696", "734", "761", "900", "901"),
    *("903", "904", "908", "ACK", "AUTHENTICATE", "BATCH", "CAP", "CHGHOST", "ERROR", "PING"),
    *("PONG", "REGISTER", "VERIFY", "METADATA", "000", "999", "é", "X" * 50),
)
TAG_KEYS = (
    *("batch", "label", "time", "msgid", "account", "+typing", "+draft/react", "+draft/reply"),
    *("+draft/unreact", "draft/multiline-concat", "draft/target-msgid", "x", "+" * 20),
)
TAG_VALUES = (
    *("r", "1", "2", "3", "4", "", "active", "me", "*", "\\", "2024-01-01T00:00:00.000Z"),
    *("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59", "24:00", "a" * 200),
)
TAGS = st.dictionaries(st.sampled_from(TAG_KEYS), st.sampled_from(TAG_VALUES), max_size=4)
WORDS = st.one_of(st.sampled_from(NAMES), st.text(max_size=30))
SOURCES = st.one_of(
    st.sampled_from(["", ":me!u@h ", ":bob!b@h ", ":irc.test ", ":! ", ":me ", ": "]),
    st.text(max_size=10).map(lambda text: f":{text} "),
)


@st.composite
def _lines(draw: st.DrawFn) -> bytes:
    """A line that is nearly sane: so it gets further than noise does."""
    tags = ";".join(f"{key}={value}" for key, value in draw(TAGS).items())
    head = (f"@{tags} " if tags else "") + draw(SOURCES) + draw(st.sampled_from(COMMANDS))
    params = draw(st.lists(WORDS, max_size=7))
    line = " ".join([head, *params[:-1], *(f":{last}" for last in params[-1:])])
    return line.encode(errors="replace").replace(b"\n", b" ") + b"\r\n"


OUTPUT = st.lists(
    st.one_of(_lines(), _lines(), _lines(), _lines(), st.binary(max_size=60)), max_size=40
).map(b"".join)
"""What a server sends: lines mostly, and noise."""


EPOCH = datetime(2024, 1, 1, tzinfo=UTC)

QUESTIONS: tuple[Callable[[Chat], Awaitable[object]], ...] = (
    lambda chat: chat.join("#a"),
    lambda chat: chat.join_all({"#b": "key", "#c": ""}, 60),
    lambda chat: chat.part("#a"),
    lambda chat: chat.names("#a"),
    lambda chat: chat.who("#a"),
    lambda chat: chat.whois("bob"),
    lambda chat: chat.bans("#a"),
    lambda chat: chat.list_rooms(),
    lambda chat: chat.set_mode("#a", "+o", "bob"),
    lambda chat: chat.set_nick("other"),
    lambda chat: chat.away("x"),
    lambda chat: chat.monitor("bob"),
    lambda chat: chat.history("#a"),
    lambda chat: chat.conversations(EPOCH),
    lambda chat: chat.search("tea"),
    lambda chat: chat.pins("#a"),
    lambda chat: chat.read_marker("#a"),
    lambda chat: chat.set_read("#a", EPOCH),
    lambda chat: chat.say("#a", "one\ntwo"),
    lambda chat: chat.edit("#a", "r", "x"),
    lambda chat: chat.redact("#a", "r"),
    lambda chat: chat.react("#a", "r", "+1"),
    lambda chat: chat.register_account("sesame"),
)

OFFER = " ".join([*WANTED, "labeled-response", "sasl=PLAIN"])
OFFER_WITHOUT_LABELS = OFFER.replace("labeled-response", "unheard-of")


async def ask(chat: Chat, question: Callable[[Chat], Awaitable[object]]) -> None:
    """Ask, and take what comes of it as a caller does who knows the errors."""
    with suppress(ChatError):
        await question(chat)
    await trio.lowlevel.checkpoint()


_NOT_KEPT = (type, types.ModuleType, types.FunctionType, types.CodeType, types.FrameType)


def kept(thing: object) -> int:
    """Characters, bytes and items in all that can be reached from an object."""
    total = 0
    seen = {id(thing)}
    left = [thing]
    while left:
        one = left.pop()
        if isinstance(one, (str, bytes, bytearray)):
            total += len(one)
            continue
        if isinstance(one, (dict, list, tuple, set, frozenset)):
            total += len(one)
        for other in gc.get_referents(one):
            if id(other) not in seen and not isinstance(other, _NOT_KEPT):
                seen.add(id(other))
                left.append(other)
    return total
