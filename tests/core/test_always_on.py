"""Always-on accounts: users who stay without a client, come back after a restart, and go."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest

from trio_chat.core.account_questions import SetAlwaysOn, Verdict
from trio_chat.core.account_rules import LONGEST_ALWAYS_ON_DAYS, AccountRules
from trio_chat.core.accounts import Account
from trio_chat.core.effects import Conclude
from trio_chat.core.events import AccountsChanged, Reread, Restored
from trio_chat.core.history_rules import HistoryRules
from trio_chat.core.questions import Reading
from trio_chat.core.records import (
    BanRecord,
    Record,
    ResidentForgotten,
    ResidentRecord,
    RoomForgotten,
    RoomRecord,
)
from trio_chat.core.replies import format_date
from trio_chat.core.residents import DEVICES
from trio_chat.core.settings import Settings
from trio_chat.core.standing import NOT_CONNECTED
from trio_chat.core.state import User
from trio_chat.core.tenure import DAY_SECONDS, REVIEW_SECONDS

from .language import START, Chat, Client, limited
from .owners import ALICE, BOB, owned, owner, plain, verdict
from .service_talk import answered, kept, register_room, told
from .staff import ROOT, operator, questions

ON = replace(ALICE, always_on=True)
SETTINGS = "Say: SET ALWAYS-ON on|off|default, or SET HISTORY on|off"
ALWAYS = Settings(accounts=AccountRules(always_on="always"))
ALONE = Settings(accounts=AccountRules(multiclient=False))


class Disk:
    """What a chat has kept, for another one to start with."""

    def __init__(self, chat: Chat) -> None:
        self.chat = chat
        self.records: dict[str, Record] = {}
        happens = chat.happens

        def happens_and_is_kept(event: object) -> None:
            happens(event)  # type: ignore[arg-type]
            for record in kept(chat):
                self.records[record.what] = record

        chat.happens = happens_and_is_kept  # type: ignore[method-assign]

    def restart(self, *accounts: Account, settings: Settings | None = None) -> Chat:
        """Another run with what was kept, as after a crash."""
        gone = ResidentForgotten | RoomForgotten
        records = tuple(each for each in self.records.values() if not isinstance(each, gone))
        chat = Chat(settings or self.chat.world.settings, None)
        chat.at = self.chat.at
        chat.happens(Restored(accounts or (ON, BOB), records, "", chat.at))
        return chat


def on_disk(*accounts: Account, settings: Settings | None = None) -> tuple[Chat, Disk]:
    chat = owned(*(accounts or (ON, BOB)), settings=settings)
    return chat, Disk(chat)


def alice_of(chat: Chat, nick: str = "Alice") -> User:
    user = chat.world.find_user(nick)
    assert user is not None
    return user


def returns(
    chat: Chat, nick: str = "Alice", *, account: Account = ON, caps: str = "", device: str = ""
) -> tuple[Client, list[str]]:
    """A client of an account comes; it, and what it hears when its registration is done."""
    client = chat.open("192.0.2.7")
    client.sends(f"CAP REQ :sasl {caps}")
    client.sends(f"NICK {nick}")
    client.sends(f"USER x 0 * :{nick}")
    client.sends("AUTHENTICATE PLAIN")
    client.sends(f"AUTHENTICATE {plain(account.name + (f'@{device}' if device else ''))}")
    verdict(chat, client, account=account)
    return client, client.does("CAP END")


# -- staying


def test_the_user_of_an_always_on_account_stays_and_is_away() -> None:
    chat, _ = on_disk()
    bob = chat.user("bob", "#tea", caps="away-notify", account="bob")
    alice = owner(chat, ON, "#tea")
    bob.sends("MODE #tea +v Alice")
    bob.sends("MONITOR + Alice")
    chat.forget()
    alice.sends("QUIT :Bye")
    assert alice.closed
    assert bob.hears() == [f"Alice AWAY :{NOT_CONNECTED}"]
    assert bob.does("NAMES #tea")[0] == "353 bob = #tea :@bob +Alice"
    assert bob.does("WHO #tea")[1].split()[7] == "G+"
    whois = bob.does("WHOIS Alice")
    assert f"301 bob Alice :{NOT_CONNECTED}" in whois
    assert "330 bob Alice Alice :is logged in as" in whois
    assert bob.does("MONITOR S")[0] == f"730 bob {alice.source}"
    assert bob.does("PRIVMSG Alice :are you there?") == [f"301 bob Alice :{NOT_CONNECTED}"]
    assert "There are 2 users" in bob.asks("LUSERS")[0].params[-1]
    stranger = chat.open()
    stranger.sends("USER x 0 * x")
    assert stranger.does("NICK alice") == ["433 * alice"]


@pytest.mark.parametrize("how", ["vanishes", "is silent"])
def test_however_the_last_client_goes_its_user_stays(how: str) -> None:
    chat, _ = on_disk(settings=Settings(history=HistoryRules(missed_lines=0)))
    alice, phone = owner(chat, ON, "#tea"), chat.device("Alice")
    phone.sends("QUIT")
    assert not alice_of(chat).away
    if how == "vanishes":
        alice.vanishes()
    else:
        for _second in range(8):
            chat.passes(40)
    assert alice.closed or how == "vanishes"
    assert alice_of(chat).away == NOT_CONNECTED
    assert list(chat.world.rooms) == ["#tea"]


def test_an_away_message_stands_after_its_client_has_gone() -> None:
    chat, _ = on_disk()
    bob = chat.user("bob", "#tea", caps="away-notify", account="bob")
    alice = owner(chat, ON, "#tea")
    alice.sends("AWAY :Lunch")
    chat.forget()
    alice.vanishes()
    assert bob.hears() == []
    assert alice_of(chat).away == "Lunch"
    returns(chat)
    assert bob.hears() == ["Alice AWAY"]
    again = chat.device("Alice")
    again.sends("AWAY *")
    assert not alice_of(chat).away


def test_a_client_at_which_nobody_sits_leaves_the_user_away() -> None:
    chat, _ = on_disk()
    owner(chat, ON).vanishes()
    phone = chat.open()
    phone.sends("CAP REQ :sasl draft/pre-away")
    phone.sends("AWAY *")
    phone.sends("NICK Alice")
    phone.session.user.account = "Alice"
    phone.sends("USER x 0 * x")
    phone.sends("CAP END")
    assert alice_of(chat).away == "*"
    phone.vanishes()
    assert alice_of(chat).away == NOT_CONNECTED


def test_who_is_no_resident_leaves_with_the_last_client() -> None:
    chat, disk = on_disk(ALICE, BOB)
    bob = chat.user("bob", "#tea", account="bob")
    owner(chat, ALICE, "#tea").vanishes("Gone")
    assert bob.hears()[-1] == "Alice QUIT :Gone"
    assert disk.records == {}


@pytest.mark.parametrize(
    ("rule", "said", "stays"),
    [
        ("opt-in", None, False),
        ("opt-in", False, False),
        ("opt-in", True, True),
        ("opt-out", None, True),
        ("opt-out", False, False),
        ("opt-out", True, True),
        ("always", None, True),
        ("always", False, True),
        ("never", None, False),
        ("never", True, False),
    ],
)
def test_the_server_and_the_owner_say_who_stays(
    rule: Literal["opt-in", "opt-out", "always", "never"], said: bool | None, stays: bool
) -> None:
    account = replace(ALICE, always_on=said)
    settings = Settings(accounts=AccountRules(always_on=rule))
    chat, _ = on_disk(account, settings=settings)
    owner(chat, account).vanishes()
    assert (chat.world.find_user("Alice") is not None) is stays


def test_how_long_an_unused_one_stays_is_bounded() -> None:
    for days in (0, -1, LONGEST_ALWAYS_ON_DAYS + 1):
        with pytest.raises(ValueError, match="always_on_days must be more than 0"):
            AccountRules(always_on_days=days)


# -- coming back


def test_a_client_that_returns_finds_all_as_it_left_it() -> None:
    chat, _ = on_disk()
    bob = chat.user("bob", "#tea", caps="away-notify", account="bob")
    alice = owner(chat, ON, "#tea", "#den")
    bob.sends("MODE #tea +v Alice")
    source = alice.source
    alice.vanishes()
    chat.forget()
    phone, heard = returns(chat)
    assert heard[0] == "001 Alice"
    assert heard[-6:] == [
        "Alice JOIN #tea",
        "353 Alice = #tea :@bob +Alice",
        "366 Alice #tea",
        "Alice JOIN #den",
        "353 Alice = #den @Alice",
        "366 Alice #den",
    ]
    assert bob.hears() == ["Alice AWAY"]
    assert phone.source == source
    assert alice_of(chat).address == "192.0.2.7"


def test_whatever_nick_a_client_asks_for_it_comes_to_the_user_who_stays() -> None:
    chat, _ = on_disk()
    alice = owner(chat, ON, "#tea")
    chat.user("bob", account="bob")
    for nick in ("Alice_", "al", "Alice"):
        phone, heard = returns(chat, nick)
        assert heard[0] == "001 Alice"
        assert phone.session.user is alice.session.user
    alice.sends("NICK tea")
    for each in tuple(chat.world.sessions.values()):
        if each.user is alice.session.user:
            chat.clients[each.id].vanishes()
    assert returns(chat)[1][0] == "001 tea"


def test_whose_nick_was_refused_comes_to_the_user_who_stays_by_another() -> None:
    chat, _ = on_disk()
    owner(chat, ON, nick="carol").vanishes()
    chat.user("dave")
    phone = chat.open()
    phone.sends("CAP REQ :sasl")
    assert phone.does("NICK dave") == ["433 * dave"]
    phone.sends("NICK dave_")
    phone.sends("USER x 0 * x")
    phone.session.user.account = "Alice"
    assert phone.does("CAP END")[0] == "001 carol"


def test_where_one_client_may_be_of_an_account_it_comes_in_the_place_of_the_other() -> None:
    chat, _ = on_disk(settings=ALONE)
    bob = chat.user("bob", "#tea", account="bob")
    alice = owner(chat, ON, "#tea")
    chat.forget()
    phone, heard = returns(chat)
    assert heard[-3] == "Alice JOIN #tea"
    assert alice.closed == "Taken over by its owner"
    phone.vanishes()
    tablet, _ = returns(chat)
    assert tablet.session.user.sessions == (tablet.session,)
    assert bob.hears() == []


def test_who_logs_in_later_joins_the_user_who_stays_by_its_nick() -> None:
    for settings in (None, ALONE):
        chat, _ = on_disk(settings=settings)
        owner(chat, ON, "#tea").vanishes()
        late = chat.user("late", caps="sasl")
        late.sends("AUTHENTICATE PLAIN")
        late.sends(f"AUTHENTICATE {plain('Alice')}")
        verdict(chat, late, account=ON)
        assert late.session.user.residence is None
        heard = late.does("NICK Alice")
        assert heard[:2] == ["late NICK Alice", "221 Alice +"]
        assert heard[2] == "Alice JOIN #tea"
        assert chat.world.find_user("late") is None


def test_who_stays_does_so_though_a_client_joins_another_of_their_users() -> None:
    chat, _ = on_disk()
    alice = owner(chat, ON, "#tea")
    late = chat.user("late")
    late.session.user.account = "Alice"
    alice.sends("NICK late")
    assert late.session.user is alice.session.user
    assert alice_of(chat).away == NOT_CONNECTED
    assert alice_of(chat).residence is not None


def test_the_oldest_of_too_many_clients_goes_and_the_user_stays() -> None:
    chat, _ = on_disk(settings=limited(sessions_per_user=1))
    alice = owner(chat, ON)
    phone, _ = returns(chat)
    assert alice.closed == "Too many clients of this account"
    phone.vanishes()
    assert alice_of(chat).residence is not None


# -- over a restart


def test_a_restart_changes_nothing_for_who_stays_and_their_rooms() -> None:
    chat, disk = on_disk()
    alice = owner(chat, ON, "#tea", "#Den")
    bob = chat.user("bob", "#den", account="bob")
    alice.sends("TOPIC #den :Leaves")
    alice.sends("MODE #den +sk key")
    alice.sends("MODE #den +b *!*@spam")
    alice.sends("MODE #den +v bob")
    alice.sends("SETNAME :Alice in chains")
    alice.sends("MODE Alice +B")
    alice.sends("METADATA * SET url x")
    chat.passes(7)
    bob.sends("PART #den")
    alice.vanishes()
    before = chat.world.find_room("#den")
    again = disk.restart()
    user = alice_of(again)
    assert again.effects == []
    assert (user.source, user.realname, user.account) == (alice.source, "Alice in chains", "Alice")
    assert (user.modes, user.away, user.metadata) == ("B", NOT_CONNECTED, {"url": "x"})
    assert user.signed_on == alice.session.user.signed_on
    assert [(room.name, each.ranks) for room, each in user.rooms.items()] == [
        ("#tea", "o"),
        ("#Den", "o"),
    ]
    room = again.world.find_room("#den")
    assert room is not None
    assert before is not None
    assert (room.created, room.topic, room.flags) == (before.created, before.topic, "nst")
    assert (room.key, [each.mask.text for each in room.entries("b")]) == ("key", ["*!*@spam"])
    _, heard = returns(again)
    assert heard[0] == "001 Alice"
    assert "332 Alice #Den Leaves" in heard


def test_a_crash_leaves_who_was_connected_away() -> None:
    chat, disk = on_disk()
    alice = owner(chat, ON)
    assert alice_of(disk.restart()).away == NOT_CONNECTED
    alice.sends("AWAY :Lunch")
    assert alice_of(disk.restart()).away == "Lunch"


def test_when_the_server_stops_nobody_who_stays_has_left() -> None:
    chat, disk = on_disk()
    owner(chat, ON, "#tea")
    chat.stops()
    assert [room.name for room in alice_of(disk.restart()).rooms] == ["#tea"]


def test_who_comes_into_a_room_of_somebody_who_stays_finds_it_as_it_was() -> None:
    chat, disk = on_disk()
    owner(chat, ON, "#tea").sends("MODE #tea +i")
    again = disk.restart()
    assert again.user("bob", account="bob").does("JOIN #tea") == ["473 bob #tea"]


def test_who_stays_in_a_registered_room_is_in_it_again() -> None:
    chat, disk = on_disk()
    alice = owner(chat, ON)
    register_room(alice)
    assert chat.world.inhabited == {}
    again = disk.restart()
    room = again.world.find_room("#tea")
    assert room is not None
    assert room.registration is not None
    assert room.members[alice_of(again)].ranks == "qo"


def test_a_room_is_kept_for_who_stays_whoever_it_belonged_to() -> None:
    chat, disk = on_disk()
    alice = owner(chat, ON)
    register_room(alice)
    alice.sends("CS DROP #tea #tea")
    (record,) = (each for each in kept(chat) if isinstance(each, RoomRecord))
    assert record.founder == ""
    room = disk.restart().world.find_room("#tea")
    assert room is not None
    assert room.registration is None


def test_a_room_is_forgotten_when_the_last_who_stays_has_left() -> None:
    carol = Account("carol", START, always_on=True)
    chat, disk = on_disk(ON, carol)
    alice, other = owner(chat, ON, "#Tea"), owner(chat, carol, "#tea")
    bob = chat.user("bob", "#tea", account="bob")
    alice.sends("MODE #tea +o bob")
    alice.sends("PART #tea")
    assert [type(each) for each in kept(chat)] == [ResidentRecord]
    bob.sends("KICK #tea carol")
    assert RoomForgotten("#Tea") in kept(chat)
    assert other.session.user.rooms == {}
    bob.sends("MODE #tea +m")
    assert kept(chat) == []
    assert RoomForgotten("#Tea") == disk.records["room #Tea"]


def test_a_room_is_kept_under_its_new_name() -> None:
    chat, disk = on_disk()
    alice = owner(chat, ON, "#tea")
    alice.sends("RENAME #tea #coffee :x")
    assert RoomForgotten("#tea") in kept(chat)
    again = disk.restart()
    assert list(again.world.rooms) == ["#coffee"]
    assert [room.name for room in alice_of(again).rooms] == ["#coffee"]


def test_ranks_that_are_given_and_taken_come_back() -> None:
    chat, disk = on_disk(ON, BOB, settings=Settings(operators=(ROOT,)))
    alice, bob = owner(chat, ON, "#tea"), owner(chat, BOB, "#tea")
    alice.sends("MODE #tea +h Alice")
    alice.sends("MODE #tea -o Alice")
    assert [each.ranks for each in alice_of(disk.restart()).rooms.values()] == ["h"]
    root = operator(chat, "root", "#tea")
    root.sends("MODE #tea +o bob")
    bob.sends("CS REGISTER #tea")
    bob.sends("CS VOICE #tea Alice")
    assert [each.ranks for each in alice_of(disk.restart()).rooms.values()] == ["hv"]
    bob.sends("CS FLAGS #tea Alice +o")
    assert [each.ranks for each in alice_of(disk.restart()).rooms.values()] == ["ohv"]


def test_nothing_is_kept_of_what_who_stays_says() -> None:
    chat, _ = on_disk()
    alice = owner(chat, ON, "#tea")
    for line in ("PRIVMSG #tea :hi", "PING x", "NAMES #tea", "AWAY", "WHO #tea", "NICK Alice"):
        alice.sends(line)
        assert kept(chat) == []


def test_who_cannot_come_back_is_forgotten_with_the_rooms_of_theirs_alone() -> None:
    chat, disk = on_disk()
    owner(chat, ON, "#tea")
    taken = Account("carol", START, nicks=("al",))
    gone: list[tuple[tuple[Account, ...], Settings | None]] = [
        ((BOB,), None),
        ((ALICE,), None),
        ((replace(ON, disabled=True),), None),
        ((ON,), Settings(accounts=AccountRules(always_on="never"))),
    ]
    for accounts, settings in gone:
        again = disk.restart(*accounts, taken, settings=settings)
        assert kept(again) == [ResidentForgotten("Alice"), RoomForgotten("#tea")]
        assert (list(again.world.users), list(again.world.rooms)) == ([], [])


def test_what_was_said_in_a_closed_room_is_over_with_it() -> None:
    chat, disk = on_disk()
    alice = owner(chat, ON, "#tea", "#den")
    alice.sends("MODE #den +s")
    again = disk.restart(ALICE)
    assert [each for each in again.effects if isinstance(each, Conclude)] == [Conclude("#den")]


def test_who_was_banned_meanwhile_does_not_come_back() -> None:
    chat, disk = on_disk()
    owner(chat, ON, address="192.0.2.99").vanishes()
    for kind, mask in (("account", "alice"), ("address", "192.0.2.99"), ("user", "alice!*@*")):
        ban = BanRecord(kind, mask, "x", "root", START)
        disk.records["ban"] = ban
        assert kept(disk.restart()) == [ResidentForgotten("Alice")]
    disk.records["ban"] = replace(ban, expires=START)
    assert kept(disk.restart()) == []


def test_whose_nick_is_not_theirs_any_more_has_that_of_the_account() -> None:
    chat, disk = on_disk()
    owner(chat, ON, nick="carol", address="192.0.2.99")
    carol = Account("carol", START)
    again = disk.restart(ON, carol)
    assert alice_of(again).source == "Alice!~carol@192.0.2.99"
    assert alice_of(disk.restart(ON), "carol").account == "Alice"
    short = disk.restart(settings=limited(nick_length=4))
    assert kept(short) == [ResidentForgotten("Alice")]


def test_a_resident_of_an_account_comes_back_once() -> None:
    record = ResidentRecord("Alice", "a", "~a", "A", "h", "192.0.2.1", "Zoi", "*", START)
    chat = Chat(None, None)
    second = replace(record, account="ALICE", nick="b")
    rooms = (("#x", "zvo"), ("#y", ""))
    away = replace(record, account="bob", nick="bob", away="Lunch", rooms=rooms)
    devices = (("", START),)
    some = tuple(replace(each, devices=devices) for each in (record, second, away))
    chat.happens(Restored((ON, replace(BOB, always_on=True)), some, "", START))
    assert list(chat.world.users) == ["a", "bob"]
    a, bob = chat.world.users.values()
    assert (a.modes, a.away) == ("Zi", NOT_CONNECTED)
    assert (bob.away, [each.ranks for each in bob.rooms.values()]) == ("Lunch", ["ov", ""])


# -- devices


def test_a_device_is_told_by_sasl_or_by_its_username() -> None:
    chat, _ = on_disk()
    owner(chat, ON).vanishes()
    named, _ = returns(chat, device="phone")
    assert named.session.device == "phone"
    other = chat.open()
    other.sends("NICK Alice")
    other.sends("USER alice@desk 0 * :x")
    assert other.session.device == "desk"
    assert other.session.user.username == "~alice"
    long = chat.open()
    long.sends(f"USER a@{'x' * 50} 0 * :x")
    assert long.session.device == "x" * 32
    odd = chat.open()
    odd.sends("USER a@\x02b 0 * :x")
    assert odd.session.device == ""


def test_when_each_device_was_here_last_is_kept() -> None:
    chat, disk = on_disk()
    phone, _ = returns(chat, device="phone")
    desk, _ = returns(chat, device="desk")
    chat.passes(10)
    desk.sends("PING x")
    desk.vanishes()
    chat.passes(50)
    residence = alice_of(chat).residence
    assert residence is not None
    assert residence.devices == {"phone": START, "desk": START + 10}
    phone.sends("PING x")
    chat.passes(30)
    assert residence.devices["phone"] == START + 60
    restored = alice_of(disk.restart()).residence
    assert restored is not None
    assert restored.devices == residence.devices
    assert told(phone, "NS INFO")[3:] == [
        "Always-on: on, as its owner wants it.",
        f"Device desk: last here {format_date(START + 10)}.",
        f"Device phone: last here {format_date(START + 60)}.",
    ]


def test_of_many_devices_those_are_remembered_that_were_here_last() -> None:
    chat, _ = on_disk()
    for number in range(DEVICES + 3):
        returns(chat, device=f"d{number}")[0].vanishes()
        chat.passes(1)
    residence = alice_of(chat).residence
    assert residence is not None
    assert list(residence.devices) == [f"d{number}" for number in range(3, DEVICES + 3)]


# -- going for good


def test_who_is_killed_is_gone_until_the_next_login() -> None:
    chat, disk = on_disk(settings=Settings(operators=(ROOT,)))
    owner(chat, ON, "#tea").vanishes()
    root = operator(chat, "root", "#tea")
    assert root.does("KILL Alice :spam") == ["Alice QUIT :Killed (root (spam))"]
    assert kept(chat)[-2:] == [ResidentForgotten("Alice"), RoomForgotten("#tea")]
    assert disk.restart().world.users == {}
    _, heard = returns(chat)
    assert not any(line.startswith("Alice JOIN") for line in heard)
    assert alice_of(chat).residence is not None


@pytest.mark.parametrize("connected", [True, False])
@pytest.mark.parametrize(
    "line", ["KLINE alice!*@* :x", "KLINE ~account:alice :x", "DLINE 192.0.2.99 :x"]
)
def test_who_is_banned_does_not_stay(line: str, connected: bool) -> None:
    chat, disk = on_disk(settings=Settings(operators=(ROOT,)))
    alice = owner(chat, ON, "#tea", address="192.0.2.99")
    if not connected:
        alice.vanishes()
    root = operator(chat, "root", "#tea")
    assert root.does(line)[-1] == "Alice QUIT :Banned"
    assert alice_gone(chat, disk)


def test_a_ban_of_somebody_else_lets_those_stay_who_are_not_connected() -> None:
    chat, _ = on_disk(settings=Settings(operators=(ROOT,)))
    owner(chat, ON, "#tea").vanishes()
    operator(chat, "root").sends("KLINE bob!*@* :x")
    assert alice_of(chat).residence is not None


def test_a_ban_of_where_one_client_is_leaves_the_others() -> None:
    chat, _ = on_disk(settings=Settings(operators=(ROOT,)))
    alice = owner(chat, ON, "#tea", address="192.0.2.99")
    returns(chat)
    root = operator(chat, "root", "#tea")
    root.sends("DLINE 192.0.2.99 :x")
    assert alice.closed == "Banned"
    assert alice_of(chat).residence is not None


def alice_gone(chat: Chat, disk: Disk) -> bool:
    return chat.world.residents == disk.restart().world.users == {}


def test_who_logs_out_stays_as_long_as_connected() -> None:
    chat, disk = on_disk()
    bob = chat.user("bob", "#tea", account="bob")
    alice = owner(chat, ON, "#tea", nick="tea")
    alice.sends("NS LOGOUT")
    assert alice_gone(chat, disk)
    alice.vanishes("Gone")
    assert bob.hears()[-1] == "tea QUIT :Gone"


def test_who_logs_in_to_another_account_lives_there() -> None:
    chat, disk = on_disk(ON, replace(BOB, always_on=True))
    alice = owner(chat, ON, nick="tea")
    alice.sends("AUTHENTICATE PLAIN")
    alice.sends(f"AUTHENTICATE {plain('bob')}")
    verdict(chat, alice, account=replace(BOB, always_on=True))
    assert list(chat.world.residents) == ["bob"]
    assert isinstance(disk.records["resident Alice"], ResidentForgotten)


@pytest.mark.parametrize("connected", [True, False])
@pytest.mark.parametrize("change", ["deleted", "disabled", "off"])
def test_whose_account_ends_stays_no_longer(change: str, connected: bool) -> None:
    chat, disk = on_disk()
    bob = chat.user("bob", "#tea", account="bob")
    alice = owner(chat, ON, "#tea")
    if not connected:
        alice.vanishes()
    chat.forget()
    changed = replace(ON, disabled=change == "disabled", always_on=change != "off" or None)
    if change == "deleted":
        chat.happens(AccountsChanged((), ("Alice",), chat.at))
    else:
        chat.happens(AccountsChanged((changed,), (), chat.at))
    assert alice_gone(chat, disk)
    if connected:
        assert not any("QUIT" in line for line in bob.hears())
    else:
        assert bob.hears()[-1].startswith("Alice QUIT")


def test_who_has_not_been_here_for_long_goes() -> None:
    settings = Settings(accounts=AccountRules(always_on_days=2))
    chat, disk = on_disk(settings=settings)
    owner(chat, ON, "#tea").vanishes()
    chat.passes(2 * DAY_SECONDS)
    bob = chat.user("bob", "#tea", account="bob")
    assert alice_of(chat).away
    chat.passes(REVIEW_SECONDS / 2)
    assert alice_of(chat).away
    bob.sends("PING x")
    chat.forget()
    chat.passes(REVIEW_SECONDS / 2)
    assert bob.hears()[0] == "Alice QUIT :Not here for too long"
    assert alice_gone(chat, disk)


def test_who_was_not_here_for_long_does_not_come_back() -> None:
    settings = Settings(accounts=AccountRules(always_on_days=2))
    chat, disk = on_disk(settings=settings)
    owner(chat, ON).vanishes()
    chat.at += 2 * DAY_SECONDS + 1
    assert kept(disk.restart()) == [ResidentForgotten("Alice")]


def test_the_other_users_of_the_account_may_end_the_one_who_stays() -> None:
    chat, disk = on_disk()
    owner(chat, ON, "#tea").vanishes()
    late = chat.user("late")
    late.session.user.account = "Alice"
    assert told(late, "NS GHOST Alice") == ["Alice is free."]
    assert alice_gone(chat, disk)


# -- saying so


def test_an_owner_says_whether_to_stay() -> None:
    chat, disk = on_disk(ALICE, BOB)
    alice = owner(chat, ALICE, "#tea")
    assert told(alice, "NS SET ALWAYS-ON maybe") == [SETTINGS]
    assert told(alice, "NS SET COLOUR on") == [SETTINGS]
    assert told(alice, "NS SET ALWAYS-ON on") == []
    assert questions(chat) == [SetAlwaysOn("Alice", True)]
    assert answered(chat, alice, Verdict(account=ON)) == [
        "You stay here while no client of yours is connected."
    ]
    assert [type(each) for each in kept(chat)] == [ResidentRecord, RoomRecord]
    assert [room.name for room in alice_of(disk.restart()).rooms] == ["#tea"]
    told(alice, "NS SET ALWAYS-ON off")
    off = replace(ALICE, always_on=False)
    assert answered(chat, alice, Verdict(account=off)) == ["You leave with your last client."]
    assert alice_gone(chat, disk)
    assert told(alice, "NS INFO")[3] == "Always-on: off, as its owner wants it."


def test_what_becomes_of_the_account_meanwhile_counts() -> None:
    chat, _ = on_disk(ALICE, BOB)
    alice = owner(chat, ALICE)
    told(alice, "NS SET ALWAYS-ON on")
    assert answered(chat, alice, Verdict()) == []
    told(alice, "NS SET ALWAYS-ON on")
    chat.happens(AccountsChanged((), ("Alice",), chat.at))
    answered(chat, alice, Verdict(account=ON))
    assert chat.world.residents == {}


def test_what_the_owner_wants_may_count_for_nothing() -> None:
    off = replace(ALICE, always_on=False)
    chat, _ = on_disk(off, settings=ALWAYS)
    alice = owner(chat, off)
    assert told(alice, "NS INFO")[3] == "Always-on: on, whatever its owner wants."
    told(alice, "NS SET ALWAYS-ON default")
    answered(chat, alice, Verdict(account=ALICE))
    assert told(alice, "NS INFO")[3] == "Always-on: on."


def test_a_change_from_outside_makes_residents() -> None:
    chat, disk = on_disk(ALICE, BOB)
    chat.user("late").session.user.account = "Alice"
    owner(chat, ALICE)
    chat.happens(AccountsChanged((ON,), (), chat.at))
    assert len(chat.world.residents) == 1
    assert disk.records["resident Alice"]


def test_another_configuration_makes_residents_and_ends_them() -> None:
    chat, disk = on_disk(ALICE, BOB)
    bob = chat.user("bob", "#tea", account="bob")
    owner(chat, ALICE, "#tea")
    chat.user("nobody")
    chat.happens(Reread(Reading("chat.toml", ALWAYS), chat.at))
    assert list(chat.world.residents) == ["bob", "alice"]
    chat.clients[2].vanishes()
    chat.forget()
    chat.happens(Reread(Reading("chat.toml", replace(ALWAYS, network="x")), chat.at))
    assert list(chat.world.residents) == ["bob", "alice"]
    chat.forget()
    never = Settings(accounts=AccountRules(always_on="never"))
    chat.happens(Reread(Reading("chat.toml", never), chat.at))
    assert "Alice QUIT :No longer always-on" in bob.hears()
    assert chat.world.residents == {}
    assert isinstance(disk.records["resident bob"], ResidentForgotten)
