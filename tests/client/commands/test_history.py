"""What was said before: more of it, and finding something in it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.client.commands.desk import at_our_server
from trio_chat.client.commands.times import parse_time
from trio_chat.testing.chat import VirtualChat

NOW = datetime(2026, 5, 7, 18, 30)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-05-01", datetime(2026, 5, 1)),
        ("2026-05-01T12:00", datetime(2026, 5, 1, 12)),
        ("2026-05-01t12:00z", datetime.fromisoformat("2026-05-01T12:00Z")),
        ("8:05", datetime(2026, 5, 7, 8, 5)),
        ("today", datetime(2026, 5, 7)),
        ("Yesterday", datetime(2026, 5, 6)),
        ("30m", NOW - timedelta(minutes=30)),
        ("2h", NOW - timedelta(hours=2)),
        ("3d", NOW - timedelta(days=3)),
        ("1w", NOW - timedelta(weeks=1)),
    ],
)
def test_times_are_read(text: str, time: datetime) -> None:
    assert parse_time(text, NOW) == time.astimezone()


@pytest.mark.parametrize("text", ["soon", "25:00", "12:99", "2026-13-01", "999999w", "", "d"])
def test_what_is_no_time_is_refused_with_what_would_do(text: str) -> None:
    with pytest.raises(ValueError, match="is no time: 2026-05-01, "):
        parse_time(text, NOW)


async def test_earlier_messages_come_page_by_page(chat: VirtualChat) -> None:
    async with at_our_server(chat, "alice") as alice:
        for number in range(7):
            await alice.does(f"number {number}")
    async with at_our_server(chat, "bob") as bob:
        here = bob.console.model.here
        for line, texts in (
            ("/history 3", ["4", "5", "6"]),
            ("/history 3", ["1", "2", "3"]),
            ("/history", ["0"]),
        ):
            shown = await bob.does(line)
            said = [each.text[-1] for each in reversed(list(here.messages()))]
            assert said[: len(texts)] == texts
            assert sum("number" in each for each in shown) == len(texts)
        assert (await bob.does("/history"))[-1] == "-- nothing was said here before that"
        assert await bob.does("/history x") == ["!! usage: /history [COUNT]"]
        assert await bob.does("/history 0") == ["!! usage: /history [COUNT]"]


async def test_words_are_searched_for(chat: VirtualChat) -> None:
    async with at_our_server(chat, "alice") as alice, at_our_server(chat, "bob") as bob:
        await alice.does("green tea and black tea")
        await bob.does("black coffee")
        await bob.does("/msg alice black night")
        for line, found in (
            ("/search black", ["#tea  alice: green", "#tea  bob: black", "bob  bob: black"]),
            ("/search black in:#tea from:bob", ["#tea  bob: black"]),
            ("/search from:me black", ["#tea  alice: green"]),
            ("/search in:. coffee", ["#tea  bob: black"]),
            ('/search "and black"', ["#tea  alice: green"]),
            ("/search black since:1999-01-01 until:2000-01-01", []),
        ):
            shown = await alice.does(line)
            if not found:
                assert shown == ["-- nothing was found"]
                continue
            assert len(shown) == len(found)
            for number, (told, part) in enumerate(zip(shown, found, strict=True), start=1):
                assert told.startswith(f"-- {number:>3}  ")
                assert part in told
        [_, more] = await alice.does("/search black limit:1")
        assert more == "-- there may be earlier ones: limit:100, or narrow it"
        assert await alice.does("/search") == [
            "!! usage: /search [in:ROOM] [from:NICK] [after:TIME] [before:TIME] TEXT"
        ]
        [no_time] = await alice.does("/search tea after:soon")
        assert no_time.startswith("!! 'soon' is no time: ")
        [refused] = await alice.does("/search tea in:#nowhere")
        assert refused.startswith("!! ")
