"""Coming and going: CAP, PASS, NICK, USER, PING, PONG, QUIT, and lines before registration."""

from __future__ import annotations

from dataclasses import replace

import pytest

from trio_chat.core.effects import Deed
from trio_chat.core.settings import Limits, Settings
from trio_chat.wire.caps import CAPABILITIES

from .language import HOST, SERVER, Chat, limited

VALUES = {
    "draft/metadata-2": "before-connect,max-subs=64,max-keys=32,max-value-bytes=240",
    "draft/metadata-3": "before-connect,max-subs=64,max-keys=32,max-value-bytes=240"
    ",max-key-bytes=64",
    "draft/account-registration": "before-connect",
    "sasl": "PLAIN,SCRAM-SHA-256",
    "draft/multiline": "max-bytes=16384,max-lines=100",
}
SETTLED_FIRST = sorted(CAPABILITIES, key=lambda name: (name.startswith("draft/"), name))
DRAFTS_FIRST = sorted(CAPABILITIES, key=lambda name: (not name.startswith("draft/"), name))
WITH_VALUES = [f"{name}={VALUES[name]}" if name in VALUES else name for name in DRAFTS_FIRST]

# -- registration


def test_nick_and_user_in_either_order_register() -> None:
    chat = Chat()
    alice, bob = chat.open(), chat.open()
    assert alice.does("NICK alice") == []
    assert alice.does("USER al 0 * :Alice A.")[0] == "001 alice"
    assert bob.does("USER bo 0 * :Bob") == []
    assert bob.does("NICK bob")[0] == "001 bob"
    assert alice.source == f"alice!~al@{HOST}"
    assert [report.deed for report in chat.reports] == [Deed.CONNECTED, Deed.CONNECTED]


def test_the_welcome_has_every_part_in_order() -> None:
    chat = Chat(Settings(motd="first\nsecond"))
    alice = chat.open()
    alice.sends("NICK alice")
    heard = alice.does("USER alice 0 * :Alice")
    numerics = [line.split()[0] for line in heard]
    assert numerics == [
        *("001", "002", "003", "004", "005", "005", "005"),
        *("251", "252", "253", "254", "255", "265", "266"),
        *("375", "372", "372", "376"),
    ]
    user_modes, room_modes, with_parameter = "BRZgiow", "CEIMRSTabcefhiklmnopqstv", "Iabefhkloqv"
    assert heard[3] == f"004 alice {SERVER} trio-chat {user_modes} {room_modes} {with_parameter}"
    assert "372 alice :- first" in heard


def test_the_welcome_names_the_whole_source_and_the_network() -> None:
    alice = Chat().open()
    alice.sends("NICK alice")
    first = alice.asks("USER alice 0 * :Alice")[0]
    assert first.params == ("alice", f"Welcome to the trio-chat network, alice!~alice@{HOST}")


def test_isupport_tells_every_limit_in_lines_of_at_most_13_tokens() -> None:
    alice = Chat(Settings(limits=replace(Limits(), nick_length=20))).user("alice")
    lines = [message for message in alice.asks("VERSION") if message.command == "005"]
    assert all(len(message.params) <= 15 for message in lines)
    tokens = [token for message in lines for token in message.params[1:-1]]
    assert tokens == sorted(tokens)
    assert {
        "CASEMAPPING=ascii",
        "CHANLIMIT=#:100",
        "CHANMODES=beI,k,fl,CEMRSTcimnpst",
        "CHANTYPES=#",
        "MAXLIST=beI:100",
        "MODES=12",
        "NETWORK=trio-chat",
        "NICKLEN=20",
        "PREFIX=(qaohv)~&@%+",
        "STATUSMSG=~&@%+",
        "UTF8ONLY",
    } <= set(tokens)


@pytest.mark.parametrize("line", ["JOIN #tea", "PRIVMSG x :y", "WHO", "NONSENSE", "MODE #tea"])
def test_before_registration_nothing_else_is_done(line: str) -> None:
    chat = Chat()
    stranger = chat.open()
    assert stranger.does(line) == ["451 *"]
    stranger.sends("NICK early")
    assert stranger.does(line) == ["451 early"]
    assert chat.world.rooms == {}


