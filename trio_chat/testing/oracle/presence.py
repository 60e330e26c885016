"""Who should have seen everything, and have every answer, when all had settled.

Law: it is who has not lost its connection, as far as that can be known. A client whose connection
is half-open waits for ever and is told nothing: of those who were there when something was done to
the network, only who heard from the server afterwards is known to be there.
"""

from __future__ import annotations

from trio_chat.testing.oracle.journal import Journal, Kind


def present(journal: Journal) -> dict[int, dict[int, None]]:
    """For each place of the journal where all had settled, the connections that were there."""
    found: dict[int, dict[int, None]] = {}
    there: dict[int, None] = {}
    paused: dict[int, None] = {}
    heard: dict[int, float] = {}
    disturbed: float | None = None
    for index, event in enumerate(journal.events):
        match event.kind:
            case Kind.RECEIVED:
                heard[event.connection] = event.at
            case Kind.BEGAN:
                there[event.connection] = None
                heard[event.connection] = event.at
            case Kind.ENDED:
                there.pop(event.connection, None)
            case Kind.PAUSED:
                paused[event.connection] = None
            case Kind.RESUMED:
                paused.pop(event.connection, None)
            case Kind.FAULT | Kind.STOPPED:
                disturbed = event.at
            case Kind.SETTLED:
                # What was under way when the network was disturbed may have come soon after.
                since = -1.0 if disturbed is None else (disturbed + event.at) / 2
                found[index] = {
                    each: None for each in there if each not in paused and heard[each] >= since
                }
            case _:
                pass
    return found
