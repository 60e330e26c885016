"""What a line costs the client that sends it."""

from __future__ import annotations

import pytest

from trio_chat.core.commands import TABLE
from trio_chat.core.costs import COSTS, cost
from trio_chat.wire.message import read_line


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("PRIVMSG #tea :one, two, three", 1),
        ("PRIVMSG #tea,bob,carol :hi", 3),
        ("PING a,b", 1),
        ("AWAY :eating, drinking", 1),
        ("JOIN #a", 2),
        ("JOIN #a,#b,#c", 6),
        ("JOIN", 2),
        ("WHO #tea", 5),
        ("WHO", 20),
        ("WHO *", 20),
        ("NAMES #a,#b", 10),
        ("NAMES", 20),
        ("LIST", 20),
        ("FROBNICATE", 1),
        ("", 1),
        ("JOIN \0", 1),
    ],
)
def test_a_line_costs(line: str, expected: int) -> None:
    assert cost(read_line(line.encode(), 4096)) == expected


def test_what_has_a_price_is_a_command() -> None:
    assert set(COSTS) <= set(TABLE)
    assert min(COSTS.values()) > 1
