"""A disk that loses power, is full, broken or slow, under real processes.

`disk.c` stands between a program and its files, `disk.py` switches what fails, and `ledger.py`
tells what a power loss leaves.

Each test goes through a few rounds, with the seeds 0, 1, 2 ...; TRIO_CHAT_ROUNDS in the environment
says how many, and TRIO_CHAT_FIRST_ROUND the first seed.
"""

from __future__ import annotations

import os


def rounds(few: int) -> range:
    """The seeds of the rounds that a test goes through."""
    first = int(os.environ.get("TRIO_CHAT_FIRST_ROUND", "0"))
    return range(first, first + int(os.environ.get("TRIO_CHAT_ROUNDS", str(few))))
