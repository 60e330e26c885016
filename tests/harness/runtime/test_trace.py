"""The lines of a run."""

from __future__ import annotations

from trio_chat.testing.runtime import Trace


def trace_of(*whats: str, keeps_all: bool = False) -> Trace:
    trace = Trace(lambda: 1.5, keeps_all=keeps_all)
    for what in whats:
        trace.log("alice", what)
    return trace


def test_a_line_says_when_who_what() -> None:
    assert trace_of("comes").lines == ["1.500000 alice comes"]


def test_only_the_last_are_kept_unless_all_are_wanted() -> None:
    many = [str(number) for number in range(1000)]
    assert len(trace_of(*many).lines) < 1000
    assert trace_of(*many).lines[-1].endswith("999")
    assert trace_of(*many).count == 1000
    assert len(trace_of(*many, keeps_all=True).lines) == 1000


def test_the_digest_is_over_all_lines() -> None:
    many = [str(number) for number in range(1000)]
    assert trace_of(*many).digest() == trace_of(*many, keeps_all=True).digest()
    assert trace_of(*many).digest() != trace_of("another", *many[1:]).digest()
    assert trace_of("a", "b").digest() != trace_of("b", "a").digest()


def test_asking_for_the_digest_changes_nothing() -> None:
    trace = trace_of("a")
    assert trace.digest() == trace.digest()
    trace.log("alice", "b")
    assert trace.digest() == trace_of("a", "b").digest()


def test_a_line_may_hold_anything() -> None:
    assert trace_of("\udc80").digest()
