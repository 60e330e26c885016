"""One IRC message: parsed from a line, formatted to a line.

Laws:

* `parse(format_message(m)) == m` for every message that `format_message` accepts and need not cut.
* Whatever `format_message` returns is exactly one line: a CR, LF or NUL is refused, or escaped in
  the value of a tag, so nothing a user writes can inject a line.

The grammar (IRCv3 message-tags, "Format", over RFC 1459 section 2.3.1)::

    <message> ::= ['@' <tags> <SPACE>] [':' <source> <SPACE>] <command> [params] <crlf>
    <params>  ::= *( <SPACE> <middle> ) [ <SPACE> ':' <trailing> ]
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from types import MappingProxyType

MAX_BODY = 512
"""Bytes of a line without its tags, CR LF included (RFC 1459 section 2.3)."""

MAX_CLIENT_TAGS = 4096
"""Bytes of tags a client may send, from `@` to the space (message-tags, "Size limit")."""

MAX_TAGS = 8191
"""Bytes of tags on a line from a server: its own and the client's (message-tags, "Size limit")."""

NO_TAGS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Message:
    """One message: what was said, by whom, with which tags.

    `source` is the part after the colon, `nick!user@host` or a server's name; empty if absent.
    Tags without a value map to the empty string: message-tags forbids to tell the two apart.
    """

    command: str
    params: tuple[str, ...] = ()
    source: str = ""
    tags: Mapping[str, str] = field(default_factory=lambda: NO_TAGS)

    @property
    def nick(self) -> str:
        """The nick in the source, or the server's name."""
        return self.source.partition("!")[0]


class Fault(Enum):
    """Why a line is no message."""

    TOO_LONG = "the line is too long"
    INVALID_UTF8 = "the line is not valid UTF-8"
    FORBIDDEN_BYTE = "the line has a NUL or a bare CR in it"
    NO_COMMAND = "the line has no command"


@dataclass(frozen=True, slots=True)
class Malformed:
    """A line that is no message; `command` and the tag `label` as far as they could be read."""

    fault: Fault
    command: str = ""
    label: str = ""


class MalformedMessage(ValueError):
    """Raised by `parse`; says in `what` what is wrong with the line."""

    def __init__(self, what: Malformed) -> None:
        super().__init__(what.fault.value)
        self.what = what


_ESCAPES = {":": ";", "s": " ", "r": "\r", "n": "\n"}
_ESCAPE = re.compile(r"\\(.?)", re.DOTALL)
_UNSAFE_IN_VALUE = re.compile(r"[; \r\n\\]")
_ESCAPED = {";": r"\:", " ": r"\s", "\\": r"\\", "\r": r"\r", "\n": r"\n"}
# A key is opaque (message-tags, "Format"), so all is allowed that does not end it.
_KEY = re.compile(r"[^\0\r\n ;=]+")
_COMMAND = re.compile(r"[A-Z]+|[0-9]{3}")


def unescape_tag_value(raw: str) -> str:
    """The value of a tag from its escaped form (message-tags, "Escaping values")."""
    if "\\" not in raw:
        return raw
    return _ESCAPE.sub(lambda found: _ESCAPES.get(found[1], found[1]), raw)


def escape_tag_value(value: str) -> str:
    """The escaped form of a tag's value (message-tags, "Escaping values")."""
    if _UNSAFE_IN_VALUE.search(value) is None:
        return value
    return _UNSAFE_IN_VALUE.sub(lambda found: _ESCAPED[found[0]], value)


def parse_tags(section: str) -> dict[str, str]:
    """Tags from the text between `@` and the space; of a key given twice the last one counts."""
    tags: dict[str, str] = {}
    for tag in section.split(";"):
        key, _, value = tag.partition("=")
        if key:
            tags[key] = unescape_tag_value(value)
    return tags


@lru_cache(maxsize=256)
def _is_key(key: str) -> bool:
    # Kept: nearly all tags of all messages have the same dozen keys.
    return _KEY.fullmatch(key) is not None


def format_tags(tags: Mapping[str, str]) -> str:
    """The text between `@` and the space for these tags.

    Raises `ValueError` if it would not parse back: a key that would end early, or a NUL.
    """
    section = []
    for key, value in tags.items():
        if not _is_key(key) or "\0" in value:
            raise ValueError(f"not a tag: {key!r}={value!r}")
        section.append(f"{key}={escape_tag_value(value)}" if value else key)
    return ";".join(section)


def _command_of(line: bytes) -> str:
    """The command of a line that cannot be parsed, for the reply; empty if unsafe to say."""
    words = line.split(b" ", 3)
    while words and words[0][:1] in (b"@", b":"):
        del words[0]
    word = words[0].strip(b"\r\n") if words else b""
    return word.decode().upper() if word.isalnum() and word.isascii() and len(word) <= 20 else ""


def _label_of(line: bytes) -> str:
    """The label of a line that cannot be parsed, for the reply; empty if there is none to read."""
    section = line[1:].partition(b" ")[0] if line[:1] == b"@" else b""
    if b"label=" not in section or b"\0" in section:
        return ""
    try:
        return parse_tags(section.decode()).get("label", "")
    except UnicodeDecodeError:
        return ""


