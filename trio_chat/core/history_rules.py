"""What an operator may set about history: what is kept, and how much is shown at a time."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HistoryRules:
    """The rules of history. How long it is kept, and how safely, is said in `[history]`."""

    kept: bool = True
    """Whether what is said in rooms is kept, for those who were away and those who come later."""
    private: bool = True
    """Whether what two accounts say to each other is kept, for the two."""
    lines_per_query: int = 500
    """Messages that one CHATHISTORY or SEARCH may ask for (ISUPPORT CHATHISTORY)."""
    replayed_lines: int = 50
    """Messages that a client is shown on joining a room if it cannot ask for them itself; 0 for
    none."""
    missed_lines: int = 200
    """Messages of each room and conversation that a device of an always-on account is shown when it
    comes back, of those it has missed, if its client cannot ask for them itself; 0 for none."""

    def __post_init__(self) -> None:
        """Raises `ValueError` for what could not be answered."""
        if not 1 <= self.lines_per_query <= 5000:
            raise ValueError("lines_per_query must be from 1 to 5000")
        if not 0 <= self.replayed_lines <= 1000:
            raise ValueError("replayed_lines must be from 0 to 1000")
        if not 0 <= self.missed_lines <= 1000:
            raise ValueError("missed_lines must be from 0 to 1000")
