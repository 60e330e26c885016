"""Whatever the users of always-on accounts do: a restart finds all as it was."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from trio_chat.core.accounts import Account
from trio_chat.core.effects import Ask
from trio_chat.core.events import AccountsChanged, Answered, Reread
from trio_chat.core.history import Buffer, ListBuffers, Page, ReadHistory
from trio_chat.core.questions import Reading
from trio_chat.core.settings import Settings
from trio_chat.core.standing import NOBODY, NOT_CONNECTED
from trio_chat.core.state import Room, User, World

from .language import START, Chat, limited
from .owners import answers_to, owner
from .staff import ROOT, log_in
from .test_always_on import ALONE, Disk
from .test_anything import check_heard, thorough

ACCOUNTS = tuple(
    Account(name, START, always_on=stays)
    for name, stays in (("alice", True), ("bob", True), ("carol", None))
)
SETTINGS = replace(limited(rooms_per_user=3, sessions_per_user=2), operators=(ROOT,))
OTHERS = (
    SETTINGS,
    SETTINGS,
    replace(SETTINGS, accounts=replace(SETTINGS.accounts, always_on="never")),
    replace(SETTINGS, accounts=replace(SETTINGS.accounts, always_on="always")),
    replace(SETTINGS, accounts=replace(ALONE.accounts, required=True)),
)

names = st.sampled_from(["alice", "bob", "carol", "root", "dan"])
rooms = st.sampled_from(["#tea", "#Tea", "#den", "#hall"])
modes = st.sampled_from(
    [
        *("+i", "+s", "-nt", "+k key", "-k key", "+l 2", "-l", "+b x!*@*", "-b x!*@*", "+f #den"),
        *("+o bob", "-o alice", "+v carol", "+ohv alice alice bob", "+m", "+R"),
    ]
)
lines = st.one_of(
    st.builds("JOIN {}".format, rooms),
    st.builds("MODE {} {}".format, rooms, modes),
    st.builds("{} {}".format, st.sampled_from(["PART", "TOPIC", "CS REGISTER", "NAMES"]), rooms),
    st.builds("TOPIC {} :{}".format, rooms, names),
    st.builds("KICK {} {}".format, rooms, names),
    st.builds("RENAME {} {} :x".format, rooms, rooms),
    st.builds("CS DROP {0} {0}".format, rooms),
    st.builds("CS FLAGS {} {} {}".format, rooms, names, st.sampled_from(["+o", "-o", "+v"])),
    st.builds("{} {}".format, st.sampled_from(["NICK", "NS GHOST", "NS REGAIN", "KILL"]), names),
    st.builds("NS SET ALWAYS-ON {}".format, st.sampled_from(["on", "off", "default"])),
    st.builds("KLINE {}!*@* :x".format, names),
    st.sampled_from(["AWAY", "AWAY :Lunch", "AWAY *", "QUIT", "NS LOGOUT", "NS ERASE x", "JOIN 0"]),
    st.sampled_from(["METADATA * SET url x", "METADATA * CLEAR", "SETNAME :Other", "MODE bob +B"]),
)
events = st.one_of(
    *[st.tuples(st.integers(0, 7), lines)] * 12,
    *[st.tuples(st.just("comes"), st.sampled_from(ACCOUNTS))] * 2,
    st.tuples(st.just("vanishes"), st.integers(0, 7)),
    st.tuples(st.just("changed"), st.sampled_from(ACCOUNTS), st.sampled_from([True, False, None])),
    st.tuples(st.just("reread"), st.sampled_from(OTHERS)),
    st.tuples(st.just("wait"), st.sampled_from([1, 50, 200])),
)


def crowd() -> tuple[Chat, Disk]:
    chat = Chat(SETTINGS, ACCOUNTS)
    disk = Disk(chat)
    root = chat.user("root", "#tea")
    log_in(chat, root)
    for account in ACCOUNTS:
        owner(chat, account, "#tea", f"#{account.name}", address="192.0.2.9")
    chat.user("dan", "#den")
    return chat, disk


def answer_all(chat: Chat) -> None:
    """Have all be answered well that the last event has asked."""
    for effect in tuple(chat.effects):
        if isinstance(effect, Ask):
            chat.happens(Answered(effect.session.id, _answer(chat, effect), chat.at))
            answer_all(chat)


def _answer(chat: Chat, effect: Ask) -> object:
    if isinstance(effect.question, ListBuffers):
        return (Buffer("#tea", chat.at, True), Buffer("bob", chat.at, False))
    if isinstance(effect.question, ReadHistory):
        return Page(())
    answer = answers_to(effect.question)[0]
    account = chat.world.accounts.find(getattr(effect.question, "account", "") or "-")
    if account is None:
        return None
    on = getattr(effect.question, "on", account.always_on)
    return replace(answer, account=replace(account, always_on=on))  # type: ignore[type-var]


def play(chat: Chat, event: tuple[object, ...]) -> None:
    here = [client for client in chat.clients.values() if not client.closed]
    match event:
        case (int(who), str(line)) if here:
            here[who % len(here)].sends(line)
        case ("comes", Account() as account):
            client = chat.open()
            client.sends(f"USER {account.name}@phone 0 * :x")
            client.session.user.account = account.name
            client.sends(f"NICK {account.name}")
        case ("vanishes", int(who)) if here:
            here[who % len(here)].vanishes()
        case ("changed", Account() as account, on):
            changed = replace(account, always_on=on)  # type: ignore[arg-type]
            chat.happens(AccountsChanged((changed,), (), chat.at))
        case ("reread", Settings() as settings):
            chat.happens(Reread(Reading("chat.toml", settings), chat.at))
        case ("wait", int(seconds)):
            chat.passes(seconds)
    answer_all(chat)
    for client in chat.clients.values():
        check_heard(client)


def all_of(world: World) -> tuple[dict[str, object], dict[str, object]]:
    """Of those who stay, and of the rooms they are in, what is to outlive a restart."""
    residents = {account: _person(user) for account, user in world.residents.items()}
    rooms = {name: _room(room) for name, room in world.rooms.items() if room.residents}
    return residents, rooms


def _person(user: User) -> object:
    ranks = {room.name: membership.ranks for room, membership in user.rooms.items()}
    away = user.away if user.away not in ("", NOBODY) else NOT_CONNECTED
    assert user.residence is not None
    seen = user.residence.devices
    modes = user.modes.replace("o", "")
    return user.source, user.realname, user.account, modes, away, user.metadata, ranks, seen


def _room(room: Room) -> object:
    lists = {mode: [each.mask.text for each in room.entries(mode)] for mode in room.lists}
    owned = room.registration and (room.registration.founder, room.registration.ranks)
    modes = room.flags, room.key, room.limit, room.forward
    return room.name, room.created, room.topic, modes, lists, owned


@settings(thorough, max_examples=200)
@given(st.lists(events, max_size=60))
def test_a_restart_finds_those_who_stay_as_they_were(run: list[tuple[object, ...]]) -> None:
    chat, disk = crowd()
    for event in run:
        play(chat, event)
    accounts = tuple(
        account for name in ACCOUNTS if (account := chat.world.accounts.find(name.name))
    )
    if not accounts:
        return
    again = disk.restart(*accounts)
    assert all_of(again.world) == all_of(chat.world)
    assert set(again.world.rooms) == {n for n, room in chat.world.rooms.items() if room.residents}