@pytest.mark.parametrize("nick", ["1abc", "a b", "a!b", "#a", "é", "x" * 33, "-a", "a,b"])
def test_what_is_no_nick_is_refused(nick: str) -> None:
    chat = Chat()
    (answer,) = chat.open().does(f"NICK :{nick}")
    assert answer.startswith("432 * ")
    alice = chat.user("alice")
    (answer,) = alice.does(f"NICK :{nick}")
    assert answer.startswith("432 alice ")
    assert alice.session.user.nick == "alice"


@pytest.mark.parametrize("line", ["NICK", "NICK :"])
def test_no_nick_at_all_is_refused(line: str) -> None:
    assert Chat().open().does(line) == ["431 *"]


def test_a_nick_in_use_is_refused_whatever_its_case() -> None:
    chat = Chat()
    chat.user("alice")
    bob = chat.open()
    assert bob.does("NICK ALICE") == ["433 * ALICE"]
    bob.sends("USER bob 0 * :Bob")
    assert bob.does("NICK alice") == ["433 * alice"]
    assert bob.does("NICK bob")[0] == "001 bob"
    assert bob.does("NICK Alice") == ["433 bob Alice"]


def test_of_two_who_want_one_nick_the_first_to_register_gets_it() -> None:
    chat = Chat()
    first, second = chat.open(), chat.open()
    assert first.does("NICK x") == second.does("NICK X") == []
    assert second.does("USER s 0 * :S")[0] == "001 X"
    assert first.does("USER f 0 * :F") == ["433 * x"]
    assert first.does("NICK y")[0] == "001 y"


def test_a_nick_is_free_again_when_its_user_has_gone() -> None:
    chat = Chat()
    chat.user("alice").vanishes()
    assert chat.open().does("NICK alice") == []
    bob = chat.user("bob")
    bob.sends("NICK robert")
    assert chat.user("bob").session.registered


def test_a_change_of_nick_is_told_once_to_everyone_who_shares_a_room() -> None:
    chat = Chat()
    alice = chat.user("alice", "#a", "#b")
    bob = chat.user("bob", "#a", "#b")
    carol = chat.user("carol")
    chat.forget()
    old = alice.source
    (change,) = alice.asks("NICK alicia")
    assert (change.source, change.command, change.params) == (old, "NICK", ("alicia",))
    assert bob.hears() == ["alice NICK alicia"]
    assert carol.hears() == []
    assert bob.does("WHOIS alice")[0] == "401 bob alice"
    assert bob.does("PRIVMSG ALICIA :hi") == []
    assert alice.hears() == ["bob PRIVMSG alicia :hi"]


def test_a_nick_may_change_its_case_alone() -> None:
    chat = Chat()
    alice = chat.user("alice")
    assert alice.does("NICK Alice") == ["alice NICK Alice"]
    assert alice.does("NICK Alice") == []


@pytest.mark.parametrize(
    "line", ["USER", "USER a", "USER a 0 *", "USER :", "USER a 0 * :", "USER  0 * :x"]
)
def test_user_needs_four_parameters_that_say_something(line: str) -> None:
    stranger = Chat().open()
    stranger.sends("NICK x")
    assert stranger.does(line) == ["461 x USER"]
    assert not stranger.session.registered


def test_a_username_is_cut_silently_and_marked_as_unverified() -> None:
    chat = Chat()
    alice = chat.open()
    alice.sends("NICK alice")
    alice.sends("USER abcdefghijklmnopqrst 0 * :Alice")
    assert alice.source == f"alice!~abcdefghijklmno@{HOST}"


@pytest.mark.parametrize("line", ["USER a 0 * :A", "PASS x"])
def test_what_belongs_to_registration_comes_too_late_afterwards(line: str) -> None:
    assert Chat().user("alice").does(line) == ["462 alice"]


