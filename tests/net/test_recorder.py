"""The recorder: what it is handed is written in the end, whatever the disk does meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trio
import trio.testing

from trio_chat.core.effects import Chronicle, Conclude
from trio_chat.core.events import Event
from trio_chat.core.records import BanLifted, BanRecord, Record
from trio_chat.net import recorder as module
from trio_chat.net.link import Link
from trio_chat.net.recorder import Recorder
from trio_chat.wire.message import Message


class Disk:
    """Takes records, or fails as often as it was told to."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.tries = 0
        self.unfiled = 0
        self.filed: list[float] = []
        self.batches: list[Sequence[Record]] = []
        self.failed = trio.Event()
        self.written = trio.Event()

    def write(
        self, records: Sequence[Record], history: Sequence[Chronicle | Conclude] = ()
    ) -> None:
        self.tries += 1
        if self.tries <= self.failures:
            self.failed.set()
            raise OSError("No space left on device")
        self.batches.append(records)
        self.written.set()

    def file(self) -> int:
        self.filed.append(trio.current_time())
        self.unfiled = max(0, self.unfiled - 1)
        return self.unfiled


async def at_once(work: Callable[..., Any], *args: Any) -> Any:
    """Stands for a thread: with a real one, virtual time would run on while it works."""
    await trio.lowlevel.checkpoint()
    return work(*args)


async def tell(link: Link | None, event: Event) -> None:
    """To nobody."""


@asynccontextmanager
async def recording(disk: Disk) -> AsyncIterator[Recorder]:
    recorder = Recorder(disk, at_once)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(recorder.run, tell)
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
    recorder = Recorder(disk, at_once)
    for mask in "abc":
        recorder.record_nowait(ban(mask))
    recorder.close()
    await recorder.run(tell)
    assert (disk.batches, recorder.lost) == ([(ban("b"), ban("c"))], 1)


# -- filing


async def test_what_is_written_is_filed_bit_by_bit_while_the_chat_is_calm(
    autojump_clock: trio.testing.MockClock,
) -> None:
    disk = Disk()
    disk.unfiled = 3
    async with recording(disk) as recorder:
        await trio.sleep(10)
        assert len(disk.filed) == 3  # what an earlier run has left, at once
        assert max(disk.filed) < 1
        disk.unfiled = 2
        recorder.chronicle_nowait((said("hello"),), None, 0)
        await trio.sleep(10)
    assert len(disk.filed) == 5


