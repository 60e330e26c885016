"""Where a server is: what people write for it, and the port and the TLS that go without saying.

Law: nothing goes to another machine in plain text unless that was asked for in so many words.

The rule: TLS, but for servers on this machine, and there too on port 6697. Without a port it is
8080 on this machine, where `trio-chat server` listens, and elsewhere 6697, the port of IRC by TLS
(RFC 7194), or 6667 if plain text was asked for.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit

DEFAULT_HOST = "127.0.0.1"
OWN_PORT = 8080
"""Of `trio-chat server`, where TLS and plain text are told apart by the first bytes."""

TLS_PORT = 6697
PLAIN_PORT = 6667

PROFILE_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""Neither a dot nor a colon: so no name of a profile can be mistaken for an address."""

# Words after the first in the path of an URL that tell of it, and are no rooms
# (draft-butcher-irc-url-04, section 2.5).
_URL_FLAGS = frozenset({"isnick", "isuser", "isserver", "ischannel", "needkey", "needpass"})


@dataclass(frozen=True, slots=True)
class Address:
    """A server as somebody wrote it; what they left open is None or empty."""

    host: str
    port: int | None = None
    tls: bool | None = None
    nick: str = ""
    rooms: tuple[str, ...] = ()
    name: str = ""
    """The word it was, if that could be the name of a profile as well."""


def parse_address(text: str) -> Address:
    """The address in `host`, `host:port`, `[::1]`, `[::1]:port`, a bare `::1`, `irc://host/room`
    or `ircs://host/room`.

    Raises `ValueError`.
    """
    if "://" in text:
        return _from_url(text)
    bracketed = re.fullmatch(r"\[([^\]]+)\](?::(.*))?", text)
    if bracketed:
        host, port = bracketed[1], bracketed[2]
    elif text.count(":") > 1 and "[" not in text:
        host, port = text, None
    else:
        host, colon, after = text.partition(":")
        port = after if colon else None
    if not host or re.search(r"[\s/@\[\]]", host) or not host.isprintable():
        raise ValueError(f"no HOST[:PORT]: {text!r}")
    name = text if PROFILE_NAME.fullmatch(text) else ""
    return Address(host, None if port is None else _port(port, text), name=name)


def _port(text: str, whole: str) -> int:
    number = int(text) if re.fullmatch("[0-9]{1,5}", text) else 0
    if not 0 < number < 65536:
        raise ValueError(f"no HOST[:PORT]: {whole!r}")
    return number


def _from_url(text: str) -> Address:
    """The address of an URL.

    `irc:` says nothing of TLS: most such links lead to networks that have it.
    """
    try:
        url = urlsplit(text)
        host, port = url.hostname, url.port
    except ValueError as error:
        raise ValueError(f"no URL of a server: {text!r}: {error}") from None
    if url.scheme not in ("irc", "ircs") or not host or port == 0:
        raise ValueError(f"no irc:// or ircs:// URL of a server: {text!r}")
    if url.password is not None:
        raise ValueError("a password does not belong in an URL, where others see it: --login asks")
    tls = True if url.scheme == "ircs" else None
    return Address(host, port, tls, unquote(url.username or ""), _rooms(url))


def _rooms(url: SplitResult) -> tuple[str, ...]:
    """Rooms in `/room` or `/#room,#other`, the first with the key in `?key`."""
    # A "#" begins the fragment of an URL, but people write it, and no IRC URL has a fragment.
    path = url.path.removeprefix("/") + (f"#{url.fragment}" if url.fragment else "")
    first, *rest = (unquote(each) for each in path.split(","))
    flags = _URL_FLAGS.intersection(each.lower() for each in rest)
    if not first or flags & {"isnick", "isuser", "isserver"}:
        return ()
    names = [first, *(each for each in rest if each and each.lower() not in flags)]
    rooms = [name if name[0] in "#&+!" else f"#{name}" for name in names]
    if any(re.search(r"[\s\x00-\x1f]", room) for room in rooms):
        raise ValueError(f"no room: {path!r}")
    key = unquote(url.query)
    return (f"{rooms[0]} {key}".strip(), *rooms[1:])


def is_here(host: str) -> bool:
    """Whether a host is this machine, by its name alone: what is looked up can be forged."""
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        name = host.lower().removesuffix(".")
        return name == "localhost" or name.endswith(".localhost")  # RFC 6761 section 6.3


def completed(host: str, port: int | None, tls: bool | None) -> tuple[int, bool]:
    """Port and TLS, by the rule of this module where they are None."""
    here = is_here(host)
    if tls is None:
        tls = not here or port == TLS_PORT
    if port is None:
        port = OWN_PORT if here else TLS_PORT if tls else PLAIN_PORT
    return port, tls
