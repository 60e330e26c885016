"""A directory on a disk that fails when a test wants it to."""

from __future__ import annotations

import mmap
import struct
import subprocess
from collections.abc import Mapping
from pathlib import Path
from random import Random

from .ledger import Ledger

SOURCE = Path(__file__).with_name("disk.c")

_SWITCHES = (
    *("write_error", "grow_error", "sync_error", "hangs", "sync_micros", "dies_at"),
    *("operations", "hanging"),
)
"""The fields of `struct control` in disk.c, 32-bit numbers."""


class Disk:
    """What programs do below `root` with this environment is on a disk of its own.

    Its switches, zero at first: `write_error` and `grow_error` are the errno of every change, and
    of what needs room; `sync_error` that of fsync; while `hangs` is set no write comes back; an
    fsync takes `sync_micros`; the program that does operation number `dies_at` is killed at it.
    `operations` counts them, `hanging` those that hang.
    """

    write_error: int
    grow_error: int
    sync_error: int
    hangs: int
    sync_micros: int
    dies_at: int
    operations: int
    hanging: int

    def __init__(self, directory: Path, library: Path) -> None:
        self.root = (directory / "disk").resolve()
        self.root.mkdir(parents=True)
        self._log = directory / "disk.ledger"
        control = directory / "disk.control"
        control.write_bytes(bytes(4 * len(_SWITCHES)))
        with control.open("r+b") as file:
            self.__dict__["_control"] = mmap.mmap(file.fileno(), 0)
        self.environment: Mapping[str, str] = {
            "LD_PRELOAD": str(library),
            "TEST_DISK_ROOT": str(self.root),
            "TEST_DISK_LEDGER": str(self._log),
            "TEST_DISK_CONTROL": str(control),
        }
        self.settle()

    def __getattr__(self, name: str) -> int:
        if name not in _SWITCHES:
            raise AttributeError(name)
        (value,) = struct.unpack_from("=i", self.__dict__["_control"], 4 * _SWITCHES.index(name))
        assert isinstance(value, int)
        return value

    def __setattr__(self, name: str, value: object) -> None:
        if name in _SWITCHES:
            struct.pack_into("=i", self.__dict__["_control"], 4 * _SWITCHES.index(name), value)
        else:
            super().__setattr__(name, value)

    def settle(self) -> None:
        """What is there now is on the disk, however it came there."""
        self._log.write_bytes(b"")
        self._ledger = Ledger(self.root)

    def lose_power(self, seed: int | None = None) -> None:
        """Leave on the disk what was synced; with a seed, some of the rest too, sector by sector.

        The programs that were at work must be dead by now.
        """
        self._ledger.read(self._log.read_bytes())
        self._ledger.leave(None if seed is None else Random(seed))
        self.settle()
        self.dies_at = self.operations = 0


def compiled(directory: Path) -> Path:
    """What is preloaded, made by the compiler in this directory."""
    target = directory / "disk.so"
    subprocess.run(
        ["gcc", "-shared", "-fPIC", "-O2", "-o", target, SOURCE, "-ldl", "-lpthread"], check=True
    )
    return target
