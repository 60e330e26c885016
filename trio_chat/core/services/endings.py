"""EXPORT, ERASE, and what operators do with the accounts of others.

Law: what is done with somebody else's account is written down before it is tried.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from functools import partial

from trio_chat.core.account_questions import (
    DisableAccount,
    EraseAccount,
    ExportAccount,
    Invite,
    Verdict,
)
from trio_chat.core.audit import audit
from trio_chat.core.durations import parse_duration
from trio_chat.core.effects import Effect
from trio_chat.core.events import AccountsChanged
from trio_chat.core.replies import Refusal
from trio_chat.core.restoring import change_accounts
from trio_chat.core.services.accounts import (
    NICKSERV,
    ask,
    known_account,
    own_account,
    prove,
    say,
)
from trio_chat.core.services.service import Word
from trio_chat.core.state import Session, World
from trio_chat.wire.message import truncate


def _as_staff(
    world: World, session: Session, name: str, action: str, does: str
) -> Generator[Effect, None, str]:
    """The name of another's account, for an operator who may; it is written down."""
    if not session.may("accounts"):
        raise Refusal("", "You may do that with your own account alone.")
    account = known_account(world, name)
    yield from audit(world, session, action, f"{does} the account {account.name}")
    return account.name


def _export(world: World, session: Session, words: Sequence[str]) -> Iterator[Effect]:
    if words and world.fold(words[0]) != world.fold(session.user.account):
        name = yield from _as_staff(world, session, words[0], "EXPORT", "exports")
    else:
        name = own_account(session)
    yield ask(session, ExportAccount(name), _show)


def _show(world: World, session: Session, verdict: Verdict) -> Iterator[Effect]:
    """A long text in pieces of whole characters, which make it again when put together."""
    rest = verdict.text.encode()
    while rest:
        piece = truncate(rest, NICKSERV.space_left(world, session))
        rest = rest[len(piece) :]
        yield say(world, session, piece.decode())


def _erase(world: World, session: Session, words: Sequence[str]) -> Iterator[Effect]:
    """`ERASE password` for one's own account; `ERASE account account` for operators."""
    if len(words) == 2 and words[0] == words[1] and world.accounts.find(words[0]) is not None:
        name = yield from _as_staff(world, session, words[0], "ERASE", "erases")
        yield ask(session, EraseAccount(name), partial(_erased, name=name))
        return
    name = own_account(session)
    question = EraseAccount(name, " ".join(words))
    yield prove(world, session, question, name, partial(_erased, name=name))


def _erased(world: World, session: Session, verdict: Verdict, *, name: str) -> Iterator[Effect]:
    yield say(world, session, f"The account {name} and all that was kept of it are erased.")
    yield from change_accounts(world, AccountsChanged((), (name,), world.now))


def _disable(world: World, session: Session, words: Sequence[str]) -> Iterator[Effect]:
    name = yield from _as_staff(world, session, words[0], "DISABLE", "disables")
    yield ask(session, DisableAccount(name), partial(_changed, text=f"{name} is disabled."))


def _enable(world: World, session: Session, words: Sequence[str]) -> Iterator[Effect]:
    name = yield from _as_staff(world, session, words[0], "ENABLE", "enables")
    yield ask(session, DisableAccount(name, False), partial(_changed, text=f"{name} is enabled."))


def _changed(world: World, session: Session, verdict: Verdict, *, text: str) -> Iterator[Effect]:
    yield say(world, session, text)
    if verdict.account is not None:
        yield from change_accounts(world, AccountsChanged((verdict.account,), (), world.now))


def _invite(world: World, session: Session, words: Sequence[str]) -> Iterator[Effect]:
    uses, time = (*words, *("1", "7d")[len(words) :])
    seconds = parse_duration(time)
    if not (uses.isascii() and uses.isdecimal() and len(uses) < 5 and int(uses)) or not seconds:
        raise Refusal("", "Say: INVITE [uses] [duration], as in INVITE 5 2w")
    yield from audit(world, session, "INVITE", f"makes an invitation for {uses}, for {time}")
    by = session.operator.name if session.operator is not None else session.user.nick
    yield ask(session, Invite(by, int(uses), float(seconds)), _invited)


def _invited(world: World, session: Session, verdict: Verdict) -> Iterator[Effect]:
    yield say(world, session, f"Whoever has this may register: {verdict.text}")


WORDS = {
    "EXPORT": Word(_export, "", "Shows all that is kept of your account, as JSON.", 0, 1),
    "ERASE": Word(_erase, "password", "Erases your account.", 1, 50),
    "DISABLE": Word(
        _disable, "account", "Lets nobody log in to an account.", 1, 1, privilege="accounts"
    ),
    "ENABLE": Word(_enable, "account", "Lets its owner in again.", 1, 1, privilege="accounts"),
    "INVITE": Word(
        _invite,
        "[uses] [duration]",
        "Makes an invitation to register, as in INVITE 5 2w.",
        0,
        2,
        privilege="accounts",
    ),
}
