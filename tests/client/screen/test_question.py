"""A question in place of the input line, and where its answer does not go."""

from __future__ import annotations

import pytest
import trio

from .writing import Writer


async def asked(writer: Writer, keys: str, *, hidden: bool = True) -> str | None:
    """What comes of a question while keys are pressed."""
    answers: list[str | None] = []

    async def ask() -> None:
        ask = writer.input.ask_secret if hidden else writer.input.ask
        answers.append(await ask("Password:"))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(ask)
        await writer.until(lambda: writer.screen.prompt().startswith("Password:"))
        writer.screen.type(keys)
    return answers[0]


@pytest.mark.parametrize(
    ("keys", "answer"),
    [
        ("hunter2\r", "hunter2"),
        ("huntex\x7fr2\n", "hunter2"),
        ("wrong\x15hunter2\r", "hunter2"),
        ("wrong\x17hunter2\r", "hunter2"),
        ("\x1b[200~hunter2\r\n\x1b[201~\r", "hunter2"),
        ("hun\x1b[Ater\t2\r", "hunter2"),
        ("ö👩\u200d👩\u200d👧\x7f\x7f\r", ""),
        ("hunter2\x03", None),
        ("hunter2\x1b", None),
        ("hunter2\x04", None),
        ("\x07", None),
        ("\r", ""),
    ],
)
def test_a_password_is_answered_or_not(writer: Writer, keys: str, answer: str | None) -> None:
    async def script() -> None:
        assert await asked(writer, keys) == answer

    writer.writes(script)


def test_a_password_is_neither_shown_nor_remembered(writer: Writer) -> None:
    async def script() -> None:
        await writer.presses("draft", "draft|")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(writer.input.ask_secret, "Password:")
            await writer.until(lambda: writer.screen.prompt() == "Password:")
            writer.screen.type("hunter2")
            await writer.until(lambda: writer.screen.prompt() == "Password: *******")
            assert writer.screen.cursor[0] == len("Password: *******")
            writer.screen.type("\r")
        await writer.until(lambda: writer.screen.prompt() == "[#tea] draft")
        assert writer.line == "draft|"
        assert "hunter2" not in writer.screen.stdout.raw
        assert writer.deeds.last_typed == "draft"
        assert not writer.deeds.entered
        await writer.presses("\x15\x19", "draft|")
        await writer.presses("\x15\x1b[A", "|")

    writer.writes(script)


def test_what_is_no_password_is_shown(writer: Writer) -> None:
    async def script() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(writer.input.ask, "Really?")
            await writer.until(lambda: writer.screen.prompt() == "Really?")
            writer.screen.type("yes")
            await writer.until(lambda: writer.screen.prompt() == "Really? yes")
            writer.screen.type("\r")

    writer.writes(script)


def test_questions_take_turns(writer: Writer) -> None:
    async def script() -> None:
        async with trio.open_nursery() as nursery:
            for number in (1, 2):
                nursery.start_soon(writer.input.ask, f"Question {number}:")
            await writer.until(lambda: "Question" in writer.screen.prompt())
            first = writer.screen.prompt()
            writer.screen.type("x\r")
            second = "Question 1:" if "2" in first else "Question 2:"
            await writer.until(lambda: writer.screen.prompt() == second)
            writer.screen.type("\r")

    writer.writes(script)


def test_a_question_that_is_given_up_gives_the_line_back(writer: Writer) -> None:
    async def script() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(writer.input.ask, "Really?")
            await writer.until(lambda: writer.screen.prompt() == "Really?")
            nursery.cancel_scope.cancel()
        await writer.until(lambda: writer.screen.prompt() == "[#tea]")
        await writer.presses("x", "x|")

    writer.writes(script)
