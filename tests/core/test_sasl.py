"""AUTHENTICATE: logging in before coming in and after, by every mechanism, right and wrong."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest

from trio_chat.core.account_questions import (
    CheckCertificate,
    CheckLogin,
    CheckToken,
    FinishScram,
    Scram,
    StartScram,
    Verdict,
    Why,
)
from trio_chat.core.account_rules import AccountRules
from trio_chat.core.accounts import Account
from trio_chat.core.commands.authentication import FAILED
from trio_chat.core.events import AccountsChanged, Reread
from trio_chat.core.questions import Reading
from trio_chat.core.settings import Settings
from trio_chat.wire.sasl import CHUNK_BYTES, MESSAGE_BYTES

from .language import HOST, Chat, Client, limited
from .owners import (
    ALICE,
    BOB,
    SESAME,
    log_in,
    numerics,
    owned,
    owner,
    plain,
    says,
    verdict,
)
from .staff import answer, log, questions

FINGERPRINT = "ab" * 32
ALL = Settings(
    accounts=AccountRules(mechanisms=("EXTERNAL", "OAUTHBEARER", "PLAIN", "SCRAM-SHA-256"))
)


def newcomer(chat: Chat, nick: str = "alice", fingerprint: str | None = None) -> Client:
    """Somebody on the way in who has negotiated sasl."""
    client = chat.open(fingerprint=fingerprint)
    for line in ("CAP LS 302", "CAP REQ sasl", f"NICK {nick}", f"USER {nick} 0 * :Real"):
        client.sends(line)
    client.lines.clear()
    return client


def offered(client: Client) -> str | None:
    """The mechanisms that a client is told of; None if it is not told of sasl."""
    words = " ".join(each.params[-1] for each in client.asks("CAP LS 302")).split()
    values = dict(word.partition("=")[::2] for word in words)
    return values.get("sasl")


# -- what is on offer


def test_the_mechanisms_are_those_of_the_settings_and_external_takes_tls() -> None:
    chat = owned(settings=ALL)
    assert offered(chat.open()) == "OAUTHBEARER,PLAIN,SCRAM-SHA-256"
    assert offered(chat.open(fingerprint="")) == "EXTERNAL,OAUTHBEARER,PLAIN,SCRAM-SHA-256"
    assert offered(Chat().open()) == "PLAIN,SCRAM-SHA-256"


@pytest.mark.parametrize(
    "chat",
    [Chat(accounts=None), Chat(Settings(accounts=AccountRules(mechanisms=())))],
    ids=["nothing keeps accounts", "no mechanism"],
)
def test_where_nobody_can_log_in_sasl_is_not_on_offer(chat: Chat) -> None:
    alice = chat.open()
    assert offered(alice) is None
    assert alice.does("CAP REQ sasl") == ["CAP * NAK sasl"]
    assert alice.does("AUTHENTICATE PLAIN") == ["904 *"]
    assert alice.does("AUTHENTICATE *") == ["906 *"]
    for line in ("NICK alice", "USER alice 0 * :Alice", "CAP END"):
        alice.sends(line)
    assert alice.session.registered


def test_a_change_of_the_mechanisms_is_told_to_each_as_it_concerns_them() -> None:
    chat = owned()
    alice, bob = newcomer(chat), newcomer(chat, "bobby", fingerprint="")
    one = Settings(accounts=AccountRules(mechanisms=("EXTERNAL",)))
    chat.happens(Reread(Reading("chat.toml", one), chat.at))
    assert alice.hears() == ["CAP alice DEL sasl"]
    assert bob.hears() == ["CAP bobby NEW sasl=EXTERNAL"]
    assert alice.does("AUTHENTICATE PLAIN") == ["904 alice"]
    chat.happens(Reread(Reading("chat.toml", Settings()), chat.at))
    assert alice.hears() == ["CAP alice NEW sasl=PLAIN,SCRAM-SHA-256"]
    assert bob.hears() == ["CAP bobby NEW sasl=EXTERNAL,PLAIN,SCRAM-SHA-256"]


def test_without_the_capability_nobody_is_logged_in() -> None:
    chat = owned()
    alice = chat.open()
    alice.sends("NICK alice")
    assert alice.does("AUTHENTICATE PLAIN") == ["904 alice"]
    alice.sends("CAP REQ sasl")
    assert alice.does("AUTHENTICATE PLAIN") == ["AUTHENTICATE +"]
    alice.sends("CAP REQ -sasl")
    assert alice.does(f"AUTHENTICATE {plain('alice')}") == ["904 alice"]
    assert questions(chat) == []


def test_of_an_unknown_mechanism_the_known_are_told() -> None:
    alice = newcomer(owned())
    for name in ("SCRAM-SHA-1", "EXTERNAL", "+", ":", "é"):
        assert alice.does(f"AUTHENTICATE {name}") == [
            "908 alice PLAIN,SCRAM-SHA-256",
            "904 alice",
        ]
    assert alice.does("AUTHENTICATE") == ["461 alice AUTHENTICATE"]


# -- PLAIN


def test_the_right_password_logs_in_before_the_welcome() -> None:
    chat = owned()
    alice = newcomer(chat)
    assert alice.does("AUTHENTICATE plain") == ["AUTHENTICATE +"]
    alice.sends(f"AUTHENTICATE {plain('alice')}")
    assert questions(chat) == [CheckLogin("alice", SESAME)]
    assert alice.does("CAP END") == []  # it waits for the answer
    heard = verdict(chat, alice, account=ALICE)
    assert heard[:3] == [
        f"900 alice alice!~alice@{HOST} Alice",
        "903 alice",
        "001 alice",
    ]
    assert alice.session.user.account == "Alice"


def test_before_nick_and_user_there_are_stars() -> None:
    chat = owned()
    alice = chat.open()
    alice.sends("CAP REQ sasl")
    heard = log_in(chat, alice, ALICE)
    assert heard[0] == f"900 * *!*@{HOST} Alice"
    assert heard[1] == "903 *"


@pytest.mark.parametrize(
    ("why", "answers"),
    [
        ("wrong", ["904 alice"]),
        ("disabled", ["902 alice", "904 alice"]),
        ("unverified", ["904 alice"]),
        ("second-factor", ["904 alice"]),
        ("full", ["904 alice"]),
    ],
)
def test_a_login_that_fails_may_be_tried_again(why: Why, answers: list[str]) -> None:
    chat = owned()
    alice = newcomer(chat)
    alice.sends("AUTHENTICATE PLAIN")
    alice.sends(f"AUTHENTICATE {plain('alice', 'simsim')}")
    heard = verdict(chat, alice, why)
    assert [line.partition(" :")[0] for line in heard] == answers
    assert (alice.session.user.account, alice.session.failures) == ("", 1)
    assert numerics(log_in(chat, alice, ALICE)) == ["900", "903"]


TOLD: tuple[Why | None, ...] = ("disabled", "unverified", "second-factor", None)


def test_an_owner_is_told_what_is_wrong_with_the_account_and_a_guesser_is_not() -> None:
    told = {}
    whys: tuple[Why | None, ...] = ("wrong", "full", *TOLD)
    for why in whys:
        chat = owned()
        alice = newcomer(chat)
        alice.sends("AUTHENTICATE PLAIN")
        alice.sends(f"AUTHENTICATE {plain('alice')}")
        alice.lines.clear()
        answer(chat, alice, None if why is None else Verdict(why))
        told[why] = alice.take()[-1].params[-1]
    assert told["wrong"] == told["full"] == FAILED
    assert len({FAILED, *(told[why] for why in TOLD)}) == 1 + len(TOLD)


def test_a_question_nobody_could_answer_is_no_failure_of_the_client() -> None:
    chat = owned()
    alice = newcomer(chat)
    alice.sends("AUTHENTICATE PLAIN")
    alice.sends(f"AUTHENTICATE {plain('alice')}")
    answer(chat, alice, None)
    assert alice.hears() == ["AUTHENTICATE +", "904 alice"]
    assert (alice.session.failures, log(chat)) == (0, [])


def test_a_message_of_several_lines_is_put_together() -> None:
    chat = owned()
    alice = newcomer(chat)
    password = "x" * 293  # 300 bytes, and so 400 of base64, with the name and the separators
    alice.sends("AUTHENTICATE PLAIN")
    alice.sends(f"AUTHENTICATE {plain('alice', password)}")
    assert questions(chat) == []
    alice.sends("AUTHENTICATE +")
    assert questions(chat) == [CheckLogin("alice", password)]


def test_one_cannot_log_in_for_another_but_say_who_one_is_twice() -> None:
    chat = owned()
    alice = newcomer(chat)
    for authzid, asked in (("bob", 0), ("ALICE", 1)):
        alice.sends("AUTHENTICATE PLAIN")
        alice.sends(f"AUTHENTICATE {plain('alice', authzid=authzid)}")
        assert len(questions(chat)) == asked
    assert numerics(alice.hears()) == ["AUTHENTICATE", "904", "AUTHENTICATE"]


NO_PLAIN = [
    b"",
    b"alice",
    b"\0alice",
    b"\0alice\0",
    b"\0\0sesame",
    b"\0alice\0sesame\0",
    b"\0alice\0sesame\0\0more",
    b"\0al\xff\0sesame",
    "\0alice\0s\u00e9same".encode("latin-1"),
    b"\0al\rice\0sesame",
    b"\0alice\nPRIVMSG #tea :hi\0sesame",
    b"\0\x1b[2Jalice\0sesame",
    "\0\u202ealice\0sesame".encode(),
]


@pytest.mark.parametrize("data", NO_PLAIN)
def test_what_is_no_message_of_plain_asks_nothing(data: bytes) -> None:
    chat = owned()
    alice = newcomer(chat)
    alice.sends("AUTHENTICATE PLAIN")
    assert says(alice, data) == ["904 alice"]
    assert questions(chat) == []
    assert alice.session.sasl is None


@pytest.mark.parametrize(
    "chunk", ["a", "ab=c", "====", "YQ", "Y Q==", "é", "YQ==YQ==", "PLAIN", ":", "\x1b[2J", "Y\tQ="]
)
def test_what_is_no_base64_ends_the_exchange(chunk: str) -> None:
    chat = owned()
    alice = newcomer(chat)
    alice.sends("AUTHENTICATE PLAIN")
    assert alice.does(f"AUTHENTICATE {chunk}")[:1] == ["904 alice"]
    assert questions(chat) == []


def test_what_is_too_long_is_refused_and_not_kept() -> None:
    chat = owned()
    alice = newcomer(chat)
    alice.sends("AUTHENTICATE PLAIN")
    assert alice.does(f"AUTHENTICATE {'A' * (CHUNK_BYTES + 1)}") == ["905 alice"]
    alice.sends("AUTHENTICATE PLAIN")
    answers = [alice.does(f"AUTHENTICATE {'A' * CHUNK_BYTES}") for _ in range(21)]
    assert MESSAGE_BYTES // CHUNK_BYTES == 20
    assert answers == [[]] * 20 + [["905 alice"]]
    assert alice.session.sasl is None


def test_ten_megabytes_of_chunks_end_the_connection() -> None:
    chat = owned()
    alice = newcomer(chat)
    sent = 0
    while not alice.closed:
        alice.sends("AUTHENTICATE PLAIN")
        for _ in range(21):
            if not alice.closed:
                alice.sends(f"AUTHENTICATE {'A' * CHUNK_BYTES}")
                sent += CHUNK_BYTES
    assert alice.closed == "Too many SASL authentication failures"
    assert sent < 50_000


# -- aborting, interleaving


def test_a_star_aborts_and_counts_for_nothing() -> None:
    alice = newcomer(owned())
    for before in ([], ["AUTHENTICATE PLAIN"], ["AUTHENTICATE PLAIN", f"AUTHENTICATE {'A' * 400}"]):
        for line in before:
            alice.sends(line)
        assert alice.does("AUTHENTICATE *") == ["906 alice"]
        assert alice.session.sasl is None
    assert alice.session.failures == 0


def test_who_comes_in_meanwhile_comes_in_without() -> None:
    chat = owned()
    alice = newcomer(chat, "alicia")
    alice.sends("AUTHENTICATE PLAIN")
    assert numerics(alice.does("CAP END"))[:2] == ["906", "001"]
    assert alice.session.user.account == ""
    assert numerics(alice.does(f"AUTHENTICATE {plain('alice')}")) == ["908", "904"]


def test_what_waits_while_a_password_is_checked_is_no_part_of_the_exchange() -> None:
    chat = owned()
    alice = newcomer(chat)
    alice.sends("AUTHENTICATE PLAIN")
    for line in (plain("alice"), plain("bob"), "*", "PLAIN"):
        alice.sends(f"AUTHENTICATE {line}")
    heard = numerics(verdict(chat, alice, account=ALICE))
    assert heard == ["900", "903", "908", "904", "906", "AUTHENTICATE"]
    assert alice.session.user.account == "Alice"


def test_what_others_do_has_no_part_in_it() -> None:
    chat = owned()
    alice, bob = newcomer(chat), newcomer(chat, "bob")
    alice.sends("AUTHENTICATE PLAIN")
    bob.sends("AUTHENTICATE PLAIN")
    alice.sends(f"AUTHENTICATE {plain('alice')}")
    bob.sends(f"AUTHENTICATE {plain('bob')}")
    verdict(chat, bob, account=BOB)
    verdict(chat, alice, "wrong")
    assert (alice.session.user.account, bob.session.user.account) == ("", "bob")


def test_who_vanishes_while_a_password_is_checked_is_gone() -> None:
    chat = owned()
    alice = newcomer(chat)
    alice.sends("AUTHENTICATE PLAIN")
    alice.sends(f"AUTHENTICATE {plain('alice')}")
    alice.vanishes()
    answer(chat, alice, None)
    assert chat.effects == []


def test_labels_stand_on_every_answer() -> None:
    chat = owned()
    alice = newcomer(chat)
    alice.sends("CAP REQ :batch labeled-response")
    (challenge,) = alice.asks("@label=one AUTHENTICATE PLAIN")
    assert (challenge.command, challenge.tags) == ("AUTHENTICATE", {"label": "one"})
    alice.sends(f"@label=two AUTHENTICATE {plain('alice')}")
    verdict(chat, alice, account=ALICE)
    alice.sends("AUTHENTICATE PLAIN")
    alice.sends(f"@label=three AUTHENTICATE {plain('alice')}")
    alice.lines.clear()
    answer(chat, alice, None)
    (refusal,) = alice.take()
    assert (refusal.command, refusal.tags) == ("904", {"label": "three"})
    alice.sends("AUTHENTICATE PLAIN")
    (ack,) = alice.asks(f"@label=4 AUTHENTICATE {'A' * 400}")
    assert (ack.command, ack.tags) == ("ACK", {"label": "4"})


# -- too many failures


@pytest.mark.parametrize("registered", [False, True])
def test_too_many_failures_end_the_connection_after_the_last_was_told(registered: bool) -> None:
    chat = owned()
    alice = newcomer(chat, "eve")
    if registered:
        alice.sends("CAP END")
    for _ in range(4):
        assert log_in(chat, alice, ALICE, "guess") == ["904 eve"]
    assert log_in(chat, alice, ALICE, "guess") == [
        "904 eve",
        f"ERROR :Closing link: {HOST} [Too many SASL authentication failures]",
    ]
    assert alice.closed


def test_who_is_exempt_may_fail_as_often_as_they_like() -> None:
    chat = owned()
    alice = chat.open("127.0.0.1")
    alice.sends("CAP REQ sasl")
    for _ in range(20):
        assert log_in(chat, alice, ALICE, "guess") == ["904 *"]


def test_failures_are_logged_without_the_password_and_on_one_line() -> None:
    chat = owned()
    alice = newcomer(chat)
    log_in(chat, alice, Account("nobody here", 0.0), "guess")
    assert log(chat) == [f"alice ({HOST}) could not log in to nobody_here: wrong"]


def test_one_address_may_fail_only_so_often_whatever_its_connections() -> None:
    chat = owned(settings=limited(login_failures_per_address=3, login_failure_seconds=60))
    for _ in range(3):
        assert log_in(chat, newcomer(chat, "eve"), ALICE, "guess") == ["904 eve"]
    for line in (plain("alice"), plain("nobody")):
        eve = newcomer(chat, "eve")
        eve.sends("AUTHENTICATE PLAIN")
        assert eve.does(f"AUTHENTICATE {line}") == ["904 eve"]
        assert questions(chat) == []
    chat.passes(20)
    assert numerics(log_in(chat, newcomer(chat), ALICE)) == ["900", "903"]


def test_right_passwords_and_those_nobody_could_check_do_not_count() -> None:
    chat = owned(settings=limited(login_failures_per_address=1))
    for _ in range(3):
        alice = newcomer(chat)
        alice.sends("AUTHENTICATE PLAIN")
        alice.sends(f"AUTHENTICATE {plain('alice')}")
        answer(chat, alice, None)
        assert numerics(log_in(chat, newcomer(chat), ALICE)) == ["900", "903"]


def test_what_does_not_count_is_given_back_to_the_address_it_came_from() -> None:
    chat = owned(settings=limited(login_failures_per_address=1, login_failure_seconds=60))
    owner(chat, ALICE)
    for _ in range(3):
        other = owner(chat, ALICE, address="198.51.100.1")
        assert numerics(log_in(chat, other, ALICE)) == ["900", "903"]
    eve = newcomer(chat, "eve")
    assert log_in(chat, eve, BOB, "guess") == ["904 eve"]
    log_in(chat, other, ALICE)
    eve.sends("AUTHENTICATE PLAIN")
    eve.sends(f"AUTHENTICATE {plain('bob')}")
    assert questions(chat) == []


# -- logging in again


def test_who_is_here_may_log_in_and_again_to_another_account() -> None:
    chat = owned()
    alice, bob = chat.users("eve", "dan", room="#tea", caps="sasl account-notify account-tag")
    heard = log_in(chat, alice, ALICE)
    assert numerics(heard) == ["900", "eve", "903"]
    assert heard[1] == "eve ACCOUNT Alice"
    (change,) = bob.take()
    assert (change.params, change.tags) == (("Alice",), {"account": "Alice"})
    assert numerics(log_in(chat, alice, ALICE)) == ["900", "903"]
    assert bob.hears() == []
    log_in(chat, alice, BOB)
    assert bob.hears() == ["eve ACCOUNT bob"]


def test_a_failure_to_log_in_again_changes_nothing() -> None:
    chat = owned()
    alice = owner(chat, ALICE)
    assert log_in(chat, alice, BOB, "guess") == ["904 Alice"]
    assert alice.session.user.account == "Alice"


def test_an_account_disabled_while_its_password_was_checked_is_not_logged_in_to() -> None:
    chat = owned()
    alice = newcomer(chat)
    alice.sends("AUTHENTICATE PLAIN")
    alice.sends(f"AUTHENTICATE {plain('alice')}")
    chat.happens(AccountsChanged((replace(ALICE, disabled=True),), (), chat.at))
    assert numerics(verdict(chat, alice, account=ALICE)) == ["902", "904"]
    assert alice.session.user.account == ""


def test_an_account_deleted_while_its_password_was_checked_is_not_logged_in_to() -> None:
    chat = owned()
    alice = newcomer(chat)
    alice.sends("AUTHENTICATE PLAIN")
    alice.sends(f"AUTHENTICATE {plain('alice')}")
    chat.happens(AccountsChanged((), ("Alice",), chat.at))
    assert numerics(verdict(chat, alice, account=ALICE)) == ["904"]
    assert alice.session.user.account == ""


def test_who_proved_to_own_an_account_does_not_own_its_successor() -> None:
    chat = owned()
    eve = half_way(chat)
    says(eve, FINAL)
    answer(chat, eve, Scram(SIGNATURE, account=ALICE))
    chat.happens(AccountsChanged((), ("Alice",), chat.at))
    owner(chat, replace(ALICE, created=ALICE.created + 1), nick="al")
    assert eve.does("AUTHENTICATE +")[-1] == "904 alice"
    assert eve.session.user.account == ""


def test_an_account_made_a_moment_ago_is_known_from_its_first_login() -> None:
    chat = owned()
    eve = chat.user("carol")
    carol = Account("carol", 1.0)
    owner(chat, carol, nick="carla")
    assert chat.world.accounts.find("carol") is carol
    assert eve.session.user.nick == "Guest1"


def test_one_of_several_clients_takes_none_of_the_others_to_another_account() -> None:
    chat = owned()
    alice = owner(chat, ALICE)
    phone = chat.device("Alice", caps="sasl")
    assert numerics(log_in(chat, phone, ALICE)) == ["900", "903"]
    assert alice.hears() == []
    assert log_in(chat, phone, BOB) == ["907 Alice"]
    assert (alice.session.user.account, phone.session.sasl) == ("Alice", None)
    alice.sends("QUIT")
    phone.lines.clear()
    assert numerics(log_in(chat, phone, BOB))[0] == "900"


def test_what_does_not_count_is_given_back_to_the_address_of_the_client_that_tried() -> None:
    chat = owned(settings=limited(login_failures_per_address=1))
    owner(chat, ALICE, address="198.51.100.1")
    phone = chat.device("Alice", caps="sasl", address="203.0.113.1")
    for _ in range(3):
        assert numerics(log_in(chat, phone, ALICE)) == ["900", "903"]


def test_all_clients_of_a_user_are_told_of_losing_the_account() -> None:
    chat = owned()
    alice = owner(chat, ALICE)
    phone = chat.device("Alice")
    chat.happens(AccountsChanged((), ("Alice",), chat.at))
    assert numerics(alice.hears()) == numerics(phone.hears()) == ["NOTICE", "901"]


# -- EXTERNAL


def test_a_certificate_logs_in_to_its_account_or_to_the_one_asked_for() -> None:
    chat = owned(settings=ALL)
    for message, account in (("", ""), ("alice", "alice")):
        alice = newcomer(chat, fingerprint=FINGERPRINT)
        alice.sends("AUTHENTICATE EXTERNAL")
        says(alice, message)
        assert questions(chat) == [CheckCertificate(FINGERPRINT, account)]
        assert numerics(verdict(chat, alice, account=ALICE)) == ["900", "903"]


@pytest.mark.parametrize("message", [b"", b"alice"])
def test_without_a_certificate_there_is_nothing_to_ask(message: bytes) -> None:
    chat = owned(settings=ALL)
    alice = newcomer(chat, fingerprint="")
    alice.sends("AUTHENTICATE EXTERNAL")
    assert says(alice, message) == ["904 alice"]
    assert questions(chat) == []


@pytest.mark.parametrize("message", [b"al\0ice", b"\xff", b"al\nice"])
def test_what_no_account_is_called_asks_nothing(message: bytes) -> None:
    chat = owned(settings=ALL)
    alice = newcomer(chat, fingerprint=FINGERPRINT)
    alice.sends("AUTHENTICATE EXTERNAL")
    assert says(alice, message) == ["904 alice"]
    assert questions(chat) == []


# -- SCRAM-SHA-256

# RFC 7677 section 3, with an empty message at the end as sasl-3.1 wants it.
FIRST = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO"
CHALLENGE = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
FINAL = (
    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
    "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
)
SIGNATURE = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="
NONCE = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"


def message_of(lines: list[str]) -> str:
    """What lines of AUTHENTICATE carry."""
    return base64.b64decode("".join(each.split()[1].strip("+") for each in lines)).decode()


def half_way(chat: Chat) -> Client:
    """Somebody who has had the challenge of SCRAM."""
    alice = newcomer(chat)
    alice.sends("AUTHENTICATE SCRAM-SHA-256")
    says(alice, FIRST)
    assert questions(chat) == [StartScram(FIRST)]
    alice.lines.clear()
    answer(chat, alice, Scram(CHALLENGE, NONCE))
    assert message_of(alice.hears()) == CHALLENGE
    return alice


def test_scram_goes_both_ways_and_ends_with_an_empty_message() -> None:
    chat = owned()
    alice = half_way(chat)
    says(alice, FINAL)
    assert questions(chat) == [FinishScram(FIRST, NONCE, FINAL)]
    alice.lines.clear()
    answer(chat, alice, Scram(SIGNATURE, account=ALICE))
    assert message_of(alice.hears()) == SIGNATURE
    assert alice.session.user.account == ""
    assert numerics(alice.does("AUTHENTICATE +")) == ["900", "903"]
    assert alice.session.user.account == "Alice"


@pytest.mark.parametrize("answered", [Scram(why="wrong"), None, Scram("v=x")])
def test_a_proof_that_proves_nothing_logs_nobody_in(answered: object) -> None:
    chat = owned()
    alice = half_way(chat)
    says(alice, FINAL)
    answer(chat, alice, answered)
    assert numerics(alice.hears()) == ["904"]
    assert (alice.session.user.account, alice.session.sasl) == ("", None)


@pytest.mark.parametrize("answered", [Scram(why="wrong"), None])
def test_a_beginning_that_leads_nowhere_is_told(answered: object) -> None:
    chat = owned()
    alice = newcomer(chat)
    alice.sends("AUTHENTICATE SCRAM-SHA-256")
    says(alice, FIRST)
    answer(chat, alice, answered)
    assert numerics(alice.hears())[-1] == "904"


def test_whoever_says_more_after_scram_is_over_is_not_logged_in() -> None:
    chat = owned()
    alice = half_way(chat)
    says(alice, FINAL)
    answer(chat, alice, Scram(SIGNATURE, account=ALICE))
    alice.lines.clear()
    assert says(alice, "more") == ["904 alice"]
    assert alice.does("AUTHENTICATE +")[-1] == "904 alice"
    assert alice.session.user.account == ""


@pytest.mark.parametrize("message", [b"", b"+", b"n,,n=user,r=x", b"c=biws\0,r=x", b"\xff"])
def test_what_is_no_final_message_of_scram_asks_nothing(message: bytes) -> None:
    chat = owned()
    alice = half_way(chat)
    assert says(alice, message) == ["904 alice"]
    assert questions(chat) == []


def test_scram_lets_nobody_log_in_for_another() -> None:
    chat = owned()
    alice = newcomer(chat)
    for first, asked in (("y,a=bob,n=alice,r=x", 0), ("y,a=Alice,n=alice,r=x", 1)):
        alice.sends("AUTHENTICATE SCRAM-SHA-256")
        says(alice, first)
        assert len(questions(chat)) == asked


# -- OAUTHBEARER

BEARER = b"n,a=alice,\x01host=chat.example\x01auth=Bearer abc.def_-~+/==\x01\x01"


def test_a_token_logs_in() -> None:
    chat = owned(settings=ALL)
    alice = newcomer(chat)
    alice.sends("AUTHENTICATE OAUTHBEARER")
    says(alice, BEARER)
    assert questions(chat) == [CheckToken("abc.def_-~+/==", "alice")]
    assert numerics(verdict(chat, alice, account=ALICE)) == ["900", "903"]


@pytest.mark.parametrize("said", ["AQ==", "+", "YWJj", "%"])
def test_of_a_token_that_is_refused_the_client_reads_why_before_the_end(said: str) -> None:
    chat = owned(settings=ALL)
    alice = newcomer(chat)
    alice.sends("AUTHENTICATE OAUTHBEARER")
    says(alice, BEARER)
    assert message_of(verdict(chat, alice, "wrong")) == '{"status":"invalid_token"}'
    assert alice.session.failures == 0
    assert alice.does(f"AUTHENTICATE {said}") == ["904 alice"]
    assert alice.session.failures == 1


def test_a_token_of_a_disabled_account_is_told_at_once() -> None:
    chat = owned(settings=ALL)
    alice = newcomer(chat)
    alice.sends("AUTHENTICATE OAUTHBEARER")
    says(alice, BEARER)
    assert numerics(verdict(chat, alice, "disabled")) == ["902", "904"]


# -- devices


def test_the_name_of_a_device_may_follow_that_of_the_account() -> None:
    chat = owned()
    for said, device in ((plain("alice@phone"), "phone"), (plain("alice"), "")):
        alice = chat.open()
        alice.sends("CAP REQ sasl")
        alice.sends("AUTHENTICATE PLAIN")
        alice.sends(f"AUTHENTICATE {said}")
        assert questions(chat) == [CheckLogin("alice", SESAME)]
        assert alice.session.device == device
    for authzid in ("alice", "alice@phone", "ALICE@other"):
        alice = chat.open()
        alice.sends("CAP REQ sasl")
        alice.sends("AUTHENTICATE PLAIN")
        alice.sends(f"AUTHENTICATE {plain('alice@phone', authzid=authzid)}")
        assert alice.session.device == "phone"


def test_by_a_certificate_the_device_alone_may_be_named() -> None:
    chat = owned()
    alice = chat.open(fingerprint="ab" * 32)
    alice.sends("CAP REQ sasl")
    alice.sends("AUTHENTICATE EXTERNAL")
    says(alice, "@phone")
    assert questions(chat) == [CheckCertificate("ab" * 32, "")]
    assert alice.session.device == "phone"


def test_who_is_in_the_chat_stays_the_device_they_are() -> None:
    chat = owned()
    alice = owner(chat, ALICE)
    alice.sends("AUTHENTICATE PLAIN")
    alice.sends(f"AUTHENTICATE {plain('alice@phone')}")
    assert alice.session.device == ""
