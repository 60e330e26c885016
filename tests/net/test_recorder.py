"""The recorder: what it is handed is written in the end, whatever the disk does meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
import trio
import trio.testing

from trio_chat.core.records import BanLifted, BanRecord, Record
from trio_chat.net import recorder as module
from trio_chat.net.recorder import Recorder


class Disk:
    """Takes records, or fails as often as it was told to."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.tries = 0
        self.batches: list[Sequence[Record]] = []
        self.failed = trio.Event()
        self.written = trio.Event()

    def write(self, records: Sequence[Record]) -> None:
        self.tries += 1
        if self.tries <= self.failures:
            trio.from_thread.run_sync(self.failed.set)
            raise OSError("No space left on device")
        self.batches.append(records)
        trio.from_thread.run_sync(self.written.set)


@asynccontextmanager
async def recording(disk: Disk) -> AsyncIterator[Recorder]:
    recorder = Recorder(disk.write)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(recorder.run)
        yield recorder
        recorder.close()


def ban(mask: str, reason: str = "spam") -> BanRecord:
    return BanRecord("user", mask, reason, "root", 1.0)


async def test_what_comes_together_is_written_together() -> None:
    disk = Disk()
    async with recording(disk) as recorder:
        recorder.record_nowait(ban("a"))
        recorder.record_nowait(ban("b"))
    assert disk.batches == [(ban("a"), ban("b"))]


async def test_of_one_thing_the_latest_is_written() -> None:
    disk = Disk()
    async with recording(disk) as recorder:
        recorder.record_nowait(ban("a"))
        recorder.record_nowait(ban("b"))
        recorder.record_nowait(BanLifted("user", "a"))
    assert disk.batches == [(ban("b"), BanLifted("user", "a"))]


async def test_a_full_disk_is_tried_again_and_complained_of_once(
    autojump_clock: trio.testing.MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    disk = Disk(failures=3)
    caplog.set_level("INFO")
    async with recording(disk) as recorder:
        recorder.record_nowait(ban("a", "first"))
        await disk.failed.wait()
        recorder.record_nowait(ban("a", "second"))
        recorder.record_nowait(ban("b"))
        await disk.written.wait()
    assert disk.batches == [(ban("a", "second"), ban("b"))]
    assert [record.levelname for record in caplog.records] == ["ERROR", "INFO"]


async def test_at_the_end_it_is_tried_once_more(
    autojump_clock: trio.testing.MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    disk = Disk(failures=1)
    async with recording(disk) as recorder:
        recorder.record_nowait(ban("a"))
        await disk.failed.wait()
    assert disk.batches == [(ban("a"),)]


async def test_a_disk_that_takes_nothing_costs_no_end_of_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "WAITING_RECORDS", 2)
    disk = Disk()
    recorder = Recorder(disk.write)
    for mask in "abc":
        recorder.record_nowait(ban(mask))
    recorder.close()
    await recorder.run()
    assert (disk.batches, recorder.lost) == ([(ban("b"), ban("c"))], 1)
