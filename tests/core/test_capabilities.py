"""CAP: what is offered, asked for, granted, and what becomes of it when the offer changes."""

from __future__ import annotations

from dataclasses import replace

from trio_chat.core.commands.capabilities import offer
from trio_chat.core.events import Reread
from trio_chat.core.questions import Reading
from trio_chat.core.settings import Limits, Settings
from trio_chat.wire.caps import CAPABILITIES
from trio_chat.wire.message import MAX_BODY

from .language import ALL_CAPS, Chat, Client


def listed(client: Client, line: str) -> list[str]:
    """The words of a list that may take several lines, all but the last marked with `*`."""
    *more, last = client.asks(line)
    assert all(each.params[2:-1] == ("*",) for each in more)
    assert last.params[2:-1] == ()
    return [word for each in (*more, last) for word in each.params[-1].split()]


def rereads(chat: Chat, settings: Settings) -> None:
    chat.happens(Reread(Reading("chat.toml", settings), chat.at))


def test_version_302_is_told_of_everything_with_its_value() -> None:
    chat = Chat()
    alice = chat.open()
    words = listed(alice, "CAP LS 302")
    assert sorted(word.partition("=")[0] for word in words) == sorted(CAPABILITIES)
    assert dict(word.split("=", 1) for word in words if "=" in word) == {
        name: value for name, value in offer(chat.world).items() if value
    }


def test_an_older_client_is_told_in_one_line_of_what_it_may_know() -> None:
    chat = Chat()
    alice = chat.open()
    (answer,) = alice.asks("CAP LS")
    words = answer.params[-1].split()
    assert "=" not in answer.params[-1]
    assert {"multi-prefix", "server-time", "away-notify"} <= set(words) <= set(CAPABILITIES)
    assert len(answer.params) == 3


def test_a_later_lower_version_does_not_count() -> None:
    chat = Chat()
    alice = chat.open()
    alice.sends("CAP LS 307")
    assert "=" not in alice.asks("CAP LS 301")[0].params[-1]
    assert alice.session.cap_version == 307
    assert listed(alice, "CAP LIST") == ["cap-notify"]


def test_all_can_be_had_and_listed() -> None:
    chat = Chat()
    alice = chat.open()
    alice.sends("CAP LS 302")
    for name in ALL_CAPS.split():
        assert alice.does(f"CAP REQ :{name}") == [f"CAP * ACK {name}"]
    assert listed(alice, "CAP LIST") == ALL_CAPS.split()


def test_of_two_drafts_of_one_thing_a_client_has_one_at_a_time() -> None:
    alice = Chat().open()
    both = "draft/metadata-2 draft/metadata-3"
    assert alice.does(f"CAP REQ :{both}") == [f"CAP * NAK :{both}"]
    assert alice.does("CAP REQ :draft/metadata-2") == ["CAP * ACK draft/metadata-2"]
    assert alice.does("CAP REQ :draft/metadata-3") == ["CAP * NAK draft/metadata-3"]
    swap = "-draft/metadata-2 draft/metadata-3"
    assert alice.does(f"CAP REQ :{swap}") == [f"CAP * ACK :{swap}"]


def test_several_words_may_come_as_several_parameters() -> None:
    chat = Chat()
    alice = chat.open()
    assert alice.does("CAP REQ batch setname") == ["CAP * ACK :batch setname"]
    assert listed(alice, "CAP LIST") == ["batch", "setname"]


def test_a_long_answer_takes_several_lines_and_counts_with_the_last() -> None:
    chat = Chat()
    alice = chat.open()
    wanted = " ".join(["batch"] * 80)
    answers = alice.asks(f"CAP REQ :{wanted}")
    assert len(answers) == 2
    assert all(len(each.params[-1]) < MAX_BODY for each in answers)
    assert " ".join(each.params[-1] for each in answers) == wanted


def test_one_unknown_word_refuses_all() -> None:
    chat = Chat()
    alice = chat.open()
    assert alice.does("CAP REQ :batch nonsense") == ["CAP * NAK :batch nonsense"]
    assert alice.does("CAP LIST") == ["CAP * LIST :"]
    assert alice.does("CAP FOO") == ["410 * FOO"]


def test_cap_notify_stays_with_302() -> None:
    chat = Chat()
    alice, bob = chat.open(), chat.open()
    alice.sends("CAP LS 302")
    assert alice.does("CAP REQ -cap-notify") == ["CAP * NAK -cap-notify"]
    assert alice.does("CAP REQ cap-notify") == ["CAP * ACK cap-notify"]
    bob.sends("CAP REQ cap-notify")
    assert bob.does("CAP REQ -cap-notify") == ["CAP * ACK -cap-notify"]


def test_what_is_withheld_is_neither_listed_nor_granted() -> None:
    chat = Chat(Settings(withheld_capabilities=("draft/multiline", "setname")))
    alice = chat.open()
    words = listed(alice, "CAP LS 302")
    assert "setname" not in words
    assert not any(word.startswith("draft/multiline") for word in words)
    assert alice.does("CAP REQ setname") == ["CAP * NAK setname"]


def test_a_changed_offer_is_told_to_those_who_want_to_know() -> None:
    chat = Chat(Settings(withheld_capabilities=("setname",)))
    alice, bob, carol = chat.user("alice"), chat.user("bob", caps="cap-notify"), chat.user("carol")
    alice.sends("CAP LS 302")
    alice.sends("CAP REQ :batch away-notify")
    carol.sends("CAP REQ away-notify")
    chat.forget()
    changed = replace(
        chat.world.settings,
        withheld_capabilities=("away-notify",),
        limits=Limits(multiline_lines=7),
    )
    rereads(chat, changed)
    assert alice.hears() == [
        "CAP alice DEL away-notify",
        "CAP alice NEW :draft/multiline=max-bytes=16384,max-lines=7 setname",
    ]
    assert bob.hears() == ["CAP bob DEL away-notify", "CAP bob NEW :draft/multiline setname"]
    assert carol.hears() == []
    assert listed(alice, "CAP LIST") == ["batch", "cap-notify"]
    assert listed(carol, "CAP LIST") == []
    rereads(chat, changed)
    assert alice.hears() == []


def test_end_after_registration_is_passed_over() -> None:
    chat = Chat()
    alice = chat.user("alice")
    assert alice.does("CAP END") == []
