"""Latencies counted in logarithmic buckets: constant memory, quantiles within 0.8 %.

Laws: recording allocates nothing and never sorts; two histograms of the same thing add up; the
smallest and largest values are exact.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_BITS = 7
"""Each power of two is cut into 2**7 buckets, so a bucket is at most 1/128 of its value wide."""

_BUCKETS = 42 << _BITS
"""Enough for 2**48 ns, three days: no latency of a benchmark is longer."""

_LONGEST = (1 << 48) - 1


def bucket_of(ns: int) -> int:
    """The bucket that counts a latency of `ns` nanoseconds."""
    shift = ns.bit_length() - _BITS - 1
    return (shift << _BITS) + (ns >> shift) if shift > 0 else ns


def middle_of(bucket: int) -> int:
    """The nanoseconds that stand for a bucket: its middle."""
    shift = (bucket >> _BITS) - 1
    if shift <= 0:
        return bucket
    low = (bucket - (shift << _BITS)) << shift
    return low + (1 << shift) // 2


class Histogram:
    """Counts of latencies in nanoseconds."""

    __slots__ = ("_counts", "count", "largest", "smallest", "total")

    def __init__(self) -> None:
        self._counts = [0] * _BUCKETS
        self.count = 0
        self.total = 0
        self.smallest = 0
        self.largest = 0

    def record(self, ns: int) -> None:
        """Count one latency; below zero (two clocks disagreeing) counts as zero."""
        if ns <= 0:
            ns = 0
        elif ns > _LONGEST:
            ns = _LONGEST
        self._counts[bucket_of(ns)] += 1
        if not self.count or ns < self.smallest:
            self.smallest = ns
        if ns > self.largest:
            self.largest = ns
        self.count += 1
        self.total += ns

    def quantile(self, share: float) -> int | None:
        """The nanoseconds that `share` (0 to 1) of the values do not exceed; None when empty.

        Nearest rank: the 0.5 quantile of two values is the smaller one.
        """
        if not self.count:
            return None
        rank = max(1, -int(-share * self.count // 1))
        for bucket, below in self._cumulative():
            if below >= rank:
                return min(max(middle_of(bucket), self.smallest), self.largest)
        return self.largest

    def add(self, other: Histogram) -> None:
        """Count everything `other` has counted, too."""
        if not other.count:
            return
        for bucket, count in enumerate(other._counts):
            if count:
                self._counts[bucket] += count
        self.smallest = min(self.smallest, other.smallest) if self.count else other.smallest
        self.largest = max(self.largest, other.largest)
        self.count += other.count
        self.total += other.total

    def curve(self) -> list[tuple[float, int]]:
        """(share of values, nanoseconds they do not exceed), rising: a distribution to plot."""
        return [(below / self.count, middle_of(bucket)) for bucket, below in self._cumulative()]

    def to_json(self) -> dict[str, Any]:
        """Plain values for a JSON file: `buckets` is [[bucket, count], ...] where count > 0."""
        return {
            "count": self.count,
            "total_ns": self.total,
            "smallest_ns": self.smallest,
            "largest_ns": self.largest,
            "buckets": [[bucket, count] for bucket, count in enumerate(self._counts) if count],
        }

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Histogram:
        """What `to_json` gave, back again."""
        new = cls()
        new.count = plain["count"]
        new.total = plain["total_ns"]
        new.smallest = plain["smallest_ns"]
        new.largest = plain["largest_ns"]
        for bucket, count in plain["buckets"]:
            new._counts[bucket] = count
        return new

    def _cumulative(self) -> Iterator[tuple[int, int]]:
        below = 0
        for bucket, count in enumerate(self._counts):
            if count:
                below += count
                yield bucket, below
