"""What the chat wants kept of what is said, and what people hear when it could not be."""

from __future__ import annotations

import pytest

from trio_chat.core.effects import Chronicle
from trio_chat.core.events import Answered, KeepingChanged, NotKept, Restored
from trio_chat.core.history import Page, Place, msgid_of, sequence_of
from trio_chat.core.history_rules import HistoryRules
from trio_chat.core.settings import Settings
from trio_chat.wire.message import format_tags

from .language import START, Chat, Client, brief
from .staff import operator, staffed

ALL = "message-tags echo-message labeled-response batch draft/multiline standard-replies"


def kept(chat: Chat, client: Client, line: str) -> list[str]:
    """What the chat wants kept of a line that a client sends, in brief, each with its place."""
    client.sends(line)
    return [
        f"{_shown(each.place)} {brief(each.message)}"
        for each in chat.effects
        if isinstance(each, Chronicle) and each.by is client.session
    ]


def _shown(place: Place) -> str:
    return place if isinstance(place, str) else "/".join(place)


def test_what_is_said_in_a_room_is_kept() -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#Tea", caps=ALL)
    assert kept(chat, alice, "PRIVMSG #TEA :hello") == ["#tea alice PRIVMSG #Tea :hello"]
    (echo,) = alice.take()
    (said,) = (each for each in chat.effects if isinstance(each, Chronicle))
    assert said.message.tags == echo.tags
    assert (said.at, said.is_closed) == (chat.world.now, False)
    assert kept(chat, bob, "NOTICE #tea :hush") == ["#tea bob NOTICE #Tea :hush"]


def test_what_only_some_may_hear_or_know_of_is_marked_or_not_kept() -> None:
    chat = Chat()
    alice, _ = chat.users("alice", "bob", room="#tea", caps=ALL)
    assert kept(chat, alice, "PRIVMSG @#tea :hello") == []
    for mode in ("+i", "-i+s", "-s+p", "-p+k key"):
        alice.sends(f"MODE #tea {mode}")
        kept(chat, alice, "PRIVMSG #tea :hello")
        assert [each.is_closed for each in chat.effects if isinstance(each, Chronicle)] == [True]


def test_what_is_taken_back_says_whether_everybody_could_come_as_all_else_does() -> None:
    """It may be the last that is kept of a room, and by that the next start decides whether its
    history has ended."""
    chat = Chat()
    alice, _ = chat.users("alice", "bob", room="#tea", caps=f"{ALL} draft/message-redaction")
    for mode, is_closed in (("+m", False), ("+i", True)):
        alice.sends(f"MODE #tea {mode}")
        alice.sends("PRIVMSG #tea :hello")
        alice.sends(f"REDACT #tea {alice.take()[-1].tags['msgid']}")
        (taken_back,) = (each for each in chat.effects if isinstance(each, Chronicle))
        assert taken_back.message.command == "REDACT"
        assert taken_back.is_closed is is_closed


@pytest.mark.parametrize("now", ["", "Carol"])
@pytest.mark.parametrize("who", ["alice", "bob"])
def test_what_was_said_between_two_accounts_is_taken_back_there(who: str, now: str) -> None:
    chat = Chat()
    caps = f"{ALL} draft/message-redaction draft/message-edit"
    people = {nick: chat.user(nick, caps=caps, account=nick) for nick in ("alice", "bob")}
    alice = people["alice"]
    msgids = [alice.asks("PRIVMSG bob :oops")[0].tags["msgid"] for _ in range(2)]
    people[who].session.user.account = now
    (edited,) = kept(chat, alice, f"EDIT bob {msgids[0]} :better")
    (taken_back,) = kept(chat, alice, f"REDACT bob {msgids[1]}")
    assert edited.startswith("alice/bob alice EDIT")
    assert taken_back == f"alice/bob alice REDACT bob {msgids[1]}"


