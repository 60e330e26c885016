"""Who comes and goes, types and is away."""

from __future__ import annotations

import pytest

from tests.client.model.desk import Desk, Wished


@pytest.fixture
def desk() -> Desk:
    return Desk(Wished(fold="smart"))


def test_who_has_not_spoken_comes_and_goes_unseen(desk: Desk) -> None:
    entries = desk.take(
        ":al!a@h JOIN #tea", ":al!a@h NICK bo", ":bo!a@h PART #tea", ":bo!a@h QUIT :bye"
    )
    assert [entry.noise for entry in entries] == [True, True, True]
    assert desk.see(":al!a@h JOIN #tea", ":al!a@h PRIVMSG #tea :hi", ":al!a@h NICK bo") == [
        "<al> hi",
        "-- al is now bo",
    ]
    assert desk.see(":bo!a@h PART #tea :bye") == ["-- bo left (bye)"]


def test_who_has_spoken_long_ago_takes_no_part_any_more(desk: Desk) -> None:
    desk.see("@time=2024-05-01T12:00:00.000Z :al!a@h PRIVMSG #tea :hi")
    assert desk.see("@time=2024-05-01T12:11:00.000Z :al!a@h PART #tea") == []


@pytest.mark.parametrize(("fold", "shown"), [("always", []), ("never", ["-- al left"])])
def test_all_or_nobody_can_be_folded_away(fold: str, shown: list[str]) -> None:
    desk = Desk(Wished(fold=fold))  # type: ignore[arg-type]
    desk.see(":al!a@h PRIVMSG #tea :hi")
    assert desk.see(":al!a@h PART #tea") == shown


def test_who_is_kicked_is_never_noise(desk: Desk) -> None:
    assert desk.see(":op!a@h KICK #tea al") == ["-- op kicked al"]


def test_a_netsplit_is_one_line(desk: Desk) -> None:
    nicks = [f"n{number}" for number in range(12)]
    for nick in nicks:
        desk.see(f":{nick}!a@h JOIN #tea", f":{nick}!a@h PRIVMSG #tea :hi")
    for nick in nicks:
        assert desk.see(f":{nick}!a@h QUIT :a.example b.example") == []
    assert desk.model.has_splits
    assert desk.drawn(desk.model.tell_splits()) == [
        "-- netsplit (a.example b.example): n0, n1, n2, n3, n4, n5, n6, n7, n8, n9 and 2 more left"
    ]
    assert desk.model.tell_splits() == []
    assert desk.see(":n0!a@h JOIN #tea") == []


def test_a_person_is_not_taken_for_a_netsplit(desk: Desk) -> None:
    desk.see(":al!a@h JOIN #tea", ":al!a@h PRIVMSG #tea :hi")
    assert desk.see(":al!a@h QUIT :Quit: a.example b.example") == [
        "-- al left the chat (a.example b.example)"
    ]
    assert not desk.model.has_splits


def test_a_partner_who_leaves_is_told_of_where_one_talks_to_them(desk: Desk) -> None:
    desk.see(":bob!b@h JOIN #tea", ":bob!b@h PRIVMSG me :psst")
    desk.model.switch("bob")
    entries = desk.take(":bob!b@h QUIT :bye")
    assert [(entry.where, entry.noise) for entry in entries] == [("bob", False), ("#tea", True)]


def test_a_partner_is_away_once(desk: Desk) -> None:
    desk.see(":bob!b@h PRIVMSG me :psst")
    desk.model.switch("bob")
    assert desk.see(
        ":irc.test 301 me bob :at lunch",
        ":irc.test 301 me bob :at lunch",
        ":bob!b@h AWAY :at lunch",
        ":bob!b@h AWAY",
        ":irc.test 301 me bob :at lunch",
    ) == ["-- bob is away: at lunch", "-- bob is back", "-- bob is away: at lunch"]


def test_who_types_is_known_for_as_long_as_it_is_believed(desk: Desk) -> None:
    desk.see("@+typing=active :al!a@h TAGMSG #tea", "@+typing=paused :bo!a@h TAGMSG #tea")
    desk.see("@+typing=active :cy!a@h TAGMSG #nowhere", "@+typing=active :di!a@h TAGMSG #trio")
    assert desk.model.typing == ["al", "bo"]
    assert desk.model.typing_ends() == 6.0
    desk.model.forget_typing(6.0)
    assert desk.model.typing == ["bo"]
    assert desk.model.typing_ends() == 30.0
    desk.model.forget_typing(30.0)
    assert (desk.model.typing, desk.model.typing_ends()) == ([], None)


@pytest.mark.parametrize(
    "line",
    [
        ":al!a@h PRIVMSG #tea :done",
        "@+typing=done :al!a@h TAGMSG #tea",
        ":al!a@h PART #tea",
        ":op!a@h KICK #tea al",
        ":al!a@h QUIT",
        ":al!a@h NICK bo",
    ],
)
def test_what_ends_typing(desk: Desk, line: str) -> None:
    desk.see(":al!a@h JOIN #tea", "@+typing=active :al!a@h TAGMSG #tea")
    assert desk.model.typing == ["al"]
    desk.see(line)
    assert desk.model.typing == []


def test_who_types_is_bounded(desk: Desk) -> None:
    desk.see(*(f"@+typing=active :n{number}!a@h TAGMSG #tea" for number in range(100)))
    assert len(desk.model.typing) == 20
