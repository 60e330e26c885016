"""JOIN of many rooms in few lines.

Law: rooms are asked for in the order given, each once, with its key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from trio_chat.wire.message import MAX_BODY, Message

# "JOIN", two spaces and CR LF; what the server adds when it tells of a join is of each room alone.
_AROUND = len("JOIN  \r\n")


def most_targets(isupport: Mapping[str, str]) -> int | None:
    """How many rooms one JOIN may name (TARGMAX); None for as many as fit, or if it is not told."""
    for limit in isupport.get("TARGMAX", "").split(","):
        command, _, number = limit.partition(":")
        if command.upper() == "JOIN" and number.isascii() and number.isdigit():
            return max(int(number[:6]), 1)
    return None


def join_lines(places: Mapping[str, str], most: int | None = None) -> Iterator[Message]:
    """The lines for rooms, given with their keys or an empty text.

    `JOIN <room>{,<room>} [<key>{,<key>}]` (Modern IRC, "JOIN message"): keys are for the rooms that
    lead, so a room with a key that follows one without begins a line.
    """
    rooms: list[str] = []
    keys: list[str] = []
    for name, key in places.items():
        size = (
            _AROUND + len(",".join([*rooms, name]).encode()) + len(",".join([*keys, key]).encode())
        )
        late = bool(key) and len(keys) < len(rooms)
        if rooms and (late or size > MAX_BODY or len(rooms) == most):
            yield _line(rooms, keys)
            rooms, keys = [], []
        rooms.append(name)
        if key:
            keys.append(key)
    if rooms:
        yield _line(rooms, keys)


def _line(rooms: list[str], keys: list[str]) -> Message:
    params = (",".join(rooms), ",".join(keys)) if keys else (",".join(rooms),)
    return Message("JOIN", params)
