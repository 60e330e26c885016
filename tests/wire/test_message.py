"""Lines to messages and back."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from trio_chat.wire.message import (
    MAX_BODY,
    MAX_CLIENT_TAGS,
    MAX_TAGS,
    Fault,
    Malformed,
    MalformedMessage,
    Message,
    escape_tag_value,
    format_body,
    format_message,
    parse,
    parse_tags,
    read_line,
    truncate,
    unescape_tag_value,
)

from .strategies import anything_like_a_message, messages, tag_values, texts, thorough

# -- parsing


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("PING", Message("PING")),
        ("ping x", Message("PING", ("x",))),
        ("PING :", Message("PING", ("",))),
        ("PING : ", Message("PING", (" ",))),
        ("PRIVMSG #tea :hello there", Message("PRIVMSG", ("#tea", "hello there"))),
        ("PRIVMSG #tea hello", Message("PRIVMSG", ("#tea", "hello"))),
        ("PRIVMSG #tea ::-)", Message("PRIVMSG", ("#tea", ":-)"))),
        ("PRIVMSG #tea :a :b", Message("PRIVMSG", ("#tea", "a :b"))),
        ("PRIVMSG a:b c:d", Message("PRIVMSG", ("a:b", "c:d"))),
        ("PRIVMSG #tea :tab\tkept", Message("PRIVMSG", ("#tea", "tab\tkept"))),
        (":irc.example.com CAP * LIST :", Message("CAP", ("*", "LIST", ""), "irc.example.com")),
        (":dan!d@localhost QUIT", Message("QUIT", (), "dan!d@localhost")),
        ("@a=b;c CMD x", Message("CMD", ("x",), "", {"a": "b", "c": ""})),
        ("@url=;netsplit=tur,ty CMD", Message("CMD", (), "", {"url": "", "netsplit": "tur,ty"})),
        ("@a=1 :src CMD :t t", Message("CMD", ("t t",), "src", {"a": "1"})),
        ("@a=b=c CMD", Message("CMD", (), "", {"a": "b=c"})),
        ("@a=1;a=2 CMD", Message("CMD", (), "", {"a": "2"})),
        ("@;;a;=x CMD", Message("CMD", (), "", {"a": ""})),
        ("@+draft/reply=x CMD", Message("CMD", (), "", {"+draft/reply": "x"})),
    ],
)
def test_a_line_is_read_as_the_grammar_says(line: str, message: Message) -> None:
    assert parse(line.encode()) == message


@pytest.mark.parametrize(
    "line", ["  CMD  a   b :c d", "CMD a b  :c d", "@t   CMD a b :c d", ":s   CMD a b :c d"]
)
def test_runs_of_spaces_separate_like_one_space(line: str) -> None:
    assert parse(line.encode()).params == ("a", "b", "c d")


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
def test_the_end_of_a_line_is_no_part_of_the_message(end: bytes) -> None:
    assert parse(b"PRIVMSG #tea :hi" + end).params == ("#tea", "hi")


def test_any_number_of_parameters_is_taken() -> None:
    assert len(parse(b"CMD" + b" x" * 200).params) == 200


def test_the_nick_is_what_stands_before_the_exclamation_mark() -> None:
    assert parse(b":dan!d@host QUIT").nick == "dan"
    assert parse(b":irc.example.com NOTICE * hi").nick == "irc.example.com"


@pytest.mark.parametrize(
    ("line", "fault", "command"),
    [
        (b"", Fault.NO_COMMAND, ""),
        (b"   ", Fault.NO_COMMAND, ""),
        (b":source", Fault.NO_COMMAND, ""),
        (b":source ", Fault.NO_COMMAND, ""),
        (b":source :text", Fault.NO_COMMAND, ""),
        (b":", Fault.NO_COMMAND, ""),
        (b" :text", Fault.NO_COMMAND, ""),
        (b"@tag", Fault.NO_COMMAND, ""),
        (b"@tag :source", Fault.NO_COMMAND, ""),
        (b"privmsg #tea :\xff\xfe", Fault.INVALID_UTF8, "PRIVMSG"),
        (b":src notice #tea :\xc3", Fault.INVALID_UTF8, "NOTICE"),
        (b"@a=\xff privmsg #tea :x", Fault.INVALID_UTF8, "PRIVMSG"),
        (b"@a :src privmsg \xed\xa0\x80", Fault.INVALID_UTF8, "PRIVMSG"),
        (b"pr\xff", Fault.INVALID_UTF8, ""),
        (b"x;y \xff", Fault.INVALID_UTF8, ""),
        (b"abcdefghijklmnopqrstuvwxyz \xff", Fault.INVALID_UTF8, ""),
        (b"PRIVMSG #tea :a\0b", Fault.FORBIDDEN_BYTE, "PRIVMSG"),
        (b"PRIVMSG #tea :a\rb", Fault.FORBIDDEN_BYTE, "PRIVMSG"),
        (b"PRIVMSG #tea :a\nQUIT", Fault.FORBIDDEN_BYTE, "PRIVMSG"),
        (b"PRIVMSG #tea :" + b"x" * 500, Fault.TOO_LONG, "PRIVMSG"),
    ],
)
def test_what_is_no_message_is_told_by_its_fault(line: bytes, fault: Fault, command: str) -> None:
    assert read_line(line) == Malformed(fault, command)
    with pytest.raises(MalformedMessage) as caught:
        parse(line)
    assert caught.value.what == Malformed(fault, command)


def test_a_body_may_be_512_bytes_with_its_end_and_no_more() -> None:
    longest = b"PRIVMSG #tea :".ljust(MAX_BODY - 2, b"x")
    assert len(parse(longest + b"\r\n").params[1]) == 512 - 2 - 14
    assert read_line(longest + b"x\r\n") == Malformed(Fault.TOO_LONG, "PRIVMSG")


@pytest.mark.parametrize("limit", [MAX_CLIENT_TAGS, MAX_TAGS])
def test_tags_are_counted_apart_from_the_body(limit: int) -> None:
    tags = b"@a=".ljust(limit - 1, b"x") + b" "
    body = b"PRIVMSG #tea :".ljust(MAX_BODY - 2, b"x")
    assert isinstance(read_line(tags + body, limit), Message)
    assert read_line(b"@y" + tags[1:] + body, limit) == Malformed(Fault.TOO_LONG, "PRIVMSG")
    assert read_line(tags + body + b"x", limit) == Malformed(Fault.TOO_LONG, "PRIVMSG")


def test_a_long_line_of_tags_alone_is_too_long() -> None:
    assert read_line(b"@" + b"x" * 600) == Malformed(Fault.TOO_LONG)


@thorough
@given(st.one_of(st.binary(max_size=60), st.text(max_size=60).map(str.encode)))
def test_every_line_of_bytes_is_a_message_or_has_a_fault(line: bytes) -> None:
    read = read_line(line)
    if isinstance(read, Malformed):
        assert read.command == "" or read.command.isalnum()
    else:
        assert read.command == read.command.upper() != ""
        assert all(middle and " " not in middle for middle in read.params[:-1])
        assert not any(end in part for part in (read.command, *read.params) for end in "\r\n\0")


# -- tag values


ESCAPES = [(";", r"\:"), (" ", r"\s"), ("\\", r"\\"), ("\r", r"\r"), ("\n", r"\n")]


@pytest.mark.parametrize(("character", "escaped"), ESCAPES)
def test_the_table_of_escapes_holds_both_ways(character: str, escaped: str) -> None:
    assert escape_tag_value(f"a{character}b") == f"a{escaped}b"
    assert unescape_tag_value(f"a{escaped}b") == f"a{character}b"


@pytest.mark.parametrize("character", [":", "=", ",", "+", "@", "\t", "\xa0", "é", "\x85"])
def test_every_other_character_of_a_value_stands_for_itself(character: str) -> None:
    assert escape_tag_value(character) == character == unescape_tag_value(character)


@pytest.mark.parametrize(
    ("escaped", "value"), [("test\\", "test"), (r"\b", "b"), (r"\\b", r"\b"), (r"\\\:", r"\;")]
)
def test_a_backslash_that_escapes_nothing_is_dropped(escaped: str, value: str) -> None:
    assert unescape_tag_value(escaped) == value


@thorough
@given(tag_values)
def test_a_value_survives_its_escape(value: str) -> None:
    escaped = escape_tag_value(value)
    assert not set("; \r\n") & set(escaped)
    assert unescape_tag_value(escaped) == value
    assert parse_tags(f"key={escaped}") == {"key": value}


# -- formatting


@thorough
@given(messages)
@example(Message("PRIVMSG", ("#tea", "")))
@example(Message("PRIVMSG", ("#tea", ": ")))
@example(Message("PING", (" ",), "s", {"a": "", "b": " ;\\\r\n"}))
def test_what_is_formatted_parses_back(message: Message) -> None:
    assert parse(format_message(message)) == message


@thorough
@given(anything_like_a_message)
@example(Message("PRIVMSG", ("a", "hi\r\nQUIT")))
@example(Message("PRIVMSG", ("a",), "", {"k\r\nQUIT": ""}))
@example(Message("PRIVMSG", ("a",), "", {"": "x"}))
@example(Message("PRIVMSG", ("a",), "", {"a;b": "x"}))
@example(Message("PRIVMSG", ("a",), "", {"a": "\0"}))
@example(Message("PRIVMSG", ("a",), "s p"))
@example(Message("privmsg", ("a",)))
@example(Message("", ("a",)))
@example(Message(":x"))
@example(Message("A B"))
def test_whatever_is_formatted_is_one_line_that_parses_back(message: Message) -> None:
    try:
        line = format_message(message)
    except ValueError:
        return
    assert line.endswith(b"\r\n")
    assert not {0, 10, 13} & set(line[:-2])
    assert parse(line) == message


@pytest.mark.parametrize(
    "message",
    [
        Message("CMD", ("", "x")),
        Message("CMD", ("a b", "x")),
        Message("CMD", (":a", "x")),
        Message("CMD", ("x\r\n",)),
        Message("CMD", ("x\ny", "z")),
        Message("CMD", ("x\0",)),
        Message("CMD", (), "no space"),
        Message("CMD", (), "no\nline"),
        Message("", ("x",)),
        Message("cmd"),
        Message("C M"),
        Message("C\n"),
        Message("12"),
        Message("CMD", ("\ud800",)),
        Message("CMD", (), "", {"": "x"}),
        Message("CMD", (), "", {"a b": "x"}),
        Message("CMD", (), "", {"a=b": "x"}),
        Message("CMD", (), "", {"a;b": "x"}),
        Message("CMD", (), "", {"a\n": "x"}),
        Message("CMD", (), "", {"a": "\0"}),
    ],
)
def test_what_would_not_parse_back_is_refused(message: Message) -> None:
    with pytest.raises(ValueError, match=r".+"):
        format_message(message)


@pytest.mark.parametrize(
    ("message", "line"),
    [
        (Message("PRIVMSG", ("#tea", "hi")), "PRIVMSG #tea :hi"),
        (Message("QUIT", ("bye",)), "QUIT :bye"),
        (Message("KICK", ("#tea", "bob", "bob")), "KICK #tea bob :bob"),
        (Message("PART", ("#tea",)), "PART #tea"),
        (Message("JOIN", ("#tea",)), "JOIN #tea"),
        (Message("CAP", ("*", "LS", "")), "CAP * LS :"),
        (Message("MODE", ("#tea", "+o", "bob"), "alice!a@b"), ":alice!a@b MODE #tea +o bob"),
        (Message("NOTICE", ("#tea", ":)")), "NOTICE #tea ::)"),
        (Message("PING", ("x",)), "PING :x"),
        (Message("PONG", ("server", "x")), "PONG server :x"),
        (Message("CAP", ("*", "ACK", "batch")), "CAP * ACK :batch"),
        (Message("CAP", ("REQ", "batch")), "CAP REQ batch"),
        (Message("AWAY", ("lunch",)), "AWAY :lunch"),
        (Message("JOIN", ("#tea", "*", "Alice")), "JOIN #tea * :Alice"),
        (Message("353", ("bob", "=", "#tea", "bob")), "353 bob = #tea :bob"),
        (Message("303", ("bob", "bob")), "303 bob :bob"),
        (Message("372", ("bob", "motd")), "372 bob :motd"),
        (Message("329", ("bob", "#tea", "1700000000")), "329 bob #tea 1700000000"),
        (Message("324", ("bob", "#tea", "+nt")), "324 bob #tea +nt"),
        (Message("221", ("bob", "+i")), "221 bob +i"),
    ],
)
def test_text_for_people_stands_behind_a_colon(message: Message, line: str) -> None:
    assert format_body(message) == line


@thorough
@given(texts, st.integers(400, 1500))
def test_a_long_body_is_cut_between_two_characters(text: str, size: int) -> None:
    long = (text or "é") * (size // len(text or "é"))
    line = format_message(Message("PRIVMSG", ("#tea", long), "alice!a@b", {"k": "v"}))
    body = line.partition(b" ")[2]
    assert len(body) <= MAX_BODY
    assert long.startswith(parse(line).params[1])
    if len(long.encode()) > MAX_BODY:
        assert len(body) > MAX_BODY - 4  # no more is lost than part of one character


@thorough
@given(st.text(st.characters(codec="utf-8")), st.integers(0, 40))
def test_truncated_text_is_the_longest_start_that_fits(text: str, size: int) -> None:
    cut = truncate(text.encode(), size).decode()
    assert text.startswith(cut)
    assert len(cut.encode()) <= size
    assert cut == text or len(text[: len(cut) + 1].encode()) > size
