"""CAP: which IRCv3 capabilities there are, and which a client has (capability-negotiation).

Law: what `offer` names is what LS lists, what REQ grants and what NEW and DEL tell of. Beside it
LS and NEW tell of `sts`, which nobody can have: it is a policy in the guise of a capability.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from trio_chat.core.commands.account_registration import can_register, registration_keys
from trio_chat.core.commands.lookup import word
from trio_chat.core.commands.registration import try_to_register
from trio_chat.core.effects import Effect, Retag
from trio_chat.core.mechanisms import mechanisms
from trio_chat.core.metadata import KEY_BYTES
from trio_chat.core.replies import Refusal, fill_lines, from_server, space_left
from trio_chat.core.settings import Settings
from trio_chat.core.state import Session, World
from trio_chat.wire import caps
from trio_chat.wire.message import Message
from trio_chat.wire.numerics import ERR_INVALIDCAPCMD

_OF_HISTORY = (
    *("draft/chathistory", "draft/event-playback"),
    *("draft/search", "soju.im/search", "trio-chat/pins"),
)

CAP_VERSION = 302
"""The version of capability negotiation from which values and several lines are understood."""


def cap(world: World, session: Session, message: Message) -> Iterator[Effect]:
    subcommand = message.params[0].upper()
    match subcommand:
        case "LS":
            version = message.params[1] if len(message.params) > 1 else ""
            yield from _list_offer(world, session, version)
        case "LIST":
            names = caps.names(session.caps)
            lines = list(fill_lines(names, _space(world, session, subcommand)))
            yield from _lines(world, session, subcommand, lines)
        case "REQ" if len(message.params) > 1:
            # Some send the capabilities as so many parameters; the drafts' examples do.
            yield from _request(world, session, " ".join(message.params[1:]).split())
        case "END":
            session.negotiating = False
            yield from try_to_register(world, session)
        case _:
            raise Refusal(ERR_INVALIDCAPCMD, word(subcommand), "Invalid CAP command")


def offer(world: World, by_tls: bool = False, settings: Settings | None = None) -> dict[str, str]:
    """Every capability on offer by its name, sorted, with its value or an empty string.

    `by_tls` is for clients with TLS; `settings` are others than those of the world.
    """
    settings = settings or world.settings
    rules = settings.accounts
    values = _values(settings)
    withheld = set(settings.withheld_capabilities)
    if login := mechanisms(world, rules, by_tls):
        values["sasl"] = ",".join(login)
    else:  # sasl-3.2: "MUST NOT [be advertised] if the authentication layer is unavailable"
        withheld.add("sasl")
    if not can_register(world, rules):  # account-registration: it says "that the server accepts"
        withheld.add("draft/account-registration")
    if not (world.keeps_accounts and settings.history.kept):  # what keeps the one keeps the other
        withheld.update(_OF_HISTORY)
    return {name: values.get(name, "") for name in caps.CAPABILITIES if name not in withheld}


def _offer_to(world: World, session: Session) -> dict[str, str]:
    return offer(world, session.has_own_tls)


def _values(settings: Settings) -> dict[str, str]:
    limits = settings.limits
    metadata = (
        f"before-connect,max-subs={limits.metadata_subscriptions},"
        f"max-keys={limits.metadata_keys},max-value-bytes={limits.metadata_value_bytes}"
    )
    return {
        "draft/account-registration": ",".join(registration_keys(settings.accounts)),
        "draft/metadata-2": metadata,
        "draft/metadata-3": f"{metadata},max-key-bytes={KEY_BYTES}",
        "draft/multiline": f"max-bytes={limits.multiline_bytes},max-lines={limits.multiline_lines}",
    }


def policy(settings: Settings, session: Session) -> str:
    """The value of `sts` for this session; empty if it is not to be told of any.

    Each is told its own part (sts, "Details"): one without TLS the port, one with TLS the
    duration. Whoever comes through a gateway has connected to that, and not to us.
    """
    sts = settings.sts
    if sts is None or session.through_gateway:
        return ""
    if not session.encrypted:
        return f"port={sts.port}"
    if not sts.is_for(session.hostname):
        return ""
    return f"duration={sts.duration}" + (",preload" if sts.preload else "")


def _with_values(offered: Mapping[str, str]) -> list[str]:
    return [f"{name}={value}" if value else name for name, value in offered.items()]


def _list_offer(world: World, session: Session, version: str) -> Iterator[Effect]:
    if not session.registered:
        session.negotiating = True
    # A lower version is answered in its own terms, but the higher one stays in force.
    asked = int(version) if version.isdecimal() and len(version) < 6 else 301
    session.cap_version = max(session.cap_version, asked)
    if session.cap_version >= CAP_VERSION:
        session.set_caps(session.caps | caps.CAP_NOTIFY)
    offered = _offer_to(world, session)
    if asked >= CAP_VERSION:
        if sts := policy(world.settings, session):  # without its value, it says nothing
            offered = dict(sorted({**offered, "sts": sts}.items()))
        # There are clients that ask for version 302 and take but the last of its lines (pydle), so
        # what they may know is on that one alone.
        words = _with_values(offered)
        drafts = [name for name in words if name.startswith("draft/")]
        settled = [name for name in words if not name.startswith("draft/")]
        space = _space(world, session, "LS")
        lines = list(fill_lines(words, space))
        if len(lines) > 1:
            lines = [*fill_lines(drafts, space), *fill_lines(settled, space)]
        yield from _lines(world, session, "LS", lines)
        return
    # One line is all that such a client takes for an answer; what it is likely to know goes first.
    words = sorted(offered, key=lambda name: name.startswith("draft/"))
    line = next(fill_lines(words, _space(world, session, "LS")), "")
    yield _say(world, session, "LS", line)


def _space(world: World, session: Session, subcommand: str) -> int:
    return space_left(world, session, "CAP", subcommand, "*")


def _say(world: World, session: Session, subcommand: str, *params: str) -> Effect:
    return from_server(world, session, "CAP", session.user.nick or "*", subcommand, *params)


def _lines(world: World, session: Session, subcommand: str, lines: list[str]) -> Iterator[Effect]:
    """So many lines, or an empty one; only the last lacks the `*` that says "more"."""
    more = ("*",) if session.cap_version >= CAP_VERSION else ()
    for line in lines[:-1]:
        yield _say(world, session, subcommand, *more, line)
    yield _say(world, session, subcommand, lines[-1] if lines else "")


def _request(world: World, session: Session, words: list[str]) -> Iterator[Effect]:
    if not session.registered:
        session.negotiating = True
    granted = caps.request(session.caps, words, _offer_to(world, session))
    if granted is not None and session.cap_version >= CAP_VERSION:
        # Implied by that version, and then not to be disabled (section "cap-notify").
        granted = granted if granted & caps.CAP_NOTIFY else None
    verdict = "NAK" if granted is None else "ACK"
    for line in list(fill_lines(words, _space(world, session, verdict))) or [""]:
        yield _say(world, session, verdict, line)
    if granted is not None:  # only now: "until the last ACK of the set has been sent"
        session.set_caps(granted)
        yield Retag(session)


def announce(world: World, earlier: Settings) -> Iterator[Effect]:
    """Tell what of the offer has changed since the settings were `earlier`, with CAP DEL and NEW.

    To be called once `world.settings` are the new ones. Of a policy there is no DEL (sts,
    "Mechanism": servers MUST NOT): it ends by a duration of 0.
    """
    changes = [_changes(world, by_tls, earlier) for by_tls in (False, True)]
    for session in tuple(world.sessions.values()):
        gone, fresh = changes[session.has_own_tls]
        if session.caps & caps.CAP_NOTIFY:
            # 302 brings the values, the capability alone does not.
            new = list(fresh)
            if session.cap_version >= CAP_VERSION:
                sts = policy(world.settings, session)
                changed = sts and sts != policy(earlier, session)
                new = _with_values({**fresh, "sts": sts} if changed else fresh)
            for subcommand, words in (("DEL", gone), ("NEW", new)):
                for line in fill_lines(words, _space(world, session, subcommand)):
                    yield _say(world, session, subcommand, line)
        lost = sum(caps.CAPABILITIES[name] for name in gone)
        if session.caps & lost:
            session.set_caps(session.caps & ~lost)
            yield Retag(session)


def _changes(world: World, by_tls: bool, earlier: Settings) -> tuple[list[str], dict[str, str]]:
    """Which capabilities are no longer on offer, and which are now, or with another value."""
    before, now = offer(world, by_tls, earlier), offer(world, by_tls)
    gone = [name for name in before if name not in now]
    return gone, {name: value for name, value in now.items() if before.get(name) != value}
