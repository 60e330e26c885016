"""Conformity: the actors of a plan before a real server, over real sockets and in real time.

Laws:

* It is the same company and the same oracle as in a simulation. What is missing is what only a
  simulation has: faults but those that a client can make (it closes, resets, reads nothing), a
  second run that is the same, and all that takes accounts or a server's own services.
* It may be anybody's server, with people on it: rooms and nicks have a tag that no other run has,
  and nothing is sent that only a test would send.
"""

from __future__ import annotations

import secrets
import ssl
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import cast

import trio

from trio_chat.testing.oracle import Finding, Journal, check
from trio_chat.testing.oracle.form import WELL_FORMED
from trio_chat.testing.sim.actors import Actor, Dial
from trio_chat.testing.sim.calm import grow_calm
from trio_chat.testing.sim.deeds import DEEDS, NICKS, Stage
from trio_chat.testing.sim.inspection import CAPS, inspect
from trio_chat.testing.sim.knobs import Knobs
from trio_chat.testing.sim.plan import Argument, Plan, Step
from trio_chat.testing.user import NotReceived, User
from trio_chat.wire.numerics import RPL_ENDOFNAMES

CALM_SECONDS = 2.0
"""If nothing but PING and PONG came for so long, nothing is under way any more."""

LONGEST_CALMING = 60.0
"""Seconds after which a server that never grows silent is judged as it is."""

PATIENCE = 10.0
"""Seconds within which a connection that is there has answered a PING."""

UNFIT = ("always on", "flood", "garbage", "metadata")
"""Deeds that are left out: they take an account, or a server would be right to resent them."""

UNFIT_FOR_TLS = ("vanish", "hang up")
"""Those that are done to the socket itself."""


@dataclass(frozen=True, slots=True)
class Conformity:
    """What came of it."""

    journal: Journal
    """All that anybody saw."""
    findings: list[Finding]
    """What of it cannot be true of a healthy chat, by the time it was seen."""


def dialling(host: str, port: int, tls: ssl.SSLContext | None = None) -> Dial:
    """How the actors reach a server; with `tls` by that."""

    async def dial(name: str) -> trio.SocketStream:
        stream = await trio.open_tcp_stream(host, port)
        if tls is None:
            return stream
        by_tls = trio.SSLStream(stream, tls, server_hostname=host, https_compatible=True)
        with trio.fail_after(PATIENCE):
            await by_tls.do_handshake()
        # A user does nothing with it but send and receive, if `UNFIT_FOR_TLS` are left out.
        return cast(trio.SocketStream, by_tls)

    return dial


async def conform(
    host: str,
    port: int,
    *,
    seed: int = 1,
    seconds: float = 30.0,
    users: int = 8,
    tls: ssl.SSLContext | None = None,
    tag: str = "",
    without: Iterable[str] = (),
) -> Conformity:
    """Have some users chat on a server for so many seconds, and judge it by what they saw.

    `seed` draws what they do and when; what comes of it depends on the server and the machine.
    `tag` is what their nicks and rooms end in, if it is not to be drawn; `without` are kinds of
    deeds (see `DEEDS`) that are left out too. Raises `OSError` if there is no server.
    """
    tag = tag or secrets.token_hex(2)
    unfit = (*UNFIT, *(UNFIT_FOR_TLS if tls is not None else ()), *without)
    knobs = Knobs(users=users, seconds=seconds, accounts=0, deeds=unfit)
    plan = tagged(Plan.draw(seed, knobs), tag)
    dial = dialling(host, port, tls)
    await trio.aclose_forcefully(await dial(""))  # so that nobody tries in vain for `seconds`
    start = trio.current_time()
    journal = Journal(lambda: trio.current_time() - start)
    wrong: list[Finding] = []
    try:
        await _chat(plan, dial, journal, tag)
    except* AssertionError as group:
        at = journal.now()
        wrong = [Finding(WELL_FORMED, str(error), at) for error in _leaves(group)]
    return Conformity(journal, [*check(journal), *wrong])


def tagged(plan: Plan, tag: str) -> Plan:
    """The same plan, but that all names of rooms and nicks end in a tag."""
    stage = Stage.of(plan.knobs)
    names = {name: f"{name}{tag}" for name in (*stage.users, *NICKS)}
    names |= {room: f"{room}-{tag}" for room in stage.rooms}

    def renamed(argument: Argument) -> Argument:
        if not isinstance(argument, str):
            return argument
        return ",".join(names.get(word, word) for word in argument.split(","))

    steps = (
        replace(step, args=(step.args[0], *map(renamed, step.args[1:]))) if step.args else step
        for step in plan.steps
    )
    return replace(plan, steps=tuple(steps))


async def _chat(plan: Plan, dial: Dial, journal: Journal, tag: str) -> None:
    """Play the plan, wait until all has settled, and look at what there is."""
    rooms = [f"{room}-{tag}" for room in Stage.of(plan.knobs).rooms]
    start = trio.current_time()
    async with trio.open_nursery() as reading:
        company: dict[str, Actor] = {}
        for name in Stage.of(plan.knobs).users:
            # Others call them by the name that they have here, until they have connected.
            company[name] = company[f"{name}{tag}"] = Actor(name, dial, reading, journal, company)
        actors = list(dict.fromkeys(company.values()))
        async with trio.open_nursery() as lives:
            for actor in actors:
                its = [step for step in plan.steps if step.who == actor.name]
                lives.start_soon(_live, actor, its, start)
        await _settle(journal, actors)
        inspector = Actor("inspector", dial, reading, journal, company)
        await inspector.come("", f"inspector{tag}", " ".join(CAPS), "")
        if inspector.user is not None:
            await _inspect(inspector, inspector.user, rooms)
        for actor in (*actors, inspector):
            await actor.close()
        reading.cancel_scope.cancel()


async def _live(actor: Actor, steps: Iterable[Step], start: float) -> None:
    for step in steps:
        await trio.sleep_until(start + step.at)
        await DEEDS[step.what].be_done(actor, step.args)


async def _settle(journal: Journal, actors: Iterable[Actor]) -> None:
    """Wait until nothing is under way, and everybody knows whether they are connected."""
    for actor in actors:
        await actor.resume_reading()
    await grow_calm(journal, CALM_SECONDS, LONGEST_CALMING)
    async with trio.open_nursery() as nursery:
        for actor in actors:
            if actor.user is not None and actor.user.ending is None:
                nursery.start_soon(_ask, actor, actor.user)
    journal.settled(journal.now())


async def _ask(actor: Actor, user: User) -> None:
    try:
        await user.send(f"PING there-{actor.name}")
        with trio.fail_after(PATIENCE):
            while (await user.expect("PONG", within=PATIENCE)).params[-1] != f"there-{actor.name}":
                pass
    except (NotReceived, trio.TooSlowError, trio.BrokenResourceError, trio.ClosedResourceError):
        await actor.close()


async def _inspect(inspector: Actor, user: User, rooms: list[str]) -> None:
    """Read who is in the rooms and, where one can, what was said there."""
    try:
        if "draft/chathistory" in inspector.caps and "batch" in inspector.caps:
            await inspect(user, rooms)
            return
        for room in rooms:
            await user.send(f"JOIN {room}", f"NAMES {room}")
            await user.expect(RPL_ENDOFNAMES, within=PATIENCE)
    except (NotReceived, trio.BrokenResourceError, trio.ClosedResourceError):
        pass  # what it has read by then is judged


def _leaves(group: BaseExceptionGroup[AssertionError]) -> Iterable[AssertionError]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error
