"""What a power loss leaves of a file: all that was synced, and of the rest anything at all."""

from __future__ import annotations

from random import Random

from trio_chat.testing.disk.platter import File

SEEDS = range(60)


def left(file: File) -> set[bytes]:
    """All that may be left of it, as far as so many draws find."""
    return {bytes(file.left(Random(seed))) for seed in SEEDS}


def test_what_was_synced_is_left_and_nothing_else_is_needed() -> None:
    file = File()
    file.write(0, b"kept")
    file.sync()
    assert left(file) == {b"kept"}
    assert file.size == 4


def test_what_was_not_is_left_whole_or_not_at_all_or_one_end_of_it() -> None:
    file = File.holding(b"oooooooo")
    file.write(0, b"nnnnnnnn")
    found = left(file)
    assert {b"oooooooo", b"nnnnnnnn"} < found
    assert all(b"non" not in content and b"ono" not in content for content in found)


def test_no_byte_beside_what_was_written_changes() -> None:
    file = File.holding(bytes(2000))
    file.write(700, b"x" * 10)
    for content in left(file):
        assert content[:700] == bytes(700)
        assert content[710:] == bytes(1290)


def test_a_write_is_torn_between_sectors_and_seldom_within_one() -> None:
    file = File.holding(b"o" * 8192)
    file.write(100, b"n" * 8000)
    edges = [
        at for content in left(file) for at in range(101, 8100) if content[at] != content[at - 1]
    ]
    between = sum(at % 512 == 0 for at in edges)
    assert 0 < len(edges) - between < between


def test_to_write_once_more_what_is_there_harms_nothing() -> None:
    file = File.holding(b"as it is")
    file.write(0, b"as it is")
    assert left(file) == {b"as it is"}


def test_later_writes_may_be_there_without_earlier_ones() -> None:
    file = File()
    file.write(0, b"one")
    file.write(3, b"two")
    assert {b"", b"one", b"onetwo", b"\0\0\0two"} <= left(file)


def test_a_truncation_may_be_undone_and_what_came_after_it_not() -> None:
    file = File.holding(b"a long one")
    file.truncate(0)
    file.write(0, b"new")
    assert file.size == 3
    assert {b"a long one", b"", b"new", b"newong one"} <= left(file)


def test_what_a_sync_has_failed_to_write_no_later_one_writes() -> None:
    outcomes = set()
    for seed in SEEDS:
        file = File()
        file.write(0, b"lost")
        file.fail_to_sync(Random(seed))
        file.write(4, b"kept")
        file.sync()
        assert file.size == 8
        outcomes |= left(file)
    assert {b"\0\0\0\0kept", b"lostkept"} <= outcomes
    assert all(content[4:] == b"kept" for content in outcomes)
