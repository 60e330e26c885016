"""Acknowledged means on disk: who says something hears of it when it is kept, and nobody waits
with them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
import trio
import trio.testing

from trio_chat.archive.settings import HistorySettings
from trio_chat.core.privileges import Operator
from trio_chat.core.settings import Settings
from trio_chat.net import recorder as recorder_module
from trio_chat.net.link import Link
from trio_chat.testing import VirtualChat, open_chat
from trio_chat.testing.chat import CONFIG

from .carriers import CARRIERS
from .test_errands import CHEAP

CAPS = ("echo-message", "message-tags", "labeled-response", "batch", "standard-replies")

FULL = OSError("No space left on device")


class Disk:
    """What stands between the recorder and the archive: it waits, or fails, as it is told to."""

    def __init__(self, chat: VirtualChat) -> None:
        recorder = chat.server._recorder
        assert recorder is not None
        self.recorder = recorder
        self.error: Exception | None = None
        self.writes = 0
        self._write = chat.archive.write
        self._ready = trio.Event()
        self._ready.set()
        recorder._run_in_thread = self._run

    def stop(self) -> None:
        """Take nothing until `go_on`."""
        self._ready = trio.Event()

    async def go_on(self) -> None:
        self._ready.set()
        await trio.testing.wait_all_tasks_blocked()

    async def _run(self, work: Callable[..., Any], *args: Any, **options: Any) -> Any:
        if work == self._write:
            self.writes += 1
            await self._ready.wait()
            if self.error is not None:
                raise self.error
        await trio.lowlevel.checkpoint()
        return work(*args)


@asynccontextmanager
async def chat_on_disk(config: Any = None) -> AsyncIterator[tuple[VirtualChat, Disk]]:
    async with open_chat(config) as chat:
        yield chat, Disk(chat)


@pytest.fixture
async def on_disk(virtual_time: None) -> AsyncIterator[tuple[VirtualChat, Disk]]:
    async with chat_on_disk() as both:
        yield both


OnDisk = tuple[VirtualChat, Disk]


async def test_the_others_hear_at_once_and_who_said_it_once_it_is_on_disk(on_disk: OnDisk) -> None:
    chat, disk = on_disk
    alice, bob = await chat.users("alice", "bob", room="#tea", caps=CAPS)
    disk.stop()
    await alice.say("#tea", "hello")
    await bob.expect("PRIVMSG")
    assert await alice.rest() == []
    await disk.go_on()
    await alice.expect("PRIVMSG")


async def test_what_comes_after_the_echo_waits_behind_it_in_order(on_disk: OnDisk) -> None:
    chat, disk = on_disk
    alice, bob = await chat.users("alice", "bob", room="#tea", caps=CAPS)
    disk.stop()
    await alice.send("PING before", "PRIVMSG #tea :one", "PING between", "@label=x PRIVMSG #tea :2")
    await bob.send("PRIVMSG #tea :three")
    await chat.settle()
    assert [str(each.params[-1]) for each in await alice.rest()] == ["before"]
    assert [each.params[-1] for each in await bob.rest()] == ["one", "2"]
    await disk.go_on()
    assert [each.params[-1] for each in await alice.rest()] == ["one", "between", "2", "three"]


async def test_who_gets_no_answer_waits_for_nothing(on_disk: OnDisk) -> None:
    chat, disk = on_disk
    (alice,) = await chat.users("alice", room="#tea")
    disk.stop()
    await alice.send("PRIVMSG #tea :one", "PING x")
    await alice.expect("PONG")
    await disk.go_on()


@pytest.mark.parametrize("label", ["", "@label=7 "])
async def test_a_full_disk_is_told_in_the_place_of_the_echo(on_disk: OnDisk, label: str) -> None:
    chat, disk = on_disk
    alice, bob = await chat.users("alice", "bob", room="#tea", caps=CAPS)
    disk.error = FULL
    disk.stop()
    await alice.send(f"{label}PRIVMSG #tea :one", "PING x", "PRIVMSG #tea :two")
    await chat.settle()
    assert [each.params[-1] for each in await bob.rest()] == ["one", "two"]
    await disk.go_on()
    first, pong, second = await alice.rest()
    assert (first.command, first.params[:3]) == ("FAIL", ("PRIVMSG", "NOT_KEPT", "#tea"))
    assert first.tags.get("label", "") == ("7" if label else "")
    assert pong.command == "PONG"
    assert second.command == "FAIL"
    chat.complaints.clear()


async def test_the_disk_is_back_when_it_is_back(on_disk: OnDisk) -> None:
    chat, disk = on_disk
    (alice,) = await chat.users("alice", room="#tea", caps=CAPS)
    for error, answers in ((FULL, ["FAIL", "FAIL"]), (None, ["PRIVMSG", "PRIVMSG"])):
        disk.error = error
        for _ in range(2):
            await alice.say("#tea", "hello")
        await trio.sleep(1)
        assert [each.command for each in await alice.rest()] == answers
    assert [each.levelname for each in chat.complaints] == ["ERROR"]
    chat.complaints.clear()


async def test_operators_are_told_of_the_disk_once_and_of_its_return(virtual_time: None) -> None:
    settings = Settings(operators=(Operator("root", CHEAP),))
    async with chat_on_disk(replace(CONFIG, chat=settings)) as (chat, disk):
        root, bob = await chat.users("root", "bob", room="#tea")
        await root.send("OPER root secret")
        await root.expect("381")
        await root.rest()
        disk.error = FULL
        for _ in range(3):
            await bob.say("#tea", "hello")
            await trio.sleep(1)
        disk.error = None
        await bob.say("#tea", "hello")
        await trio.sleep(1)
        notices = [each.params[-1] for each in await root.rest() if each.command == "NOTICE"]
        assert len(notices) == 2
        assert "No space left on device" in notices[0]
        assert "kept again" in notices[1]
        chat.complaints.clear()


async def test_what_is_answered_with_it_but_is_not_its_echo_comes_though_it_is_not_kept(
    virtual_time: None,
) -> None:
    """All of these are obeyed at once, when the answer to the first has come."""
    settings = Settings(operators=(Operator("root", CHEAP),))
    async with chat_on_disk(replace(CONFIG, chat=settings)) as (chat, disk):
        (alice,) = await chat.users("alice", room="#tea", caps=CAPS)
        disk.error = FULL
        one, other = ("@label=2 PRIVMSG #tea :one", "@label=4 PRIVMSG #tea :two")
        await alice.send("@label=1 OPER root wrong", one, "@label=3 PING x", other, "PING y")
        await trio.sleep(1)
        answers = [(each.command, each.tags.get("label")) for each in await alice.rest()]
        assert answers == [
            *(("464", "1"), ("FAIL", "2"), ("PONG", "3"), ("FAIL", "4"), ("PONG", None))
        ]
        chat.complaints.clear()


async def test_with_durability_memory_nobody_waits(virtual_time: None) -> None:
    config = replace(CONFIG, history=HistorySettings(durability="memory"))
    async with chat_on_disk(config) as (chat, disk):
        (alice,) = await chat.users("alice", room="#tea", caps=CAPS)
        disk.stop()
        await alice.say("#tea", "hello")
        await alice.expect("PRIVMSG")
        await disk.go_on()


async def test_with_durability_memory_a_label_is_answered_once(virtual_time: None) -> None:
    config = replace(CONFIG, history=HistorySettings(durability="memory"))
    async with chat_on_disk(config) as (chat, disk):
        (alice,) = await chat.users("alice", room="#tea", caps=CAPS)
        disk.error = FULL
        await alice.send("@label=7 PRIVMSG #tea :hello")
        await trio.sleep(1)
        assert [each.command for each in await alice.rest()] == ["PRIVMSG"]
        chat.complaints.clear()


async def test_who_says_something_and_quits_hears_of_it_before_the_end(on_disk: OnDisk) -> None:
    chat, disk = on_disk
    (alice,) = await chat.users("alice", room="#tea", caps=CAPS)
    disk.stop()
    await alice.send("PRIVMSG #tea :last words", "QUIT")
    await chat.settle()
    await disk.go_on()
    await alice.expect("PRIVMSG")
    await alice.expect_end()


async def test_a_disk_that_lags_slows_those_who_talk_and_nobody_else(
    on_disk: OnDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder_module, "BEHIND", 3)
    chat, disk = on_disk
    alice, bob, carol = await chat.users("alice", "bob", "carol", room="#tea")
    disk.stop()
    for number in range(10):
        await alice.say("#tea", str(number))
        await trio.sleep(1)
    heard = [each.params[-1] for each in await carol.rest()]
    assert 3 < len(heard) < 10
    await bob.send("PING x")  # has said nothing, or what it said is kept
    await bob.expect("PONG")
    await disk.go_on()
    await trio.sleep(1)
    heard += [each.params[-1] for each in await carol.rest()]
    assert heard == [str(number) for number in range(10)]


async def test_a_question_about_history_waits_for_what_was_said_before(on_disk: OnDisk) -> None:
    chat, disk = on_disk
    (alice,) = await chat.users("alice", room="#tea")
    disk.stop()
    await alice.say("#tea", "hello")
    await chat.settle()
    written = False

    async def wait() -> None:
        nonlocal written
        await disk.recorder.wait_written()
        written = True

    async with trio.open_nursery() as nursery:
        nursery.start_soon(wait)
        await trio.testing.wait_all_tasks_blocked()
        assert not written
        await disk.go_on()
    assert written


async def test_what_is_held_back_counts_as_what_is_kept_for_a_client(virtual_time: None) -> None:
    ends: list[str] = []
    async with CARRIERS["memory"]() as wire:
        link = Link(7, wire.transport, lambda: 10, lambda link: None, ends.append)
        link.out.append(b"12345")
        held = link.hold(0)
        assert held is not None
        assert link.backlog == 5
        link.out.append(b"12345")
        link.flush()
        assert ends == []
        link.out.append(b"1")
        link.flush()
        assert ends == ["SendQ exceeded"]
        link.release(held)
        assert link.backlog == 0


async def test_where_nothing_is_to_be_held_back_nothing_is_sent_early(virtual_time: None) -> None:
    async with CARRIERS["memory"]() as wire:
        link = Link(7, wire.transport, lambda: 100, lambda link: None, lambda reason: None)
        link.out.append(b"what others have said")
        assert link.hold(1) is None
        assert link.out == [b"what others have said"]
