"""Names that look like one that is held: nobody but its owner may have them."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trio_chat.core.account_rules import AccountRules
from trio_chat.core.accounts import Account
from trio_chat.core.events import AccountsChanged
from trio_chat.core.settings import Settings
from trio_chat.names import LOOKALIKES, case_mapping
from trio_chat.wire.casemapping import ascii_skeleton

from .. import lookalikes
from .language import Chat
from .owners import ALICE, owned, owner
from .staff import questions

PRECIS = Settings(casemapping="precis", accounts=AccountRules(custom_name=True))
BOBO = Account("Bobo10", 1.0)

OF_ALICE = ["аlice", "АLICE", "alıce", "aliсе", "ａlice", "aIice", "a1ice", "Αlice", "a|ice"]


@pytest.mark.parametrize("nick", OF_ALICE)
def test_what_looks_like_a_held_nick_is_refused_to_strangers(nick: str) -> None:
    chat = owned(settings=PRECIS)
    eve = chat.user("eve")
    heard = eve.does(f"NICK {nick}")
    assert [line.split()[:2] for line in heard] == [["433", "eve"]]
    eve.does(f"REGISTER {nick} * sesame")
    assert questions(chat) == []
    newcomer = chat.open()
    newcomer.sends(f"NICK {nick}")
    assert newcomer.does("USER eve 0 * :Eve")[0].split()[0] == "433"


@pytest.mark.parametrize("nick", ["álice", "alicea", "alcie", "аиice", "elice"])
def test_what_does_not_is_anybodys(nick: str) -> None:
    chat = owned(settings=PRECIS)
    eve = chat.user("eve")
    assert eve.does(f"NICK {nick}") == [f"eve NICK {nick}"]


@pytest.mark.parametrize("nick", OF_ALICE)
def test_its_owner_may_have_it(nick: str) -> None:
    chat = owned(settings=PRECIS)
    alice = owner(chat, ALICE)
    assert alice.does(f"NICK {nick}") == [f"Alice NICK {nick}"]


@pytest.mark.parametrize("nick", ["B0BO10", "bobolO", "bobOIo", "b0b01O"])
def test_digits_and_letters_that_look_alike_are_told_apart_in_no_case_mapping(nick: str) -> None:
    for casemapping in ("ascii", "rfc1459", "precis"):
        chat = owned(BOBO, settings=replace(PRECIS, casemapping=casemapping))
        assert chat.user("eve").does(f"NICK {nick}") == [f"433 eve {nick}"]


@pytest.mark.parametrize(
    "rules", [AccountRules(lookalikes_held=False), AccountRules(names_held=False)]
)
def test_the_rules_may_say_that_likeness_does_not_matter(rules: AccountRules) -> None:
    chat = owned(settings=Settings(accounts=rules))
    assert chat.user("eve").does("NICK a1ice") == ["eve NICK a1ice"]


def test_of_two_accounts_that_look_alike_each_has_its_own_name() -> None:
    chat = owned(Account("bob", 1.0), Account("b0b", 2.0))
    assert owner(chat, Account("b0b", 2.0)).session.user.nick == "b0b"
    assert owner(chat, Account("bob", 1.0)).session.user.nick == "bob"
    assert chat.user("eve").does("NICK BOB")[0].startswith("433")


def test_what_looked_like_an_account_is_free_when_it_is_gone() -> None:
    chat = owned()
    eve = chat.user("eve")
    for nicks, answer in ((("al",), "433 eve a1"), (("a1ias",), "eve NICK a1")):
        chat.happens(AccountsChanged((replace(ALICE, nicks=nicks),), (), chat.at))
        assert eve.does("NICK a1") == [answer]
    chat.happens(AccountsChanged((), ("alice",), chat.at))
    assert eve.does("NICK a1ice") == ["a1 NICK a1ice"]


def test_who_was_here_before_with_such_a_nick_keeps_it() -> None:
    chat = Chat()
    eve = chat.user("a1ice")
    chat.happens(AccountsChanged((ALICE,), (), chat.at))
    assert eve.hears() == []


def test_a_guest_looks_like_nobody() -> None:
    chat = owned(Account("Guestl", 1.0))
    eve = chat.user("eve")
    chat.happens(AccountsChanged((Account("eve", 1.0),), (), chat.at))
    assert eve.session.user.nick == "Guest2"


# -- the tables


def lines() -> list[str]:
    return [line for line in LOOKALIKES.read_text(encoding="utf-8").splitlines() if line[0] != "#"]


def test_the_table_of_ascii_is_that_of_unicode() -> None:
    pairs = dict(line.split(" ; ") for line in lines())
    for code in range(0x20, 0x7F):
        target = pairs.get(f"{code:04X}", f"{code:04X}")
        looks = "".join(chr(int(each, 16)) for each in target.split()).lower()
        assert ascii_skeleton(chr(code)) == looks


def test_the_file_is_made_of_what_a_nick_can_have() -> None:
    source = [
        "# confusables.txt",
        "#",
        "",
        "0430 ;\t0061 ;\tMA\t# CYRILLIC SMALL LETTER A",
        "0031 ;\t006C ;\tMA\t# DIGIT ONE",
        "006D ;\t0072 006E ;\tMA\t# m, which is to look like nothing else",
        "118E3 ;\t0072 006E ;\tMA\t# WARANG CITI DIGIT THREE",
        "2028 ;\t0020 ;\tMA\t#* LINE SEPARATOR, which no nick has",
        "# total: 5",
    ]
    assert list(lookalikes.kept(source)) == [
        "# confusables.txt",
        "0031 ; 006C",
        "0430 ; 0061",
        "118E3 ; 006D",
    ]
    assert {"0430 ; 0061", "0031 ; 006C"} <= set(lines())


nicks = st.text(
    st.characters(codec="utf-8", categories=["L", "N"], include_characters="_-[]^`{|}"),
    min_size=1,
    max_size=8,
)


@given(nicks)
def test_a_skeleton_is_one_for_every_way_of_writing_a_name(name: str) -> None:
    skeleton = case_mapping("precis").skeleton
    assert skeleton(unicodedata.normalize("NFD", name)) == skeleton(
        unicodedata.normalize("NFC", name)
    )
