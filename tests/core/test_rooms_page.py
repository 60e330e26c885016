"""The page about rooms tells of every mode, rank and kind of mask."""

from __future__ import annotations

import re
from pathlib import Path

from trio_chat.core.masks import LETTERS, NAMES
from trio_chat.wire.modes import RANKS, ROOM_MODES

PAGE = (Path(__file__).parents[2] / "docs" / "rooms.md").read_text()


def test_every_rank_has_its_row_with_its_sign() -> None:
    assert dict(re.findall(r"^\| `(\w)` \| `(.)` \|", PAGE, re.MULTILINE)) == RANKS


def test_every_mode_has_its_row() -> None:
    shown = re.findall(r"^\| `(\w)`[^|]* \| [a-z]", PAGE, re.MULTILINE)
    assert set(shown) == set(ROOM_MODES) - set(RANKS)


def test_every_kind_of_mask_has_its_row() -> None:
    shown = re.findall(r"`~(\w+):[^`]*`", PAGE)
    assert set(shown) == {*NAMES, *LETTERS}