async def test_a_busy_chat_is_not_bothered_with_filing_until_there_is_too_much(
    autojump_clock: trio.testing.MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CALM", 5)
    monkeypatch.setattr(module, "UNFILED", 100)
    disk = Disk()
    async with recording(disk) as recorder:
        await trio.sleep(1)
        disk.filed.clear()
        for _ in range(9):
            for _ in range(10):
                recorder.chronicle_nowait((said("hello"),), None, 0)
            await trio.sleep(0.5)
        assert disk.filed == []
        for _ in range(10):
            recorder.chronicle_nowait((said("hello"),), None, 0)
        await trio.sleep(0.5)
        assert len(disk.filed) == 1


async def test_filing_that_fails_is_complained_of_once_and_tried_again(
    autojump_clock: trio.testing.MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(Disk):
        def file(self) -> int:
            if super().file() == 0 and len(self.filed) < 3:
                raise OSError("No space left on device")
            return 0

    disk = Broken()
    async with recording(disk):
        await trio.sleep(60)
    assert len(disk.filed) == 3
    assert caplog.text.count("cannot file the history: No space left on device") == 1


# -- history


def said(text: str) -> Chronicle:
    message = Message("PRIVMSG", ("#tea", text), "alice!a@host", {"msgid": "1-1"})
    return Chronicle("#tea", message, 1.0)


async def test_a_few_batches_are_written_at_once_and_more_only_so_often(
    autojump_clock: trio.testing.MockClock,
) -> None:
    disk = Disk()
    async with recording(disk) as recorder:
        start = trio.current_time()

        async def say() -> float:
            recorder.chronicle_nowait((said("hello"),), None, 0)
            await recorder.wait_written()
            return trio.current_time()

        at_once = [await say() for _ in range(module.BURST)]
        assert set(at_once) == {start}
        gap = module.GATHER_SECONDS
        later = [await say() for _ in range(3)]
        assert later == pytest.approx([start, start + gap, start + 2 * gap])
        await trio.sleep(module.BURST * gap + gap)  # long enough for all to be forgotten
        now = trio.current_time()
        assert {await say() for _ in range(module.BURST)} == {now}


async def test_after_a_large_batch_more_is_gathered(
    autojump_clock: trio.testing.MockClock,
) -> None:
    disk = Disk()
    async with recording(disk) as recorder:
        start = trio.current_time()
        for _ in range(module.LARGE + 1):
            recorder.chronicle_nowait((said("hello"),), None, 0)
        await recorder.wait_written()
        recorder.chronicle_nowait((said("hello"),), None, 0)
        await recorder.wait_written()
        assert trio.current_time() == pytest.approx(start + module.LARGE_SECONDS)


async def test_a_record_is_tried_again_though_something_was_said_at_the_same_time(
    autojump_clock: trio.testing.MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    disk = Disk(failures=1)
    async with recording(disk) as recorder:
        recorder.record_nowait(ban("a"))
        recorder.chronicle_nowait([said("tea")], None, 0)
        with trio.move_on_after(module.RETRY_SECONDS + 1):
            await disk.written.wait()
        assert disk.batches == [(ban("a"),)]


class Historian(Disk):
    """Remembers the history that it took, and is at a loss with some of it."""

    def __init__(self, failures: int = 0, refused: Chronicle | Conclude | None = None) -> None:
        super().__init__(failures)
        self.history: list[Chronicle | Conclude] = []
        self.refused = refused

    def write(
        self, records: Sequence[Record], history: Sequence[Chronicle | Conclude] = ()
    ) -> None:
        super().write(records, history)
        if self.refused in history:
            raise ValueError("what is this")
        self.history += history


async def test_a_history_ends_though_the_disk_fails_and_is_not_read_before(
    autojump_clock: trio.testing.MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    disk = Historian(failures=2)
    end = Conclude("#tea")
    async with recording(disk) as recorder:
        recorder.chronicle_nowait([said("bye"), end], None, 0)
        with pytest.raises(OSError, match="there yet"):
            await recorder.wait_written()
        await disk.written.wait()
        await recorder.wait_written()
        assert disk.history == [end]
        hello = said("hello")
        recorder.chronicle_nowait([hello], None, 0)
        await recorder.wait_written()
        assert disk.history == [end, hello]


async def test_an_end_that_cannot_be_written_takes_nothing_with_it(
    autojump_clock: trio.testing.MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    end = Conclude("#tea")
    disk = Historian(failures=1, refused=end)
    async with recording(disk) as recorder:
        recorder.chronicle_nowait([end], None, 0)
        await disk.failed.wait()
        hello = said("hello")
        recorder.chronicle_nowait([hello], None, 0)
        await trio.sleep(module.RETRY_SECONDS + 1)
        await recorder.wait_written()
        assert disk.history == [hello]


async def test_one_message_that_cannot_be_kept_takes_no_other_with_it(
    autojump_clock: trio.testing.MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    written: list[object] = []

    class Picky(Disk):
        def write(
            self, records: Sequence[Record], history: Sequence[Chronicle | Conclude] = ()
        ) -> None:
            if said("poison") in history or ban("poison") in records:
                raise ValueError("no such letter")
            written.extend([*records, *history])

    async with recording(Picky()) as recorder:
        for text in ("one", "poison", "two"):
            recorder.chronicle_nowait((said(text),), None, 0)
            recorder.record_nowait(ban(text))
        await trio.sleep(60)
    assert written == [ban("one"), ban("two"), said("one"), said("two")]
    assert caplog.text.count("this cannot be kept: no such letter") == 2
