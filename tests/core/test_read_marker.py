"""MARKREAD: how far a user has read."""

from __future__ import annotations

import pytest

from trio_chat.core.accounts import Account
from trio_chat.core.effects import Keep
from trio_chat.core.events import AccountsChanged, Restored
from trio_chat.core.records import MarkerRecord, Record

from .language import START, Chat, limited

EARLY = "timestamp=2019-01-04T14:33:26.123Z"
LATER = "timestamp=2020-01-04T14:33:26.123Z"
FUTURE = "timestamp=2999-01-01T00:00:00.000Z"
NOW = "timestamp=2023-11-14T22:13:20.000Z"


def test_markers_move_forward_only() -> None:
    chat = Chat()
    alice = chat.user("alice", caps="draft/read-marker")
    assert alice.does("MARKREAD bob") == ["MARKREAD bob *"]
    assert alice.does(f"MARKREAD bob {LATER}") == [f"MARKREAD bob {LATER}"]
    assert alice.does(f"MARKREAD BOB {EARLY}") == [f"MARKREAD BOB {LATER}"]
    assert alice.does("MARKREAD bob") == [f"MARKREAD bob {LATER}"]
    assert alice.does("MARKREAD #tea") == ["MARKREAD #tea *"]


def test_nothing_is_read_before_it_is_said() -> None:
    chat = Chat()
    alice = chat.user("alice", caps="draft/read-marker")
    assert alice.does(f"MARKREAD bob {FUTURE}") == [f"MARKREAD bob {NOW}"]


def test_on_joining_one_is_told_before_the_names_end() -> None:
    chat = Chat()
    alice, bob = chat.user("alice", caps="draft/read-marker"), chat.user("bob")
    assert alice.does("JOIN #Tea") == [
        "alice JOIN #Tea",
        "MARKREAD #Tea *",
        "353 alice = #Tea @alice",
        "366 alice #Tea",
    ]
    alice.sends(f"MARKREAD #tea {LATER}")
    alice.sends("PART #tea")
    assert f"MARKREAD #tea {LATER}" in alice.does("JOIN #tea")
    assert not any("MARKREAD" in line for line in bob.does("JOIN #tea"))
    assert bob.does("MARKREAD #tea") == ["MARKREAD #tea *"]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("MARKREAD", "NEED_MORE_PARAMS"),
        ("MARKREAD bob *", "INVALID_PARAMS *"),
        ("MARKREAD bob yesterday", "INVALID_PARAMS yesterday"),
        ("MARKREAD bob timestamp=2019-02-30T14:33:26.123Z", None),
        ("MARKREAD bob timestamp=2019-02-03T25:33:26.123Z", None),
        ("MARKREAD 1bob", "INVALID_PARAMS 1bob"),
        ("MARKREAD :#a b", "INVALID_PARAMS #a_b"),
    ],
)
def test_what_is_refused(line: str, answer: str | None) -> None:
    chat = Chat()
    alice = chat.user("alice", caps="draft/read-marker")
    answer = answer or f"INVALID_PARAMS {line.split()[-1]}"
    assert alice.does(line) == [f"FAIL MARKREAD {answer}"]


def test_the_oldest_of_too_many_is_forgotten() -> None:
    chat = Chat(limited(read_markers=2))
    alice = chat.user("alice")
    for nick in ("a", "b", "c"):
        alice.sends(f"MARKREAD {nick} {EARLY}")
    assert alice.does("MARKREAD a") == ["MARKREAD a *"]
    assert alice.does("MARKREAD c") == [f"MARKREAD c {EARLY}"]


# -- of accounts

CAPS = "draft/read-marker"


def kept(chat: Chat) -> list[Record]:
    """What the last event has had kept."""
    return [effect.record for effect in chat.effects if isinstance(effect, Keep)]


def test_an_account_finds_its_markers_again_from_any_device() -> None:
    chat = Chat()
    alice = chat.user("alice", caps=CAPS, account="Alice")
    alice.sends(f"MARKREAD #Tea {EARLY}")
    assert kept(chat) == [MarkerRecord("Alice", "#tea", EARLY.partition("=")[2])]
    alice.vanishes()
    again = chat.user("al", caps=CAPS, account="alice")
    assert f"MARKREAD #tea {EARLY}" in again.does("JOIN #tea")
    assert chat.user("bob", caps=CAPS).does("MARKREAD #tea") == ["MARKREAD #tea *"]


def test_of_who_has_no_account_no_marker_is_kept() -> None:
    chat = Chat()
    chat.user("alice").sends(f"MARKREAD #tea {EARLY}")
    assert kept(chat) == []


def test_markers_outlive_the_server_but_not_the_account() -> None:
    chat = Chat(accounts=None)
    record = MarkerRecord("Alice", "#tea", EARLY.partition("=")[2])
    chat.happens(Restored((Account("Alice", START),), (record,), "", START))
    alice = chat.user("Alice", account="Alice")
    assert alice.does("MARKREAD #tea") == [f"MARKREAD #tea {EARLY}"]
    chat.happens(AccountsChanged((), ("Alice",), chat.at))
    assert alice.does("MARKREAD #tea") == ["MARKREAD #tea *"]
    assert chat.world.read == {}


def test_the_oldest_of_too_many_of_an_account_is_kept_no_longer() -> None:
    chat = Chat(limited(read_markers=1))
    alice = chat.user("alice", account="alice")
    for nick in ("a", "b"):
        alice.sends(f"MARKREAD {nick} {EARLY}")
    when = EARLY.partition("=")[2]
    assert kept(chat) == [MarkerRecord("alice", "a", "*"), MarkerRecord("alice", "b", when)]
    assert len(chat.world.read["alice"]) == 1


def test_a_marker_does_not_tell_of_a_secret_room() -> None:
    chat = Chat()
    alice, eve = chat.user("alice"), chat.user("eve", caps="draft/read-marker")
    alice.sends("JOIN #Tea")
    assert eve.does("MARKREAD #tEA") == ["MARKREAD #Tea *"]
    alice.sends("MODE #tea +s")
    assert eve.does("MARKREAD #tEA") == ["MARKREAD #tEA *"]
