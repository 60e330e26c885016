"""What is between two ends: latency, ticks, bandwidth, partitions, and who forgets whom."""

from __future__ import annotations

import errno
import os
from random import Random

import pytest

from trio_chat.testing.links import GIVING_UP, GIVING_UP_CLOSED, Link, LinkSettings, Ticks
from trio_chat.testing.tcp import End, connect_ends

from .timers import HandTimers


class Pair:
    """Two ends with a link between them, and the time of it."""

    def __init__(self, settings: LinkSettings, *, seed: int = 1, window: int = 1000) -> None:
        self.timers = HandTimers()
        self.link = Link(settings, Ticks(self.timers), Random(seed))
        self.one, self.other = connect_ends(window, self.link.ways)
        self.pass_by = self.timers.pass_by

    def arrivals(self, end: End, seconds: float, step: float = 0.001) -> list[tuple[float, bytes]]:
        """What an end receives while time passes, and when."""
        seen = []
        for _ in range(round(seconds / step)):
            self.pass_by(step)
            if data := received(end):
                seen.append((self.timers.now(), data))
        return seen


def received(end: End) -> bytes:
    """All that has arrived."""
    data = b""
    while end.unread:
        data += end.receive_nowait(1000)
    return data


def fill(end: End) -> int:
    """Send until no more is taken; how many bytes that was."""
    sent = 0
    try:
        while True:
            sent += end.send_nowait(b"x" * 100)
    except BlockingIOError:
        return sent


def raises(number: int) -> pytest.RaisesExc[OSError]:
    return pytest.raises(OSError, match=os.strerror(number))


SLOW = LinkSettings(latency=0.05, quantum=0.01)


class TestTime:
    def test_nothing_arrives_before_its_time_and_everything_in_order(self) -> None:
        pair = Pair(SLOW)
        for number in range(10):
            pair.one.send_nowait(b"%d" % number)
        assert received(pair.other) == b""
        seen = pair.arrivals(pair.other, 3)
        assert b"".join(data for _, data in seen) == b"0123456789"
        assert len(seen) > 1

    def test_what_arrives_does_so_on_a_tick(self) -> None:
        timers = HandTimers()
        way = Link(LinkSettings(latency=0.05, quantum=0.02), Ticks(timers), Random(1)).ways[0]
        ticks = []
        for _ in range(100):
            timers.pass_by(0.0131)
            at = way.arrival(10)
            assert at > timers.now()
            ticks.append(at / 0.02)
        assert [round(tick) for tick in ticks] == pytest.approx(ticks)
        assert len({round(tick) for tick in ticks}) < 90

    def test_arrivals_of_one_tick_share_a_timer(self) -> None:
        pair = Pair(LinkSettings(quantum=0.02))
        for _ in range(10):
            pair.one.send_nowait(b"x")
            pair.other.send_nowait(b"y")
        assert len(pair.timers.due) == 1
        pair.pass_by(0.02)
        assert (received(pair.one), received(pair.other)) == (b"y" * 10, b"x" * 10)

    def test_the_bandwidth_is_shared_by_all_connections_of_a_link(self) -> None:
        pair = Pair(LinkSettings(bandwidth=1000))
        again = connect_ends(1000, pair.link.ways)
        for one in (pair.one, again[0]):
            assert one.send_nowait(b"x" * 500) == 500
        pair.pass_by(0.5)
        assert (pair.other.unread, again[1].unread) == (500, 0)
        pair.pass_by(0.5)
        assert again[1].unread == 500

    def test_the_way_back_has_a_bandwidth_of_its_own(self) -> None:
        pair = Pair(LinkSettings(bandwidth=1000))
        pair.one.send_nowait(b"x" * 500)
        pair.other.send_nowait(b"y" * 500)
        pair.pass_by(0.5)
        assert (pair.one.unread, pair.other.unread) == (500, 500)

    def test_two_runs_from_the_same_random_are_the_same(self) -> None:
        runs = []
        for _ in range(2):
            pair = Pair(LinkSettings(latency=0.05, partial=0.5), seed=7)
            sent = [pair.one.send_nowait(b"x" * 50) for _ in range(10)]
            runs.append((sent, pair.arrivals(pair.other, 1)))
        assert runs[0] == runs[1]

    def test_a_link_can_become_fast_while_something_is_under_way(self) -> None:
        pair = Pair(SLOW)
        pair.one.send_nowait(b"first ")
        pair.link.settings = LinkSettings()
        pair.one.send_nowait(b"second")
        pair.pass_by(1)
        assert received(pair.other) == b"first second"

    def test_what_makes_no_sense_is_refused(self) -> None:
        with pytest.raises(ValueError, match="no link can be like that"):
            LinkSettings(latency=-1)
        with pytest.raises(ValueError, match="no link can be like that"):
            LinkSettings(partial=2)
        with pytest.raises(ValueError, match="without timers"):
            Link(SLOW, Ticks(None), Random(0))