def test_what_two_accounts_say_in_private_is_kept_for_the_two() -> None:
    chat = Chat()
    alice = chat.user("alice", caps=ALL, account="Alice")
    bob = chat.user("bob", account="bob")
    chat.user("carol")
    assert kept(chat, bob, "PRIVMSG Alice :hi") == ["alice/bob bob PRIVMSG alice :hi"]
    assert kept(chat, alice, "PRIVMSG bob :hi") == ["alice/bob alice PRIVMSG bob :hi"]
    assert kept(chat, alice, "PRIVMSG alice :note") == ["alice/alice alice PRIVMSG alice :note"]
    assert kept(chat, alice, "PRIVMSG carol :hi") == []
    assert kept(chat, alice, "PRIVMSG NickServ :help") == []


def test_several_lines_of_somebody_without_an_account_are_nobodys() -> None:
    chat = Chat()
    alice = chat.user("alice", caps=ALL)
    bob = chat.user("bob", account="bob")
    for nick in ("alice", "bob"):
        alice.sends(f"BATCH +1 draft/multiline {nick}")
        alice.sends(f"@batch=1 PRIVMSG {nick} :hi")
        assert kept(chat, alice, "BATCH -1") == []
    assert bob.hears()[-1] == "alice PRIVMSG bob :hi"


def test_reactions_are_kept_and_typing_is_not() -> None:
    chat = Chat()
    alice, _ = chat.users("alice", "bob", room="#tea", caps=ALL)
    assert kept(chat, alice, "@+typing=active TAGMSG #tea") == []
    assert kept(chat, alice, "TAGMSG #tea") == []
    assert kept(chat, alice, "@+draft/react=x;+typing=done TAGMSG #tea") == [
        "#tea alice TAGMSG #tea"
    ]


@pytest.mark.parametrize("target", ["#tea", "bob"])
def test_a_message_of_several_lines_is_kept_as_one(target: str) -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea", caps=ALL, account="alice")
    chat.user("bob", "#tea", account="bob")
    alice.sends(f"@label=7;+x=y BATCH +1 draft/multiline {target}")
    alice.sends(f"@batch=1 PRIVMSG {target} :one")
    alice.sends(f"@batch=1 PRIVMSG {target} :two ")
    alice.sends(f"@batch=1;draft/multiline-concat PRIVMSG {target} :and more")
    alice.sends("BATCH -1")
    (said,) = (each for each in chat.effects if isinstance(each, Chronicle))
    assert said.message.params == (target, "one\ntwo \rand more")
    assert (said.message.command, said.message.source) == ("PRIVMSG", alice.source)
    assert {key: value for key, value in said.message.tags.items() if key != "msgid"} == {
        "account": "alice",
        "+x": "y",
    }
    assert said.label == "7"


@pytest.mark.parametrize(
    ("rules", "expected"),
    [(HistoryRules(kept=False), [0, 0]), (HistoryRules(private=False), [1, 0])],
)
def test_what_is_kept_is_the_operators_to_say(rules: HistoryRules, expected: list[int]) -> None:
    chat = Chat(Settings(history=rules))
    alice = chat.user("alice", "#tea", account="alice")
    chat.user("bob", account="bob")
    lines = ("PRIVMSG #tea :hello", "PRIVMSG bob :hello")
    assert [len(kept(chat, alice, line)) for line in lines] == expected


def test_without_an_archive_nothing_is_kept() -> None:
    chat = Chat(accounts=None)
    (alice,) = chat.users("alice", room="#tea")
    assert kept(chat, alice, "PRIVMSG #tea :hello") == []


# -- ids and times


def test_ids_are_ordered_over_all_runs() -> None:
    numbers = [sequence_of(msgid) for msgid in ("1-1", "1-2", "1-a", "1-10", "2-1", "10-1")]
    assert numbers == sorted(numbers)
    assert [msgid_of(number) for number in numbers] == ["1-1", "1-2", "1-a", "1-10", "2-1", "10-1"]
    assert max(numbers) < 2**63


