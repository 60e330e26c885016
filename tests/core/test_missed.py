"""Devices of an always-on account: what each has missed, shown when it comes back."""

from __future__ import annotations

import re

import pytest

from trio_chat.core.events import AccountsChanged, Answered
from trio_chat.core.history_rules import HistoryRules
from trio_chat.core.settings import Settings
from trio_chat.wire.variants import format_time

from .historian import KeptChat
from .language import Client
from .owners import ALICE, BOB, owner
from .staff import questions
from .test_always_on import ON, returns

TIME = "server-time"
"""With it clients are shown what was said as it was said."""


def chat_of(settings: Settings | None = None) -> tuple[KeptChat, Client]:
    """A chat with bob in it, and a phone of Alice's that has just gone."""
    chat = KeptChat(settings, (ON, BOB))
    bob = chat.user("bob", "#tea", "#den", account="bob")
    phone, _ = returns(chat, device="phone")
    for room in ("#tea", "#den"):
        phone.sends(f"JOIN {room}")
    phone.vanishes()
    chat.forget()
    return chat, bob


def says(chat: KeptChat, client: Client, *lines: str) -> None:
    """Somebody says these, a second after each other."""
    for line in lines:
        chat.at += 1
        client.sends(f"PRIVMSG {line}")
    chat.at += 1


def shown(heard: list[str]) -> list[str]:
    """Of what was heard, what was said."""
    return [line for line in heard if " PRIVMSG " in line]


def test_a_device_is_shown_what_it_has_missed_the_oldest_first() -> None:
    chat, bob = chat_of()
    says(chat, bob, "#den :one", "#tea :two", "Alice :psst", "#den :three")
    _, heard = returns(chat, device="phone", caps=TIME)
    at = heard.index("366 Alice #den")
    assert heard[at + 1 :] == [
        "bob PRIVMSG #tea :two",
        "bob PRIVMSG Alice :psst",
        "bob PRIVMSG #den :one",
        "bob PRIVMSG #den :three",
    ]


def test_it_is_a_batch_with_the_times_at_which_it_was_said() -> None:
    chat, bob = chat_of()
    says(chat, bob, "#den :one")
    phone, _ = returns(chat, device="phone", caps="batch server-time message-tags")
    phone.vanishes()
    says(chat, bob, "#den :two")
    again, _ = returns(chat, device="other")
    chat.forget()
    third = chat.open()
    third.sends("CAP REQ :batch server-time message-tags")
    third.sends("NICK Alice")
    third.session.user.account = "Alice"
    third.sends("USER alice@phone 0 * x")
    third.lines.clear()
    third.sends("CAP END")
    begin, message, end = third.take()[-3:]
    assert begin.command == end.command == "BATCH"
    assert begin.params[1:] == ("chathistory", "#den")
    assert message.params[-1] == "two"
    assert message.tags["time"] == format_time(chat.at - 1)
    assert not again.hears()


def test_what_somebody_said_who_is_gone_is_under_the_name_of_their_account() -> None:
    chat, bob = chat_of()
    bob.sends("NICK robert")
    says(chat, bob, "Alice :psst")
    bob.vanishes()
    _, heard = returns(chat, device="phone", caps=f"{TIME} batch")
    assert "BATCH + chathistory bob" in [without_reference(line) for line in heard]


def without_reference(line: str) -> str:
    """A line that opens a batch, without the name that the batch has for its lines."""
    return re.sub(r"^BATCH \+\S+", "BATCH +", line)


def test_who_can_ask_is_shown_nothing() -> None:
    chat, bob = chat_of()
    says(chat, bob, "#den :one")
    _, heard = returns(chat, device="phone", caps="draft/chathistory batch")
    assert shown(heard) == []
    assert questions(chat) == []


def test_without_server_time_the_time_stands_in_the_text_and_ctcp_is_left_out() -> None:
    chat, bob = chat_of()
    says(chat, bob, "#den :one", "Alice :\x01VERSION\x01")
    _, heard = returns(chat, device="phone", caps="message-tags")
    assert shown(heard) == ["bob PRIVMSG #den :[2023-11-14 22:13:21] one"]


def test_a_bot_is_shown_nothing() -> None:
    chat, bob = chat_of()
    bot, _ = returns(chat, device="bot")
    bot.sends("MODE Alice +B")
    bot.vanishes()
    says(chat, bob, "#den :!roll")
    assert shown(returns(chat, device="bot")[1]) == []


def test_each_device_has_missed_what_was_said_since_it_was_here() -> None:
    chat, bob = chat_of()
    says(chat, bob, "#tea :one")
    desk, heard = returns(chat, device="desk")
    # It was not here before, and is shown what anybody is who comes into the room.
    assert shown(heard) == ["bob PRIVMSG #tea :[2023-11-14 22:13:21] one"]
    says(chat, bob, "#tea :two")
    desk.vanishes()
    says(chat, bob, "#tea :three")
    assert shown(returns(chat, device="desk", caps=TIME)[1]) == ["bob PRIVMSG #tea :three"]
    assert len(shown(returns(chat, device="phone", caps=TIME)[1])) == 3
    assert shown(returns(chat, device="phone", caps=TIME)[1]) == []


def test_a_device_whose_connection_is_gone_unnoticed_has_missed_what_came_since() -> None:
    chat, bob = chat_of()
    ghost, _ = returns(chat, device="phone")
    chat.passes(20)
    ghost.sends("PING x")
    chat.passes(20)
    says(chat, bob, "#tea :one")
    phone, heard = returns(chat, device="phone", caps=TIME)
    assert shown(heard) == ["bob PRIVMSG #tea :one"]
    assert not ghost.closed
    assert phone.session.user is ghost.session.user


