"""What a disk holds of a file when the power goes: all that was synced, and of the rest anything.

Laws:

* What was synced is there, as fsync(2) promises, and no more than that is promised.
* Of what was written since, every sector is there or not, in whatever order it was written: nothing
  tells a disk what comes first. One that was being written may be so from one end up to somewhere
  (SQLite, "Atomic Commit In SQLite", section 2: a sector write is linear, and not atomic), but no
  byte beside what was written changes (SQLite's "powersafe overwrite").
* Nothing here touches a real file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

SECTORS = (512, 4096)
"""Bytes that a disk writes at once: disks of either kind are about."""

HALF_WRITTEN = 1 / 16
"""How often a sector that was to be written is so in part."""

Change = tuple[int, bytes | None]
"""Where was written, and what; or how long a file was made, and None."""


@dataclass(slots=True, eq=False)
class File:
    """What is on the platter of a file, and what was done to it since, in its order."""

    synced: bytearray = field(default_factory=bytearray)
    pending: list[Change] = field(default_factory=list)
    size: int = 0
    """As whoever asks the operating system is told."""

    @classmethod
    def holding(cls, content: bytes) -> File:
        """A file that has this on the platter."""
        return cls(bytearray(content), [], len(content))

    def write(self, offset: int, data: bytes) -> None:
        self.pending.append((offset, data))
        self.size = max(self.size, offset + len(data))

    def truncate(self, size: int) -> None:
        self.pending.append((size, None))
        self.size = size

    def sync(self) -> None:
        """Have all of it on the platter."""
        for change in self.pending:
            _apply(self.synced, change)
        self.pending.clear()

    def fail_to_sync(self, random: Random) -> None:
        """Have some of it on the platter, and forget that the rest was to be.

        Linux takes the pages for clean, shows them to whoever reads, and never tries again
        (fsync(2), "EIO"): with the power they are lost, however often it is synced by then.
        """
        self.synced = self.left(random)
        self.pending.clear()

    def left(self, random: Random) -> bytearray:
        """What is there of it when the power was lost at this moment."""
        content = bytearray(self.synced)
        sector = random.choice(SECTORS)
        # All or nothing are what a test of many moments would seldom meet.
        odds = random.choice((0.0, 1.0, random.random()))
        for change in self.pending:
            for part in _by_sector(change, sector):
                if random.random() < odds:
                    _apply(content, part)
                elif random.random() < HALF_WRITTEN:
                    _apply(content, _one_end(part, random))
        return content

    def content(self) -> bytearray:
        """What whoever reads it finds, if no sync of it has failed."""
        content = bytearray(self.synced)
        for change in self.pending:
            _apply(content, change)
        return content


def _by_sector(change: Change, sector: int) -> Iterator[Change]:
    offset, data = change
    if data is None:
        yield change
        return
    start = 0
    while start < len(data):
        end = min(len(data), start + sector - (offset + start) % sector)
        yield offset + start, data[start:end]
        start = end


def _one_end(change: Change, random: Random) -> Change:
    """What is done of a change that was broken off; of a new length there is no part."""
    offset, data = change
    if data is None:
        return change
    middle = random.randrange(len(data) + 1)
    return (offset, data[:middle]) if random.random() < 0.5 else (offset + middle, data[middle:])


def _apply(content: bytearray, change: Change) -> None:
    offset, data = change
    if len(content) < offset:
        content.extend(bytes(offset - len(content)))
    if data is None:
        del content[offset:]
    else:
        content[offset : offset + len(data)] = data
