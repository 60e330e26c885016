"""GROUP, UNGROUP, REGAIN, GHOST, INFO, SET: the nicks held for an account, and its user."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trio_chat.core.account_questions import SetAlwaysOn, SetHistory, SetNicks, Verdict
from trio_chat.core.accounts import Account
from trio_chat.core.attaching import is_same_account
from trio_chat.core.commands.registration import nick
from trio_chat.core.commands.room_speech import check_nick_change
from trio_chat.core.departure import drop_user
from trio_chat.core.effects import Effect
from trio_chat.core.held_names import take_in, why_not_to_hold
from trio_chat.core.renaming import change_nick
from trio_chat.core.replies import Refusal, format_date
from trio_chat.core.residents import is_always_on, move_in, resident_of
from trio_chat.core.services.accounts import ask, known_account, own_account, say, told
from trio_chat.core.services.service import Word
from trio_chat.core.state import Session, User, World
from trio_chat.core.tenure import review
from trio_chat.wire.message import Message


def _group(world: World, session: Session, words: Sequence[str]) -> Iterator[Effect]:
    account = known_account(world, own_account(session))
    wanted = session.user.nick
    if why := why_not_to_hold(world, session.user, wanted):
        raise Refusal("", f"{why}.")
    most = world.settings.accounts.nicks_per_account
    if len(account.nicks) >= most:
        raise Refusal("", f"An account has at most {most} nicks beside its name: UNGROUP another.")
    question = SetNicks(account.name, (*account.nicks, wanted))
    yield ask(session, question, told(f"{wanted} is held for your account now."))


def _ungroup(world: World, session: Session, words: Sequence[str]) -> Iterator[Effect]:
    account = known_account(world, own_account(session))
    given = words[0] if words else session.user.nick
    left = tuple(each for each in account.nicks if world.fold(each) != world.fold(given))
    if len(left) == len(account.nicks):
        raise Refusal("", f"{given} is no nick of your account beside its name.")
    yield ask(session, SetNicks(account.name, left), told(f"{given} is free again."))


def _holder_of(world: World, session: Session, wanted: str) -> User | None:
    """Who has a nick of one's own account, if anybody has."""
    account = world.accounts.holder(wanted)
    if account is None or world.fold(account.name) != world.fold(own_account(session)):
        raise Refusal("", f"{wanted} is not held for your account.")
    user = world.find_user(wanted)
    if user is session.user:
        raise Refusal("", f"You have the nick {user.nick}.")
    return user


def _ghost(world: World, session: Session, words: Sequence[str]) -> Iterator[Effect]:
    user = _holder_of(world, session, words[0])
    if user is None:
        raise Refusal("", f"Nobody has the nick {words[0]}.")
    yield from drop_user(world, user, f"Ghosted by {session.user.nick}")
    yield say(world, session, f"{user.nick} is free.")


def _regain(world: World, session: Session, words: Sequence[str]) -> Iterator[Effect]:
    wanted = words[0]
    user = _holder_of(world, session, wanted)
    if user is None or is_same_account(session.user, user):
        yield from nick(world, session, Message("NICK", (wanted,)))
        return
    # Somebody else, which can be where names are not held.
    check_nick_change(session.user, wanted)
    yield from drop_user(world, user, f"Regained by {session.user.nick}")
    yield from change_nick(world, session.user, user.nick)


def _info(world: World, session: Session, words: Sequence[str]) -> Iterator[Effect]:
    account = known_account(world, words[0] if words else session.user.account or session.user.nick)
    yield say(world, session, f"{account.name}, registered {format_date(account.created)}")
    is_own = world.fold(account.name) == world.fold(session.user.account)
    if not is_own and not session.may("accounts"):
        return
    nicks = ", ".join((account.name, *account.nicks))
    factor = "on" if account.has_second_factor else "off"
    yield say(world, session, f"Nicks: {nicks}.")
    yield say(world, session, f"E-mail: {account.email or 'none'}. Second factor: {factor}.")
    yield from _show_residence(world, session, account)
    if not account.keeps_history:
        yield say(world, session, "Nothing is kept of what it says.")
    if not account.verified:
        yield say(world, session, "Its e-mail address has not been confirmed yet.")
    if account.disabled:
        yield say(world, session, "It is disabled.")


def _show_residence(world: World, session: Session, account: Account) -> Iterator[Effect]:
    """Whether its user stays, and when their devices were here last."""
    on = "on" if is_always_on(world, account.name) else "off"
    said = "" if account.always_on is None else ", as its owner wants it"
    if account.always_on is not None and account.always_on is not (on == "on"):
        said = ", whatever its owner wants"
    yield say(world, session, f"Always-on: {on}{said}.")
    resident = resident_of(world, account.name)
    if resident is not None and resident.residence is not None:
        for device, at in resident.residence.devices.items():
            text = f"Device {device or 'without a name'}: last here {format_date(at)}."
            yield say(world, session, text)


# -- SET

_KEPT = "What you say is kept, as what others say is."
_NOT_KEPT = (
    "Nothing is kept that you say from now on, nor what is said to you in private. "
    "What was kept before stays."
)

_ON = {"ON": True, "OFF": False, "DEFAULT": None}


def _set(world: World, session: Session, words: Sequence[str]) -> Iterator[Effect]:
    setting, value = words[0].upper(), words[1].upper()
    name = own_account(session)
    if setting == "ALWAYS-ON" and value in _ON:
        yield ask(session, SetAlwaysOn(name, _ON[value]), _always_on)
    elif setting == "HISTORY" and value in ("ON", "OFF"):
        text = _KEPT if value == "ON" else _NOT_KEPT
        yield ask(session, SetHistory(name, value == "ON"), told(text))
    else:
        raise Refusal("", "Say: SET ALWAYS-ON on|off|default, or SET HISTORY on|off")


def _always_on(world: World, session: Session, verdict: Verdict) -> Iterator[Effect]:
    account = verdict.account
    if account is None:
        return
    yield from take_in(world, account)
    if world.fold(account.name) == world.fold(session.user.account):
        move_in(world, session.user)  # whoever says so, rather than another user of the account
    yield from review(world, account.name)
    if is_always_on(world, account.name):
        text = "You stay here while no client of yours is connected."
    else:
        text = "You leave with your last client."
    yield say(world, session, text)


WORDS = {
    "REGAIN": Word(_regain, "nick", "Gives you a nick of your account.", 1, 2, True),
    "GHOST": Word(
        _ghost, "nick", "Ends the connection of who has a nick of your account.", 1, 2, True
    ),
    "GROUP": Word(_group, "", "Holds the nick you have for your account, too.", 0, 2, True),
    "UNGROUP": Word(_ungroup, "[nick]", "Holds a nick no longer.", 0, 1, True),
    "SET": Word(
        _set,
        "ALWAYS-ON on|off|default | HISTORY on|off",
        "Lets you stay here while no client of yours is connected; has what you say kept, or not.",
        2,
        2,
        True,
    ),
    "INFO": Word(_info, "[account]", "Shows what is known of an account.", 0, 1),
}
