"""Points in time as clients name them: `timestamp=2019-01-04T14:33:26.123Z` (IRCv3 server-time)."""

from __future__ import annotations

import re
from datetime import datetime

_TIMESTAMP = re.compile(r"timestamp=(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)", re.ASCII)


def stamp_of(param: str) -> str | None:
    """The time that a parameter names, as the `time` tag has it; None if it names none.

    Of two of them the later one is the greater text: they have one format and one zone.
    """
    found = _TIMESTAMP.fullmatch(param)
    try:
        if found is not None:
            datetime.fromisoformat(found[1])
            return found[1]
    except ValueError:  # no such day or hour
        pass
    return None


def time_of(stamp: str) -> float:
    """The Unix time of such a time."""
    return datetime.fromisoformat(stamp).timestamp()
