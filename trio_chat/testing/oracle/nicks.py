"""Unique nicks, and no ghosts: whom a server names is there, and each under a nick of their own.

The laws:

* No two users have one nick at a time. A client surely has a nick from when it was told so until it
  sent the last line that was answered to it under this nick.
* When all has settled, those who are named in a room are those who are there by their own account:
  nobody is missing, and nobody stayed behind whose connection has ended.

Several clients of one account may be one user; and who is always-on stays without any (`RESIDENT`,
or an account of whom somebody said ALWAYS-ON).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trio_chat.testing.oracle.finding import Finding
from trio_chat.testing.oracle.journal import Kind
from trio_chat.testing.oracle.story import Story
from trio_chat.testing.oracle.views import View

UNIQUE_NICKS = "unique nicks"
NO_GHOST = "no ghost"


@dataclass(frozen=True, slots=True)
class _Held:
    """A nick that a client surely had between two places of the journal."""

    nick: str
    since: int
    until: int
    view: View


def find_shared_nicks(story: Story) -> Iterator[Finding]:
    """Who had a nick that somebody else had at the same time."""
    by_nick: dict[str, list[_Held]] = {}
    for view in story.judged:
        for held in _held(view):
            by_nick.setdefault(held.nick, []).append(held)
    for nick, holdings in by_nick.items():
        holdings.sort(key=lambda each: each.since)
        last = holdings[0]
        for held in holdings[1:]:
            if held.since < last.until and not _are_one(last.view, held.view):
                text = f"{held.view.name} was {nick} while {last.view.name} was it, too"
                yield Finding(UNIQUE_NICKS, text, story.journal.events[held.since].at)
            if held.until > last.until:
                last = held


def _held(view: View) -> Iterator[_Held]:
    for number, (since, nick) in enumerate(view.names_had):
        until = view.proofs.get(number, -1)
        if until > since:
            yield _Held(nick, since, until, view)


def _are_one(one: View, other: View) -> bool:
    """Whether two connections may be clients of the same user."""
    return any(account in other.accounts for account in one.accounts)


def find_ghosts(story: Story) -> Iterator[Finding]:
    """Who was named in a room and was not there, or the other way round, once all had settled."""
    residents = _residents(story)
    known = known_nicks(story)
    told: dict[str, None] = {}
    for reader in story.judged:
        for index, room, named in reader.namings:
            settled = story.settled_before(index)
            if settled is None:
                continue
            there, maybe = _there(story, room, index, settled)
            texts = [
                f"{view.name} is in {room} as {nick}, and {reader.name} is not told so"
                for nick, view in there.items()
                if nick not in named
            ]
            texts += [
                f"{reader.name} is told that {nick} is in {room}, and nobody is"
                for nick in named
                if nick in known and not any(nick in each for each in (there, maybe, residents))
            ]
            for text in texts:
                if text not in told:
                    told[text] = None
                    yield Finding(NO_GHOST, text, story.journal.events[index].at)


def _there(
    story: Story, room: str, index: int, settled: int
) -> tuple[dict[str, View], dict[str, None]]:
    """Who is in a room by their own account, by nick; and who may be, for all that is known."""
    there: dict[str, View] = {}
    maybe: dict[str, None] = {}
    present = story.settlements[settled]
    for view in story.views:
        if view.began > index or (view.ended is not None and view.ended < settled):
            continue
        if view.is_blurred:  # it does not even know which name it has
            maybe |= known_nicks(story)
        elif view.began < settled and view.connection not in present:
            maybe |= view.nicks  # it does not know what has become of it
        elif view.is_let_go or (view.ended is not None and view.ended < index):
            maybe |= view.nicks  # it was there for a time after all had settled
        elif view.is_in(room, index):
            there[view.nick_at(index)] = view
    return there, maybe


def known_nicks(story: Story) -> dict[str, None]:
    """Every nick that anybody in the journal has ever had."""
    return {nick: None for view in story.views for nick in view.nicks}


def _residents(story: Story) -> dict[str, None]:
    """The nicks of those who may be there without being connected."""
    fold = story.fold
    residents = {
        fold(event.text): None for event in story.journal if event.kind is Kind.RESIDENT
    }  # fmt: skip
    texts = [said.texts[0] for said in story.sayings.said]
    for command in ("NS", "NICKSERV"):
        texts += [" ".join(sent.message.params) for sent in story.sayings.of(command)]
    if any("ALWAYS-ON" in text.upper() for text in texts):
        for view in story.views:
            if view.accounts:
                residents |= view.nicks
    return residents
