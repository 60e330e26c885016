"""What the bench of clients says to them, and how it reads their screens."""

from __future__ import annotations

import json
import random
import subprocess
import sys

import pytest

from benchmarks.client.figures import ECHO, Figures
from benchmarks.client.floor import said
from benchmarks.client.host import Host, token
from benchmarks.client.screen import Eyes, Key
from benchmarks.client.sitting import FULL, Typist
from benchmarks.histogram import Histogram


def heard(*lines: str) -> tuple[Host, str]:
    host = Host()
    answers = host.hear("".join(f"{line}\r\n" for line in lines).encode())
    return host, answers.decode()


def test_the_host_lets_a_client_in_that_asks_for_nothing() -> None:
    host, answers = heard("NICK carol", "USER carol 0 * :carol", "JOIN #lobby")
    assert ":host.test 001 carol :Welcome\r\n" in answers
    assert ":carol!carol@127.0.0.1 JOIN #lobby\r\n" in answers
    assert host.is_in
    assert host.say(range(7, 8)).startswith(
        b":zo\xc3\xab1!zo\xc3\xab1@127.0.0.1 PRIVMSG #lobby :q0000007z "
    )


def test_who_asks_for_capabilities_is_welcome_when_it_has_asked_for_all() -> None:
    _, answers = heard("CAP LS 302", "NICK carol", "USER carol 0 * :carol")
    assert " 001 " not in answers
    host, answers = heard(
        *("CAP LS 302", "NICK carol", "USER carol 0 * :carol"),
        *("CAP REQ :server-time message-tags", "CAP REQ :sasl", "CAP END"),
    )
    assert ":host.test CAP * ACK :server-time message-tags\r\n" in answers
    assert ":host.test CAP * NAK :sasl\r\n" in answers
    assert answers.count(" 001 ") == 1
    assert host.say(range(1)).startswith(b"@time=")
    assert b";msgid=m000000000001 :" in host.say(range(1, 2))


def test_what_was_said_in_the_room_is_kept_though_it_comes_in_pieces() -> None:
    host, _ = heard("NICK carol", "USER carol 0 * :carol")
    for piece in (b"PRIVMSG #lobby :hi", b" there\r", b"\n"):
        host.hear(piece)
    assert host.heard == [b"hi there"]


def test_the_floor_prints_who_said_what() -> None:
    host, _ = heard("CAP LS 302", "CAP REQ :message-tags", "NICK carol", "CAP END")
    with_tags = host.say(range(1)).removesuffix(b"\r\n")
    assert said(with_tags).startswith(b"<ann0> q0000000z ")
    assert said(b":bob!b@h PRIVMSG #lobby :a :b") == b"<bob> a :b\r\n"


def look(eyes: Eyes, *happened: tuple[int, str]) -> None:
    for at, data in happened:
        eyes.record(at, data.encode())
    eyes.look()


def test_a_line_is_seen_when_it_first_stands_on_the_screen() -> None:
    eyes = Eyes(40, 4)
    look(eyes, (1, f"<ann> {token(5)[:4]}"), (2, f"{token(5)[4:]} hi\r\n"), (3, f"{token(6)}\r\n"))
    assert eyes.seen == {5: 2, 6: 3}


def test_lines_that_scroll_by_within_one_write_are_seen() -> None:
    eyes = Eyes(40, 4)
    look(eyes, (9, "".join(f"{token(number)}\r\n" for number in range(20))))
    assert eyes.seen == dict.fromkeys(range(20), 9)


def test_lines_that_scroll_by_above_a_prompt_are_seen() -> None:
    eyes = Eyes(40, 6)
    rows = "".join(f"\r\n{token(number)}" for number in range(20))
    look(eyes, (9, f"\x1b7\x1b[1;4r\x1b[4;1H{rows}\x1b[r\x1b8"))
    assert eyes.seen == dict.fromkeys(range(20), 9)


def test_only_what_has_changed_of_a_row_need_be_written() -> None:
    eyes = Eyes(40, 4)
    look(eyes, (1, f"\x1b[H{token(11)}"), (2, "\x1b[1;8H2"))
    assert eyes.seen == {11: 1, 12: 2}


def test_a_key_has_its_echo_when_it_stands_before_the_cursor() -> None:
    eyes = Eyes(40, 4)
    keys = [Key(10, "A"), Key(20, "AB"), Key(30, "ABC"), Key(40, "ABCD")]
    eyes.pressed.extend(keys)
    look(eyes, (5, "[x] "), (12, "A"), (35, "BC"), (41, "\r\x1b[K"))
    assert [key.echoed_ns for key in keys] == [12, 35, 35, 0]
    assert list(eyes.pressed) == keys[3:]


def test_a_program_that_asks_where_the_cursor_is_is_answered() -> None:
    eyes = Eyes(40, 4)
    look(eyes, (1, "\r\nab\x1b[6n"))
    assert (eyes.answers(), eyes.answers()) == (b"\x1b[2;3R", b"")


def test_no_key_can_be_taken_for_the_echo_of_another() -> None:
    typist, line, after = Typist(), "", ""
    for _ in range(5 * FULL):
        data, shows = typist.press()
        if not shows:
            after, line = line, ""
            continue
        line += data.decode()
        assert line == shows
        assert not after.endswith(line)
        assert len(line) < 2 or line[-1] != line[-2]


def test_figures_of_a_client_come_back_from_json_unchanged() -> None:
    echo = Histogram()
    for _ in range(50):
        echo.record(random.randrange(10_000_000))
    one = Figures("10 lines/s", load_share=0.99, echo=echo, more={"late_ns": 7}, faults=("no",))
    plain = json.loads(json.dumps(one.to_json()))
    assert Figures.from_json(plain).to_json() == plain
    assert Figures.from_json(plain).values() == one.values()
    assert one.latencies[ECHO].count == 50
    assert one.generator_bound
    assert "cpu_share" not in one.values()


@pytest.mark.slow
def test_a_smoke_run_at_the_client_sees_every_key_echoed() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--client", "trio-chat", "--smoke"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Every key had its echo." in done.stdout
