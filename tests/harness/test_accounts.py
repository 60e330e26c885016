"""Accounts in a test chat: there from the beginning, kept in memory, and no time lost over them."""

from __future__ import annotations

import pytest
import trio

from trio_chat.core.account_questions import CheckLogin, DisableAccount, Verdict
from trio_chat.core.records import BanRecord
from trio_chat.server import WATCH_SECONDS
from trio_chat.testing import VirtualChat


async def test_an_account_that_was_made_is_known_to_the_chat(chat: VirtualChat) -> None:
    alice = await chat.account("Alice", email="a@example.org")
    assert chat.world.accounts.find("alice") == alice
    with pytest.raises(ValueError, match="no account alice: taken"):
        await chat.account("alice")


async def test_a_question_takes_no_time(chat: VirtualChat) -> None:
    alice = await chat.account("alice", "sesame")
    begin = trio.current_time()
    errands = chat.server._hub.errands
    assert await errands.answer(CheckLogin("alice", "sesame")) == Verdict(account=alice)
    assert await errands.answer(CheckLogin("alice", "guess")) == Verdict("wrong")
    assert trio.current_time() == begin


async def test_what_is_changed_from_outside_is_known_within_a_second_or_so(
    chat: VirtualChat,
) -> None:
    await chat.account("alice")
    chat.archive.holdings.disable(DisableAccount("alice"))
    await trio.sleep(WATCH_SECONDS * 1.01)
    found = chat.world.accounts.find("alice")
    assert found is not None
    assert found.disabled


async def test_what_the_chat_keeps_is_in_the_archive(chat: VirtualChat) -> None:
    ban = BanRecord("user", "*!*@spam", "spam", "root", 10.0)
    recorder = chat.server._recorder
    assert recorder is not None
    recorder.record_nowait(ban)
    await chat.settle()
    assert chat.archive.restore(0.0).records == (ban,)
