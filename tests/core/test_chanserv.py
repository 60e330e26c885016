"""ChanServ: rooms that belong to accounts, and the ranks that accounts have in them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from trio_chat.core.accounts import Account
from trio_chat.core.events import AccountsChanged, Restored
from trio_chat.core.records import AuditRecord, Entry, RoomForgotten, RoomRecord
from trio_chat.core.settings import Settings
from trio_chat.core.state import Room

from .language import START, Chat, Client, limited
from .owners import ALICE, BOB, owned, owner
from .service_talk import kept, register_room, told
from .staff import ROOT, operator

CAROL = Account("carol", START)
PEOPLE = (ALICE, BOB, CAROL)
RANKS = (("Alice", "q"), ("bob", "o"), ("carol", "v"))
RECORD = RoomRecord("#tea", "Alice", START, START, ranks=RANKS)


def restored(record: RoomRecord = RECORD, settings: Settings | None = None) -> Chat:
    """A chat that has just started, with a registered room in which bob is an operator."""
    chat = Chat(settings, None)
    chat.happens(Restored(PEOPLE, (record,), "", START))
    return chat


def room(chat: Chat) -> Room:
    found = chat.world.find_room("#tea")
    assert found is not None
    return found


def ranks(client: Client) -> str:
    """The ranks of a client's user in the room."""
    return client.session.user.rooms[room(client.chat)].ranks


def ranks_kept(chat: Chat) -> dict[str, str]:
    """The ranks of accounts in the room, as they are kept."""
    return dict(chat.world.registered["#tea"].ranks)


# -- REGISTER


def test_an_operator_of_a_room_registers_it_and_is_its_founder() -> None:
    chat = owned()
    dan, alice = chat.user("dan", "#tea"), owner(chat, ALICE, "#tea")
    assert told(alice, "CS REGISTER #tea") == ["You're not a room operator"]
    dan.sends("MODE #tea +o Alice")
    dan.lines.clear()
    assert told(alice, "PRIVMSG ChanServ :register #TEA")[-1] == "MODE #tea +q Alice"
    assert dan.hears() == ["MODE #tea +q Alice"]
    assert (ranks(alice), ranks(dan)) == ("qo", "o")
    assert told(alice, "CS REGISTER #tea") == ["#tea is registered already."]


def test_it_takes_an_account_and_being_there() -> None:
    chat = owned()
    dan, alice = chat.user("dan", "#tea"), owner(chat, ALICE)
    assert "Log in to your account first" in told(dan, "CS REGISTER #tea")[0]
    assert told(alice, "CS REGISTER #tea") == ["You're not in that room"]
    assert told(alice, "CS REGISTER #none") == ["No such room"]
    assert chat.world.registered == {}


# -- SET


def test_the_founder_says_how_much_of_a_rooms_history_is_kept() -> None:
    chat = restored()
    alice, bob = owner(chat, ALICE), owner(chat, BOB)

    def bounds() -> tuple[float, int]:
        record = chat.world.registered["#tea"]
        return record.keep_days, record.keep_messages

    assert "may not do that" in told(bob, "CS SET #tea KEEP 30d")[0]
    assert told(alice, "CS SET #TEA keep 1d12h") == [
        "Of #tea what was said in the last 1d12h is kept."
    ]
    assert bounds() == (1.5, 0)
    assert told(alice, "CS SET #tea KEEP 1000") == ["Of #tea the last 1000 messages are kept."]
    assert bounds() == (0.0, 1000)
    for wrong in ("0", "-1", "1x", "0d", "\u0663", "9999999999"):
        assert "Say how long" in told(alice, f"CS SET #tea KEEP {wrong}")[0]
    assert told(alice, "CS SET #tea COLOUR red") == ["There is no COLOUR to set: say KEEP."]
    assert bounds() == (0.0, 1000)
    assert told(alice, "CS SET #tea KEEP all") == ["Of #tea all that the server keeps is kept."]
    assert bounds() == (0.0, 0)


# -- DROP, TRANSFER


