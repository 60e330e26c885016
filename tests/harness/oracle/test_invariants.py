"""Rules of a user's own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.harness.oracle.scenes import Scene
from trio_chat.testing.oracle import Finding, Journal, Watcher, check, invariant
from trio_chat.testing.oracle.invariants import INVARIANTS, Wrong
from trio_chat.testing.oracle.journal import Event, Kind


@pytest.fixture(autouse=True)
def _none_are_left(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(INVARIANTS):
        monkeypatch.delitem(INVARIANTS, name)
    registered = dict(INVARIANTS)
    monkeypatch.setattr("trio_chat.testing.oracle.invariants.INVARIANTS", registered)
    monkeypatch.setattr("trio_chat.testing.oracle.rules.INVARIANTS", registered)


def chat() -> Journal:
    scene = Scene()
    scene.come("alice")
    scene.play("alice > PRIVMSG #tea :damn\nalice > PRIVMSG #tea :sorry")
    return scene.journal


def said(event: Event) -> str:
    message = event.message
    is_said = message is not None and message.command == "PRIVMSG" and event.kind is Kind.SENT
    return message.params[1] if message is not None and is_said else ""


def test_what_a_function_says_is_found_under_its_name() -> None:
    @invariant
    def nobody_swears(journal: Journal) -> Iterator[str]:
        for event in journal:
            if said(event) == "damn":
                yield f"{journal.names[event.connection]} did at {event.at:g}"

    assert check(chat()) == [Finding("nobody swears", "alice did at 4", 5.0)]


def test_a_watcher_tells_as_it_goes() -> None:
    @invariant
    class Apologies(Watcher):
        def __init__(self, journal: Journal) -> None:
            super().__init__(journal)
            self.owed = 0

        def feed(self, event: Event) -> Wrong:
            self.owed += {"damn": 1, "sorry": -1}.get(said(event), 0)
            return "an apology is owed" if said(event) == "damn" else None

        def end(self) -> Wrong:
            return [Finding("manners", f"{self.owed} apologies are owed", 9.0)]

    assert check(chat()) == [
        Finding("Apologies", "an apology is owed", 4.0),
        Finding("manners", "0 apologies are owed", 9.0),
    ]


def test_a_rule_may_assert() -> None:
    @invariant
    def nobody_swears(journal: Journal) -> None:
        assert not any(said(event) == "damn" for event in journal), "somebody swore"

    (finding,) = check(chat())
    assert finding.text.startswith("somebody swore")


def test_a_rule_that_fails_is_found_too() -> None:
    @invariant
    def broken(journal: Journal) -> str:
        return journal.names[99]

    assert [finding.text for finding in check(chat())] == [
        "the rule itself failed: IndexError('list index out of range')"
    ]


def test_a_rule_that_is_content_says_nothing() -> None:
    @invariant
    def content(journal: Journal) -> Wrong:
        return None

    assert check(chat()) == []


def test_rules_may_be_given_in_the_place_of_those_that_are_registered() -> None:
    @invariant
    def never(journal: Journal) -> str:
        return "never"

    def once(journal: Journal) -> str:
        return "once"

    assert [finding.text for finding in check(chat(), own=[once])] == ["once"]
    assert [finding.text for finding in check(chat())] == ["never"]


def test_a_name_is_that_of_one_rule() -> None:
    def same() -> None:
        @invariant
        def one_name(journal: Journal) -> None:
            pass

    same()
    same()  # as when a module is read again

    def other() -> None:
        @invariant
        def one_name(journal: Journal) -> None:
            pass

    with pytest.raises(ValueError, match="'one name'"):
        other()
