"""What is a word: the same for the index of the database and for whoever looks at a text alone."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from trio_chat.store.schema import MIGRATIONS
from trio_chat.store.wording import matches, nick_word, phrases_of, words_of

ALPHABET = (
    "abcAB019 \n\r\t_-.,*\"'():^+{}~#@!\x02\x03\x0f"
    "äÄßéÉøłñçğİıœÆ\u0301\u0323μΩςσжЙёІ"
    "你好世界日本語ひらカタ한국어กขค\u0e34ไทย🎉½²"
)


def found_by_index(wanted: str, text: str) -> bool:
    """Whether the index of the database finds it."""
    table = next(each for each in MIGRATIONS[2].split(";") if "VIRTUAL TABLE words" in each)
    phrases = [" ".join(phrase) for phrase in phrases_of(wanted)]
    db = sqlite3.connect(":memory:")
    try:
        db.execute(table)
        db.execute("INSERT INTO words (rowid, text) VALUES (1, ?)", (words_of(text),))
        query = " AND ".join(f'"{phrase}"' for phrase in phrases)
        return bool(db.execute("SELECT 1 FROM words WHERE words MATCH ?", (query,)).fetchall())
    finally:
        db.close()


def finds(wanted: str, text: str) -> bool:
    """Whether it is found, by the index and without it: the two must agree."""
    found = matches(phrases_of(wanted), text)
    assert found_by_index(wanted, text) is found
    return found


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        ("tea", "Tea, please"),
        ("TEA", "tea"),
        ("please tea", "Tea, please"),
        ("cafe", "Café"),
        ("café", "CAFE"),
        ("don't", "I don't know"),
        ('"two words"', "these two words"),
        ('"two words', "these two words"),
        ("a_b", "the a_b thing"),
        ("tea", "\x0304,12tea\x03 with \x02m\x02ilk"),
        ("milk", "tea with \x02m\x02ilk"),
        ("waves", "\x01ACTION waves\x01"),
        ("two lines", "of two\nlines"),
        ("together", "cut, yet toge\rther"),
        ("世界", "你好世界"),
        ("日本", "私は日本人です"),
        ("학교", "학교에서"),
        ("ไทย", "ภาษาไทย"),
        ("tea !!!", "tea"),
        ("naïve (tea)", "a naive tea"),
    ],
)
def test_a_text_is_found_by_its_words(wanted: str, text: str) -> None:
    assert finds(wanted, text)


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        ("tea", "steam"),
        ("te", "tea"),
        ("te*", "tea"),
        ('"words two"', "these two words"),
        ("tea coffee", "tea"),
        ("tea OR coffee", "tea"),
        ("tea NOT milk", "tea"),
        ("NEAR(tea milk)", "tea milk"),
        ("text:tea", "tea"),
        ("action", "\x01ACTION waves\x01"),
        ("04", "\x0304tea"),
        ("界世", "你好世界"),
    ],
)
def test_a_text_is_not_found_by_anything_else(wanted: str, text: str) -> None:
    assert not finds(wanted, text)


@pytest.mark.parametrize("wanted", ["", "   ", "!!!", '""', '"', "*", "🎉"])
def test_what_has_no_word_in_it_is_no_phrase(wanted: str) -> None:
    assert phrases_of(wanted) == ()


@given(st.text(ALPHABET, max_size=12), st.text(ALPHABET, max_size=30))
@example("İ", "i")
@example("e\u0301", "é")
def test_the_index_and_the_eye_find_the_same(wanted: str, text: str) -> None:
    if phrases_of(wanted):
        finds(wanted, text)
        finds(wanted, f"{text} {wanted}")


@given(st.text(ALPHABET, min_size=1, max_size=12))
def test_every_text_is_found_by_itself(text: str) -> None:
    assert matches(phrases_of(text.replace('"', " ")), text)


def test_a_nick_is_one_word_in_either_case() -> None:
    assert nick_word("Zoë[away]") == nick_word("zoë[AWAY]") != nick_word("zoe[away]")
    assert nick_word("a_b").isalnum()
