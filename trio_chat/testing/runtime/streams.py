"""A stream of random numbers for each purpose, all of one seed.

Law: a draw from one stream changes no other. So a fault more or less moves nothing else of a run,
and a plan that lacks a step still meets the same network.
"""

from __future__ import annotations

import hashlib
from random import Random
from typing import Any


class Streams:
    """The random numbers of one run, by their purpose."""

    __slots__ = ("_streams", "seed")

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._streams: dict[str, Random] = {}

    def stream(self, purpose: str) -> Random:
        """The numbers for this purpose: always the same object, made when first asked for."""
        found = self._streams.get(purpose)
        if found is None:
            found = self._streams[purpose] = Random(_seed_of(self.seed, purpose))
        return found

    def states(self) -> dict[str, int]:
        """A hash of where each stream has come to, in the order in which they were made."""
        return {purpose: hash_of(stream.getstate()) for purpose, stream in self._streams.items()}


def hash_of(state: tuple[Any, ...]) -> int:
    """A hash of what `Random.getstate` gives, the same in every process."""
    # As text the 625 numbers take 90 µs, by this 6. That of the whole would be another in every
    # process: before Python 3.12 None is hashed by its address.
    return hash(state[1])


def _seed_of(seed: int, purpose: str) -> int:
    # `Random(text)` would do, but takes SHA-512 of it and is not bound to do so for ever.
    text = f"{seed}/{purpose}".encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big")
