"""The latency histogram: what it counts, how close its quantiles are, how it travels."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.histogram import Histogram, bucket_of, middle_of

LATENCIES = st.integers(min_value=0, max_value=(1 << 48) - 1)


def histogram_of(values: list[int]) -> Histogram:
    histogram = Histogram()
    for value in values:
        histogram.record(value)
    return histogram


@given(LATENCIES)
def test_a_bucket_stands_for_its_values_within_a_hundredth(ns: int) -> None:
    assert abs(middle_of(bucket_of(ns)) - ns) <= ns / 128


@given(st.lists(LATENCIES, min_size=2, max_size=2).map(sorted))
def test_a_larger_latency_is_never_in_a_smaller_bucket(pair: list[int]) -> None:
    assert bucket_of(pair[0]) <= bucket_of(pair[1])


@given(st.lists(LATENCIES, min_size=1), st.sampled_from([0.0, 0.5, 0.99, 0.999, 1.0]))
def test_a_quantile_is_the_nearest_rank_of_the_sorted_values(
    values: list[int], share: float
) -> None:
    rank = max(1, -int(-share * len(values) // 1))
    exact = sorted(values)[rank - 1]
    found = histogram_of(values).quantile(share)
    assert found is not None
    assert abs(found - exact) <= exact / 128


def test_one_value_is_every_quantile_exactly() -> None:
    histogram = histogram_of([1_234_567])
    assert [histogram.quantile(share) for share in (0, 0.5, 0.999)] == [1_234_567] * 3


def test_an_empty_histogram_has_no_quantile() -> None:
    assert Histogram().quantile(0.5) is None
    assert Histogram().curve() == []


def test_a_latency_below_zero_counts_as_none_at_all() -> None:
    histogram = histogram_of([-5])
    assert (histogram.count, histogram.smallest, histogram.largest) == (1, 0, 0)


def test_a_latency_beyond_all_measure_counts_as_the_longest() -> None:
    histogram = histogram_of([1 << 60])
    assert histogram.quantile(1.0) == (1 << 48) - 1


@given(st.lists(LATENCIES), st.lists(LATENCIES))
def test_two_histograms_add_up_to_that_of_all_values(one: list[int], other: list[int]) -> None:
    added = histogram_of(one)
    added.add(histogram_of(other))
    assert added.to_json() == histogram_of(one + other).to_json()


@given(st.lists(LATENCIES))
def test_it_comes_back_from_json_unchanged(values: list[int]) -> None:
    plain = histogram_of(values).to_json()
    back = Histogram.from_json(json.loads(json.dumps(plain)))
    assert back.to_json() == plain


def test_the_curve_rises_to_all_values() -> None:
    curve = histogram_of([10, 20, 20, 40]).curve()
    assert curve == [(0.25, 10), (0.75, 20), (1.0, 40)]


@pytest.mark.parametrize("ns", [0, 1, 255, 256, 257, 1_000_000_007])
def test_the_total_is_exact(ns: int) -> None:
    assert histogram_of([ns, ns]).total == 2 * ns