def test_an_ipv6_address_cannot_be_mistaken_for_a_trailing_parameter() -> None:
    chat = Chat()
    alice = chat.user("alice", address="::1")
    assert alice.does("WHOIS alice")[0] == "311 alice alice ~alice 0::1 * :Real alice"


# -- PASS


def test_a_server_with_a_password_wants_to_hear_it() -> None:
    chat = Chat(Settings(password="sésame"))
    right, wrong, silent = chat.open(), chat.open(), chat.open()
    wrong.sends("PASS sésame")
    wrong.sends("PASS simsim")  # the last one counts
    right.sends("PASS simsim")
    right.sends("PASS sésame")
    for client in (right, wrong, silent):
        client.sends(f"NICK n{client.session.id}")
        client.sends("USER u 0 * :U")
    assert right.session.registered
    assert right.session.password == ""
    assert not right.closed
    for client in (wrong, silent):
        heard = client.hears()
        assert heard[0].startswith("464 ")
        assert heard[1].startswith("ERROR ")
        assert client.closed == "Password incorrect"


def test_pass_needs_a_parameter() -> None:
    assert Chat().open().does("PASS") == ["461 * PASS"]


# -- CAP


def test_ls_lists_all_and_holds_registration_until_end() -> None:
    chat = Chat()
    client = chat.open()
    *most, last = (message.params for message in client.asks("CAP LS 302"))
    assert [params[:-1] for params in most] == [("*", "LS", "*")]
    assert last[:-1] == ("*", "LS")
    assert last[-1].split() == [name for name in WITH_VALUES if not name.startswith("draft/")]
    assert " ".join(params[-1] for params in (*most, last)) == " ".join(WITH_VALUES)
    assert client.does("NICK x") == []
    assert client.does("USER x 0 * :X") == []
    assert client.does("CAP LIST") == ["CAP x LIST cap-notify"]
    assert client.does("CAP END")[0] == "001 x"


def test_a_request_holds_registration_too() -> None:
    client = Chat().open()
    assert client.does("CAP REQ multi-prefix") == ["CAP * ACK multi-prefix"]
    client.sends("NICK x")
    assert client.does("USER x 0 * :X") == []
    assert client.does("CAP END")[0] == "001 x"


@pytest.mark.parametrize("version", ["302", "307", "99999"])
def test_from_version_302_cap_notify_is_on_and_stays_on(version: str) -> None:
    client = Chat().open()
    client.sends(f"CAP LS {version}")
    assert client.does("CAP LIST") == ["CAP * LIST cap-notify"]
    assert client.does("CAP REQ cap-notify") == ["CAP * ACK cap-notify"]
    assert client.does("CAP REQ :batch -cap-notify") == ["CAP * NAK :batch -cap-notify"]
    assert client.does("CAP LIST") == ["CAP * LIST cap-notify"]


@pytest.mark.parametrize("version", ["", " 301", " x", " -302", " 302x", " :"])
def test_below_version_302_cap_notify_is_off_until_asked_for(version: str) -> None:
    client = Chat().open()
    client.sends(f"CAP LS{version}")
    assert client.does("CAP LIST") == ["CAP * LIST :"]
    assert client.does("CAP REQ cap-notify") == ["CAP * ACK cap-notify"]
    assert client.does("CAP REQ -cap-notify") == ["CAP * ACK -cap-notify"]
    assert client.does("CAP LIST") == ["CAP * LIST :"]


def test_capabilities_are_switched_on_and_off_as_a_whole() -> None:
    client = Chat().open()
    assert client.does("CAP REQ :batch setname") == ["CAP * ACK :batch setname"]
    assert client.does("CAP REQ :-batch away-notify") == ["CAP * ACK :-batch away-notify"]
    assert client.does("CAP LIST") == ["CAP * LIST :away-notify setname"]
    assert client.does("CAP REQ :batch nonsense") == ["CAP * NAK :batch nonsense"]
    assert client.does("CAP LIST") == ["CAP * LIST :away-notify setname"]
    assert client.does("CAP REQ :batch batch ") == ["CAP * ACK :batch batch"]
    assert client.does("CAP REQ :Batch") == ["CAP * NAK Batch"]


