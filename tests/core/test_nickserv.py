"""NickServ: having an account, being logged in to it and ending it, by message."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Literal

import pytest

from trio_chat.core.account_questions import (
    AddCertificate,
    CheckLogin,
    DisableAccount,
    EraseAccount,
    ExportAccount,
    FinishSecondFactor,
    Invite,
    ListCertificates,
    Register,
    RemoveCertificate,
    SetNicks,
    SetPassword,
    StartSecondFactor,
    Verdict,
    Verify,
    Why,
)
from trio_chat.core.account_rules import AccountRules
from trio_chat.core.accounts import Account
from trio_chat.core.events import AccountsChanged, Answered
from trio_chat.core.gateways import Gateway
from trio_chat.core.privileges import Operator
from trio_chat.core.records import AuditRecord, BanRecord
from trio_chat.core.settings import Limits, Settings
from trio_chat.wire.message import MAX_BODY

from .language import HOST, START, Chat, Client, limited
from .owners import ALICE, BOB, SESAME, numerics, owned, owner
from .service_talk import answered, kept, told
from .staff import HASH, ROOT, log, operator, questions

CAROL = Account("carol", START)
NOWHERE = Settings(accounts=AccountRules(names_held=False))
FINGERPRINT = "ab" * 32


def staff() -> tuple[Chat, Client]:
    """A chat with `ALICE` and `BOB`, and an operator there."""
    chat = owned(settings=Settings(operators=(ROOT, Operator("clerk", HASH, privileges=("kill",)))))
    return chat, operator(chat, "root")


# -- how it is talked to


@pytest.mark.parametrize(
    "line",
    [
        *("PRIVMSG NickServ :INFO bob", "PRIVMSG nickserv@irc.example :info bob"),
        *("NICKSERV INFO bob", "NS :info bob", "NS info  :bob"),
    ],
)
def test_it_is_talked_to_in_every_way_people_are_used_to(line: str) -> None:
    chat = owned()
    (heard,) = chat.user("eve").asks(line)
    assert heard.source == f"NickServ!NickServ@{chat.world.settings.server_name}"
    assert (heard.command, heard.params[0]) == ("NOTICE", "eve")
    assert heard.params[1].startswith("bob, registered Tue Nov 14 2023")


def test_a_notice_and_tags_alone_are_not_answered() -> None:
    eve = owned().user("eve", caps="message-tags")
    assert eve.does("NOTICE NickServ :INFO bob") == []
    assert eve.does("@+typing=active TAGMSG NickServ") == []


def test_who_wants_an_echo_gets_it_and_nobody_else_does() -> None:
    chat = owned()
    alice = owner(chat, ALICE, caps="echo-message message-tags labeled-response batch")
    other = chat.device("Alice")
    heard = alice.does("@label=1 PRIVMSG nickserv :INFO bob")
    assert numerics(heard) == ["BATCH", "Alice", "NickServ", "BATCH"]
    assert heard[1] == "Alice PRIVMSG NickServ :INFO bob"
    assert alice.does("TAGMSG NickServ") == ["Alice TAGMSG NickServ"]
    assert other.hears() == []
    assert chat.reports == []


def test_a_label_stands_on_what_is_told_after_the_answer() -> None:
    chat = owned()
    eve = chat.user("eve", caps="labeled-response batch")
    assert eve.asks("@label=9 NS IDENTIFY alice sesame") == []
    eve.lines.clear()
    chat.happens(Answered(eve.session.id, Verdict("wrong"), chat.at))
    (heard,) = eve.take()
    assert (heard.tags["label"], heard.params[-1]) == ("9", "That is not right.")


def test_a_service_is_written_to_by_itself() -> None:
    chat = owned()
    eve, dan = chat.user("eve"), chat.user("dan")
    heard = eve.does("PRIVMSG NickServ,nickserv,dan :IDENTIFY alice sesame")
    assert heard == ["407 eve NickServ", "407 eve NickServ"]
    assert questions(chat) == []
    assert dan.hears() == ["eve PRIVMSG dan :IDENTIFY alice sesame"]


def test_nobody_can_be_called_like_a_service() -> None:
    chat = owned()
    eve = chat.user("eve")
    assert eve.does("NICK nickSERV") == ["432 eve nickSERV"]
    assert chat.open().does("NICK ChanServ") == ["432 * ChanServ"]
    chat = owned(settings=Settings(casemapping="precis"))
    assert chat.user("eve").does("NICK \uff2eickServ") == ["432 eve \uff2eickServ"]
    chat = owned(settings=Settings(accounts=AccountRules(custom_name=True)))
    carol = chat.user("carol")
    assert carol.does("REGISTER chanserv * sesame") == ["FAIL REGISTER BAD_ACCOUNT_NAME chanserv"]


@pytest.mark.parametrize("casemapping", ["ascii", "rfc1459", "precis"])
@pytest.mark.parametrize(
    "nick", ["NickServ", "NICKSERV", "nIckServ", "N1ckServ", "NlckServ", "n1ckserv", "CHANSERV"]
)
def test_nobody_can_be_called_like_a_service_in_any_case(
    nick: str, casemapping: Literal["ascii", "rfc1459", "precis"]
) -> None:
    chat = owned(settings=Settings(casemapping=casemapping))
    assert chat.user("eve").does(f"NICK {nick}") == [f"432 eve {nick}"]
    assert chat.open().does(f"NICK {nick}") == [f"432 * {nick}"]


def test_it_is_no_user() -> None:
    eve = owned().user("eve", "#tea")
    assert eve.does("ISON NickServ") == ["303 eve :"]
    assert eve.does("USERHOST NickServ") == ["302 eve :"]
    assert eve.does("WHO NickServ") == ["315 eve NickServ"]
    assert eve.does("MONITOR + NickServ") == ["731 eve NickServ"]
    assert eve.does("INVITE NickServ #tea") == ["401 eve NickServ"]
    told = eve.asks("WHOIS nickserv")
    assert [message.command for message in told] == ["311", "312", "313", "318"]
    # A client shows what the last parameter says, and none of these may be short of it.
    assert [len(message.params) for message in told] == [6, 4, 3, 3]
    assert numerics(eve.does("WHOIS nobody")) == ["401", "318"]


def test_help_tells_every_word_and_those_of_operators_to_them() -> None:
    chat, root = staff()
    eve = chat.user("eve")
    heard = told(eve, "NS")
    assert heard == told(eve, "NS HELP") == told(eve, "NS HELP nonsense")
    assert any(line.startswith("IDENTIFY [account] password") for line in heard)
    assert not any(line.startswith("DISABLE") for line in heard)
    assert any(line.startswith("DISABLE") for line in told(root, "NS HELP"))
    assert told(eve, "NS HELP id")[0].startswith("IDENTIFY ")


@pytest.mark.parametrize("line", ["NS NONSENSE", "NS :", "PRIVMSG NickServ :\x01VERSION\x01"])
def test_what_is_no_word_leads_to_help(line: str) -> None:
    heard = told(owned().user("eve"), line)
    assert "HELP" in heard[-1]


@pytest.mark.parametrize("line", ["NS PASSWD a", "NS CERT", "NS LOGOUT now", "NS INFO a b"])
def test_too_few_and_too_many_words_are_told(line: str) -> None:
    chat = owned()
    (heard,) = told(owner(chat, ALICE), line)
    assert heard.startswith(f"Say: {line.split()[1]}")


OWN_ALONE = (
    *("LOGOUT", "REGAIN al", "GHOST al", "GROUP", "UNGROUP", "PASSWD a b", "CERT LIST", "2FA ON"),
    *("EXPORT", "ERASE x", "ERASE x x"),
)


@pytest.mark.parametrize("word", OWN_ALONE)
def test_what_is_for_owners_takes_a_login(word: str) -> None:
    chat = owned()
    (heard,) = told(chat.user("eve"), f"NS {word}")
    assert "Log in to your account first" in heard
    assert questions(chat) == []


def test_where_nothing_keeps_accounts_it_says_so() -> None:
    chat = Chat(accounts=None)
    eve = chat.user("eve")
    assert told(eve, f"NS REGISTER {SESAME}") == ["Nobody can register an account here"]
    eve.sends("NS IDENTIFY x")
    assert answered(chat, eve, None) == ["This cannot be done at present, try again later."]


# -- REGISTER, VERIFY


@pytest.mark.parametrize(
    ("line", "question"),
    [
        ("NS REGISTER sesame", Register("carol", SESAME)),
        ("NS REGISTER sesame c@x.org", Register("carol", SESAME, "c@x.org")),
        ("NS REGISTER sesame * ticket", Register("carol", SESAME, "", "ticket")),
    ],
)
def test_one_registers_ones_nick(line: str, question: Register) -> None:
    chat = owned()
    carol = chat.user("carol")
    assert told(carol, line) == []
    assert questions(chat) == [question]
    assert answered(chat, carol, Verdict(account=CAROL)) == [
        "Account successfully registered.",
        f"900 carol carol!~carol@{HOST} carol",
    ]
    assert chat.world.accounts.find("carol") is CAROL


def test_an_address_is_confirmed() -> None:
    chat = owned()
    carol = chat.user("carol")
    carol.sends("NS REGISTER sesame c@x.org")
    unverified = replace(CAROL, verified=False)
    (heard,) = answered(chat, carol, Verdict("unverified", unverified))
    assert "VERIFY" in heard
    carol.sends("NS VERIFY 1234")
    assert questions(chat) == [Verify("carol", "1234")]
    assert answered(chat, carol, Verdict("wrong")) == ["This is not the code"]
    carol.sends("NS CONFIRM carol 4321")
    assert numerics(answered(chat, carol, Verdict(account=CAROL))) == ["Account", "900"]


def test_what_a_registration_is_refused_for_is_told() -> None:
    chat = owned()
    carol = chat.user("carol")
    carol.sends("NS REGISTER x")
    assert answered(chat, carol, Verdict("weak")) == ["The password is too easy to guess"]
    chat.world.alert = 3
    assert told(carol, "NS REGISTER x")[0].startswith("Nobody can register an account at present")
    assert carol.does("REGISTER * * x") == ["FAIL REGISTER TEMPORARILY_UNAVAILABLE carol"]


# -- IDENTIFY, LOGOUT


@pytest.mark.parametrize(
    ("nick", "said", "question"),
    [
        ("ally", "Alice sesame", CheckLogin("Alice", SESAME)),
        ("ally", "alice sesame 123456", CheckLogin("Alice", "sesame 123456")),
        ("ally", "sesame", CheckLogin("ally", SESAME)),
        ("ally", "open sesame please", CheckLogin("ally", "open sesame please")),
        ("al", "sesame", CheckLogin("Alice", SESAME)),
        ("al", "sesame 123456", CheckLogin("Alice", "sesame 123456")),
    ],
)
def test_the_account_may_be_named_or_is_that_of_the_nick(
    nick: str, said: str, question: CheckLogin
) -> None:
    chat = owned(settings=NOWHERE)
    eve = chat.user(nick)
    assert told(eve, f"NS IDENTIFY {said}") == []
    assert questions(chat) == [question]


def test_with_the_right_password_one_is_logged_in() -> None:
    chat = owned()
    ally, dan = chat.users("ally", "dan", room="#tea", caps="account-notify")
    ally.sends("PRIVMSG NickServ :IDENTIFY alice sesame")
    assert answered(chat, ally, Verdict(account=ALICE)) == [
        f"900 ally ally!~ally@{HOST} Alice",
        "ally ACCOUNT Alice",
        "You are logged in to Alice.",
    ]
    assert dan.hears() == ["ally ACCOUNT Alice"]
    assert numerics(told(ally, "NS LOGOUT")) == ["901", "ally", "You"]
    assert ally.session.user.account == ""


def test_the_answer_is_old_and_the_account_disabled_by_now() -> None:
    chat = owned()
    ally = chat.user("ally")
    ally.sends("NS ID alice sesame")
    chat.happens(AccountsChanged((replace(ALICE, disabled=True),), (), chat.at))
    assert answered(chat, ally, Verdict(account=ALICE)) == ["The account is disabled."]
    ally.sends("NS ID alice sesame")
    assert "cannot be done" in answered(chat, ally, Verdict())[0]
    assert ally.session.user.account == ""


def test_an_account_that_is_new_is_known_from_then_on() -> None:
    chat = owned()
    carol = chat.user("carol")
    carol.sends("NS ID sesame")
    assert numerics(answered(chat, carol, Verdict(account=CAROL))) == ["900", "You"]
    assert chat.world.accounts.find("carol") is CAROL


@pytest.mark.parametrize("later", [(), (replace(ALICE, created=START + 9),)])
def test_nobody_is_logged_in_to_an_account_that_was_erased_meanwhile(
    later: tuple[Account, ...],
) -> None:
    chat = owned()
    ally = chat.user("ally")
    ally.sends("NS ID alice sesame")
    chat.happens(AccountsChanged(later, ("Alice",), chat.at))
    assert "cannot be done" in answered(chat, ally, Verdict(account=ALICE))[0]
    assert ally.session.user.account == ""


def test_who_logs_out_where_everybody_must_be_logged_in_is_let_go() -> None:
    chat = owned(settings=Settings(accounts=AccountRules(required=True)))
    alice = owner(chat, ALICE)
    assert told(alice, "NS LOGOUT")[-1].startswith("ERROR :")
    assert alice.closed


@pytest.mark.parametrize("why", ["wrong", "disabled", "unverified", "second-factor", "full"])
def test_a_failure_counts_and_is_logged_without_the_password(why: Why) -> None:
    chat = owned(settings=limited(password_tries=2))
    eve = chat.user("eve")
    eve.sends("NS IDENTIFY alice hunter2")
    (heard,) = answered(chat, eve, Verdict(why))
    assert heard.endswith(".")
    (line,) = log(chat)
    assert "Alice" in line
    assert "hunter2" not in line
    eve.sends("NS IDENTIFY hunter2 hunter2 hunter2")
    assert answered(chat, eve, Verdict(why))[0].startswith("ERROR :")
    assert eve.closed == "Too many wrong passwords"
    assert "hunter2" not in str([*log(chat), *chat.effects, *chat.reports])


def test_an_address_has_only_so_many_tries_whichever_way() -> None:
    chat = owned(settings=limited(login_failures_per_address=2))
    eve, dan = chat.user("eve"), chat.user("dan")
    eve.sends("NS ID alice x")
    answered(chat, eve, Verdict("wrong"))
    eve.sends("NS ID alice x")
    answered(chat, eve, None)
    eve.sends("NS ID alice x")
    answered(chat, eve, Verdict("wrong"))
    assert told(dan, "NS ID alice x")[0].startswith("Too many tries from your address")
    assert questions(chat) == []
    dan.sends("CAP REQ sasl")
    dan.sends("AUTHENTICATE PLAIN")
    assert dan.does("AUTHENTICATE AGEAYg==") == ["904 dan"]


def test_who_is_here_with_several_clients_keeps_the_account() -> None:
    chat = owned()
    alice = owner(chat, ALICE)
    chat.device("Alice")
    alice.sends("NS IDENTIFY bob sesame")
    assert "several clients" in answered(chat, alice, Verdict(account=BOB))[0]
    alice.sends("NS IDENTIFY alice sesame")
    assert numerics(answered(chat, alice, Verdict(account=ALICE))) == ["900", "You"]


def test_who_logs_in_to_a_banned_account_is_let_go() -> None:
    chat = owned()
    chat.world.bans.put(BanRecord("account", "bob", "spam", "root", START))
    eve = chat.user("eve")
    eve.sends("NS IDENTIFY bob sesame")
    answered(chat, eve, Verdict(account=BOB))
    assert eve.closed


# -- nicks


def test_a_nick_is_held_for_an_account_and_let_go_of() -> None:
    chat = owned()
    alice = owner(chat, ALICE, nick="ally")
    assert told(alice, "NS GROUP") == []
    assert questions(chat) == [SetNicks("Alice", ("al", "ally"))]
    more = replace(ALICE, nicks=("al", "ally"))
    assert answered(chat, alice, Verdict(account=more)) == ["ally is held for your account now."]
    assert chat.world.accounts.holder("ALLY") is more
    assert told(alice, "NS GROUP") == ["This name is held for an account already."]
    alice.sends("NS UNGROUP AL")
    assert questions(chat) == [SetNicks("Alice", ("ally",))]
    answered(chat, alice, Verdict(account=replace(more, nicks=("ally",))))
    assert chat.world.accounts.holder("al") is None
    alice.sends("NS UNGROUP")
    assert questions(chat) == [SetNicks("Alice", ())]
    answered(chat, alice, Verdict(account=replace(more, nicks=())))
    assert "no nick of your account" in told(alice, "NS UNGROUP alice")[0]


def test_a_nick_that_cannot_be_held_is_refused() -> None:
    chat = owned(ALICE, replace(CAROL, verified=False))
    guest = owner(chat, ALICE, nick="Guest7")
    assert told(guest, "NS GROUP") == ["An account cannot have this name."]
    guest.sends("NICK carol")
    assert told(guest, "NS GROUP") == ["This name is held for an account already."]
    guest.sends("NICK free")
    guest.sends("NS GROUP")
    assert answered(chat, guest, Verdict("taken")) == ["That is somebody's already."]
    guest.sends("NS GROUP")
    assert answered(chat, guest, Verdict("wrong", text="That is no nick")) == ["That is no nick"]


def test_an_account_has_only_so_many_nicks() -> None:
    chat = owned(settings=Settings(accounts=AccountRules(nicks_per_account=1)))
    assert "at most 1 nicks" in told(owner(chat, ALICE, nick="ally"), "NS GROUP")[0]
    with pytest.raises(ValueError, match="nicks_per_account"):
        AccountRules(nicks_per_account=-1)


def test_a_nick_of_ones_own_is_regained_from_a_client_left_behind() -> None:
    chat = owned(settings=Settings(accounts=AccountRules(multiclient=False)))
    old, new = owner(chat, ALICE, "#tea"), owner(chat, ALICE, nick="ally")
    assert told(new, "NS REGAIN alice") == ["ally NICK alice"]
    assert old.closed


def test_with_several_clients_allowed_they_become_one_user() -> None:
    chat = owned()
    old, new = owner(chat, ALICE, "#tea"), owner(chat, ALICE, nick="ally")
    new.sends("NS REGAIN alice")
    assert new.session.user is old.session.user
    assert not old.closed


def test_a_nick_that_nobody_has_is_taken() -> None:
    chat = owned()
    alice = owner(chat, ALICE, nick="ally")
    assert told(alice, "NS RECOVER al sesame") == ["ally NICK al"]
    assert told(alice, "NS REGAIN AL") == ["You have the nick al."]
    assert told(alice, "NS REGAIN bob") == ["bob is not held for your account."]
    assert told(alice, "NS GHOST alice") == ["Nobody has the nick alice."]


@pytest.mark.parametrize(
    ("word", "heard"),
    [("GHOST", "Alice is free."), ("REGAIN", "ally NICK Alice")],
)
def test_where_names_are_not_held_a_stranger_has_to_go(word: str, heard: str) -> None:
    chat = owned(settings=NOWHERE)
    eve, alice = chat.user("Alice"), owner(chat, ALICE, nick="ally")
    assert told(alice, f"NS {word} alice") == [heard]
    assert eve.closed


# -- INFO, EXPORT


def test_of_others_little_is_told() -> None:
    chat = owned(replace(ALICE, email="a@x.org"), BOB)
    alice, eve = owner(chat, ALICE), chat.user("eve")
    assert len(told(eve, "NS INFO alice")) == 1
    assert told(eve, "NS INFO") == ["There is no account eve."]
    assert told(alice, "NS INFO")[1:] == [
        "Nicks: Alice, al.",
        "E-mail: a@x.org. Second factor: off.",
        "Always-on: off.",
    ]


def test_an_operator_is_told_of_accounts_what_their_owners_are() -> None:
    chat, root = staff()
    changed = replace(ALICE, disabled=True, verified=False, has_second_factor=True)
    chat.happens(AccountsChanged((changed,), (), chat.at))
    heard = told(root, "NS INFO alice")
    assert heard[2] == "E-mail: none. Second factor: on."
    assert [line for line in heard if line.startswith("It")] == heard[4:]
    assert len(heard) == 6


def test_an_export_comes_in_pieces_that_can_be_put_together() -> None:
    chat = owned()
    alice = owner(chat, ALICE)
    alice.sends("NS EXPORT")
    assert questions(chat) == [ExportAccount("Alice")]
    text = json.dumps({"a b": ["é👋 " * 300]}, ensure_ascii=False)
    pieces = answered(chat, alice, Verdict(account=ALICE, text=text))
    assert "".join(pieces) == text
    assert len(pieces) == 5


def test_the_longest_names_leave_an_answer_whole() -> None:
    settings = Settings(server_name="s" * 63, casemapping="precis", limits=Limits(nick_length=40))
    chat = owned(settings=settings)
    alice = owner(chat, ALICE, nick="ä" * 40)
    alice.sends("NS EXPORT")
    alice.lines.clear()
    chat.happens(Answered(alice.session.id, Verdict(account=ALICE, text="x" * 1000), chat.at))
    assert max(len(line) for line in alice.lines) == MAX_BODY
    assert "".join(told(alice)) == "x" * 1000


# -- PASSWD, CERT, 2FA


def test_the_password_is_changed() -> None:
    chat = owned()
    alice = owner(chat, ALICE)
    assert told(alice, "NS PASSWD old new other") == [
        "The new password is not the same both times."
    ]
    assert told(alice, f"NS PASSWD old {'x' * 301}")[0].startswith("The password must have")
    for line in ("NS PASSWD old new", "NS PASSWD old new new"):
        alice.sends(line)
        assert questions(chat) == [SetPassword("Alice", "new", "old")]
        assert "new" not in repr(questions(chat))
        assert answered(chat, alice, Verdict(account=ALICE)) == [
            "Your password is another one now."
        ]


def test_a_guess_at_the_old_password_counts_but_a_weak_new_one_does_not() -> None:
    chat = owned(settings=limited(password_tries=1))
    alice = owner(chat, ALICE)
    alice.sends("NS PASSWD old new")
    assert answered(chat, alice, Verdict("weak", text="It is short.")) == ["It is short."]
    assert alice.session.failures == 0
    alice.sends("NS PASSWD guess new")
    answered(chat, alice, Verdict("wrong"))
    assert alice.closed


def test_certificates_are_added_listed_and_taken_away() -> None:
    chat = owned()
    alice = owner(chat, ALICE)
    colons = ":".join([FINGERPRINT[:2].upper()] * 32)
    alice.sends(f"NS CERT ADD {colons}")
    assert questions(chat) == [AddCertificate("Alice", FINGERPRINT)]
    assert answered(chat, alice, Verdict("full")) == ["There are too many already."]
    alice.sends("NS CERT LIST")
    assert questions(chat) == [ListCertificates("Alice")]
    alice.lines.clear()
    chat.happens(Answered(alice.session.id, (FINGERPRINT,), chat.at))
    assert told(alice) == [FINGERPRINT, "Certificates of your account: 1."]
    alice.sends("NS CERT LIST")
    assert "cannot be done" in answered(chat, alice, None)[0]
    alice.sends(f"NS CERT DEL {FINGERPRINT}")
    assert questions(chat) == [RemoveCertificate("Alice", FINGERPRINT)]
    assert answered(chat, alice, Verdict(account=ALICE)) == [
        "This certificate logs in to it no longer."
    ]
    assert told(alice, "NS CERT DEL nonsense")[0].startswith("That is no fingerprint")
    assert told(alice, f"NS CERT ADD {'g' * 64}")[0].startswith("That is no fingerprint")
    assert told(alice, "NS CERT FORGET")[0].startswith("Say: CERT LIST")


def test_the_certificate_of_the_client_itself_is_added() -> None:
    chat = owned()
    alice = chat.open(fingerprint=FINGERPRINT)
    for line in ("NICK ally", "USER a 0 * :A", "NS ID alice sesame"):
        alice.sends(line)
    answered(chat, alice, Verdict(account=ALICE))
    alice.sends("NS CERT ADD")
    assert questions(chat) == [AddCertificate("Alice", FINGERPRINT)]
    assert "no certificate" in told(owner(chat, BOB), "NS CERT ADD")[0]


def test_the_certificate_of_a_gateway_is_not_that_of_its_user() -> None:
    chat = owned(settings=Settings(gateways=(Gateway("secret", (HOST,)),)))
    alice = chat.open(fingerprint=FINGERPRINT)
    for line in ("WEBIRC secret gate host 192.0.2.7", "NICK ally", "USER a 0 * :A"):
        alice.sends(line)
    alice.sends("NS ID alice sesame")
    answered(chat, alice, Verdict(account=ALICE))
    assert "no certificate" in told(alice, "NS CERT ADD")[0]


def test_a_second_factor_is_turned_on_and_off() -> None:
    chat = owned()
    alice = owner(chat, ALICE)
    alice.sends("NS 2FA on")
    assert questions(chat) == [StartSecondFactor("Alice")]
    assert answered(chat, alice, Verdict(account=ALICE, text="otpauth://x"))[1] == "otpauth://x"
    for word, is_on in (("CONFIRM", True), ("OFF", False)):
        alice.sends(f"NS 2FA {word} 123456")
        assert questions(chat) == [FinishSecondFactor("Alice", "123456", is_on)]
        (heard,) = answered(chat, alice, Verdict(account=ALICE))
        assert heard == f"The second factor is {'on' if is_on else 'off'}."
    alice.sends("NS 2FA OFF 123456")
    answered(chat, alice, Verdict("wrong"))
    assert alice.session.failures == 1
    assert told(alice, "NS 2FA OFF")[0].startswith("Say: 2FA ON")


# -- the end of an account


def test_an_owner_erases_their_account_by_its_password() -> None:
    chat = owned()
    alice = owner(chat, ALICE)
    alice.sends("NS ERASE guess")
    assert answered(chat, alice, Verdict("wrong")) == ["That is not right."]
    alice.sends("NS DROP open sesame")
    assert questions(chat) == [EraseAccount("Alice", "open sesame")]
    heard = answered(chat, alice, Verdict())
    assert heard[0] == "The account Alice and all that was kept of it are erased."
    assert numerics(heard[1:]) == ["NOTICE", "901"]
    assert chat.world.accounts.find("alice") is None


def test_others_accounts_are_for_operators_with_the_privilege() -> None:
    chat, _ = staff()
    bob, clerk = owner(chat, BOB), operator(chat, "clerk", name="clerk")
    for line in ("NS EXPORT alice", "NS ERASE alice alice"):
        assert told(bob, line) == ["You may do that with your own account alone."]
    for line in ("NS DISABLE alice", "NS ENABLE alice", "NS INVITE"):
        assert told(bob, line) == ["Permission denied: you're not an IRC operator"]
        assert told(clerk, line) == ["Insufficient operator privileges"]
    assert questions(chat) == []


@pytest.mark.parametrize(
    ("line", "question", "action"),
    [
        ("NS EXPORT alice", ExportAccount("Alice"), "EXPORT"),
        ("NS ERASE alice alice", EraseAccount("Alice"), "ERASE"),
        ("NS DISABLE alice", DisableAccount("Alice"), "DISABLE"),
        ("NS ENABLE alice", DisableAccount("Alice", False), "ENABLE"),
        ("NS INVITE", Invite("root", 1, 7 * 86400.0), "INVITE"),
        ("NS INVITE 5 2w", Invite("root", 5, 14 * 86400.0), "INVITE"),
    ],
)
def test_what_an_operator_does_is_written_down(line: str, question: object, action: str) -> None:
    chat, root = staff()
    root.sends(line)
    assert questions(chat) == [question]
    (record,) = kept(chat)
    assert isinstance(record, AuditRecord)
    assert (record.by, record.action) == ("root", action)
    assert answered(chat, root, None) == ["This cannot be done at present, try again later."]


def test_an_account_is_disabled_and_enabled_again() -> None:
    chat, root = staff()
    alice = owner(chat, ALICE, nick="ally")
    disabled = replace(ALICE, disabled=True)
    root.sends("NS DISABLE alice")
    assert answered(chat, root, Verdict(account=disabled)) == ["Alice is disabled."]
    assert alice.session.user.account == ""
    root.sends("NS ENABLE alice")
    assert answered(chat, root, Verdict(account=ALICE)) == ["Alice is enabled."]
    assert chat.world.accounts.find("alice") is ALICE
    root.sends("NS ENABLE alice")
    assert answered(chat, root, Verdict()) == ["Alice is enabled."]
    assert told(root, "NS DISABLE nobody") == ["There is no account nobody."]


def test_an_operator_erases_the_account_of_another() -> None:
    chat, root = staff()
    alice = owner(chat, ALICE, nick="ally")
    root.sends("NS ERASE alice alice")
    answered(chat, root, Verdict())
    assert (chat.world.accounts.find("alice"), alice.session.user.account) == (None, "")


def test_an_invitation_is_made() -> None:
    _, root = staff()
    for line in ("NS INVITE x", "NS INVITE 0", "NS INVITE 99999", "NS INVITE 1 soon"):
        assert told(root, line)[0].startswith("Say: INVITE")
    root.sends("NS INVITE 2")
    heard = answered(root.chat, root, Verdict(text="ticket"))
    assert heard == ["Whoever has this may register: ticket"]
