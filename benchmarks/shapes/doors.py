"""`doors`: clients connect, register and join rooms of 50: what a connection costs.

Rooms of 50 and not one room of all, since 5,000 joins into one room are 12.5 million deliveries:
that would measure fan-out again, and not the door. The latencies of this shape are those of the
JOIN lines: from the joining member's command to each member of the room that saw it.
"""

from __future__ import annotations

import time
from collections import Counter

from benchmarks.figures import QUANTILES, Figures
from benchmarks.stage import SETTLE, Stage

_ROOM = 50


def doors(stage: Stage) -> list[Figures]:
    """Everyone comes in, at most `entrance.AT_ONCE` at a time; then they are weighed, idle."""
    rooms = [b"#door%d" % (n // _ROOM) for n in range(stage.job.clients)]
    entrance = stage.entrance
    cpu, own, start = stage.meter.cpu_ns(), time.process_time_ns(), time.monotonic()
    members = entrance.admit(rooms)
    seconds = time.monotonic() - start
    load_share = (time.process_time_ns() - own) / 1e9 / seconds
    stage.crowd.quiet(SETTLE)
    after = stage.meter.cpu_ns()
    octets = stage.crowd.octets / max(1, stage.crowd.lines)
    entrance.finish()
    _settle(stage)
    full = stage.meter.resident()
    expected = sum(size * (size + 1) // 2 for size in Counter(rooms).values())
    faults = []
    if entrance.joins_seen != expected:
        faults.append(f"{entrance.joins_seen} JOIN lines were seen and not {expected}")
    spent = after - cpu if after is not None and cpu is not None else None
    more = {"entry_seconds": seconds, "entries_per_second": len(members) / seconds}
    if spent is not None:
        more["cpu_per_connection_ns"] = spent / len(members)
    for label, share in QUANTILES:
        more[f"entry_{label}_ns"] = entrance.entry.quantile(share) or 0
    memory = None
    if full is not None and stage.empty is not None:
        memory = (full - stage.empty) / len(members)
    return [
        Figures(
            row="doors",
            clients=len(members),
            seconds=seconds,
            messages=len(members),
            deliveries=entrance.joins_seen,
            octets_per_delivery=octets,
            server_cpu_ns=spent,
            memory_per_connection=memory,
            load_share=load_share,
            late_ns=0,
            member=entrance.joins,
            last=entrance.last_joins,
            more=more,
            faults=tuple(faults),
        )
    ]


def _settle(stage: Stage) -> None:
    """Idle for a moment, so that what the joins needed for a while is given back."""
    until = time.monotonic() + min(2.0, stage.job.seconds)
    while (left := until - time.monotonic()) > 0:
        stage.crowd.pump(left)
