"""People: AWAY, SETNAME, WHO, WHOIS, USERHOST, ISON."""

from __future__ import annotations

import pytest

from .language import HOST, SERVER, Chat, limited

# -- AWAY


def test_away_and_back() -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea")
    assert alice.does("AWAY :off to bed") == ["306 alice"]
    assert bob.does("PRIVMSG alice :hi") == ["301 bob alice :off to bed"]
    assert alice.does("AWAY") == ["305 alice"]
    assert bob.does("PRIVMSG alice :hi") == []
    alice.sends("AWAY :again")
    assert alice.does("AWAY :") == ["305 alice"]


def test_a_long_away_message_is_cut() -> None:
    chat = Chat(limited(away_length=3))
    chat.user("alice").sends("AWAY :gone")
    assert chat.user("bob").does("PRIVMSG alice :hi") == ["301 bob alice gon"]


def test_away_notify_tells_neighbours_of_every_change() -> None:
    chat = Chat()
    alice = chat.user("alice", "#a", "#b", caps="away-notify")
    bob = chat.user("bob", "#a", "#b", caps="away-notify")
    carol = chat.user("carol", "#a")
    dave = chat.user("dave", caps="away-notify")
    chat.forget()
    assert alice.does("AWAY :asleep") == ["306 alice"]
    assert bob.hears() == ["alice AWAY asleep"]
    alice.sends("AWAY :asleep")
    alice.sends("AWAY :fast asleep")
    alice.sends("AWAY")
    alice.sends("AWAY")
    assert bob.hears() == ["alice AWAY :fast asleep", "alice AWAY"]
    assert carol.hears() == dave.hears() == []


# -- SETNAME


def test_a_real_name_is_changed_and_told_to_those_who_asked() -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea", caps="setname")
    bob = chat.user("bob", "#tea", caps="setname")
    carol = chat.user("carol", "#tea")
    dave = chat.user("dave", caps="setname")
    chat.forget()
    assert alice.does("SETNAME :Alice B. Toklas") == ["alice SETNAME :Alice B. Toklas"]
    assert bob.hears() == ["alice SETNAME :Alice B. Toklas"]
    assert carol.hears() == dave.hears() == []
    assert dave.does("WHOIS alice")[0].endswith("* :Alice B. Toklas")
    assert carol.does("SETNAME :Carol") == []
    assert bob.hears() == ["carol SETNAME Carol"]


def test_what_is_no_real_name_is_refused() -> None:
    alice = Chat(limited(realname_length=5)).user("alice", caps="setname")
    assert alice.does("SETNAME :") == ["FAIL SETNAME INVALID_REALNAME"]
    assert alice.does("SETNAME :123456") == ["FAIL SETNAME INVALID_REALNAME"]
    assert alice.does("SETNAME") == ["461 alice SETNAME"]
    assert alice.does("SETNAME 12345") == ["alice SETNAME 12345"]


# -- WHO


def test_who_of_a_room_lists_its_members() -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#Tea")
    bob.sends("AWAY :asleep")
    alice.sends("MODE #tea +v bob")
    chat.forget()
    assert alice.does("WHO #TEA") == [
        f"352 alice #Tea ~alice {HOST} {SERVER} alice H@ :0 Real alice",
        f"352 alice #Tea ~bob {HOST} {SERVER} bob G+ :0 Real bob",
        "315 alice #TEA",
    ]
    assert alice.does("WHO #nowhere") == ["315 alice #nowhere"]


@pytest.mark.parametrize(
    ("line", "answers"),
    [
        ("WHO #tea %tcuhnf,152", [f"354 alice 152 #tea ~alice {HOST} alice H@"]),
        ("WHO #tea % x", ["354 alice"]),
        ("WHO #tea o", []),
        ("WHO #tea x", [f"352 alice #tea ~alice {HOST} {SERVER} alice H@ :0 Real alice"]),
    ],
)
def test_a_question_may_say_whom_it_is_for_and_what_is_to_be_told(
    line: str, answers: list[str]
) -> None:
    alice = Chat().user("alice", "#tea")
    assert alice.does(line) == [*answers, "315 alice #tea"]


def test_who_shows_all_ranks_with_multi_prefix() -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea", caps="multi-prefix")
    alice.sends("MODE #tea +v alice")
    assert "alice H@+ :0" in alice.does("WHO #tea")[0]
    assert "alice H@+ :0" in alice.does("WHO alice")[0]


def nicks_of(answers: list[str]) -> list[str]:
    return [answer.split()[6] for answer in answers if answer.startswith("352 ")]


@pytest.mark.parametrize(
    ("mask", "nicks"),
    [
        ("bob", ["bob"]),
        ("BOB", ["bob"]),
        ("b*", ["bob", "bill"]),
        ("?il*", ["bill"]),
        ("~alice", ["alice"]),
        (HOST, ["alice", "bob", "bill"]),
        ("*", ["alice", "bob", "bill"]),
        ("nobody", []),
        (":", []),
        ("0::1", []),
    ],
)
def test_who_of_a_mask(mask: str, nicks: list[str]) -> None:
    chat = Chat()
    alice = chat.user("alice")
    chat.user("bob")
    chat.user("bill")
    answers = alice.does(f"WHO {mask}")
    assert nicks_of(answers) == nicks
    assert answers[-1] == f"315 alice {mask if mask != ':' else '*'}"


