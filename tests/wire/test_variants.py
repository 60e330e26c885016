"""Which session is sent which tags."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trio_chat.wire.caps import (
    ACCOUNT_TAG,
    BATCH,
    ECHO_MESSAGE,
    LABELED_RESPONSE,
    MESSAGE_TAGS,
    SERVER_TIME,
    TAG_CAPABILITIES,
)
from trio_chat.wire.message import MAX_BODY, Message, parse
from trio_chat.wire.variants import Variants, format_time

from .strategies import messages, thorough

AT = 1_318_999_251.620
TIME = "2011-10-19T04:40:51.620Z"
TAGGED = Message(
    "PRIVMSG",
    ("#tea", "hi"),
    "alice!a@b",
    {"label": "L", "batch": "B", "account": "A", "msgid": "M", "+typing": "active"},
)


@pytest.mark.parametrize(
    ("caps", "tags"),
    [
        (0, ""),
        (ECHO_MESSAGE, ""),
        (SERVER_TIME, f"time={TIME}"),
        (BATCH, "batch=B"),
        (LABELED_RESPONSE, "label=L"),
        (ACCOUNT_TAG, "account=A"),
        (MESSAGE_TAGS, "msgid=M;+typing=active"),
        (LABELED_RESPONSE | BATCH | SERVER_TIME, f"time={TIME};label=L;batch=B"),
        (
            TAG_CAPABILITIES,
            f"time={TIME};label=L;batch=B;account=A;msgid=M;+typing=active",
        ),
    ],
)
def test_each_tag_goes_to_those_who_negotiated_it(caps: int, tags: str) -> None:
    line = Variants(TAGGED, AT).line(caps).decode()
    assert line == (f"@{tags} " if tags else "") + ":alice!a@b PRIVMSG #tea :hi\r\n"


def test_a_line_is_made_once_for_all_who_get_the_same() -> None:
    variants = Variants(TAGGED, AT)
    assert variants.line(MESSAGE_TAGS) is variants.line(MESSAGE_TAGS)


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (0.0, "1970-01-01T00:00:00.000Z"),
        (1.9996, "1970-01-01T00:00:01.999Z"),
        (AT, TIME),
        (1e9, "2001-09-09T01:46:40.000Z"),
    ],
)
def test_times_are_utc_with_milliseconds(at: float, text: str) -> None:
    assert format_time(at) == text


@thorough
@given(messages, st.integers(0, TAG_CAPABILITIES))
def test_every_variant_is_one_line_that_says_the_same(message: Message, caps: int) -> None:
    line = Variants(message, AT).line(caps & TAG_CAPABILITIES)
    said = parse(line)
    assert line.endswith(b"\r\n")
    assert (said.command, said.params, said.source) == (
        message.command,
        message.params,
        message.source,
    )
    assert said.tags.items() <= {**message.tags, "time": TIME}.items()


def test_a_long_body_is_cut_and_its_tags_are_not() -> None:
    message = Message("PRIVMSG", ("#tea", "é" * 400), "alice!a@b", {"+long": "x" * 3000})
    line = Variants(message, AT).line(MESSAGE_TAGS)
    tags, _, body = line.partition(b" ")
    assert tags == b"@+long=" + b"x" * 3000
    assert MAX_BODY - 1 <= len(body) <= MAX_BODY
    assert parse(line).params[1].strip("é") == ""


def test_capabilities_that_decide_no_tag_of_it_make_no_other_line() -> None:
    variants = Variants(Message("PRIVMSG", ("#tea", "hi"), "a!a@b", {"msgid": "M"}), AT)
    first = variants.line(MESSAGE_TAGS | LABELED_RESPONSE)
    assert variants.line(MESSAGE_TAGS | BATCH | ACCOUNT_TAG) is first
    assert variants.line(MESSAGE_TAGS) is first
    assert variants.line(LABELED_RESPONSE) is variants.line(BATCH) is variants.line(0)
    assert variants.line(SERVER_TIME) != variants.line(0)
