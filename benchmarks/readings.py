"""What the kernel says of a process, its CPU time and memory; of disks; and pinning to cores.

Laws: a reading that this system does not offer is None, never a guess.
"""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Cores:
    """The core each party is pinned to; None leaves the choice to the kernel."""

    server: int | None
    load: int | None
    bench: int | None


class Meter:
    """Reads the CPU time and memory of one process; of none (`pid` None) it reads None."""

    __slots__ = ("pid",)

    def __init__(self, pid: int | None) -> None:
        self.pid = pid

    def cpu_ns(self) -> int | None:
        """Nanoseconds of CPU the process has used, user and system, all its threads.

        Linux gives every process a clock of its CPU time (clock_getcpuclockid(3); its id is
        ~pid << 3 | 2), exact to the nanosecond. /proc/PID/stat has the same in ticks of 10 ms,
        and /proc/PID/schedstat knows only the first thread.
        """
        if self.pid is None:
            return None
        try:
            return time.clock_gettime_ns((~self.pid << 3) | 2)
        except OSError:
            return self._cpu_from_stat()

    def _cpu_from_stat(self) -> int | None:
        try:
            text = Path(f"/proc/{self.pid}/stat").read_text()
        except OSError:
            return None
        # The second field is the program's name in brackets and may hold anything.
        fields = text.rpartition(")")[2].split()
        ticks = int(fields[11]) + int(fields[12])
        return ticks * (1_000_000_000 // os.sysconf("SC_CLK_TCK"))

    def resident(self) -> int | None:
        """Bytes of resident memory now, exactly; not to be asked for while something is timed.

        smaps_rollup walks the page tables, a millisecond for 100 MB, and the process may wait
        meanwhile.
        """
        if self.pid is None:
            return None
        try:
            for line in Path(f"/proc/{self.pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Rss:"):
                    return int(line.split()[1]) * 1024
        except OSError:
            pass
        return self.resident_at_a_glance()

    def resident_at_a_glance(self) -> int | None:
        """Bytes of resident memory, within some hundred kilobytes, at no cost to the process.

        statm adds up a counter per core, each of which may lag behind.
        """
        if self.pid is None:
            return None
        try:
            pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        except OSError:
            return None
        return pages * os.sysconf("SC_PAGE_SIZE")


def file_system(path: Path) -> str | None:
    """The kind of file system a path is on, such as `ext4`."""
    try:
        mounts = Path("/proc/self/mounts").read_text().splitlines()
    except OSError:
        return None
    found: tuple[int, str] | None = None
    for mount in mounts:
        _, at, kind, *_ = mount.split()
        # Blanks in it are octal; of two on one directory the later one is seen.
        place = Path(at.replace("\\040", " "))
        if path.resolve().is_relative_to(place) and (found is None or len(place.parts) >= found[0]):
            found = len(place.parts), kind
    return found[1] if found else None


def choose_cores() -> Cores:
    """The server on one core, the load on another, where this machine gives us two.

    The bench itself (the progress bar) gets a third, or shares the load's: never the server's.
    """
    allowed = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    if len(allowed) < 2:
        return Cores(None, None, None)
    return Cores(server=allowed[0], load=allowed[1], bench=allowed[min(2, len(allowed) - 1)])


@contextmanager
def on_core(core: int | None) -> Iterator[None]:
    """Run the block on one core; a process started within inherits it, all its threads too.

    Pinning a child after it has started would miss the threads it already has.
    """
    if core is None or not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def raise_descriptor_limit() -> int:
    """Allow this process, and those it starts, as many descriptors as it may have; how many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        soft = hard
    return soft
