"""The days that things happened on, where the person is.

Law: no clock; the zone is given, None for the one of the machine.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo


class Days:
    """Tells the local day of a time; asked for one on the same day again, it is fast."""

    __slots__ = ("_begins", "_day", "_ends", "_zone")

    def __init__(self, zone: tzinfo | None = None) -> None:
        self._zone = zone
        self._day = date.min
        self._begins = self._ends = datetime.max.replace(tzinfo=UTC)

    def of(self, at: datetime) -> date:
        """The day."""
        if not self._begins <= at < self._ends:
            # Each entry is asked for: what a time zone says takes microseconds.
            self._day = _local(at, self._zone).date()
            try:
                self._begins = self._midnight(self._day)
                self._ends = self._midnight(self._day + timedelta(days=1))
            except OverflowError:  # the last day there is, or the first
                self._begins = self._ends = at
        return self._day

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), tzinfo=self._zone).astimezone(UTC)


def _local(at: datetime, zone: tzinfo | None) -> datetime:
    try:
        return at.astimezone(zone)
    except (OverflowError, ValueError, OSError):
        return at  # within hours of the first year or the last


_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


def in_words(day: date) -> str:
    """A day for people: "Wednesday, 1 May 2024"; the same whatever the locale."""
    return f"{_WEEKDAYS[day.weekday()]}, {day.day} {_MONTHS[day.month - 1]} {day.year}"
