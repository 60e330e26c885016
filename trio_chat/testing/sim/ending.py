"""The end of a run: all is mended, time passes, and it is looked at what is left.

Laws:

* Before anything is judged, all faults are undone, and so long has passed that nobody waits for
  anything any more: what is wrong then stays wrong.
* Everybody leaves, and nothing is left behind but who is always-on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import trio
import trio.testing

from trio_chat.testing.leftovers import LONGEST_LAG, check_nothing_left
from trio_chat.testing.sim.actors import PATIENCE, Actor
from trio_chat.testing.sim.calm import grow_calm
from trio_chat.testing.sim.inspection import CAPS, inspect
from trio_chat.testing.sim.setting import longest_silence
from trio_chat.testing.sim.simulation import Sim
from trio_chat.testing.user import NotReceived, User

INSPECTOR = "inspector"

CALM_SECONDS = 5.0
"""If nothing but PING and PONG goes over the network for so long, nothing is under way."""


async def end(sim: Sim, actors: Iterable[Actor] = (), rooms: Sequence[str] = ()) -> None:
    """Bring a run to its end; an inspector reads what there is of these rooms.

    Raises `Violated` if the server is not as a healthy one always is, or something is left of those
    who were there; `NotReceived` if it does not answer the inspector.
    """
    sim.undo_faults()
    await sim.start_server()
    sim.stop_programs()
    await _grow_silent(sim)
    await _find_out(sim, [*sim.guests, *(each.user for each in actors if each.user is not None)])
    sim.journal.settled(sim.runtime.now())
    await sim.settle()
    if rooms:
        inspector = await sim.user(INSPECTOR, caps=CAPS)
        await inspect(inspector, rooms)
    await sim.settle()
    sim.programs.cancel_scope.cancel()
    with trio.CancelScope(shield=True):  # whoever has opened the simulation runs among the programs
        await _leave(sim)


async def _grow_silent(sim: Sim) -> None:
    """Wait until everybody who is gone is known to be, and nothing is under way any more."""
    await trio.sleep(longest_silence(sim.knobs))
    await grow_calm(sim.journal, CALM_SECONDS, LONGEST_LAG)


async def _find_out(sim: Sim, users: Iterable[User]) -> None:
    """Have all users find out whether they are connected: who only listens cannot know."""
    async with trio.open_nursery() as nursery:
        for number, user in enumerate(users):
            if user.ending is None:
                nursery.start_soon(_ask, user, f"there{number}")


async def _ask(user: User, token: str) -> None:
    try:
        with trio.move_on_after(PATIENCE):
            await user.send(f"PING {token}")
            while (await user.expect("PONG", within=PATIENCE)).params[-1] != token:
                pass
            return
    except (NotReceived, trio.BrokenResourceError, trio.ClosedResourceError):
        pass
    await user.close()


async def _leave(sim: Sim) -> None:
    sim.network.reset_clients()
    with trio.move_on_after(LONGEST_LAG):
        while sim.network.half_closed:  # noqa: ASYNC110 - a socket tells nobody that it closes
            await trio.sleep(1)
    await sim.settle()
    check_nothing_left(sim.server.world, sim.network, sim.tasks - sim.idle)
    await sim.stop_server()