def test_what_the_other_devices_have_said_is_shown_too() -> None:
    chat, bob = chat_of()
    desk, _ = returns(chat, device="desk")
    says(chat, desk, "#tea :from my desk", "bob :hi bob")
    del bob
    _, heard = returns(chat, device="phone", caps=TIME)
    assert shown(heard) == ["Alice PRIVMSG #tea :from my desk", "Alice PRIVMSG bob :hi bob"]


def test_of_much_that_was_said_the_latest_is_shown() -> None:
    chat, bob = chat_of(Settings(history=HistoryRules(missed_lines=2)))
    says(chat, bob, "#tea :one", "#tea :two", "#tea :three", "#den :four")
    _, heard = returns(chat, device="phone", caps=TIME)
    assert [line[-4:] for line in shown(heard)] == [":two", "hree", "four"]


def test_of_very_much_not_all_places_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trio_chat.core.missed.BYTES", 3 * 270)
    chat, bob = chat_of()
    says(chat, bob, "#tea :one", "#tea :two", "#den :three", "#den :four")
    _, heard = returns(chat, device="phone", caps=TIME)
    assert [line[-4:] for line in shown(heard)] == [":one", ":two", "four"]
    assert shown(returns(chat, device="phone", caps=TIME)[1]) == []


def test_what_is_said_meanwhile_comes_once_and_hides_nothing() -> None:
    chat, bob = chat_of()
    says(chat, bob, "#tea :before")
    chat.waits = True
    phone, heard = returns_waiting(chat)
    assert shown(heard) == []
    says(chat, bob, "#tea :meanwhile")
    phone.sends("PING x")
    assert shown(phone.hears()) == ["bob PRIVMSG #tea :meanwhile"]
    chat.waits = False
    chat.answers()
    assert phone.hears() == ["bob PRIVMSG #tea :before", "PONG trio-chat.local x"]


def returns_waiting(chat: KeptChat) -> tuple[Client, list[str]]:
    """The phone comes back while the archive takes its time."""
    phone = chat.open("192.0.2.7")
    phone.sends("CAP REQ server-time")
    phone.sends("CAP END")
    phone.sends("NICK Alice")
    phone.session.user.account = "Alice"
    heard = phone.does("USER alice@phone 0 * x")
    assert phone.session.registered
    return phone, heard


def test_what_was_not_shown_to_the_end_is_shown_again() -> None:
    chat, bob = chat_of()
    says(chat, bob, "#tea :one", "#den :two")
    chat.waits = True
    phone, _ = returns_waiting(chat)
    chat.passes(200)
    says(chat, bob, "#tea :three")
    phone.vanishes()
    chat.waits = False
    chat.answers()
    assert len(shown(returns(chat, device="phone", caps=TIME)[1])) == 3


@pytest.mark.parametrize("place", [0, 1])
def test_what_cannot_be_read_is_told_and_missed_until_it_can_be(place: int) -> None:
    chat, bob = chat_of()
    says(chat, bob, "#tea :one")
    chat.waits = True
    phone, _ = returns_waiting(chat)
    for _number in range(place):
        session, found = chat._open.pop(0)
        chat.happens(Answered(session, found, chat.at))
    chat.answers(None)
    assert phone.hears()[-1] == "FAIL * MESSAGE_ERROR"
    chat.waits = False
    phone.vanishes()
    assert shown(returns(chat, device="phone", caps=TIME)[1]) == ["bob PRIVMSG #tea :one"]


def test_what_one_may_not_read_any_more_is_not_shown() -> None:
    chat, bob = chat_of()
    says(chat, bob, "#tea :one", "Alice :psst", "#den :two")
    chat.waits = True
    phone, _ = returns_waiting(chat)
    bob.sends("KICK #tea Alice")
    chat.happens(AccountsChanged((), ("Alice",), chat.at))
    phone.lines.clear()
    chat.waits = False
    chat.answers()
    assert shown(phone.hears()) == ["bob PRIVMSG #den :two"]


def test_nothing_is_asked_where_nothing_is_kept_or_wanted() -> None:
    for rules in (HistoryRules(kept=False), HistoryRules(missed_lines=0)):
        chat, bob = chat_of(Settings(history=rules))
        says(chat, bob, "#tea :one")
        assert shown(returns(chat, device="phone", caps=TIME)[1]) == []
    chat, bob = chat_of(Settings(history=HistoryRules(private=False)))
    says(chat, bob, "Alice :psst", "#tea :one")
    assert shown(returns(chat, device="phone", caps=TIME)[1]) == ["bob PRIVMSG #tea :one"]
    with pytest.raises(ValueError, match="missed_lines must be from 0 to 1000"):
        HistoryRules(missed_lines=-1)


def test_who_is_not_always_on_has_missed_nothing() -> None:
    chat = KeptChat(Settings(history=HistoryRules(replayed_lines=0)), (ALICE, BOB))
    alice = owner(chat, ALICE, "#tea")
    chat.passes(5)
    says(chat, alice, "#tea :one")
    assert shown(returns(chat, account=ALICE)[1]) == []


def test_who_joins_by_a_change_of_nick_is_shown_it_too() -> None:
    chat, bob = chat_of()
    says(chat, bob, "#tea :one")
    late = chat.open()
    late.sends("CAP REQ server-time")
    late.sends("CAP END")
    late.sends("NICK late")
    late.sends("USER late@phone 0 * :x")
    late.session.user.account = "Alice"
    assert shown(late.does("NICK Alice")) == ["bob PRIVMSG #tea :one"]
