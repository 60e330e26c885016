"""What a disk holds after a power loss, from the ledger of all that a program did to it.

Laws:

* What was synced is there: a file's content by fsync of the file, its name by fsync of the
  directory (fsync(2)). No file system promises more; some do more.
* Of the rest anything may be there: of what was written every sector or not, in any order; of the
  changes of a directory the first ones, since file systems keep a journal of those.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from random import Random

CREATED, WRITTEN, TRUNCATED, SYNCED, DROPPED, RENAMED, UNLINKED, MADE = range(1, 9)

_ENTRY = struct.Struct("=5Q")
"""As in disk.c: kind, inode, number, and the lengths of two texts that follow."""

SECTORS = (512, 4096)
"""Bytes that a disk writes whole or not at all."""


@dataclass
class File:
    """What is synced of a file, and what was done to it since: (position, place, data), or
    (position, length, None) where it was truncated."""

    synced: bytearray = field(default_factory=bytearray)
    pending: list[tuple[int, int, bytes | None]] = field(default_factory=list)

    def sync(self, mark: int) -> None:
        for position, number, data in self.pending:
            if position < mark:
                _apply(self.synced, number, data)
        self.pending = [each for each in self.pending if each[0] >= mark]

    def drop(self, mark: int) -> None:
        """Lose what was to be synced, and was not."""
        self.pending = [each for each in self.pending if each[0] >= mark]

    def left(self, chance: Random | None) -> bytes:
        """What a power loss leaves of it: without chance nothing that was not synced."""
        content = bytearray(self.synced)
        if chance is not None:
            odds, sector = chance.random(), chance.choice(SECTORS)
            for _, number, data in self.pending:
                for start, part in _sectors(number, data, sector):
                    if chance.random() < odds:
                        _apply(content, start, part)
        return bytes(content)


def _sectors(number: int, data: bytes | None, sector: int) -> Iterator[tuple[int, bytes | None]]:
    if data is None:
        yield number, None
        return
    start = 0
    while start < len(data):
        end = min(len(data), start + sector - (number + start) % sector)
        yield number + start, data[start:end]
        start = end


def _apply(content: bytearray, number: int, data: bytes | None) -> None:
    if data is None:
        if number < len(content):
            del content[number:]
        else:
            content.extend(bytes(number - len(content)))
    else:
        content.extend(bytes(max(0, number - len(content))))
        content[number : number + len(data)] = data


@dataclass
class Directory:
    """What a program sees in a directory, what is synced of it, and its changes since: names that
    have come (with what they stand for) and gone."""

    live: dict[str, File | Directory] = field(default_factory=dict)
    synced: dict[str, File | Directory] = field(default_factory=dict)
    pending: list[tuple[int, dict[str, File | Directory | None]]] = field(default_factory=list)

    def change(self, position: int, names: dict[str, File | Directory | None]) -> None:
        _change(self.live, names)
        self.pending.append((position, names))

    def sync(self, mark: int) -> None:
        while self.pending and self.pending[0][0] < mark:
            _change(self.synced, self.pending.pop(0)[1])

    def drop(self, mark: int) -> None:
        """Names are kept in a journal, which is not given up so."""

    def left(self, chance: Random | None) -> dict[str, File | Directory]:
        kept = dict(self.synced)
        if chance is not None:
            for _, names in self.pending[: chance.randint(0, len(self.pending))]:
                _change(kept, names)
        return kept


def _change(
    names: dict[str, File | Directory], changes: dict[str, File | Directory | None]
) -> None:
    for name, node in changes.items():
        if node is None:
            names.pop(name, None)
        else:
            names[name] = node


class Ledger:
    """The files below one directory, as they were at first and with all that was done to them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._nodes: dict[int, File | Directory] = {}
        self._top = self._found(root)

    def _found(self, directory: Path) -> Directory:
        """All that is there counts as synced."""
        node = Directory()
        self._nodes[directory.stat().st_ino] = node
        for path in directory.iterdir():
            if path.is_dir():
                node.live[path.name] = self._found(path)
            else:
                node.live[path.name] = File(bytearray(path.read_bytes()))
                self._nodes[path.stat().st_ino] = node.live[path.name]
        node.synced = dict(node.live)
        return node

    def read(self, log: bytes) -> None:
        """Take in what was done; an entry that was broken off was not done."""
        position = 0
        while position + _ENTRY.size <= len(log):
            kind, inode, number, first_length, second_length = _ENTRY.unpack_from(log, position)
            start = position + _ENTRY.size
            end = start + first_length + second_length
            if end > len(log):
                return
            first, second = log[start : start + first_length], log[start + first_length : end]
            self._enter(position, kind, inode, number, first, second)
            position = end

    def _enter(
        self, position: int, kind: int, inode: int, number: int, first: bytes, second: bytes
    ) -> None:
        if kind in (WRITTEN, TRUNCATED):
            file = self._nodes[inode]
            assert isinstance(file, File)
            file.pending.append((position, number, first if kind == WRITTEN else None))
        elif kind == SYNCED:
            self._nodes[inode].sync(number)
        elif kind == DROPPED:
            self._nodes[inode].drop(number)
        else:
            parent, name = self._place(first)
            if kind == UNLINKED:
                parent.change(position, {name: None})
            elif kind == RENAMED:
                target, new_name = self._place(second)
                assert target is parent, "renamed into another directory"
                parent.change(position, {name: None, new_name: parent.live[name]})
            else:
                self._nodes[inode] = node = File() if kind == CREATED else Directory()
                parent.change(position, {name: node})

    def _place(self, path: bytes) -> tuple[Directory, str]:
        """The directory that a path is in, and its name there."""
        *parents, name = PurePosixPath(os.fsdecode(path)).relative_to(self.root).parts
        node = self._top
        for each in parents:
            within = node.live[each]
            assert isinstance(within, Directory)
            node = within
        return node, name

    def leave(self, chance: Random | None) -> None:
        """Make the files what a power loss leaves of them; no program may be at work on them."""
        _empty(self.root)
        _fill(self.root, self._top, chance)


def _empty(directory: Path) -> None:
    for path in directory.iterdir():
        if path.is_dir():
            _empty(path)
            path.rmdir()
        else:
            path.unlink()


def _fill(path: Path, directory: Directory, chance: Random | None) -> None:
    for name, node in directory.left(chance).items():
        if isinstance(node, Directory):
            (path / name).mkdir(mode=0o700)
            _fill(path / name, node, chance)
        else:
            (path / name).touch(mode=0o600)
            (path / name).write_bytes(node.left(chance))
