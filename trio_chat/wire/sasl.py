"""SASL over lines: what AUTHENTICATE carries, and the messages of the mechanisms.

Laws:

* A message that comes in is bounded, whatever is sent; what is not to the letter of its mechanism
  is `Unsound`, and nothing of it is used.
* `collect` of every chunk of `chunks(data)` ends with `data`, for all that is not too long.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass, field

PLAIN = "PLAIN"
EXTERNAL = "EXTERNAL"
SCRAM = "SCRAM-SHA-256"
OAUTHBEARER = "OAUTHBEARER"

MECHANISMS = (EXTERNAL, OAUTHBEARER, PLAIN, SCRAM)
"""The mechanisms there are, sorted."""

ABORT = "*"
EMPTY = "+"

CHUNK_BYTES = 400
"""The most base64 in one line (sasl-3.1, "The AUTHENTICATE command")."""

MESSAGE_BYTES = 8192
"""The longest message in base64: a bearer token with many claims, and room to spare."""


class Unsound(ValueError):
    """What came is no message of this mechanism; the text says what is wrong with it."""


class TooLong(Unsound):
    """A line, or all lines of a message together, are longer than they may be."""


# -- lines


def chunks(data: bytes) -> list[str]:
    """The parameters of the AUTHENTICATE lines that carry a message."""
    text = binascii.b2a_base64(data, newline=False).decode()
    found = [text[start : start + CHUNK_BYTES] for start in range(0, len(text), CHUNK_BYTES)]
    # "If the last chunk was exactly 400 bytes long, it must also be followed by `AUTHENTICATE +`"
    if len(text) % CHUNK_BYTES == 0:
        found.append(EMPTY)
    return found


@dataclass(slots=True)
class Incoming:
    """A message that comes in over several lines."""

    parts: list[str] = field(default_factory=list)

    def collect(self, chunk: str) -> bytes | None:
        """The message that this chunk completes, None if there is more to come.

        Raises `TooLong` or `Unsound`; then the message is spoiled.
        """
        if len(chunk) > CHUNK_BYTES:
            raise TooLong("a line of it is too long")
        if chunk != EMPTY:
            self.parts.append(chunk)
            if len(self.parts) * CHUNK_BYTES > MESSAGE_BYTES:
                raise TooLong("it is too long")
            if len(chunk) == CHUNK_BYTES:
                return None
        text = "".join(self.parts)
        self.parts = []
        if not text and chunk != EMPTY:
            raise Unsound("an empty message is sent as +")
        try:
            return binascii.a2b_base64(text.encode(), strict_mode=True)
        except binascii.Error:
            raise Unsound("it is not base64") from None


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise Unsound("it is not UTF-8") from None


def split_device(name: str) -> tuple[str, str]:
    """Account and device of `account@device`; no account has an `@` in its name."""
    account, _, device = name.partition("@")
    return account, device


# -- PLAIN, EXTERNAL


@dataclass(frozen=True, slots=True)
class Plain:
    """Who wants to be which account (`authzid`, empty for the same), and the password for it."""

    authzid: str
    authcid: str
    password: str = field(repr=False)


def parse_plain(data: bytes) -> Plain:
    """`[authzid] NUL authcid NUL passwd` (RFC 4616 section 2). Raises `Unsound`."""
    parts = _text(data).split("\0")
    if len(parts) != 3 or not parts[1] or not parts[2]:
        raise Unsound("it is not an account and a password")
    return Plain(*parts)


def parse_external(data: bytes) -> str:
    """The account asked for, empty for whichever it is (RFC 4422 appendix A). Raises `Unsound`."""
    authzid = _text(data)
    if "\0" in authzid:
        raise Unsound("there is a NUL in it")
    return authzid


# -- the GS2 header of SCRAM and OAUTHBEARER

# RFC 5801 section 4: gs2-header = gs2-cb-flag "," [gs2-authzid] ","; a saslname has "," and "=" as
# "=2C" and "=3D". The flag p= asks for channel binding, which is offered to nobody.
_GS2 = re.compile(r"[ny],(?:a=((?:[^\0,=]|=2C|=3D)+))?,", re.DOTALL)
# RFC 5802 section 7: client-first-message-bare, without the reserved extension "m=" that must fail.
_SCRAM_FIRST = re.compile(r"n=((?:[^\0,=]|=2C|=3D)+),r=[\x21-\x2b\x2d-\x7e]+(?:,.*)?", re.DOTALL)


def _unescape(name: str) -> str:
    return name.replace("=2C", ",").replace("=3D", "=")


def _gs2(text: str) -> tuple[str, str]:
    """The authzid of a GS2 header (empty for none), and what follows the header."""
    header = _GS2.match(text)
    if header is None:
        raise Unsound("its header is not one, or asks for channel binding")
    return _unescape(header[1] or ""), text[header.end() :]


@dataclass(frozen=True, slots=True)
class ScramFirst:
    """The first message of SCRAM: `text` as it came, and who wants to be whom."""

    text: str
    authzid: str
    username: str


def parse_scram_first(data: bytes) -> ScramFirst:
    """`gs2-header n=user,r=nonce` (RFC 5802 section 7). Raises `Unsound`."""
    text = _text(data)
    authzid, bare = _gs2(text)
    found = _SCRAM_FIRST.fullmatch(bare)
    if found is None:
        raise Unsound("it is not the first message of SCRAM")
    return ScramFirst(text, authzid, _unescape(found[1]))


def parse_scram_final(data: bytes) -> str:
    """The last message of SCRAM, to be checked by who has the keys. Raises `Unsound`."""
    text = _text(data)
    if "\0" in text or not text.startswith("c="):
        raise Unsound("it is not the last message of SCRAM")
    return text


# -- OAUTHBEARER

_KVSEP = "\x01"

BEARER_REFUSAL = b'{"status":"invalid_token"}'
"""Why a token was refused (RFC 7628 section 3.2.2), which the client answers before the end."""


@dataclass(frozen=True, slots=True)
class Bearer:
    """A bearer token, and the account that it must be for (empty for whichever it is)."""

    authzid: str
    token: str = field(repr=False)


def parse_bearer(data: bytes) -> Bearer:
    """`gs2-header kvsep *kvpair kvsep` (RFC 7628 section 3.1). Raises `Unsound`."""
    authzid, rest = _gs2(_text(data))
    if not (rest.startswith(_KVSEP) and rest.endswith(_KVSEP * 2)):
        raise Unsound("its pairs are not between separators")
    pairs: dict[str, str] = {}
    for pair in rest[1:-2].split(_KVSEP):
        key, equals, value = pair.partition("=")
        if not equals or key in pairs:
            raise Unsound("one of its pairs is not one, or there twice")
        pairs[key] = value
    scheme, _, token = pairs.get("auth", "").partition(" ")
    # RFC 6750 section 2.1: b64token
    if scheme.lower() != "bearer" or re.fullmatch(r"[A-Za-z0-9\-._~+/]+=*", token) is None:
        raise Unsound("there is no bearer token in it")
    return Bearer(authzid, token)