def test_a_room_is_let_go_of_by_saying_its_name_twice() -> None:
    chat = restored()
    alice, bob = owner(chat, ALICE), owner(chat, BOB)
    assert "may not do that" in told(bob, "CS DROP #tea #tea")[0]
    for line in ("CS DROP #tea", "CS DROP #tea #other"):
        assert told(alice, line) == ["To let go of it, say its name twice: DROP #tea #tea"]
    assert told(alice, "CS UNREGISTER #tea #tea") == ["#tea is a room like others again."]
    assert kept(chat) == [RoomForgotten("#tea")]
    assert told(alice, "CS INFO #tea") == ["#tea is not a registered room."]


def test_a_room_is_given_to_another_account() -> None:
    chat = restored()
    alice, bob = owner(chat, ALICE, "#tea"), owner(chat, BOB, "#tea")
    alice.lines.clear()
    assert told(bob, "CS TRANSFER #tea bob")[0].endswith("may not do that in #tea.")
    assert told(alice, "CS TRANSFER #tea alice") == ["#tea belongs to Alice already."]
    assert told(alice, "CS TRANSFER #tea nobody") == ["There is no account nobody."]
    assert told(alice, "CS TRANSFER #tea BOB") == [
        "MODE #tea +q bob",
        "MODE #tea -q+o Alice Alice",
        "#tea belongs to bob now.",
    ]
    assert (ranks(alice), ranks(bob)) == ("o", "qo")
    record = chat.world.registered["#tea"]
    assert (record.founder, ranks_kept(chat)) == (
        "bob",
        {"Alice": "o", "bob": "qo", "carol": "v"},
    )


def test_nobody_gets_a_room_whom_it_would_not_help() -> None:
    chat = restored(settings=limited(rooms_per_account=1, ranks_per_room=3))
    alice, bob = owner(chat, ALICE, "#tea"), owner(chat, BOB)
    chat.happens(AccountsChanged((replace(CAROL, disabled=True), Account("dan", 1.0)), (), chat.at))
    assert "Nobody can log in" in told(alice, "CS TRANSFER #tea carol")[0]
    register_room(bob, "#other")
    assert "may have 1 rooms" in told(alice, "CS TRANSFER #tea bob")[0]
    assert "3 accounts" in told(alice, "CS TRANSFER #tea dan")[0]
    assert chat.world.registered["#tea"].founder == "Alice"


# -- INFO, LIST


def test_what_is_known_of_a_room_is_told() -> None:
    chat = restored()
    belongs = "#tea belongs to Alice, since Tue Nov 14 2023 at 22:13:20 UTC."
    assert told(chat.user("eve"), "CS INFO #TEA") == [belongs]
    assert told(owner(chat, BOB), "CS STATUS #tea") == [belongs, "Your account has +o there."]


@pytest.mark.parametrize(
    "usage", ["REGISTER #room", "TRANSFER #room account", "INFO #room", "OP #room [nick]"]
)
def test_who_says_too_little_is_told_what_there_is_to_say(usage: str) -> None:
    alice = owner(restored(), ALICE)
    assert told(alice, f"CS {usage.split()[0]}") == [f"Say: {usage}"]


SECRET = [
    *("INFO #tea", "FLAGS #tea", "FLAGS #tea bob", "FLAGS #tea bob +v", "INVITE #tea"),
    *("UNBAN #tea", "OP #tea", "DEOP #tea", "DROP #tea", "TRANSFER #tea bob"),
]


@pytest.mark.parametrize("word", SECRET)
def test_of_a_secret_room_outsiders_learn_nothing(word: str) -> None:
    chat = restored(replace(RECORD, flags="s"))
    eve = chat.user("eve")
    assert told(eve, f"CS {word}") == ["#tea is not a registered room."]
    owner(chat, BOB, "#tea")
    assert told(eve, f"CS {word}") == ["#tea is not a registered room."]


def test_of_a_secret_room_members_and_those_with_a_rank_do() -> None:
    chat = restored(replace(RECORD, flags="s"))
    eve, bob = chat.user("eve", "#tea"), owner(chat, BOB)
    for client in (eve, bob):
        assert told(client, "CS INFO #tea")[0].startswith("#tea belongs to Alice")


def test_one_is_told_of_the_rooms_in_which_one_has_a_rank() -> None:
    chat = restored(replace(RECORD, flags="s"))
    end = "Those are the rooms in which your account has a rank."
    assert told(owner(chat, BOB), "CS LIST") == ["#tea +o", end]
    chat.happens(AccountsChanged((Account("dan", 1.0),), (), chat.at))
    assert told(owner(chat, Account("dan", 1.0)), "CS LIST") == [end]


