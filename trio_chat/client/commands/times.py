"""Times as people type them: a date, a time of today, or how long ago.

Law: pure; the time it is now is given from outside.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

FORMS = "2026-05-01, 2026-05-01T18:30, 18:30, today, yesterday, or 30m, 2h, 3d, 1w ago"

_AGO = re.compile(r"(\d{1,6})([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})")


def parse_time(text: str, now: datetime) -> datetime:
    """The time that a text says, as seen at `now`, a local time; raises `ValueError`."""
    word = text.lower()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    try:
        if word in ("today", "yesterday"):
            return (midnight - timedelta(days=word == "yesterday")).astimezone()
        if match := _AGO.fullmatch(word):
            return now.astimezone() - timedelta(**{_UNITS[match[2]]: int(match[1])})
        if match := _CLOCK.fullmatch(word):
            return midnight.replace(hour=int(match[1]), minute=int(match[2])).astimezone()
        # One without a zone is local, by the daylight saving of then.
        return datetime.fromisoformat(text.upper()).astimezone()
    except (ValueError, OverflowError):
        raise ValueError(f"{text!r} is no time: {FORMS}") from None
