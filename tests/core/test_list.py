"""LIST: which rooms it finds, and how much it tells at once."""

from __future__ import annotations

import pytest

from .language import Chat, Client, limited


def landscape() -> tuple[Chat, Client]:
    """Rooms of three ages and sizes: #old of 3 members, #Mid of 2, #new of 1; one to ask."""
    chat = Chat()
    people = chat.users("u0", "u1", "u2", room="#old")
    people[0].sends("TOPIC #old :ancient")
    chat.at += 60 * 60
    for person in people[:2]:
        person.sends("JOIN #Mid")
    chat.at += 60 * 30
    people[0].sends("JOIN #new")
    people[0].sends("TOPIC #new :fresh")
    chat.at += 60 * 10
    return chat, chat.user("asker")


@pytest.mark.parametrize(
    ("asked", "rooms"),
    [
        ("", "#old #Mid #new"),
        ("#MID", "#Mid"),
        ("#new,#old,#nowhere", "#new #old"),
        ("#*d", "#old #Mid"),
        ("#?i*", "#Mid"),
        ("!*o*", "#Mid #new"),
        ("!*o*,!#new", "#Mid"),
        ("*,!#MID", "#old #new"),
        (">1", "#old #Mid"),
        ("<3", "#Mid #new"),
        (">1,<3", "#Mid"),
        ("C>39", "#old #Mid"),
        ("C<41", "#Mid #new"),
        ("c<40", "#new"),
        ("T<60", "#new"),
        ("t>60", "#old"),
        ("T>0", "#old #new"),
        ("*o* <4", "#old"),
        ("#* >2,T>60", "#old"),
        (">x", ""),
        ("!", ""),
    ],
)
def test_list_finds(asked: str, rooms: str) -> None:
    _, asker = landscape()
    *heard, end = asker.does(f"LIST {asked}")
    assert " ".join(line.split()[2] for line in heard) == rooms
    assert end == "323 asker"


@pytest.mark.parametrize("mode", "sp")
def test_hidden_rooms_are_listed_to_their_members_alone(mode: str) -> None:
    chat, asker = landscape()
    u0 = chat.clients[1]
    u0.sends(f"MODE #old +{mode}")
    assert not any("#old" in line for line in asker.does("LIST"))
    assert asker.does("LIST #old") == ["323 asker"]
    assert u0.does("LIST #old") == ["322 u0 #old 3 ancient", "323 u0"]


def test_the_largest_rooms_are_listed_if_there_are_too_many() -> None:
    chat = Chat(limited(listed_rooms=2))
    for number in range(5):
        for member in range(1 + number % 3):
            chat.user(f"u{number}{member}", f"#r{number}")
    asker = chat.user("asker")
    heard = asker.asks("LIST")
    assert [message.params[1] for message in heard[:-1]] == ["#r2", "#r1"]
    assert "2 largest rooms of 5" in heard[-1].params[-1]
    assert asker.does("LIST #r0") == ["322 asker #r0 1 :", "323 asker"]


def test_names_tell_how_hidden_a_room_is() -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea")
    for modes, kind in (("+p", "*"), ("+s", "@"), ("-p", "@"), ("-s", "=")):
        alice.sends(f"MODE #tea {modes}")
        alice.lines.clear()
        assert alice.does("NAMES #tea")[0].split()[2] == kind
