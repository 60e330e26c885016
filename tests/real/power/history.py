"""What a server has kept, held against what was heard."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from trio_chat.config import Config
from trio_chat.core.history import Page, ReadHistory, sequence_of
from trio_chat.opening import archive_of_server
from trio_chat.store.database import FILE_NAME

from .talking import ROOMS, Ears, history_of

ALL = 1_000_000


def kept_in(data: Path) -> dict[str, list[tuple[str, str]]]:
    """The msgids and texts of all rooms, in their order, of a server that does not run.

    Its files stay as they are: the next start is to find what the last one has left.
    """
    with TemporaryDirectory() as directory:
        copy = Path(directory) / "data"
        shutil.copytree(data, copy)
        with archive_of_server(Config(), copy) as archive:
            archive.restore(time.time())
            read = archive.reading[ReadHistory]
            found = {room: list(_all_of(read, room)) for room in ROOMS}
        with closing(sqlite3.connect(copy / FILE_NAME)) as db:
            assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    return found


def _all_of(read: Callable[[ReadHistory], object], room: str) -> Iterator[tuple[str, str]]:
    """The msgids and texts of a room, page by page: one answer is bounded by its bytes."""
    after: str | float = 0.0
    while True:
        page = read(ReadHistory(room, "after", ALL, after))
        assert isinstance(page, Page)
        if not page.kept:
            return
        for kept in page.kept:
            after = str(kept.message.tags["msgid"])
            yield after, kept.message.params[1]


def check_kept(data: Path, ears: Ears) -> int:
    """`check` what a server has kept that does not run; how much was acknowledged."""
    check(kept_in(data), ears)
    return len(ears.acknowledged)


async def check_told(port: int, ears: Ears) -> None:
    """`check` what a server tells of its history."""
    check({room: await history_of(port, room) for room in ROOMS}, ears)


def check(kept: Mapping[str, Sequence[tuple[str, str]]], ears: Ears) -> None:
    """That all that was acknowledged is in a history, once, in the order in which everybody saw it,
    and that nothing is of which it was acknowledged that it is gone."""
    texts = {(room, msgid): text for room, all_of_it in kept.items() for msgid, text in all_of_it}
    assert len(texts) == sum(map(len, kept.values())), "something is there twice"
    lost = {
        msgid: said
        for msgid, said in ears.acknowledged.items()
        if texts.get((said[0], msgid)) != said[1]
    }
    assert not lost, f"{len(lost)} of {len(ears.acknowledged)} are lost: {list(lost.items())[:5]}"
    for room, all_of_it in kept.items():
        order = [msgid for msgid, _ in all_of_it]
        assert order == sorted(order, key=sequence_of)
        place = {msgid: number for number, msgid in enumerate(order)}
        for where, seen in ears.seen:
            if where == room:
                places = [place[msgid] for msgid in seen if msgid in place]
                assert places == sorted(set(places)), f"{room} was seen in another order"
    assert not {msgid for _, msgid in texts} & ears.taken_back