def test_an_answer_to_a_long_request_is_whole() -> None:
    client = Chat().open()
    words = ["batch", "setname"] * 34
    answers = client.asks(f"CAP REQ :{' '.join(words)}")
    assert [word for answer in answers for word in answer.params[-1].split()] == words
    assert {answer.params[1] for answer in answers} == {"ACK"}


def test_a_long_list_comes_in_several_marked_lines_or_in_one_as_far_as_it_fits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for number in range(20):
        monkeypatch.setitem(CAPABILITIES, f"vendor.example/capability-{number}", 1 << 40 + number)
    chat = Chat()
    old, new = chat.open(), chat.open()
    vendors = [f"vendor.example/capability-{number}" for number in range(20)]
    plain = [message.params for message in old.asks("CAP LS")]
    marked = [message.params for message in new.asks("CAP LS 302")]
    assert len(marked) > 2
    assert all(params[:3] == ("*", "LS", "*") and len(params) == 4 for params in marked[:-1])
    assert (marked[-1][:2], len(marked[-1])) == (("*", "LS"), 3)
    assert " ".join(params[-1] for params in marked) == " ".join([*WITH_VALUES, *vendors])
    ((*head, told),) = plain
    settled = [name for name in SETTLED_FIRST if not name.startswith("draft/")]
    count = len(told.split())
    assert head == ["*", "LS"]
    assert told.split() == [*settled, *vendors][:count]
    assert len(settled) < count < len([*settled, *vendors])
    # The room is that of a numeric's line, which has a number beside the rest.
    assert len(f":{SERVER} 000 CAP * LS * :{told} {vendors[count - len(settled)]}\r\n") > 512
    again = [message.params for message in new.asks("CAP LS")]
    assert again == plain  # a request of an older kind is answered in its own terms


def test_after_registration_cap_still_answers() -> None:
    alice = Chat().user("alice")
    *most, last = (message.params for message in alice.asks("CAP LS 302"))
    assert [params[:-1] for params in most] == [("alice", "LS", "*")]
    assert last[:-1] == ("alice", "LS")
    assert " ".join(params[-1] for params in (*most, last)) == " ".join(WITH_VALUES)
    ((nick, subcommand, told),) = [message.params for message in alice.asks("CAP LS")]
    assert (nick, subcommand) == ("alice", "LS")
    assert told.split() == SETTLED_FIRST[: len(told.split())]
    assert alice.does("CAP REQ batch") == ["CAP alice ACK batch"]
    assert alice.does("CAP LIST") == ["CAP alice LIST :batch cap-notify"]
    assert alice.does("CAP END") == []
    assert alice.does("PING x") == [f"PONG {SERVER} x"]


@pytest.mark.parametrize("subcommand", ["FOO", "NEW", "ACK", "REQ"])
def test_what_is_no_subcommand_is_refused(subcommand: str) -> None:
    chat = Chat()
    assert chat.open().does(f"CAP {subcommand}") == [f"410 * {subcommand}"]
    assert chat.user("jw").does(f"CAP {subcommand}") == [f"410 jw {subcommand}"]


def test_cap_needs_a_subcommand() -> None:
    assert Chat().open().does("CAP") == ["461 * CAP"]


def test_no_tag_is_sent_before_the_acknowledgement() -> None:
    client = Chat().open()
    (ack,) = client.asks("CAP REQ server-time")
    assert ack.params[1] == "ACK"
    assert not ack.tags
    (pong,) = client.asks("PING x")
    assert list(pong.tags) == ["time"]


# -- PING, PONG


def test_ping_is_answered_with_its_token_at_any_time() -> None:
    chat = Chat()
    stranger = chat.open()
    assert stranger.does("PING x") == [f"PONG {SERVER} x"]
    assert chat.user("alice").does("PING :a b") == [f"PONG {SERVER} :a b"]
    assert stranger.does("PING ::)") == [f"PONG {SERVER} ::)"]
    assert stranger.does("PING x y") == [f"PONG {SERVER} x"]