# -- FLAGS


def test_ranks_are_shown_to_those_who_have_one() -> None:
    chat = restored()
    carol, eve = owner(chat, CAROL), chat.user("eve")
    assert told(carol, "CS FLAGS #tea") == [
        *("Alice +q", "bob +o", "carol +v"),
        "Those are the ranks in #tea.",
    ]
    assert told(carol, "CS FLAGS #tea BOB") == ["bob has +o in #tea."]
    for line in ("CS FLAGS #tea", "CS FLAGS #tea bob"):
        assert "Log in to your account first" in told(eve, line)[0]


def test_ranks_are_given_and_taken_at_once_and_for_good() -> None:
    chat = restored()
    alice, carol = owner(chat, ALICE, "#tea"), owner(chat, CAROL, "#tea")
    alice.lines.clear()
    assert told(alice, "CS FLAGS #tea carol +ah-v") == [
        "MODE #tea +ah-v carol carol carol",
        "carol has +ah in #tea.",
    ]
    assert carol.hears() == ["MODE #tea +ah-v carol carol carol"]
    assert ranks_kept(chat)["carol"] == "ah"
    assert told(alice, "CS AMODE #tea -ah carol")[-1] == "carol has no rank in #tea."
    assert (ranks(carol), ranks_kept(chat)) == ("", {"Alice": "q", "bob": "o"})
    assert told(alice, "CS FLAGS #tea carol -v") == ["carol has no rank in #tea."]


def test_nobody_in_the_room_is_no_obstacle() -> None:
    chat = restored()
    assert told(owner(chat, BOB), "CS FLAGS #tea carol +o-v") == ["carol has +o in #tea."]
    assert ranks_kept(chat)["carol"] == "o"


@pytest.mark.parametrize(
    ("account", "line", "text"),
    [
        (BOB, "carol +a", "may not do that"),
        (BOB, "alice +v", "stands too high"),
        (CAROL, "bob -o", "may not do that"),
        (CAROL, "carol +h", "may not do that"),
        (ALICE, "carol +q", "TRANSFER"),
        (ALICE, "alice -q", "TRANSFER"),
        (ALICE, "carol +x", "A rank is one of qaohv"),
        (ALICE, "carol LIST", "Say what to give"),
        (ALICE, "nobody +o", "There is no account"),
    ],
)
def test_what_one_may_not_give_or_take_is_refused(account: Account, line: str, text: str) -> None:
    chat = restored()
    assert text in told(owner(chat, account), f"CS FLAGS #tea {line}")[0]
    assert ranks_kept(chat) == dict(RANKS)


def test_one_may_lay_down_ones_own_rank() -> None:
    chat = restored()
    carol = owner(chat, CAROL, "#tea")
    assert told(carol, "CS FLAGS #tea carol -v") == [
        "MODE #tea -v carol",
        "carol has no rank in #tea.",
    ]


def test_only_so_many_accounts_have_a_rank() -> None:
    chat = restored(settings=limited(ranks_per_room=3))
    chat.happens(AccountsChanged((Account("dan", 1.0),), (), chat.at))
    alice = owner(chat, ALICE)
    assert told(alice, "CS FLAGS #tea dan +v") == ["In one room 3 accounts may have a rank."]
    assert told(alice, "CS FLAGS #tea bob +v") == ["bob has +ov in #tea."]


# -- ranks for now


@pytest.mark.parametrize(
    ("word", "letter"),
    [("OWNER", "q"), ("PROTECT", "a"), ("OP", "o"), ("HALFOP", "h"), ("VOICE", "v")],
)
def test_ranks_are_given_and_taken_until_one_leaves(word: str, letter: str) -> None:
    chat = restored()
    alice, dan = owner(chat, ALICE), chat.user("dan", "#tea")
    assert told(alice, f"CS {word} #tea dan") == []
    assert dan.hears() == [f"MODE #tea +{letter} dan"]
    assert told(alice, f"CS {word} #tea dan") == []
    assert dan.hears() == []
    assert ranks_kept(chat) == dict(RANKS)
    alice.sends(f"CS DE{word} #tea dan")
    assert (dan.hears(), ranks(dan)) == ([f"MODE #tea -{letter} dan"], "")


