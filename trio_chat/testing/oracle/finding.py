"""A finding: something that must be true of every chat, and was not of this one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found to be wrong: `at` is when in the journal it was seen, in seconds."""

    rule: str
    """The name of the law that was broken."""
    text: str
    """Who saw what, and what they should have seen."""
    at: float

    def __str__(self) -> str:
        return f"{self.rule}: {self.text} (at {self.at:.4f} s)"
