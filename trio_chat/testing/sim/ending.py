"""The end of a run: all is mended, time passes, and it is looked at what is left.

Laws:

* Before anything is judged, all faults are undone, and so long has passed that nobody waits for
  anything any more: what is wrong then stays wrong.
* Everybody leaves, and nothing is left behind but who is always-on.
"""

from __future__ import annotations

from collections.abc import Sequence

import trio
import trio.testing

from trio_chat.testing.leftovers import LONGEST_LAG, check_nothing_left
from trio_chat.testing.sim.inspection import CAPS, inspect
from trio_chat.testing.sim.setting import longest_silence
from trio_chat.testing.sim.simulation import Sim

INSPECTOR = "inspector"

CALM_SECONDS = 5.0
"""If nothing but PING and PONG goes over the network for so long, nothing is under way."""

_LIFE_SIGNS = ("PING", "PONG")


async def end(sim: Sim, rooms: Sequence[str] = ()) -> None:
    """Bring a run to its end; an inspector reads what there is of these rooms.

    Raises `Violated` if the server is not as a healthy one always is, or something is left of those
    who were there; `NotReceived` if it does not answer the inspector.
    """
    sim.undo_faults()
    await sim.start_server()
    await _grow_silent(sim)
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
    while True:
        seen = len(sim.journal)
        await trio.sleep(CALM_SECONDS)
        news = sim.journal.events[seen:]
        if all(each.message is None or each.message.command in _LIFE_SIGNS for each in news):
            return


async def _leave(sim: Sim) -> None:
    sim.network.reset_clients()
    with trio.move_on_after(LONGEST_LAG):
        while sim.network.half_closed:  # noqa: ASYNC110 - a socket tells nobody that it closes
            await trio.sleep(1)
    await sim.settle()
    check_nothing_left(sim.server.world, sim.network, sim.tasks - sim.idle)
    await sim.stop_server()