def test_one_takes_up_ones_rank_and_lays_it_down() -> None:
    chat = restored()
    bob, eve = owner(chat, BOB, "#tea"), chat.user("eve", "#tea")
    assert told(bob, "CS DEOP #tea") == ["MODE #tea -o bob"]
    assert told(bob, "CS VOICE #tea") == ["MODE #tea +v bob"]
    assert told(bob, "CS OP #tea bob") == ["MODE #tea +o bob"]
    assert "may not do that" in told(bob, "CS PROTECT #tea")[0]
    assert "Log in to your account first" in told(eve, "CS OP #tea")[0]
    assert told(eve, "CS DEVOICE #tea") == []


def test_ranks_go_by_the_account_and_not_by_those_of_the_moment() -> None:
    chat = restored()
    alice, bob, carol = (owner(chat, each, "#tea") for each in PEOPLE)
    alice.sends("MODE #tea +o carol")
    assert "may not do that" in told(carol, "CS DEOP #tea bob")[0]
    assert told(bob, "CS DEOWNER #tea alice")[0].endswith("may not do that in #tea.")
    assert told(bob, "CS DEVOICE #tea alice") == ["Alice stands too high for that."]
    assert told(bob, "CS OP #tea nobody") == ["No such nick"]
    eve = chat.user("eve")
    assert told(bob, f"CS OP #tea {eve.session.user.nick}") == ["eve is not in #tea."]


# -- the way in


def test_one_is_invited_to_a_room_of_ones_own() -> None:
    chat = restored(replace(RECORD, flags="i"))
    bob, carol = owner(chat, BOB), owner(chat, CAROL)
    assert told(bob, "CS INVITE #tea") == ["Nobody is in #tea: join it."]
    owner(chat, ALICE, "#tea")
    assert told(bob, "CS INVITE #tea") == ["INVITE bob #tea"]
    assert "may not do that" in told(carol, "CS INVITE #tea")[0]
    bob.sends("JOIN #tea")
    assert told(bob, "CS INVITE #tea") == ["You are in #tea."]


@pytest.mark.parametrize("is_there", [True, False])
def test_the_bans_that_are_for_oneself_are_lifted(is_there: bool) -> None:
    bans = (Entry("bob!*@*", "x", 1.0), Entry("*!*@spam", "x", 1.0), Entry("~a:bob", "x", 1.0))
    chat = restored(replace(RECORD, lists=(("b", bans),)))
    alice = owner(chat, ALICE, *["#tea"] * is_there)
    bob = owner(chat, BOB)
    assert told(bob, "CS UNBAN #tea") == ["No ban keeps you out of #tea."]
    ((mode, left),) = chat.world.registered["#tea"].lists
    assert (mode, [each.mask for each in left]) == ("b", ["*!*@spam"])
    if is_there:
        assert alice.hears() == ["MODE #tea -b bob!*@*", "MODE #tea -b ~a:bob"]
    assert told(bob, "CS UNBAN #tea") == ["No ban keeps you out of #tea."]
    assert kept(chat) == []
    assert "may not do that" in told(owner(chat, CAROL), "CS UNBAN #tea")[0]


# -- operators of the server


def test_an_operator_who_may_override_rules_and_it_is_written_down() -> None:
    chat = restored(replace(RECORD, flags="s"), Settings(operators=(ROOT,)))
    root = operator(chat, "root")
    assert told(root, "CS FLAGS #tea")[0] == "Alice +q"
    assert told(root, "CS FLAGS #tea alice -v") == ["Alice has +q in #tea."]
    assert told(root, "CS TRANSFER #tea bob") == ["#tea belongs to bob now."]
    assert [type(each) for each in kept(chat)] == [AuditRecord, RoomRecord, RoomRecord]
    assert told(root, "CS DROP #tea #tea") == ["#tea is a room like others again."]
    assert [type(each) for each in kept(chat)] == [AuditRecord, RoomForgotten]


def test_what_a_name_has_too_much_of_does_no_harm() -> None:
    chat = restored()
    alice = owner(chat, ALICE)
    (heard,) = told(alice, f"CS INFO #{'é' * 200}")
    assert heard.startswith("#é")
    assert told(alice, "CS HELP flags")[0] == "FLAGS #room [account [+ranks-ranks]]"
    assert len(told(alice, "CS")) > 15
