"""Durations, read and written."""

from __future__ import annotations

import pytest

from trio_chat.core.durations import LONGEST_SECONDS, format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30", 1800),
        ("30m", 1800),
        ("1d12h", 129_600),
        ("2w", 1_209_600),
        ("45s", 45),
        ("0", 0),
        ("", None),
        ("d", None),
        ("1y", None),
        ("-1d", None),
        ("1d 2h", None),
        ("٣d", None),
        ("9" * 30, None),
        (f"{LONGEST_SECONDS}s", LONGEST_SECONDS),
        (f"{LONGEST_SECONDS + 1}s", None),
    ],
)
def test_a_duration_is_read(text: str, seconds: int | None) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (-5, "0s"), (59.9, "59s"), (1800, "30m"), (129_661, "1d12h"), (1_209_600, "2w")],
)
def test_a_duration_is_written(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text