class TestWindows:
    def test_what_is_under_way_counts(self) -> None:
        pair = Pair(SLOW)
        assert fill(pair.one) == 1000
        pair.pass_by(2)
        with pytest.raises(BlockingIOError):
            pair.one.send_nowait(b"x")
        assert received(pair.other) == b"x" * 1000
        with pytest.raises(BlockingIOError):
            pair.one.send_nowait(b"x")
        pair.pass_by(2)
        assert fill(pair.one) == 1000

    def test_a_few_bytes_read_are_not_worth_a_segment_but_go_with_another(self) -> None:
        pair = Pair(SLOW)
        fill(pair.one)
        pair.pass_by(2)
        assert pair.other.receive_nowait(100)
        pair.pass_by(2)
        with pytest.raises(BlockingIOError):
            pair.one.send_nowait(b"x")
        pair.other.send_nowait(b"y")
        pair.pass_by(2)
        assert fill(pair.one) == 100

    def test_a_partial_call_takes_or_gives_some_at_least(self) -> None:
        pair = Pair(LinkSettings(partial=1))
        sizes = []
        for _ in range(9):
            sizes.append(pair.one.send_nowait(b"x" * 100))
            sizes.append(len(pair.other.receive_nowait(100)))
        assert min(sizes) >= 1
        assert len(set(sizes)) > 5


