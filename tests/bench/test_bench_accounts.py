"""The bookkeeping of a load: cutting lines, finding probes, knowing what must still arrive."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from benchmarks.accounts import MARK, Probes, Tally, cut, plain_text, probe_text, stamps


def test_whole_lines_are_cut_from_an_unfinished_one() -> None:
    assert cut(b"", b"one\r\ntwo\r\nthr") == (b"one\r\ntwo\r\n", b"thr")
    assert cut(b"thr", b"ee\r\n") == (b"three\r\n", b"")


def test_a_chunk_without_a_line_end_only_waits() -> None:
    assert cut(b"ha", b"lf") == (b"", b"half")


@given(st.lists(st.binary(max_size=20).map(lambda line: line.replace(b"\n", b"")), max_size=8))
def test_however_a_stream_is_chopped_the_same_lines_come_out(lines: list[bytes]) -> None:
    stream = b"".join(line + b"\n" for line in lines)
    out, tail = b"", b""
    for at in range(0, len(stream), 3):
        whole, tail = cut(tail, stream[at : at + 3])
        out += whole
    assert (out, tail) == (stream, b"")


def test_probes_are_found_among_plain_lines() -> None:
    data = b"".join(
        b":u1!u1@h PRIVMSG #r :" + text + b"\r\n"
        for text in (plain_text(48), probe_text(7, 123, 48), plain_text(48), probe_text(8, 456, 48))
    )
    assert stamps(data, len(data)) == [(7, 123), (8, 456)]


def test_what_lies_behind_the_given_size_is_left_over_from_before_and_no_probe() -> None:
    line = b":u1!u1@h PRIVMSG #r :" + probe_text(1, 2, 40) + b"\r\n"
    assert stamps(bytearray(line + line), len(line)) == [(1, 2)]


def test_texts_have_the_size_asked_for_and_plain_ones_hold_no_mark() -> None:
    assert len(probe_text(123, 456, 48)) == len(plain_text(48)) == 48
    assert MARK not in plain_text(512)


def test_the_last_member_of_a_message_is_timed_apart() -> None:
    probes = Probes()
    number = probes.send(members=3)
    for now in (110, 150, 190):
        probes.arrived(number, 100, now)
    assert (probes.member.count, probes.last.count) == (3, 1)
    assert probes.last.quantile(1.0) == 90
    assert probes.missing == 0


def test_what_has_not_arrived_everywhere_is_missing() -> None:
    probes = Probes()
    probes.arrived(probes.send(members=3), 100, 110)
    probes.send(members=4)
    assert probes.missing == 6


def test_a_delivery_nobody_awaits_is_a_stray() -> None:
    probes = Probes()
    number = probes.send(members=1)
    probes.arrived(number, 100, 110)
    probes.arrived(number, 100, 120)
    probes.arrived(99, 100, 120)
    assert (probes.strays, probes.member.count) == (2, 1)


def test_only_what_is_sent_in_the_window_is_timed_but_everything_is_awaited() -> None:
    probes = Probes()
    early = probes.send(members=2)
    probes.measure_from_here()
    late = probes.send(members=1)
    probes.arrived(early, 0, 1_000_000)
    probes.arrived(late, 0, 5)
    assert probes.member.largest == 5
    assert (probes.arrivals, probes.missing) == (2, 1)


def test_a_member_is_due_all_its_room_said_but_its_own() -> None:
    tally = Tally({0: 0, 1: 0, 2: 0, 3: 1, 4: 1})
    tally.said(0, 5)
    tally.said(1)
    tally.said(3)
    assert [tally.due(member) for member in range(5)] == [1, 5, 6, 0, 1]
    assert (tally.messages, tally.deliveries) == (7, 13)
