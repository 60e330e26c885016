"""The file of servers that are trusted by their fingerprints."""

from __future__ import annotations

import stat
from datetime import date
from pathlib import Path

import platformdirs
import pytest

from trio_chat.client.pins import Pin, Pins
from trio_chat.client.tls import fingerprint_of

ONE, OTHER = fingerprint_of(b"one"), fingerprint_of(b"other")
DAY = date(2026, 11, 24)


@pytest.fixture
def pins(tmp_path: Path) -> Pins:
    return Pins(tmp_path / "trio-chat" / "known_servers")


def written(pins: Pins, text: str) -> Pins:
    pins.path.parent.mkdir()
    pins.path.write_text(text)
    return pins


def test_without_a_file_nobody_is_known(pins: Pins) -> None:
    assert pins.find("irc.test", 6697) is None
    assert not pins.path.exists()


def test_who_was_added_is_known_from_then_on(pins: Pins) -> None:
    added = pins.add("irc.test", 6697, ONE, DAY)
    assert added == Pin("irc.test:6697", ONE, "2026-11-24", pins.path, 1)
    pins.add("::1", 6697, OTHER, DAY)
    assert pins.find("IRC.test", 6697) == added
    assert pins.find("::1", 6697) == Pin("[::1]:6697", OTHER, "2026-11-24", pins.path, 2)
    assert pins.find("irc.test", 6698) is None


def test_nobody_else_may_read_the_file(pins: Pins) -> None:
    pins.add("irc.test", 6697, ONE, DAY)
    assert stat.S_IMODE(pins.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(pins.path.parent.stat().st_mode) == 0o700
    assert list(pins.path.parent.iterdir()) == [pins.path]


def test_what_was_written_by_hand_stays_and_is_understood(pins: Pins) -> None:
    by_hand = f"# mine\n\n  Irc.Test:6697\t{ONE.lower().replace(':', '')}   # the old one"
    written(pins, by_hand)
    pins.add("irc.test", 7000, OTHER, DAY)
    assert pins.path.read_text() == f"{by_hand}\nirc.test:7000 {OTHER} 2026-11-24\n"
    assert pins.find("irc.test", 6697) == Pin("irc.test:6697", ONE, "", pins.path, 3)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("irc.test:6697", "1 words"),
        (f"irc.test:6697 {ONE} 2026-11-24 yes", "4 words"),
        (f"irc.test {ONE}", "no HOST:PORT"),
        (f":6697 {ONE}", "no HOST:PORT"),
        (f"irc.test:² {ONE}", "no HOST:PORT"),
        (f"irc.test:6697 {ONE[:-1]}", "no SHA-256 fingerprint"),
        (f"irc.test:6697 {ONE} yesterday", "Invalid isoformat"),
        (f"known.test:6697 {ONE}", "known.test:6697 is in line 1 already"),
    ],
)
def test_a_line_that_cannot_be_read_is_told_of_whoever_it_is_about(
    pins: Pins, line: str, why: str
) -> None:
    text = f"known.test:6697 {ONE}\n# a comment\n{line}\n"
    written(pins, text)
    with pytest.raises(ValueError, match=f"known_servers, line 3: .*{why}"):
        pins.find("known.test", 6697)
    with pytest.raises(ValueError, match="line 3"):
        pins.add("other.test", 6697, ONE, DAY)
    assert pins.path.read_text() == text


def test_a_server_that_is_known_is_not_replaced(pins: Pins) -> None:
    pins.add("irc.test", 6697, ONE, DAY)
    with pytest.raises(ValueError, match=r"tells of irc\.test:6697 already"):
        pins.add("irc.test", 6697, OTHER, DAY)


def test_a_file_that_is_no_text_is_told_of(pins: Pins) -> None:
    written(pins, "").path.write_bytes(b"\xff")
    with pytest.raises(ValueError, match="known_servers is not valid UTF-8"):
        pins.find("irc.test", 6697)


def test_a_file_that_cannot_be_replaced_leaves_nothing_behind(pins: Pins) -> None:
    text = f"irc.test:6697 {ONE}\n"
    written(pins, text)

    class Unwilling(Pins):
        def _read(self) -> str:
            # As if a directory had taken the file's place after it was read.
            read = super()._read()
            self.path.unlink()
            self.path.mkdir()
            return read

    with pytest.raises(IsADirectoryError):
        Unwilling(pins.path).add("other.test", 6697, OTHER, DAY)
    assert list(pins.path.parent.iterdir()) == [pins.path]


def test_a_link_to_the_file_stays_one(pins: Pins, tmp_path: Path) -> None:
    elsewhere = tmp_path / "dotfiles"
    elsewhere.write_text("")
    pins.path.parent.mkdir()
    pins.path.symlink_to(elsewhere)
    pins.add("irc.test", 6697, ONE, DAY)
    assert pins.path.is_symlink()
    assert ONE in elsewhere.read_text()


def test_it_is_among_the_data_of_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(platformdirs, "user_data_path", lambda *_, **__: tmp_path)
    assert Pins().path == tmp_path / "known_servers"
