"""Accounts in a test chat: there from the beginning, kept in memory, and no time lost over them."""

from __future__ import annotations

import base64
import re
from dataclasses import replace

import pytest
import trio
import trio.testing

from trio_chat.archive.settings import MailSettings
from trio_chat.config import Config
from trio_chat.core.account_questions import CheckLogin, DisableAccount, Verdict
from trio_chat.core.records import BanRecord
from trio_chat.server import WATCH_SECONDS
from trio_chat.testing import VirtualChat, numeric, open_chat

from ..archive.post_office import PostOffice


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


def plain(name: str, password: str) -> str:
    return base64.b64encode(f"\0{name}\0{password}".encode()).decode()


async def test_an_account_from_registering_to_logging_in(
    autojump_clock: trio.testing.MockClock,
) -> None:
    with PostOffice() as post:
        mail = MailSettings(
            host="127.0.0.1", port=post.port, security="none", sender="chat@example.org"
        )
        async with open_chat(replace(Config(), mail=mail)) as chat:
            alice = await chat.user("alice")
            await alice.send("REGISTER * alice@example.org :open sesame")
            await alice.expect("REGISTER")
            found = re.search(r"VERIFY alice (\S+)", post.letters[0].get_content())
            assert found is not None
            await alice.send(f"VERIFY alice {found[1]}")
            await alice.expect("VERIFY")
            await alice.quit()
            again = await chat.newcomer()
            await again.send("CAP REQ :sasl", "NICK alice", "USER a 0 * :a", "AUTHENTICATE PLAIN")
            await again.expect("AUTHENTICATE")
            await again.send(f"AUTHENTICATE {plain('alice', 'open sesame')}")
            await again.expect(numeric("903"))
            await again.send("CAP END")
            await again.expect("001")
            (user,) = chat.world.users.values()
            assert user.account == "alice"
