"""Conformity, before the server in memory: the same code dials real ones."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import trio

from trio_chat.core.effects import Deliver
from trio_chat.net.hub import Hub
from trio_chat.testing import VirtualChat
from trio_chat.testing.oracle import Kind
from trio_chat.testing.oracle.gaps import NO_GAP
from trio_chat.testing.sim.conform import UNFIT, conform, tagged
from trio_chat.testing.sim.knobs import Knobs
from trio_chat.testing.sim.plan import Plan

PORT = 8080


async def test_nothing_is_found_of_our_server(chat: VirtualChat) -> None:
    came = await conform("127.0.0.1", PORT, seed=2, users=4, seconds=10)
    assert came.findings == []
    assert sum(event.kind is Kind.RECEIVED for event in came.journal) > 200
    assert any(event.kind is Kind.SETTLED for event in came.journal)


async def test_a_server_that_loses_messages_is_found_out(
    chat: VirtualChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver = Hub._deliver
    said: Iterator[int] = iter(range(10**6))

    def lossy(hub: Hub, effect: Deliver) -> None:
        audience = effect.audience
        if effect.message.command == "PRIVMSG" and len(audience) > 2 and next(said) % 5 == 4:
            effect = Deliver(audience[:-1], effect.message, effect.omit, effect.need, effect.lack)
        deliver(hub, effect)

    monkeypatch.setattr(Hub, "_deliver", lossy)
    came = await conform("127.0.0.1", PORT, seed=2, users=5, seconds=25)
    assert NO_GAP in {finding.rule for finding in came.findings}


async def test_a_server_that_is_not_there_is_no_finding(chat: VirtualChat) -> None:
    with pytest.raises(OSError, match="failed"):
        await conform("127.0.0.1", PORT + 1)


async def test_it_ends_in_its_time(chat: VirtualChat) -> None:
    start = trio.current_time()
    await conform("127.0.0.1", PORT, seed=1, users=2, seconds=5)
    assert 5 <= trio.current_time() - start < 30


def test_names_are_of_this_run_alone() -> None:
    knobs = Knobs(users=3, accounts=0, seconds=60, deeds=UNFIT)
    plan = Plan.draw(5, knobs)
    ours = tagged(plan, "7f")
    assert [step.who for step in ours.steps] == [step.who for step in plan.steps]
    connect = next(step for step in ours.steps if step.what == "connect")
    assert connect.args[2] in {"u07f", "u17f", "u27f"}
    words = {
        word
        for step in ours.steps
        for argument in step.args[1:]
        if isinstance(argument, str)
        for word in argument.split(",")
    }
    assert {word for word in words if word[:1] == "#"} <= {"#tea-7f", "#den-7f", "#attic-7f"}
    assert not words & {"u0", "u1", "u2", "ann", "ben", "cat"}
