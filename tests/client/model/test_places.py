"""Going from one conversation to another, and how much is remembered of all."""

from __future__ import annotations

import pytest

from tests.client.model.desk import Desk
from trio_chat.client.model.conversations import BACKLOG
from trio_chat.client.model.places import CHECKED_EVERY, MOST_KEPT


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.see(":bob!b@h PRIVMSG me :psst", ":me!u@h JOIN #zen")
    return desk


def test_conversations_are_numbered_as_they_were_opened(desk: Desk) -> None:
    model = desk.model
    assert [model.numbered(number) for number in range(1, 6)] == [
        *("#tea", "#trio", "bob", "#zen", ""),
    ]
    desk.see(":me!u@h PART #trio", ":bob!b@h NICK rob")
    assert [model.numbered(number) for number in (1, 2, 3)] == ["#tea", "rob", "#zen"]


def test_one_goes_round_and_round(desk: Desk) -> None:
    model = desk.model
    assert (model.after("#tea"), model.after("#zen")) == ("#trio", "#tea")
    assert (model.before("#tea"), model.before("bob")) == ("#zen", "#trio")
    assert model.after("#gone") == "#tea"
    assert model.before("#gone") == "#zen"
    model.conversations.clear()
    assert model.after("#tea") == ""


def test_what_is_unread_is_looked_at_by_urgency(desk: Desk) -> None:
    model = desk.model
    desk.see(":al!a@h PRIVMSG #trio :hello", ":al!a@h PRIVMSG #zen :me: hello")
    order = []
    while name := model.next_unread():
        order.append(name)
        model.switch(name)
    assert order == ["#zen", "bob", "#trio"]
    assert model.previous == "bob"


def test_where_one_begins_to_read_is_known(desk: Desk) -> None:
    desk.see(":al!a@h PRIVMSG #trio :read")
    desk.model.switch("#trio")
    desk.model.switch("#tea")
    [first, _] = desk.take(":al!a@h PRIVMSG #trio :one", ":al!a@h PRIVMSG #trio :two")
    desk.model.switch("#trio")
    assert desk.model.here.unread_from is first
    desk.model.switch("#tea")
    assert desk.model.conversations["#trio"].unread_from is None


def test_the_previous_one_is_gone_when_it_is_closed(desk: Desk) -> None:
    desk.model.switch("#trio")
    assert desk.model.previous == "#tea"
    desk.see(":me!u@h PART #tea")
    assert desk.model.previous == ""


def test_topic_and_members_are_those_of_the_room(desk: Desk) -> None:
    desk.see(":irc.test 332 me #tea :Green", ":irc.test 353 me = #tea :me @al")
    assert desk.model.topic == "Green"
    assert list(desk.model.members) == ["me", "al"]
    desk.model.switch("bob")
    assert (desk.model.topic, desk.model.members) == ("", {})


def test_what_belongs_nowhere_is_where_one_is(desk: Desk) -> None:
    note = desk.model.note("hello")
    assert desk.model.here.backlog[-1] is note
    desk.model.conversations.clear()
    note = desk.model.note("hello")
    assert desk.model.server.backlog[-1] is note


def test_a_room_that_is_renamed_keeps_its_place(desk: Desk) -> None:
    assert desk.see(":me!u@h RENAME #tea #chai :better") == ["-- me renamed #tea to #chai (better)"]
    assert desk.model.current == "#chai"
    assert desk.model.numbered(1) == "#chai"


def test_a_partner_who_takes_the_nick_of_another_is_that_other(desk: Desk) -> None:
    desk.see(":rob!b@h PRIVMSG me :psst")
    desk.model.switch("bob")
    desk.see(":bob!b@h NICK rob")
    assert desk.model.current == "rob"


def test_names_follow_the_servers_case_mapping(desk: Desk) -> None:
    desk.see(":a[b]!b@h PRIVMSG me :psst")
    desk.model.name_by("rfc1459")
    assert "a{b}" in desk.model.conversations
    assert desk.model.numbered(5) == "a[b]"


def test_long_texts_weigh_more(desk: Desk) -> None:
    for _ in range(300):
        desk.see(f":al!a@h PRIVMSG #tea :{'x' * 5_000}")
    assert len(desk.model.here.backlog) == BACKLOG // 11


def test_all_together_is_bounded(desk: Desk) -> None:
    for room in range(12):
        desk.see(f":me!u@h JOIN #r{room}")
        for number in range(BACKLOG):
            desk.see(f"@msgid={room}-{number} :al!a@h PRIVMSG #r{room} :hello")
    kept = sum(conversation.weight for conversation in desk.model.conversations.values())
    assert MOST_KEPT - CHECKED_EVERY <= kept <= MOST_KEPT + CHECKED_EVERY
    assert len(desk.model.conversations["#tea"].backlog) > 0
