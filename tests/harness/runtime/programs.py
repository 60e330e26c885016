"""Programs on trio that ask for all that could differ between two runs."""

from __future__ import annotations

import os
import random
import secrets
import time
import uuid
from collections.abc import AsyncIterator

import trio

from trio_chat.testing.runtime import Runtime

Generators = list[AsyncIterator[None]]


async def company(runtime: Runtime, generators: Generators, tasks: int = 8) -> None:
    """Tasks that meet one another in every way, and tell the trace.

    What they leave open is kept in `generators`, for trio to close at its end.
    """
    send, receive = trio.open_memory_channel[str](2)
    limiter, lot = trio.CapacityLimiter(2), trio.lowlevel.ParkingLot()

    async def member(name: str) -> None:
        for step in range(3):
            await trio.lowlevel.checkpoint()
            runtime.trace.log(name, f"step {step}")
        await trio.sleep(random.choice([1, 2]))
        drawn = await trio.to_thread.run_sync(drawings, limiter=limiter)
        runtime.trace.log(name, drawn)
        await send.send(name)
        generators.append(generator(name))
        await anext(generators[-1])
        try:
            with trio.move_on_after(10):
                await lot.park()
        finally:
            runtime.trace.log(name, "leaves")

    async def generator(name: str) -> AsyncIterator[None]:
        await trio.lowlevel.checkpoint()
        try:
            yield
        finally:
            runtime.trace.log(name, "is closed")

    async def listen() -> None:
        for _ in range(tasks):
            runtime.trace.log("listener", f"hears {await receive.receive()}")

    async with trio.open_nursery() as nursery:
        for number in range(tasks):
            nursery.start_soon(member, f"member-{number}")
        nursery.start_soon(listen)
        await trio.sleep(8)
        nursery.cancel_scope.cancel()


def drawings() -> str:
    """Something of all that chance and time have to offer."""
    some = (os.urandom(2).hex(), secrets.token_hex(2), random.random(), random.Random().random())
    return f"{some} {uuid.uuid4()} {uuid.uuid1()} {time.time()} {time.monotonic_ns()}"


def record(seed: int, policy: str = "random", own_stacks: bool = False) -> Runtime:
    """One run of it."""
    runtime = Runtime(seed, policy=policy, own_stacks=own_stacks)
    runtime.trace.keep_all()
    left: Generators = []
    runtime.run(company, runtime, left)
    assert left
    return runtime