def test_ping_without_a_token_is_refused() -> None:
    alice = Chat().user("alice")
    assert alice.does("PING") == ["461 alice PING"]
    assert alice.does("PING :") == ["409 alice"]


def test_pong_is_never_answered() -> None:
    assert Chat().user("alice").does("PONG x") == []
    assert Chat().open().does("PONG") == []


# -- QUIT and losing the connection


@pytest.mark.parametrize(
    ("line", "reason"),
    [("QUIT :so long", "Quit: so long"), ("QUIT", "Quit: "), ("QUIT :", "Quit: ")],
)
def test_who_quits_is_told_error_and_the_others_are_told_once(line: str, reason: str) -> None:
    chat = Chat()
    alice = chat.user("alice", "#a", "#b")
    bob = chat.user("bob", "#a", "#b")
    carol = chat.user("carol")
    chat.forget()
    assert alice.does(line) == [f"ERROR :Closing link: {HOST} [{reason}]"]
    assert alice.closed
    assert bob.hears() == [f"alice QUIT :{reason}"]
    assert carol.hears() == []
    assert bob.does("NAMES #a")[0] == "353 bob = #a bob"


def test_a_lost_connection_is_told_with_its_cause() -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea")
    alice.vanishes("Connection reset")
    assert bob.hears() == ["alice QUIT :Connection reset"]
    assert [(report.deed, report.text) for report in chat.reports][-1] == (
        Deed.LEFT,
        "Connection reset",
    )


def test_the_console_does_not_show_last_words_that_nobody_heard_in_public() -> None:
    chat = Chat()
    alice = chat.user("alice", "#hush")
    alice.sends("MODE #hush +s")
    alice.sends("QUIT :the plan is off")
    assert (chat.reports[-1].deed, chat.reports[-1].text) == (Deed.LEFT, "Quit")
    chat.user("bob", "#tea").sends("QUIT :bye")
    assert chat.reports[-1].text == "Quit: bye"


def test_a_line_under_way_when_the_session_ended_is_dropped() -> None:
    alice = Chat().user("alice", "#tea")
    alice.sends("QUIT")
    assert alice.does("PRIVMSG #tea :too late") == []
    alice.vanishes()
    assert alice.hears() == []


def test_a_stranger_may_quit_and_nobody_notices() -> None:
    chat = Chat()
    alice = chat.user("alice")
    stranger = chat.open()
    stranger.sends("NICK stranger")
    assert stranger.does("QUIT") == [f"ERROR :Closing link: {HOST} [Quit: ]"]
    assert alice.hears() == []
    assert chat.reports == []


def test_a_long_reason_is_cut() -> None:
    chat = Chat(limited(quit_length=5))
    alice, bob = chat.users("alice", "bob", room="#tea")
    alice.sends("QUIT :good bye")
    assert bob.hears() == ["alice QUIT :Quit: good "]


# -- lines that are none


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (b"PRIVMSG #tea :\xff", "FAIL PRIVMSG INVALID_UTF8"),
        (b"\xff\xfe", "FAIL * INVALID_UTF8"),
        (b"PRIVMSG #tea :a\0b", "400 alice PRIVMSG"),
        (b"PRIVMSG #tea :a\rb", "400 alice PRIVMSG"),
        (b":only.a.source", "400 alice *"),
        (b"PRIVMSG #tea :" + b"x" * 500, "417 alice"),
        (b"@+a=" + b"x" * 4100 + b" PRIVMSG #tea :hi", "417 alice"),
        (b"NONSENSE x", "421 alice NONSENSE"),
        (b"nonsense", "421 alice NONSENSE"),
        (b"X" * 80, "421 alice " + "X" * 64),
    ],
)
def test_what_cannot_be_understood_is_told_to_its_sender_alone(line: bytes, answer: str) -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea")
    assert alice.does(line) == [answer]
    assert bob.hears() == []
    assert alice.does("PING x") == [f"PONG {SERVER} x"]
