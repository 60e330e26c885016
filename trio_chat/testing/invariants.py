"""What is always true of a healthy chat, checked from outside after every test.

Each check lists all that is wrong rather than the first thing, since one mistake shows in several
places and the pattern tells which it was.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from trio_chat.core.held_names import held_from
from trio_chat.core.registered import record_of
from trio_chat.core.residents import is_always_on, resident_record
from trio_chat.core.state import Room, Session, User, World
from trio_chat.core.throttles import places
from trio_chat.wire.caps import CAPABILITIES, TAG_CAPABILITIES
from trio_chat.wire.modes import RANKS

ALL_CAPABILITIES = sum(CAPABILITIES.values())


class Violated(AssertionError):
    """Something that is always true of a healthy chat is not; the text lists what."""


def check_world(world: World) -> None:
    """Raise `Violated` unless the state of the chat is consistent in itself."""
    wrong = [
        *(trouble for room in world.rooms.values() for trouble in _room(world, room)),
        *(trouble for user in world.users.values() for trouble in _user(world, user)),
        *(trouble for session in world.sessions.values() for trouble in _session(world, session)),
        *_keys(world),
        *_registered(world),
        *_residents(world),
        *_counts(world),
        *_throttled(world),
        *_deadlines(world),
    ]
    if wrong:
        raise Violated("\n".join(["the chat's state is inconsistent:", *wrong]))


def check_backlogs(world: World, sendq: int) -> None:
    """Raise `Violated` if more bytes than `sendq` are kept for somebody; at any time."""
    wrong = [
        f"for session {session.id} ({session.user.nick or 'unnamed'}) {backlog} bytes are kept, "
        f"more than its {sendq}"
        for session in world.sessions.values()
        if session.outlet is not None and (backlog := session.outlet.backlog) > sendq
    ]
    if wrong:
        raise Violated("\n".join(["clients that lag take more memory than they may:", *wrong]))


def check_links(world: World, sendq: int) -> None:
    """Raise `Violated` unless every session has a link that works, with nothing forgotten on it.

    To be called when all tasks are blocked; `sendq` is the limit of the connections, in bytes.
    """
    wrong: list[str] = []
    for session in world.sessions.values():
        link = session.outlet
        name = f"the link of session {session.id} ({session.user.nick or 'unnamed'})"
        if link is None:
            wrong.append(f"{name} is missing")
            continue
        if link.session != session.id:
            wrong.append(f"{name} is that of session {link.session}")
        if link.is_finished:
            wrong.append(f"{name} is finished, yet the session is there")
        if link.out:
            wrong.append(f"{name} has {len(link.out)} lines that were never flushed")
        if link.backlog > sendq:
            wrong.append(f"{name} keeps {link.backlog} bytes, more than its {sendq}")
    if wrong:
        raise Violated("\n".join(["the links are not as they should be:", *wrong]))


def _room(world: World, room: Room) -> Iterator[str]:
    if not room.members:
        yield f"{room.name} is empty and still there"
    for user, membership in room.members.items():
        if user.rooms.get(room) is not membership:
            yield f"{user.nick} is in {room.name} without knowing"
        if world.users.get(world.fold(user.nick)) is not user:
            yield f"{user.nick} is in {room.name} and is no user"
        if membership.ranks != "".join(rank for rank in RANKS if rank in membership.ranks):
            yield f"{user.nick} has the ranks {membership.ranks!r} in {room.name}"
    if list(room.flags) != sorted(set(room.flags)):
        yield f"{room.name} has the modes {room.flags!r}"
    if room.entry_count > world.settings.limits.bans_per_room:
        yield f"{room.name} has {room.entry_count} entries in its lists"
    if not all(room.lists.values()):
        yield f"{room.name} keeps an empty list"
    if room.is_off_record != ("E" in room.flags):
        yield f"{room.name} is wrong about what is kept of it"
    if room.is_plain != ("b" not in room.lists and not set("CMSTcm") & set(room.flags)):
        yield f"{room.name} is wrong about being plain"
    present = tuple(session for user in room.members for session in user.sessions)
    if room.audience != present:
        ids = [session.id for session in room.audience]
        yield f"{room.name} is heard by {ids}, not by {[session.id for session in present]}"


def _user(world: World, user: User) -> Iterator[str]:
    for room in user.rooms:
        if user not in room.members or world.rooms.get(world.fold(room.name)) is not room:
            yield f"{user.nick} believes to be in {room.name}"
    if len(user.rooms) > world.settings.limits.rooms_per_user:
        yield f"{user.nick} is in {len(user.rooms)} rooms"
    if not user.sessions and user.residence is None:
        yield f"{user.nick} is a user without a session"
    if len(user.sessions) > world.settings.limits.sessions_per_user:
        yield f"{user.nick} has {len(user.sessions)} sessions"
    if user.sessions:
        yield from _by_all_sessions(user)
    elif user.is_operator or user.has("o") or not user.away:
        yield f"{user.nick} is not connected, and yet here, or an operator"
    if user.residence is not None and world.residents.get(world.fold(user.account)) is not user:
        yield f"{user.nick} stays, and is not the resident of {user.account or 'any account'}"
    if user.source != f"{user.nick}!{user.username}@{user.host}":
        yield f"{user.nick} has the source {user.source!r}"
    for session in user.sessions:
        if world.sessions.get(session.id) is not session:
            yield f"{user.nick} has session {session.id}, which is not connected"
        if not session.registered:
            yield f"{user.nick} is a user through session {session.id}, which is not registered"
    if (holder := held_from(world, user, user.nick)) is not None:
        yield f"{user.nick} has a nick that is held for the account {holder.name}"


def _by_all_sessions(user: User) -> Iterator[str]:
    """What is kept with a user of what their sessions are together."""
    sessions = user.sessions
    if user.operator != next((each.operator for each in sessions if each.operator), None):
        yield f"{user.nick} is another operator than their sessions"
    if user.has("o") != user.is_operator:
        yield f"{user.nick} has the modes {user.modes!r} and the operator {user.operator}"
    if user.is_secure != all(each.encrypted for each in sessions):
        yield f"{user.nick} is wrong about being secure"
    if bool(user.away) != all(each.away for each in sessions):
        yield f"{user.nick} is wrong about being away"
    if user.away not in ["", *(each.away for each in sessions)]:
        yield f"{user.nick} is away for a reason none of their sessions gave"
    if user.address != sessions[0].address:
        yield f"{user.nick} has the address {user.address!r}, not that of their first session"


def _session(world: World, session: Session) -> Iterator[str]:
    user = session.user
    if session not in user.sessions:
        yield f"session {session.id} is none of {user.nick}'s"
    elif user.sessions.count(session) > 1:
        yield f"session {session.id} is {user.nick}'s more than once"
    if not session.registered and len(user.sessions) > 1:
        yield f"session {session.id} shares a user before it has registered"
    if session.registered and world.users.get(world.fold(user.nick)) is not user:
        yield f"session {session.id} is registered as {user.nick}, who is no user"
    if not session.registered and user.rooms:
        yield f"session {session.id} is in rooms before it has registered"
    if session.caps & ~ALL_CAPABILITIES:
        yield f"session {session.id} has capabilities that are not on offer"
    if session.variant != session.caps & TAG_CAPABILITIES | session.framing:
        yield f"session {session.id} has the variant of other capabilities than its own"


def _keys(world: World) -> Iterator[str]:
    for key, room in world.rooms.items():
        if key != world.fold(room.name):
            yield f"{room.name} is filed under {key!r}"
    for key, user in world.users.items():
        if key != world.fold(user.nick):
            yield f"{user.nick} is filed under {key!r}"
    for number, session in world.sessions.items():
        if number != session.id:
            yield f"session {session.id} is filed under {number}"


def _registered(world: World) -> Iterator[str]:
    for room in world.rooms.values():
        record = world.registered.get(world.fold(room.name))
        if record is None:
            if room.registration is not None:
                yield f"{room.name} is registered, and nothing is kept of it"
        elif room.registration is None:
            yield f"{room.name} is kept as a registered room, and is none"
        elif record_of(room) != record:
            yield f"{room.name} is not kept as it is"
    for key, record in world.registered.items():
        if key != world.fold(record.name):
            yield f"{record.name} is kept under {key!r}"
        if dict(record.ranks).get(record.founder, "")[:1] != "q":
            yield f"{record.name} belongs to {record.founder}, who is not its founder"
        if [account for account, ranks in record.ranks if "q" in ranks][1:]:
            yield f"{record.name} has several founders"
        if not all(ranks for _, ranks in record.ranks):
            yield f"{record.name} keeps an account without a rank"


def _residents(world: World) -> Iterator[str]:
    """Whether all is kept of those who stay, and of the rooms they are in."""
    for key, user in world.residents.items():
        residence = user.residence
        if residence is None or key != world.fold(residence.account):
            yield f"{user.nick} is filed under {key!r}, and is no resident of it"
        elif world.users.get(world.fold(user.nick)) is not user:
            yield f"{user.nick} stays and is no user"
        elif residence.record != resident_record(user, residence):
            yield f"{user.nick} is not kept as they are"
        elif not is_always_on(world, residence.account):
            yield f"{user.nick} stays by {residence.account}, which is not always-on"
    for key, room in world.rooms.items():
        if room.residents != sum(user.residence is not None for user in room.members):
            yield f"{room.name} is said to have {room.residents} residents"
        is_kept = room.registration is None and room.residents > 0
        if is_kept and world.inhabited.get(key) != record_of(room):
            yield f"{room.name} has a resident and is not kept as it is"
        if not is_kept and key in world.inhabited:
            yield f"{room.name} is kept for nobody"
    for key in world.inhabited:
        if key not in world.rooms:
            yield f"{key} is kept, and there is no such room"
    if world.unkept:
        yield "something was not kept"


def _counts(world: World) -> Iterator[str]:
    if world.strangers != sum(not session.registered for session in world.sessions.values()):
        yield f"{world.strangers} sessions are said not to have registered"
    if world.most_users < len(world.users):
        yield f"there were at most {world.most_users} users, and now there are more"
    for mode, count in world.with_mode.items():
        if count != sum(mode in user.modes for user in world.users.values()):
            yield f"{count} users are said to have the mode {mode}"


def _throttled(world: World) -> Iterator[str]:
    present = world.throttles.present
    # By address, since most of a crowd have the same, and it takes longest to read one.
    counted = Counter(each.counted for each in world.sessions.values() if each.counted)
    known = {address: places(address) for address in counted}
    expected: Counter[bytes] = Counter()
    for address, number in counted.items():
        expected.update(dict.fromkeys(known[address], number))
    for address, (own, around) in known.items():
        if present.count(address) != (expected[own], expected[around]):
            yield f"there are not {present.count(address)} of {address} and around it"
    if len(present) != len(expected):
        yield f"{len(present)} addresses and networks are counted, not {len(expected)}"


def _deadlines(world: World) -> Iterator[str]:
    heap = world._deadlines
    for index in range(1, len(heap)):
        if heap[(index - 1) // 2] > heap[index]:
            yield f"the deadlines are no heap at {index}"
    entries = Counter(number for _, number in heap)
    for number in world.sessions:
        if entries[number] != 1:
            yield f"session {number} has {entries[number]} deadlines"