def _malformed(fault: Fault, line: bytes) -> MalformedMessage:
    return MalformedMessage(Malformed(fault, _command_of(line), _label_of(line)))


def parse(line: bytes, max_tags: int = MAX_TAGS, max_body: int = MAX_BODY) -> Message:
    """The message in one line, with or without its CR LF.

    `max_tags` bounds the bytes from `@` to the space, `max_body` the rest with its CR LF.
    Raises `MalformedMessage` for anything that is not one message within those limits.
    """
    line = line.removesuffix(b"\n").removesuffix(b"\r")
    if len(line) > max_body - 2:  # rare, so only then look at the two limits apart
        tags_length = line.find(b" ") + 1 if line[:1] == b"@" else 0
        if tags_length > max_tags or len(line) - tags_length > max_body - 2:
            raise _malformed(Fault.TOO_LONG, line)
    try:
        text = line.decode()
    except UnicodeDecodeError:
        raise _malformed(Fault.INVALID_UTF8, line) from None
    if "\0" in text or "\r" in text or "\n" in text:
        raise _malformed(Fault.FORBIDDEN_BYTE, line)

    tags = NO_TAGS
    source = ""
    if text[:1] == "@":
        section, _, text = text.partition(" ")
        tags = parse_tags(section[1:])
        text = text.lstrip(" ")
    if text[:1] == ":":
        source, _, text = text[1:].partition(" ")
        text = text.lstrip(" ")
    head, trailing_given, trailing = text.partition(" :")
    words = head.split(" ")
    if "" in words:  # runs of spaces are one separator
        words = [word for word in words if word]
    if not words or words[0][0] == ":":
        raise MalformedMessage(Malformed(Fault.NO_COMMAND, label=tags.get("label", "")))
    command = words[0].upper()
    if trailing_given:
        words.append(trailing)
    return Message(command, tuple(words[1:]), source, tags)


def read_line(line: bytes, max_tags: int = MAX_TAGS) -> Message | Malformed:
    """Like `parse`, but returns what is wrong with the line instead of raising it."""
    try:
        return parse(line, max_tags)
    except MalformedMessage as error:
        return error.what


# Of these commands what follows so many words is free text, or a list of words. Simple clients look
# for " :" before it even where it is one word and needs none.
_WORDS_BEFORE_TEXT = {
    "PRIVMSG": 1,
    "NOTICE": 1,
    "TOPIC": 1,
    "QUIT": 0,
    "PART": 1,
    "KICK": 2,
    "JOIN": 2,
    "AWAY": 0,
    "SETNAME": 0,
    "WALLOPS": 0,
    "KILL": 1,
    "RENAME": 2,
    "REDACT": 2,
    "METADATA": 3,
    "CAP": 2,
    "PING": 0,
    "PONG": 1,
    "ERROR": 0,
}

# The numerics that end in something else: a mode, a name, a number (Modern IRC, "Numerics").
# fmt: off
_WITHOUT_TEXT = frozenset({
    "004", "211", "212", "215", "221", "243", "281", "324", "329", "333",
    "336", "341", "346", "348", "354", "367", "770", "771", "772",
})
# fmt: on


def format_body(message: Message) -> str:
    """The line of a message without tags and CR LF.

    Raises `ValueError` if it would not parse back: not a command, a space in the source, an empty
    middle parameter or one with a space, or a control character that ends a line.
    """
    params = message.params
    if _COMMAND.fullmatch(message.command) is None or " " in message.source:
        raise ValueError(f"not a command or not a source: {message.command!r}, {message.source!r}")
    head = f":{message.source} {message.command}" if message.source else message.command
    if params:
        last = params[-1]
        for middle in params[:-1]:
            if not middle or middle[0] == ":" or " " in middle:
                raise ValueError(f"not a middle parameter: {middle!r}")
            head += f" {middle}"
        before_text = _WORDS_BEFORE_TEXT.get(message.command)
        if before_text is None:
            is_numeric = message.command[0].isdigit() and message.command not in _WITHOUT_TEXT
            before_text = 1 if is_numeric else len(params)
        is_text = len(params) > before_text
        if is_text or not last or " " in last or last[0] == ":":
            head += f" :{last}"
        else:
            head += f" {last}"
    if "\n" in head or "\r" in head or "\0" in head:
        raise ValueError(f"a line cannot hold CR, LF or NUL: {head!r}")
    return head


def truncate(text: bytes, size: int) -> bytes:
    """At most `size` bytes of UTF-8 text, cut between two code points."""
    if len(text) <= size:
        return text
    return text[:size].decode(errors="ignore").encode()


def format_message(message: Message) -> bytes:
    """The whole line of a message, tags and CR LF included, its body cut to `MAX_BODY` bytes.

    Raises `ValueError` as `format_body` and `format_tags` do.
    """
    body = truncate(format_body(message).encode(), MAX_BODY - 2)
    if message.tags:
        return b"@%s %s\r\n" % (format_tags(message.tags).encode(), body)
    return body + b"\r\n"
