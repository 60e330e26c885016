"""Bugs put in on purpose, by which the simulation shows what it can find.

`with planted("ghost-on-cancel"):` has the server make that mistake. Each is written as a plausible
design would have it, none as a thing that shows at once: most depend on who is faster.
"""

from tests.sim.planted import connections, delivery, keeping, people
from tests.sim.planted.bug import BUGS, Bug, Swap, planted

__all__ = ["BUGS", "Bug", "Swap", "connections", "delivery", "keeping", "people", "planted"]