@pytest.mark.parametrize(
    "msgid", ["", "1", "1-", "-1", "boot-1", "1-G", "1-1 ", "1234567-1", "1_1"]
)
def test_what_is_no_id_of_ours_is_nothing(msgid: str) -> None:
    assert sequence_of(msgid) == 0


def test_the_run_stands_in_every_id() -> None:
    chat = Chat(accounts=None)
    chat.happens(Restored((), (), "", START, run=26))
    (alice,) = chat.users("alice", room="#tea", caps=ALL)
    (echo,) = alice.asks("PRIVMSG #tea :hello")
    assert echo.tags["msgid"].startswith("1a-")


@pytest.mark.parametrize(("ahead", "goes_on"), [(0.5, True), (3599.0, True), (3601.0, False)])
def test_time_goes_on_from_where_it_was_unless_it_was_plainly_wrong(
    ahead: float, goes_on: bool
) -> None:
    chat = Chat(accounts=None)
    chat.happens(Restored((), (), "", START, run=1, latest=START + ahead))
    assert chat.world.now == START + (ahead if goes_on else 0)


# -- what could not be kept


def lost(chat: Chat, client: Client, line: str) -> NotKept:
    """A line is said, and the disk does not take it."""
    client.sends(line)
    said = tuple(each for each in chat.effects if isinstance(each, Chronicle))
    client.lines.clear()
    return NotKept(client.session.id, said, chat.at)


def test_who_said_it_is_told_what_is_not_kept() -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea", caps=ALL)
    alice.sends("JOIN #two")
    chat.happens(lost(chat, alice, "PRIVMSG #tea,#two :hello"))
    assert alice.hears() == ["FAIL PRIVMSG NOT_KEPT #tea", "FAIL PRIVMSG NOT_KEPT #two"]
    bob.lines.clear()
    chat.happens(lost(chat, alice, "@label=7 NOTICE #tea :hello"))
    (fail,) = alice.take()
    assert (fail.params[:2], format_tags(fail.tags)) == (("NOTICE", "NOT_KEPT"), "label=7")
    assert [brief(each) for each in bob.take()] == ["alice NOTICE #tea :hello"]
    one, two = (lost(chat, alice, f"@label={label} NOTICE #tea :hello").lost for label in "89")
    chat.happens(NotKept(alice.session.id, one + two, chat.at))
    assert [format_tags(fail.tags) for fail in alice.take()] == ["label=8", "label=9"]


def test_a_question_that_waits_meanwhile_keeps_its_own_label() -> None:
    chat = Chat()
    (alice,) = chat.users("alice", room="#tea", caps=f"{ALL} draft/chathistory")
    event = lost(chat, alice, "@label=7 PRIVMSG #tea :hello")
    alice.sends("@label=8 CHATHISTORY LATEST #tea * 10")
    chat.happens(event)
    assert [format_tags(each.tags) for each in alice.take()] == ["label=7"]
    chat.happens(Answered(alice.session.id, Page(()), chat.at))
    assert [format_tags(each.tags) for each in alice.take()] == ["label=8", ""]


def test_who_has_left_is_told_nothing() -> None:
    chat = Chat()
    alice, _ = chat.users("alice", "bob", room="#tea", caps=ALL)
    event = lost(chat, alice, "PRIVMSG #tea :hello")
    alice.vanishes()
    chat.happens(event)
    assert chat.effects == []


def test_operators_hear_of_a_disk_that_fails_and_of_its_return() -> None:
    chat = staffed()
    root = operator(chat, "root")
    alice = chat.user("alice")
    for fault in ("the disk is full", ""):
        chat.happens(KeepingChanged(fault, chat.at))
    full, well = root.take()
    assert "the disk is full" in full.params[-1]
    assert "again" in well.params[-1]
    assert alice.take() == []


def test_rules_that_could_not_be_kept_are_refused() -> None:
    for queried in (0, 6000):
        with pytest.raises(ValueError, match="lines_per_query"):
            HistoryRules(lines_per_query=queried)
    with pytest.raises(ValueError, match="replayed_lines"):
        HistoryRules(replayed_lines=-1)