class TestPartitions:
    def test_what_was_sent_meanwhile_comes_after_the_healing_and_in_order(self) -> None:
        pair = Pair(SLOW)
        pair.one.send_nowait(b"one ")
        pair.link.cut()
        pair.one.send_nowait(b"two ")
        pair.pass_by(5)
        pair.one.send_nowait(b"three ")
        assert pair.other.unread == 0
        pair.link.heal()
        pair.one.send_nowait(b"four")
        pair.one.shut()
        pair.pass_by(10)
        assert received(pair.other) == b"one two three four"
        assert pair.other.receive_nowait(1) == b""

    @pytest.mark.parametrize(("cut", "again"), [(0.1, 0.2), (1, 1.4), (5, 6.2), (10, 12.6)])
    def test_it_comes_when_tcp_sends_again_each_time_after_twice_as_long(
        self, cut: float, again: float
    ) -> None:
        pair = Pair(LinkSettings())
        pair.link.cut()
        pair.one.send_nowait(b"x")
        pair.pass_by(cut)
        pair.link.heal()
        ((at, data),) = pair.arrivals(pair.other, 20, 0.1)
        assert data == b"x"
        assert at == pytest.approx(again, abs=0.11)

    def test_without_timers_it_comes_at_once(self) -> None:
        link = Link(LinkSettings(), Ticks(None), Random(0))
        one, other = connect_ends(1000, link.ways)
        link.cut()
        one.send_nowait(b"one ")
        one.send_nowait(b"two")
        assert other.unread == 0
        link.heal()
        assert received(other) == b"one two"

    def test_a_link_can_be_cut_again_before_anything_has_come(self) -> None:
        pair = Pair(SLOW)
        pair.link.cut()
        pair.one.send_nowait(b"x")
        pair.pass_by(5)
        pair.link.heal()
        pair.link.cut()
        pair.pass_by(60)
        assert pair.other.unread == 0
        pair.link.heal()
        pair.pass_by(60)
        assert received(pair.other) == b"x"

    def test_who_gets_no_answer_gives_up_in_the_end(self) -> None:
        pair = Pair(SLOW)
        pair.link.cut()
        pair.one.send_nowait(b"x")
        pair.pass_by(GIVING_UP - 1)
        assert not pair.one.is_readable()
        pair.pass_by(2)
        with raises(errno.ETIMEDOUT):
            pair.one.receive_nowait(1)
        assert pair.one.receive_nowait(1) == b""
        with raises(errno.EPIPE):
            pair.one.send_nowait(b"x")

    def test_who_has_given_up_sends_nothing_more_and_answers_with_a_reset(self) -> None:
        pair = Pair(SLOW)
        pair.link.cut()
        pair.one.send_nowait(b"x")
        pair.pass_by(GIVING_UP + 1)
        pair.link.heal()
        pair.pass_by(200)
        assert not pair.other.is_readable()
        pair.other.send_nowait(b"y")
        pair.pass_by(2)
        with raises(errno.ECONNRESET):
            pair.other.receive_nowait(1)

    def test_who_has_closed_is_given_up_sooner(self) -> None:
        pair = Pair(SLOW)
        pair.link.cut()
        pair.one.send_nowait(b"x")
        pair.one.close()
        pair.pass_by(GIVING_UP_CLOSED - 1)
        assert not pair.one.is_gone
        pair.pass_by(2)
        pair.link.heal()
        pair.pass_by(200)
        assert not pair.other.is_readable()

    def test_who_says_nothing_does_not_notice(self) -> None:
        pair = Pair(SLOW)
        pair.one.send_nowait(b"x" * 500)
        pair.pass_by(2)
        pair.link.cut()
        received(pair.other)
        pair.pass_by(2 * GIVING_UP)
        pair.link.heal()
        pair.other.send_nowait(b"y")
        pair.pass_by(2)
        assert received(pair.one) == b"y"
        assert fill(pair.one) == 1000

    def test_a_reset_is_not_sent_again_and_nor_is_what_came_before(self) -> None:
        pair = Pair(SLOW)
        pair.one.send_nowait(b"x")
        pair.link.cut()
        pair.one.reset()
        pair.pass_by(5)
        pair.link.heal()
        pair.pass_by(60)
        assert not pair.other.is_readable()
        pair.other.send_nowait(b"y")
        pair.pass_by(2)
        with raises(errno.ECONNRESET):
            pair.other.receive_nowait(1)

    def test_a_close_is_sent_again(self) -> None:
        pair = Pair(SLOW)
        pair.one.send_nowait(b"x")
        pair.link.cut()
        pair.one.close()
        pair.pass_by(5)
        pair.link.heal()
        pair.pass_by(60)
        assert received(pair.other) == b"x"
        assert pair.other.receive_nowait(1) == b""


class TestEndings:
    def test_nothing_arrives_after_a_reset_has(self) -> None:
        pair = Pair(SLOW)
        pair.other.send_nowait(b"unread")
        pair.pass_by(2)
        pair.one.send_nowait(b"last words")
        pair.one.close()
        pair.other.send_nowait(b"more")
        pair.pass_by(2)
        assert received(pair.other) == b"last words"
        with raises(errno.ECONNRESET):
            pair.other.receive_nowait(1)
        assert pair.other.receive_nowait(1) == b""

    def test_what_arrives_at_a_closed_end_is_answered_by_a_reset(self) -> None:
        pair = Pair(SLOW)
        pair.other.send_nowait(b"under way")
        pair.one.close()
        pair.pass_by(3)
        with raises(errno.EPIPE):
            pair.other.send_nowait(b"x")

    def test_what_is_lost_is_lost_for_ever(self) -> None:
        pair = Pair(SLOW)
        pair.one.send_nowait(b"x")
        pair.one.lose()
        pair.one.close()
        pair.pass_by(60)
        pair.link.heal()
        pair.pass_by(2 * GIVING_UP)
        assert not pair.other.is_readable()
