"""What Hypothesis makes messages of: what every law of the wire is tried on."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st

from trio_chat.wire.message import Message

# The same examples on every machine and in every run: a failure is never a matter of luck. Time
# limits would make it one.
thorough = settings(derandomize=True, deadline=None, max_examples=200)

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n"), max_size=40)
"""Text that can stand in a line."""

nasty_texts = st.text(st.sampled_from(" :;=\\@\r\n\0,#*é\N{PILE OF POO}ab"), max_size=12)
"""Text of what the grammar is made of, and of what it forbids."""

words = texts.map(lambda text: text.replace(" ", "")).filter(
    lambda text: text != "" and not text.startswith(":")
)
"""Text that can stand in a line as a middle parameter."""

commands = st.from_regex(r"[A-Z]{1,12}|[0-9]{3}", fullmatch=True)

tag_keys = st.from_regex(r"\+?([a-z.]{1,8}/)?[a-zA-Z0-9\-]{1,10}", fullmatch=True)

tag_values = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)

messages = st.builds(
    Message,
    commands,
    st.tuples(st.lists(words, max_size=6), st.lists(texts, max_size=1)).map(
        lambda parts: tuple(parts[0] + parts[1])
    ),
    st.one_of(st.just(""), words),
    st.dictionaries(tag_keys, tag_values, max_size=4),
)
"""Messages that a line can hold."""

anything_like_a_message = st.builds(
    Message,
    st.one_of(commands, nasty_texts),
    st.lists(st.one_of(texts, nasty_texts, st.text(max_size=5)), max_size=5).map(tuple),
    st.one_of(texts, nasty_texts),
    st.dictionaries(st.one_of(tag_keys, nasty_texts), st.one_of(tag_values, nasty_texts)),
)
"""Messages that a line may or may not be able to hold."""
