"""The pane of messages: what is drawn of a conversation, and what scrolling does."""

from __future__ import annotations

from datetime import UTC, datetime

from trio_chat.client.model.entries import Entry, Kind
from trio_chat.client.screen.line import Line, text_of
from trio_chat.client.screen.pane import MessagePane

AT = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)


class Conversation:
    """Entries whose text is what is drawn, and how often each was."""

    def __init__(self, count: int = 0, *, rows: int = 1) -> None:
        self.entries: list[Entry] = []
        self.drawn: list[str] = []
        self._rows = rows
        self.pane = MessagePane(lambda: self.entries, self._draw)
        self.size = (20, 5)
        for _ in range(count):
            self.say()

    def say(self) -> None:
        number = len(self.entries) + 1
        text = "\n".join(f"{number}.{row}" for row in range(self._rows))
        self.entries.append(
            Entry(AT, Kind.SAID, "#tea", "alice", text if self._rows > 1 else str(number))
        )

    def _draw(self, entry: Entry, columns: int) -> list[Line]:
        self.drawn.append(entry.text)
        return [[("", line)] for line in entry.text.split("\n")]

    @property
    def shown(self) -> list[str]:
        content = self.pane.create_content(*self.size)
        assert content.line_count == self.size[1]
        return [text_of((style, text) for style, text, *_ in content.get_line(row))
                for row in range(content.line_count)]  # fmt: skip


def test_few_entries_stand_at_the_bottom() -> None:
    assert Conversation().shown == [""] * 5
    assert Conversation(2).shown == ["", "", "", "1", "2"]


def test_the_end_is_followed() -> None:
    talk = Conversation(100)
    assert talk.shown == ["96", "97", "98", "99", "100"]
    talk.say()
    assert talk.shown[-1] == "101"


def test_only_what_is_seen_is_formatted_and_once() -> None:
    talk = Conversation(1_000)
    assert talk.shown == talk.shown
    assert sorted(talk.drawn) == ["1000", "996", "997", "998", "999"]


def test_an_entry_that_changes_is_drawn_anew() -> None:
    talk = Conversation(3)
    assert talk.shown[-1] == "3"
    talk.entries[-1].text = "three"
    assert talk.shown[-1] == "three"


def test_noise_is_not_shown() -> None:
    talk = Conversation(3)
    talk.entries[1].noise = True
    assert talk.shown[-2:] == ["1", "3"]


def test_a_page_up_keeps_one_row_in_sight() -> None:
    talk = Conversation(100)
    assert talk.shown[0] == "96"
    talk.pane.scroll(1)
    assert talk.shown == ["92", "93", "94", "95", "96"]
    assert talk.pane.is_scrolled


def test_who_has_scrolled_up_stays_there() -> None:
    talk = Conversation(100)
    talk.pane.create_content(*talk.size)
    talk.pane.scroll(1)
    seen = talk.shown
    for _ in range(3):
        talk.say()
    assert talk.shown == seen
    earlier = Conversation(50).entries
    talk.entries[:0] = earlier
    assert talk.shown == seen


def test_up_beyond_the_first_stops_with_a_full_pane() -> None:
    talk = Conversation(12)
    talk.pane.create_content(*talk.size)
    assert not talk.pane.is_at_top
    for _ in range(10):
        talk.pane.scroll(1)
    assert talk.shown == ["1", "2", "3", "4", "5"]
    assert talk.pane.is_at_top


def test_down_to_the_end_follows_again() -> None:
    talk = Conversation(12)
    talk.pane.create_content(*talk.size)
    talk.pane.scroll(1)
    talk.pane.scroll(-1)
    assert not talk.pane.is_scrolled
    talk.say()
    assert talk.shown[-1] == "13"


def test_up_and_down_by_the_same_comes_back() -> None:
    talk = Conversation(40, rows=3)
    talk.pane.create_content(*talk.size)
    talk.pane.scroll(1)
    seen = talk.shown
    talk.pane.scroll(2)
    talk.pane.scroll(-2)
    assert talk.shown == seen == ["38.0", "38.1", "38.2", "39.0", "39.1"]


def test_entries_taller_than_the_pane_are_scrolled_by_rows() -> None:
    talk = Conversation(2, rows=12)
    talk.pane.create_content(*talk.size)
    assert talk.shown[0] == "2.7"
    talk.pane.scroll(1)
    assert talk.shown == ["2.3", "2.4", "2.5", "2.6", "2.7"]
    for _ in range(20):
        talk.pane.scroll(1)
    assert talk.shown[0] == "1.0"
    for _ in range(20):
        talk.pane.scroll(-1)
    assert talk.shown[-1] == "2.11"
    assert not talk.pane.is_scrolled


def test_everything_that_fits_cannot_be_scrolled() -> None:
    talk = Conversation(3)
    talk.pane.create_content(*talk.size)
    talk.pane.scroll(1)
    assert talk.shown == ["", "", "1", "2", "3"]
    assert not talk.pane.is_scrolled


def test_an_empty_conversation_cannot_be_scrolled() -> None:
    talk = Conversation()
    talk.pane.scroll(1)
    assert talk.shown == [""] * 5


def test_a_place_that_is_forgotten_becomes_the_oldest_there_is() -> None:
    talk = Conversation(100)
    talk.pane.create_content(*talk.size)
    talk.pane.scroll(10)
    del talk.entries[:80]
    assert talk.shown == ["", "", "", "", "81"]
    talk.entries.clear()
    assert talk.shown == [""] * 5


def test_another_width_wraps_anew() -> None:
    talk = Conversation(1)
    talk.entries[0].text = "many words in a row here"
    assert talk.shown[-1] == "row here" or talk.shown[-1].strip() == "here"
    talk.size = (60, 5)
    assert talk.shown[-1] == "many words in a row here"


def test_what_is_remembered_is_bounded() -> None:
    talk = Conversation(5_000)
    talk.size = (20, 3_000)
    talk.pane.create_content(*talk.size)
    assert len(talk.pane._rows) <= 2_001
