"""Entries as JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

from trio_chat.client.model.entries import Entry, Kind, State
from trio_chat.client.screen.json_lines import json_line

AT = datetime(2026, 11, 25, 9, 30, 1, 234567, UTC)


def test_a_message_tells_what_there_is_and_no_more() -> None:
    entry = Entry(AT, Kind.SAID, "#tea", "alice", "žluť\x02!\n2", msgid="a-1", mention=True)
    line = json_line(entry)
    assert line.isascii()
    assert "\n" not in line
    assert json.loads(line) == {
        "time": "2026-11-25T09:30:01.234Z",
        "kind": "said",
        "text": "žluť\x02!\n2",
        "where": "#tea",
        "nick": "alice",
        "msgid": "a-1",
        "mention": True,
    }


def test_times_are_utc_wherever_they_are_from() -> None:
    at = AT.astimezone(timezone(timedelta(hours=2)))
    told = json.loads(json_line(Entry(at, Kind.TOLD, "", "", "welcome")))
    assert told == {"time": "2026-11-25T09:30:01.234Z", "kind": "told", "text": "welcome"}


def test_a_change_names_what_it_is_about() -> None:
    message = Entry(AT, Kind.SAID, "#tea", "alice", "helo", msgid="a-1")
    change = Entry(AT, Kind.AMENDED, "#tea", "alice", "hello", about=message)
    assert json.loads(json_line(change))["about"] == "a-1"


def test_what_was_refused_says_so() -> None:
    entry = Entry(AT, Kind.SAID, "#tea", "me", "hi", own=True, state=State.REFUSED)
    told = json.loads(json_line(entry))
    assert (told["own"], told["state"]) == (True, "refused")
