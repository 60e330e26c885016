"""REGISTER and VERIFY: who may have which account, and what comes of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from trio_chat.core.account_questions import Register, Verdict, Verify, Why
from trio_chat.core.account_rules import AccountRules
from trio_chat.core.accounts import Account
from trio_chat.core.settings import Settings

from .language import HOST, Chat, Client, limited
from .owners import ALICE, BOB, SESAME, numerics, owned, owner, verdict
from .staff import answer, questions

CAROL = Account("carol", 1.0)


def ruled(**rules: Any) -> Chat:
    """A chat with `ALICE` and `BOB` and these rules."""
    return owned(settings=Settings(accounts=AccountRules(**rules)))


def newcomer(chat: Chat, nick: str = "carol") -> Client:
    """Somebody on the way in."""
    client = chat.open()
    for line in ("CAP REQ draft/account-registration", f"NICK {nick}", f"USER {nick} 0 * :Real"):
        client.sends(line)
    client.lines.clear()
    return client


def offered(client: Client) -> str | None:
    """The value of the capability; None if it is not on offer."""
    words = " ".join(each.params[-1] for each in client.asks("CAP LS 302")).split()
    values = dict(word.partition("=")[::2] for word in words)
    return values.get("draft/account-registration")


# -- what is on offer


def test_the_capability_says_how_one_registers() -> None:
    assert offered(ruled().open()) == "before-connect"
    assert offered(ruled(before_connect=False).open()) == ""
    everything = ruled(registration="invite", email=True, custom_name=True)
    assert offered(everything.open()) == "before-connect,custom-account-name,email-required"


@pytest.mark.parametrize("chat", [ruled(registration="closed"), Chat(accounts=None)])
def test_where_nobody_may_register_it_is_not_on_offer_and_told(chat: Chat) -> None:
    assert offered(chat.open()) is None
    carol = chat.user("carol")
    assert carol.does(f"REGISTER * * {SESAME}") == ["FAIL REGISTER DISALLOWED *"]
    assert questions(chat) == []


# -- REGISTER


def test_who_is_here_registers_an_account_and_is_logged_in_to_it() -> None:
    chat = owned()
    carol, dan = chat.users("carol", "dan", room="#tea", caps="account-notify")
    assert carol.does(f"REGISTER * * {SESAME}") == []
    assert questions(chat) == [Register("carol", SESAME)]
    assert verdict(chat, carol, account=CAROL) == [
        "REGISTER SUCCESS carol :Account successfully registered",
        f"900 carol carol!~carol@{HOST} carol",
        "carol ACCOUNT carol",
    ]
    assert dan.hears() == ["carol ACCOUNT carol"]
    assert chat.world.accounts.find("carol") is CAROL
    assert carol.session.user.account == "carol"


def test_who_is_on_the_way_in_registers_and_comes_in_logged_in() -> None:
    chat = owned()
    carol = newcomer(chat)
    carol.sends(f"REGISTER CAROL * {SESAME}")
    assert carol.does("CAP END") == []
    assert numerics(verdict(chat, carol, account=CAROL))[:3] == ["REGISTER", "900", "001"]


def test_an_address_must_be_confirmed_before_the_account_is_there() -> None:
    chat = ruled(email=True)
    carol = newcomer(chat)
    carol.sends(f"REGISTER * carol@example.org {SESAME}")
    assert questions(chat) == [Register("carol", SESAME, "carol@example.org")]
    unverified = replace(CAROL, verified=False)
    (heard,) = verdict(chat, carol, "unverified", unverified)
    assert heard.startswith("REGISTER VERIFICATION_REQUIRED carol :")
    assert carol.session.user.account == ""
    assert carol.does("VERIFY carol 1234") == []
    assert questions(chat) == [Verify("carol", "1234")]
    assert verdict(chat, carol, "wrong") == ["FAIL VERIFY INVALID_CODE carol"]
    carol.sends("VERIFY * 4321")
    assert verdict(chat, carol, account=CAROL) == [
        "VERIFY SUCCESS carol :Account successfully registered",
        f"900 carol carol!~carol@{HOST} carol",
    ]
    assert carol.does("CAP END")[0] == "001 carol"


def test_who_has_still_to_confirm_may_come_in_with_the_nick_meanwhile() -> None:
    chat = owned()
    carol = newcomer(chat)
    carol.sends(f"REGISTER * carol@example.org {SESAME}")
    verdict(chat, carol, "unverified", replace(CAROL, verified=False))
    assert carol.does("CAP END")[0] == "001 carol"


def test_who_has_still_to_confirm_may_ask_for_another_code() -> None:
    chat = owned()
    chat.world.accounts.put(replace(CAROL, verified=False))
    carol = newcomer(chat)
    carol.sends(f"REGISTER * carol@example.org {SESAME}")
    assert questions(chat) == [Register("carol", SESAME, "carol@example.org")]
    assert verdict(chat, carol, "taken") == ["FAIL REGISTER ACCOUNT_EXISTS carol"]


@pytest.mark.parametrize(
    ("why", "code"),
    [
        ("taken", "ACCOUNT_EXISTS"),
        ("weak", "WEAK_PASSWORD"),
        ("email", "INVALID_EMAIL"),
        ("invite", "INVITATION_REQUIRED"),
        ("full", "TEMPORARILY_UNAVAILABLE"),
        ("", "TEMPORARILY_UNAVAILABLE"),
    ],
)
def test_what_the_store_refuses_is_told(why: Why, code: str) -> None:
    chat = owned()
    carol = chat.user("carol")
    carol.sends(f"REGISTER * * {SESAME}")
    assert verdict(chat, carol, why) == [f"FAIL REGISTER {code} carol"]
    assert carol.session.user.account == ""


def test_the_store_may_say_why_in_its_own_words() -> None:
    chat = owned()
    carol = chat.user("carol")
    for why, text in (("weak", "It is a name"), ("unverified", "Look into your mail")):
        carol.sends(f"REGISTER * * {SESAME}")
        carol.lines.clear()
        answer(chat, carol, Verdict(why, text=text))  # type: ignore[arg-type]
        (heard,) = carol.take()
        assert heard.params[-1] == text


def test_when_nobody_can_say_it_is_told() -> None:
    chat = owned()
    carol = chat.user("carol")
    carol.sends(f"REGISTER * * {SESAME}")
    answer(chat, carol, None)
    assert carol.hears() == ["FAIL REGISTER TEMPORARILY_UNAVAILABLE carol"]
    chat.world.accounts.put(replace(CAROL, verified=False))
    for wrong in (None, Verdict("full"), Verdict()):
        carol.sends("VERIFY carol 1")
        answer(chat, carol, wrong)
        assert carol.hears() == ["FAIL VERIFY TEMPORARILY_UNAVAILABLE carol"]


@pytest.mark.parametrize(
    ("rules", "line", "refusal"),
    [
        ({}, "REGISTER dan * x", "ACCOUNT_NAME_MUST_BE_NICK dan"),
        ({"custom_name": True}, "REGISTER ALICE * x", "ACCOUNT_EXISTS ALICE"),
        ({"custom_name": True}, "REGISTER AL * x", "BAD_ACCOUNT_NAME AL"),
        ({"custom_name": True}, "REGISTER here * x", "BAD_ACCOUNT_NAME here"),
        ({"custom_name": True}, "REGISTER Guest7 * x", "BAD_ACCOUNT_NAME Guest7"),
        ({"custom_name": True}, "REGISTER #tea * x", "BAD_ACCOUNT_NAME #tea"),
        ({"custom_name": True}, "REGISTER \x1b[2J * x", "BAD_ACCOUNT_NAME \x1b[2J"),
        ({"custom_name": True}, "REGISTER é * x", "BAD_ACCOUNT_NAME é"),
        ({}, "REGISTER * * :", "UNACCEPTABLE_PASSWORD carol"),
        ({}, f"REGISTER * * {'é' * 151}", "UNACCEPTABLE_PASSWORD carol"),
        ({"password_bytes": 3}, "REGISTER * * four", "UNACCEPTABLE_PASSWORD carol"),
        ({"email": True}, "REGISTER * * x", "INVALID_EMAIL carol"),
    ],
)
def test_what_nobody_may_have_is_refused(rules: dict[str, Any], line: str, refusal: str) -> None:
    chat = ruled(**rules)
    chat.user("here")
    carol = chat.user("carol")
    assert carol.does(line) == [f"FAIL REGISTER {refusal}"]
    assert questions(chat) == []


def test_without_a_nick_there_is_no_account() -> None:
    chat = ruled(custom_name=True)
    for name in ("*", "carol"):
        assert chat.open().does(f"REGISTER {name} * x") == ["FAIL REGISTER NEED_NICK *"]
    assert chat.open().does("REGISTER *") == ["461 * REGISTER"]


def test_who_is_logged_in_has_an_account() -> None:
    chat = owned()
    alice = owner(chat, ALICE)
    for line in ("REGISTER * * x", "VERIFY * 1"):
        command = line.split()[0]
        assert alice.does(line) == [f"FAIL {command} ALREADY_AUTHENTICATED Alice"]


def test_some_want_one_to_come_in_first() -> None:
    chat = ruled(before_connect=False)
    carol = newcomer(chat)
    assert carol.does("REGISTER * * x") == ["FAIL REGISTER COMPLETE_CONNECTION_REQUIRED"]
    assert carol.does("VERIFY carol 1") == ["FAIL VERIFY COMPLETE_CONNECTION_REQUIRED"]
    carol.sends("CAP END")
    assert carol.does("REGISTER * * x") == []
    assert questions(chat) == [Register("carol", "x")]


def test_nobody_registers_past_the_password_of_the_server() -> None:
    for line in ("REGISTER * * x", "VERIFY carol 1"):
        chat = Chat(Settings(password="open"))
        carol = newcomer(chat)
        assert numerics(carol.does(line)) == ["464", "ERROR"]
        assert carol.closed == "Password incorrect"
        dan = newcomer(chat, "dan")
        dan.sends("PASS open")
        dan.sends("REGISTER * * x")
        assert questions(chat) == [Register("dan", "x")]


def test_an_invitation_is_the_last_parameter() -> None:
    chat = ruled(registration="invite")
    carol = chat.user("carol")
    for more, token in (("", ""), (" a-token", "a-token")):
        carol.sends(f"REGISTER * * {SESAME}{more}")
        assert questions(chat) == [Register("carol", SESAME, "", token, needs_invite=True)]
        verdict(chat, carol, "invite")


def test_a_code_for_an_account_that_is_not_there_is_wrong() -> None:
    chat = owned()
    carol = chat.user("carol")
    assert carol.does("VERIFY nobody 1") == ["FAIL VERIFY INVALID_CODE nobody"]
    assert carol.does("VERIFY x :") == ["FAIL VERIFY INVALID_CODE x"]
    assert questions(chat) == []


def test_who_took_the_nick_while_the_account_was_made_gives_it_up() -> None:
    chat = ruled(custom_name=True)
    carol = chat.user("carla", caps="sasl")
    carol.sends(f"REGISTER carol * {SESAME}")
    dan = chat.user("carol")
    verdict(chat, carol, account=CAROL)
    assert dan.hears()[-1] == "carol NICK Guest1"
    assert carol.does("NICK carol") == ["carla NICK carol"]


def test_one_address_registers_only_so_many_accounts() -> None:
    chat = owned(settings=limited(new_accounts_per_address=2, new_account_seconds=60))
    for _ in range(3):  # what nobody could do does not count
        carol = chat.user("carol")
        carol.sends(f"REGISTER * * {SESAME}")
        answer(chat, carol, None)
        carol.vanishes()
    for nick in ("c1", "c2"):
        user = chat.user(nick)
        user.sends(f"REGISTER * * {SESAME}")
        verdict(chat, user, account=Account(nick, 1.0))
    late = chat.user("c3")
    assert late.does(f"REGISTER * * {SESAME}") == ["FAIL REGISTER TEMPORARILY_UNAVAILABLE c3"]
    assert questions(chat) == []
    elsewhere = chat.user("c4", address="198.51.100.1")
    elsewhere.sends(f"REGISTER * * {SESAME}")
    assert len(questions(chat)) == 1


def test_one_address_tries_only_so_many_codes() -> None:
    chat = owned(settings=limited(login_failures_per_address=2))
    chat.world.accounts.put(replace(CAROL, verified=False))
    carol = chat.user("carol")
    for _ in range(2):
        carol.sends("VERIFY carol 1")
        verdict(chat, carol, "wrong")
    assert carol.does("VERIFY carol 1") == ["FAIL VERIFY TEMPORARILY_UNAVAILABLE carol"]
    assert questions(chat) == []


# -- where everyone must log in


def test_where_all_must_log_in_it_is_told_and_asked_for() -> None:
    chat = ruled(required=True)
    stranger = chat.open()
    stranger.sends("NICK eve")
    heard = stranger.does("USER eve 0 * :Eve")
    assert heard[0] == "FAIL * ACCOUNT_REQUIRED"
    assert heard[1].startswith("ERROR ")
    assert stranger.closed == "You must log in to an account to come in"
    carol = newcomer(chat)
    assert carol.does("CAP END") == ["FAIL * ACCOUNT_REQUIRED"]
    carol.sends(f"REGISTER * * {SESAME}")
    heard = verdict(chat, carol, account=CAROL)
    assert numerics(heard)[:3] == ["REGISTER", "900", "001"]
    assert any("draft/ACCOUNTREQUIRED" in line for line in heard)
    assert owner(chat, BOB).session.registered
