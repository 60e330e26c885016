"""Lines that belong together, from servers sane and insane."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trio_chat.client.batches import MOST_HELD, MOST_OPEN, Batches
from trio_chat.wire.message import Message, parse


def taken(batches: Batches, *lines: str) -> list[Message]:
    """What comes out for these lines, BATCH itself left out."""
    out = []
    for line in lines:
        whole = batches.take(parse(line.encode()))
        if whole is not None:
            out.append(whole)
            batches.close(whole)
    return [message for message in out if message.command != "BATCH"]


def test_a_message_of_several_lines_comes_out_whole_at_its_end() -> None:
    batches = Batches()
    assert not taken(
        batches,
        "@msgid=m1;account=al;label=1 :a!b@c BATCH +x draft/multiline #tea",
        "@batch=x :a!b@c PRIVMSG #tea :one ",
        "@batch=x;draft/multiline-concat :a!b@c PRIVMSG #tea :line",
        "@batch=x :a!b@c PRIVMSG #tea :",
        "@batch=x :a!b@c PRIVMSG #tea three",
    )
    [whole] = taken(batches, "BATCH -x")
    assert whole.params == ("#tea", "one line\n\nthree")
    assert whole.source == "a!b@c"
    assert whole.tags == {"msgid": "m1", "account": "al", "label": "1"}


def test_what_is_in_between_comes_out_at_once() -> None:
    [other] = taken(
        Batches(),
        ":a!b@c BATCH +x draft/multiline #tea",
        ":b!b@c PRIVMSG #tea :me first",
        "@batch=x :a!b@c PRIVMSG #tea :one",
    )
    assert other.params == ("#tea", "me first")


def test_messages_of_several_lines_can_be_open_at_once_and_in_a_history() -> None:
    batches = Batches()
    first, second = taken(
        batches,
        ":irc.test BATCH +h chathistory #tea",
        "@batch=h :a!b@c BATCH +x draft/multiline #tea",
        ":b!b@c BATCH +y draft/multiline #tea",
        "@batch=x :a!b@c PRIVMSG #tea :long ago",
        "@batch=y :b!b@c PRIVMSG #tea :now",
        "BATCH -y",
        "BATCH -x",
    )
    assert (first.params[1], second.params[1]) == ("now", "long ago")
    assert batches.around(first) is None
    around = batches.around(second)
    assert around is not None
    assert (around.history, around.place) == (True, "#tea")


def test_what_is_within_a_history_is_history() -> None:
    batches = Batches()
    taken(batches, "BATCH +h chathistory #tea", "@batch=h BATCH +n netsplit a b")
    inner = batches.around(parse(b"@batch=n :a!b@c QUIT :a b"))
    assert inner is not None
    assert (inner.history, inner.place) == (True, "#tea")
    taken(batches, "BATCH -n", "BATCH -h")
    assert batches.around(parse(b"@batch=h :a!b@c QUIT :a b")) is None


@pytest.mark.parametrize(
    "kind", ["chathistory", "znc.in/playback", "search", "soju.im/search", "trio-chat/pins"]
)
def test_types_of_what_is_long_over(kind: str) -> None:
    batches = Batches()
    taken(batches, f"BATCH +h {kind}")
    batch = batches.around(parse(b"@batch=h :a!b@c PRIVMSG #tea :x"))
    assert batch is not None
    assert (batch.history, batch.place) == (True, "")


def test_a_netsplit_is_of_now() -> None:
    batches = Batches()
    [gone] = taken(batches, "BATCH +n netsplit a b", "@batch=n :a!b@c QUIT :a b")
    around = batches.around(gone)
    assert around is not None
    assert not around.history


def test_a_message_of_no_line_is_none() -> None:
    assert not taken(Batches(), "BATCH +x draft/multiline #tea", "BATCH -x")


def test_an_unfinished_message_whose_reference_is_used_again_is_forgotten() -> None:
    [whole] = taken(
        Batches(),
        "BATCH +x draft/multiline #tea",
        "@batch=x :a!b@c PRIVMSG #tea :one",
        ":b!b@c BATCH +x draft/multiline",
        "@batch=x :b!b@c PRIVMSG #tea :two",
        "BATCH -x",
    )
    assert whole == parse(b":b!b@c PRIVMSG #tea :two")


def test_a_reference_that_is_none_opens_nothing() -> None:
    batches = Batches()
    taken(batches, "BATCH + chathistory #tea", "BATCH", "BATCH -", "BATCH x", "BATCH +y")
    assert batches.around(parse(b":a!b@c PRIVMSG #tea :x")) is None
    assert batches.around(parse(b"@batch= :a!b@c PRIVMSG #tea :x")) is None


def test_what_is_no_text_in_a_message_of_several_lines_passes_by() -> None:
    [topic] = taken(Batches(), "BATCH +x draft/multiline #t", "@batch=x :a!b@c TOPIC #t :x")
    assert topic.command == "TOPIC"


def test_batches_that_are_never_closed_are_bounded() -> None:
    batches = Batches()
    for number in range(MOST_OPEN * 3):
        taken(batches, f"BATCH +{number} draft/multiline #tea")
        taken(batches, f"@batch={number} :a!b@c PRIVMSG #tea :x")
    assert len(batches._open) == MOST_OPEN
    assert not taken(batches, "BATCH -0")
    assert taken(batches, f"BATCH -{MOST_OPEN * 3 - 1}")


@pytest.mark.parametrize("text", ["x" * 8000, ""])
def test_an_endless_message_is_cut(text: str) -> None:
    batches = Batches()
    taken(batches, "BATCH +x draft/multiline #tea")
    line = Message("PRIVMSG", ("#tea", text), "a!b@c", {"batch": "x"})
    for _ in range(2 * MOST_HELD // (len(text) + 100)):
        batches.take(line)
    held = batches._open["x"].lines
    assert sum(sys.getsizeof(each.params) + len(each.params[1]) for each in held) <= MOST_HELD
    [whole] = taken(batches, "BATCH -x")
    assert len(whole.params[1]) > MOST_HELD / 200
    assert batches._held == 0


REFERENCES = st.sampled_from(["x", "y", ""])
LINES = st.one_of(
    st.builds(
        lambda sign, reference, kind, outer: Message(
            "BATCH", (sign + reference, kind, "#tea"), "a!b@c", {"batch": outer} if outer else {}
        ),
        st.sampled_from(["+", "-", ""]),
        REFERENCES,
        st.sampled_from(["draft/multiline", "chathistory", "netsplit"]),
        REFERENCES,
    ),
    st.builds(
        lambda params, reference: Message("PRIVMSG", params, "a!b@c", {"batch": reference}),
        st.sampled_from([(), ("#tea",), ("#tea", "text")]),
        REFERENCES,
    ),
    st.just(Message("BATCH")),
)


@given(st.lists(LINES, max_size=30))
def test_no_order_of_lines_makes_it_raise_or_lose_count(messages: list[Message]) -> None:
    batches = Batches()
    for message in messages:
        whole = batches.take(message)
        if whole is not None:
            batches.around(whole)
            batches.close(whole)
    assert batches._held == sum(batch.held for batch in batches._open.values())