def test_who_without_a_mask_lists_all_one_may_see() -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea")
    bob = chat.user("bob", "#tea")
    carol = chat.user("carol")
    bob.sends("MODE bob +i")
    carol.sends("MODE carol +i")
    assert nicks_of(alice.does("WHO")) == ["alice", "bob"]
    assert nicks_of(carol.does("WHO")) == ["alice", "carol"]
    assert nicks_of(carol.does("WHO bob")) == ["bob"]  # by the exact nick
    assert nicks_of(carol.does("WHO bo*")) == []
    assert nicks_of(carol.does("WHO #tea")) == ["alice"]


# -- WHOIS


def test_whois_tells_what_one_may_know() -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea", "#coffee")
    bob = chat.user("bob", "#tea")
    chat.passes(42)
    bob.sends("AWAY :asleep")
    assert alice.does("WHOIS BOB") == [
        f"311 alice bob ~bob {HOST} * :Real bob",
        "319 alice bob #tea",
        f"312 alice bob {SERVER} :a trio-chat server",
        "301 alice bob asleep",
        "317 alice bob 42 1700000000",
        "318 alice BOB",
    ]
    assert bob.does("WHOIS alice")[1] == "319 bob alice :@#tea @#coffee"


def test_only_oneself_is_told_ones_address() -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea")
    address = [line for line in alice.does("WHOIS alice") if line[:3] in ("338", "378")]
    assert address == [
        f"378 alice alice :is connecting from ~alice@{HOST} {HOST}",
        f"338 alice alice ~alice@{HOST} {HOST}",
    ]
    assert not any(line[:3] in ("338", "378", "379") for line in bob.does("WHOIS alice"))


def test_speaking_ends_idleness() -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea")
    chat.passes(50)
    bob.sends("PRIVMSG #tea :hi")
    chat.passes(8)
    assert "317 alice bob 8 1700000000" in alice.does("WHOIS bob")


def test_whois_shows_all_ranks_with_multi_prefix() -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea", caps="multi-prefix")
    alice.sends("MODE #tea +v alice")
    assert "319 alice alice @+#tea" in alice.does("WHOIS alice")


def test_many_rooms_come_in_several_whole_lines() -> None:
    chat = Chat()
    rooms = [f"#{number:02}{'x' * 50}" for number in range(20)]
    alice = chat.user("alice", *rooms)
    answers = [message for message in alice.asks("WHOIS alice") if message.command == "319"]
    assert len(answers) > 1
    listed = " ".join(message.params[-1] for message in answers).split()
    assert listed == [f"@{room}" for room in rooms]


def test_whois_of_several_ends_once_with_what_was_asked() -> None:
    chat = Chat()
    alice = chat.user("alice")
    chat.user("bob")
    heard = alice.does("WHOIS Bob,nobody,alice")
    assert [line.split()[0] for line in heard if line[:3] in ("311", "401", "318")] == [
        "311",
        "401",
        "311",
        "318",
    ]
    assert heard[-1] == "318 alice Bob,nobody,alice"


def test_of_too_many_nicks_the_first_are_told() -> None:
    chat = Chat(limited(targets=2))
    alice = chat.user("alice")
    assert alice.does("WHOIS a,b,c") == ["401 alice a", "401 alice b", "318 alice a,b,c"]


@pytest.mark.parametrize("nick", ["x" * 400, "é" * 240])
def test_a_long_question_does_not_push_the_answer_out_of_its_line(nick: str) -> None:
    _, end = Chat().user("alice").asks(f"WHOIS {nick}")
    assert nick.startswith(end.params[1])
    assert end.params[2] == "End of WHOIS list"


@pytest.mark.parametrize("line", ["WHOIS bob bob", f"WHOIS {SERVER} bob"])
def test_whois_takes_a_server_before_the_nick(line: str) -> None:
    chat = Chat()
    alice = chat.user("alice")
    chat.user("bob")
    heard = alice.does(line)
    assert (heard[0].split()[0], heard[-1]) == ("311", "318 alice bob")


def test_whois_of_nobody() -> None:
    alice = Chat().user("alice")
    assert alice.does("WHOIS nobody") == ["401 alice nobody", "318 alice nobody"]
    assert alice.does("WHOIS") == ["431 alice"]
    assert alice.does("WHOIS :") == ["431 alice"]


# -- USERHOST, ISON


def test_userhost_tells_of_up_to_five() -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea")
    bob.sends("AWAY :asleep")
    chat.forget()
    assert alice.does("USERHOST BOB nobody alice") == [
        f"302 alice :bob=-~bob@{HOST} alice=+~alice@{HOST}"
    ]
    assert alice.does("USERHOST 1 2 3 4 5 bob") == ["302 alice :"]
    assert alice.does("USERHOST") == ["461 alice USERHOST"]


def test_ison_tells_who_of_these_is_here() -> None:
    chat = Chat()
    alice = chat.user("alice")
    chat.user("bob")
    assert alice.does("ISON BOB nobody :alice carol bob") == ["303 alice :bob alice"]
    assert alice.does("ISON nobody") == ["303 alice :"]
    assert alice.does("ISON") == ["461 alice ISON"]
