"""Lines in and out of files that may block."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import suppress
from typing import TextIO

import pytest
import trio
import trio.testing

from trio_chat.client.screen import streams
from trio_chat.client.screen.streams import MOST_WAITING, Gone, LineWriter, lines_of


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reading, writing = os.pipe()
    yield reading, writing
    for descriptor in (reading, writing):
        with suppress(OSError):
            os.close(descriptor)


async def read(descriptor: int) -> list[str]:
    return [line async for line in lines_of(descriptor)]


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"", []),
        (b"one\ntwo\n", ["one", "two"]),
        (b"one\r\n\r\ntwo", ["one", "", "two"]),
        ("žluť\n漢".encode(), ["žluť", "漢"]),
        (b"\xffone\n\xc3", ["\ufffdone", "\ufffd"]),
    ],
)
async def test_lines_come_without_their_ends(
    pipe: tuple[int, int], data: bytes, lines: list[str]
) -> None:
    os.write(pipe[1], data)
    os.close(pipe[1])
    assert await read(pipe[0]) == lines


async def test_a_line_is_there_before_the_next_one_is_written(pipe: tuple[int, int]) -> None:
    lines = lines_of(pipe[0])
    os.write(pipe[1], b"one\ntw")
    assert await anext(lines) == "one"
    os.write(pipe[1], b"o\n")
    assert await anext(lines) == "two"
    await lines.aclose()  # type: ignore[attr-defined]


async def test_a_character_may_come_in_two_pieces(pipe: tuple[int, int]) -> None:
    first, second = "ž".encode()[:1], "ž".encode()[1:]
    async with trio.open_nursery() as nursery:
        os.write(pipe[1], first)

        @nursery.start_soon
        async def _() -> None:
            assert await read(pipe[0]) == ["ž"]

        await trio.testing.wait_all_tasks_blocked()
        os.write(pipe[1], second)
        os.close(pipe[1])


async def test_a_line_without_an_end_is_bounded(
    pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "LONGEST_LINE", 10)
    os.write(pipe[1], b"x" * 25)
    os.close(pipe[1])
    assert await read(pipe[0]) == ["x" * 25]  # no more than one read beyond the limit


async def test_nobody_waits_for_input_that_does_not_come(pipe: tuple[int, int]) -> None:
    with trio.move_on_after(0) as scope:
        await read(pipe[0])
    assert scope.cancelled_caught


# -- writing


async def test_lines_are_written_in_order() -> None:
    file = io.StringIO()
    writer = LineWriter(file)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(writer.run)
        for number in range(5):
            writer.put(f"line {number}")
            await trio.lowlevel.checkpoint()
        writer.put("last")
        await writer.flush()
        nursery.cancel_scope.cancel()
    assert file.getvalue() == "".join(f"line {n}\n" for n in range(5)) + "last\n"


async def test_a_flood_waits_until_it_is_written() -> None:
    writer = LineWriter(io.StringIO())
    for _ in range(MOST_WAITING):
        writer.put("x")
    waited = trio.Event()

    async def wait() -> None:
        await writer.wait_for_room()
        waited.set()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(wait)
        await trio.testing.wait_all_tasks_blocked()
        assert not waited.is_set()
        await writer.flush()
    assert waited.is_set()


@pytest.fixture
def file(pipe: tuple[int, int]) -> Iterator[TextIO]:
    """The end of the pipe that is written to."""
    with os.fdopen(os.dup(pipe[1]), "w") as file:
        yield file
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, file.fileno())  # for what it holds still
        os.close(nowhere)


async def test_a_reader_that_is_gone_is_told_of(pipe: tuple[int, int], file: TextIO) -> None:
    os.close(pipe[0])
    writer = LineWriter(file)
    writer.put("is anybody there?")
    with pytest.raises(Gone) as gone:
        await writer.flush()
    assert isinstance(gone.value.__cause__, BrokenPipeError)


async def test_a_closed_file_is_gone_too() -> None:
    file = io.StringIO()
    file.close()
    writer = LineWriter(file)
    writer.put("hello?")
    with pytest.raises(Gone):
        await writer.flush()


async def test_nobody_waits_for_a_reader_that_does_not_read(
    pipe: tuple[int, int], file: TextIO, autojump_clock: trio.testing.MockClock
) -> None:
    writer = LineWriter(file)
    writer.put("x" * 1_000_000)  # more than a pipe holds
    with trio.move_on_after(1) as scope:
        await writer.flush()
    assert scope.cancelled_caught
    data = b""
    while len(data) < 1_000_001:
        data += os.read(pipe[0], 1 << 20)  # so that the thread ends
