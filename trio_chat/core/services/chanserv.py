"""ChanServ: registered rooms, and the ranks that accounts have in them (see `core.registered`).

Laws:

* What may be done goes by the ranks of one's account, be one in the room or not.
* Of a secret room nobody learns anything who is not in it and has no rank there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trio_chat.core.accounts import Account
from trio_chat.core.audit import audit
from trio_chat.core.commands.lookup import (
    known_user,
    may_override,
    outranks,
    own_membership,
    require_rank,
)
from trio_chat.core.commands.room_modes import NEEDED_RANK
from trio_chat.core.durations import format_duration, parse_duration
from trio_chat.core.effects import Deliver, Effect
from trio_chat.core.held_names import SERVICE_NICKS
from trio_chat.core.registered import (
    Registration,
    find_any_room,
    forget,
    keep,
    level_of,
    ranks_of,
    register,
    said_by_server,
    set_ranks,
)
from trio_chat.core.replies import Refusal, format_date
from trio_chat.core.services.accounts import known_account, own_account
from trio_chat.core.services.service import Run, Service, Word
from trio_chat.core.state import Room, Session, World
from trio_chat.wire.message import Message
from trio_chat.wire.modes import LEVELS, RANKS, Change

MOST_MESSAGES = 1_000_000_000
"""Messages of a room that may be asked to be kept: more is as good as all."""

CHANSERV = Service(SERVICE_NICKS[1], "ChanServ looks after rooms that belong to somebody.")


# -- looking up


def _registered(world: World, session: Session, name: str) -> tuple[Room, Registration]:
    """The registered room of that name, be somebody in it or not."""
    room = find_any_room(world, name)
    if room is None or room.registration is None or not _may_know(world, session, room):
        raise Refusal("", f"{name} is not a registered room.")
    return room, room.registration


def _may_know(world: World, session: Session, room: Room) -> bool:
    return room.is_visible_to(session.user) or _level(world, room, session) > 0


def _level(world: World, room: Room, session: Session) -> int:
    """How high one stands in a registered room by one's account."""
    if may_override(session):
        return LEVELS["q"] + 1
    return level_of(world, room, session.user.account)


def _require(world: World, room: Room, session: Session, rank: str) -> None:
    if _level(world, room, session) < LEVELS[rank]:
        account = own_account(session)
        raise Refusal("", f"Your account {account} may not do that in {room.name}.")


def _is_own(world: World, session: Session, account: str) -> bool:
    return world.fold(account) == world.fold(session.user.account)


def _require_place(world: World, account: str) -> None:
    """Refuse one more room for an account that has as many as it may."""
    most = world.settings.limits.rooms_per_account
    key = world.fold(account)
    if sum(world.fold(each.founder) == key for each in world.registered.values()) >= most:
        raise Refusal("", f"An account may have {most} rooms: DROP another first.")


# -- REGISTER, DROP, TRANSFER, INFO, LIST


def _register(world: World, session: Session, words: Sequence[str]) -> Iterator[Effect]:
    account = session.user.account
    room, _ = own_membership(world, session, words[0])
    if room.registration is not None:
        raise Refusal("", f"{room.name} is registered already.")
    require_rank(room, session, "o")
    _require_place(world, account)
    yield CHANSERV.say(world, session, f"{room.name} belongs to your account {account} now.")
    yield from register(world, room, account)


def _drop(world: World, session: Session, words: Sequence[str]) -> Iterator[Effect]:
    room, registration = _registered(world, session, words[0])
    _require(world, room, session, "q")
    if len(words) < 2 or world.fold(words[1]) != world.fold(room.name):
        text = f"To let go of it, say its name twice: DROP {room.name} {room.name}"
        raise Refusal("", text)
    if not _is_own(world, session, registration.founder):
        yield from audit(world, session, "CHANSERV", f"drops the registration of {room.name}")
    yield from forget(world, room.name)
    yield CHANSERV.say(world, session, f"{room.name} is a room like others again.")


def _transfer(world: World, session: Session, words: Sequence[str]) -> Iterator[Effect]:
    room, registration = _registered(world, session, words[0])
    _require(world, room, session, "q")
    account = known_account(world, words[1])
    before = registration.founder
    if world.fold(before) == world.fold(account.name):
        raise Refusal("", f"{room.name} belongs to {account.name} already.")
    if account.disabled or not account.verified:
        raise Refusal("", f"Nobody can log in to {account.name} at present.")
    _require_place(world, account.name)
    _require_rank_left(world, room, registration, account)
    if not _is_own(world, session, before):
        yield from audit(world, session, "CHANSERV", f"gives {room.name} to {account.name}")
    registration.founder = account.name
    yield from set_ranks(world, room, account.name, "q" + ranks_of(world, room, account.name))
    yield from set_ranks(world, room, before, ranks_of(world, room, before).replace("q", "") or "o")
    yield CHANSERV.say(world, session, f"{room.name} belongs to {account.name} now.")


def _info(world: World, session: Session, words: Sequence[str]) -> Iterator[Effect]:
    room, registration = _registered(world, session, words[0])
    since = format_date(registration.at)
    text = f"{room.name} belongs to {registration.founder}, since {since}."
    yield CHANSERV.say(world, session, text)
    if letters := ranks_of(world, room, session.user.account):
        yield CHANSERV.say(world, session, f"Your account has +{letters} there.")


def _list(world: World, session: Session, words: Sequence[str]) -> Iterator[Effect]:
    """The rooms in which one's own account has a rank."""
    for record in world.registered.values():
        for account, letters in record.ranks:
            if _is_own(world, session, account):
                yield CHANSERV.say(world, session, f"{record.name} +{letters}")
    yield CHANSERV.say(world, session, "Those are the rooms in which your account has a rank.")


# -- FLAGS


def _flags(world: World, session: Session, words: Sequence[str]) -> Iterator[Effect]:
    room, registration = _registered(world, session, words[0])
    if len(words) == 1:
        _require(world, room, session, "v")
        for name, letters in registration.ranks.values():
            yield CHANSERV.say(world, session, f"{name} +{letters}")
        yield CHANSERV.say(world, session, f"Those are the ranks in {room.name}.")
        return
    name, *changes = words[1:]
    if name[0] in "+-" and changes:  # AMODE has them the other way round
        name, changes = changes[0], [name]
    account = known_account(world, name)
    if not _is_own(world, session, account.name):
        _require(world, room, session, "h" if changes else "v")
    if changes:
        letters = _changed(world, room, session, account, changes[0])
        if letters and not ranks_of(world, room, account.name):
            _require_rank_left(world, room, registration, account)
        yield from set_ranks(world, room, account.name, letters)
    letters = ranks_of(world, room, account.name)
    text = f"+{letters}" if letters else "no rank"
    yield CHANSERV.say(world, session, f"{account.name} has {text} in {room.name}.")


def _require_rank_left(
    world: World, room: Room, registration: Registration, account: Account
) -> None:
    """Refuse a rank to one more account in a room that has as many as it may."""
    most = world.settings.limits.ranks_per_room
    if len(registration.ranks) >= most and not ranks_of(world, room, account.name):
        raise Refusal("", f"In one room {most} accounts may have a rank.")


def _changed(world: World, room: Room, session: Session, account: Account, changes: str) -> str:
    """The ranks an account has after changes such as `+o-v`, if this user may make them."""
    letters = ranks_of(world, room, account.name)
    own = _is_own(world, session, account.name)
    if not own and not outranks(_level(world, room, session), level_of(world, room, account.name)):
        raise Refusal("", f"{account.name} stands too high for that.")
    if changes[0] not in "+-":
        raise Refusal("", "Say what to give and to take, as in +o-v.")
    adding = True
    for letter in changes:
        if letter in "+-":
            adding = letter == "+"
            continue
        if letter not in LEVELS:
            raise Refusal("", f"A rank is one of {''.join(RANKS)}, as in +o-v.")
        if letter == "q":
            raise Refusal("", "A room has one founder: say TRANSFER.")
        if adding or not own:
            _require(world, room, session, NEEDED_RANK[letter])
        letters = letters.replace(letter, "") + (letter if adding else "")
    return letters


# -- SET


def _set(world: World, session: Session, words: Sequence[str]) -> Iterator[Effect]:
    """`SET #room KEEP 30d` or `SET #room KEEP 1000`: how much of its history is kept."""
    room, registration = _registered(world, session, words[0])
    _require(world, room, session, "q")
    if words[1].upper() != "KEEP":
        raise Refusal("", f"There is no {words[1]} to set: say KEEP.")
    amount = words[2].upper()
    is_number = amount.isascii() and amount.isdecimal()
    seconds = None if is_number else parse_duration(amount.lower())  # to which it is minutes
    if amount == "ALL":
        days, messages, shown = 0.0, 0, "all that the server keeps is kept"
    elif is_number and 0 < int(amount) <= MOST_MESSAGES:
        days, messages, shown = 0.0, int(amount), f"the last {int(amount)} messages are kept"
    elif seconds:
        days, messages = seconds / 86_400, 0
        shown = f"what was said in the last {format_duration(seconds)} is kept"
    else:
        raise Refusal("", "Say how long, as in 30d, how many messages, as in 1000, or ALL.")
    registration.keep_days, registration.keep_messages = days, messages
    yield from keep(world, room)
    yield CHANSERV.say(world, session, f"Of {room.name} {shown}.")


# -- ranks for now


def _ranking(rank: str, adding: bool) -> Run:
    """A word that gives a member a rank, or takes it, by the rank of one's account."""

    def run(world: World, session: Session, words: Sequence[str]) -> Iterator[Effect]:
        room, _ = _registered(world, session, words[0])
        user = session.user
        target = known_user(world, words[1]) if len(words) > 1 else user
        if target is not user:
            _require(world, room, session, NEEDED_RANK[rank])
        elif adding:
            _require(world, room, session, rank)
        if target not in room.members:
            raise Refusal("", f"{target.nick} is not in {room.name}.")
        level, other = _level(world, room, session), room.members[target].level
        if not adding and target is not user and not outranks(level, other):
            raise Refusal("", f"{target.nick} stands too high for that.")
        if room.set_rank(target, rank, adding):
            world.touch(target)
            yield from said_by_server(world, room, [Change(adding, rank, target.nick)])

    return run


# -- the way in


def _invite(world: World, session: Session, words: Sequence[str]) -> Iterator[Effect]:
    room, _ = _registered(world, session, words[0])
    user = session.user
    _require(world, room, session, "h")
    if not room.members:
        raise Refusal("", f"Nobody is in {room.name}: join it.")
    if user in room.members:
        raise Refusal("", f"You are in {room.name}.")
    world.invite(room, user)
    server = world.settings.server_name
    yield Deliver(user.sessions, Message("INVITE", (user.nick, room.name), server))


def _unban(world: World, session: Session, words: Sequence[str]) -> Iterator[Effect]:
    """Lift all bans that are for oneself."""
    room, _ = _registered(world, session, words[0])
    _require(world, room, session, "h")
    lifted = [each for each in room.entries("b") if each.mask.matches(session.user)]
    for each in lifted:
        room.remove_entry("b", each.mask.key)
        if room.members:  # masks may be long: one to a line
            yield from said_by_server(world, room, [Change(False, "b", each.mask.text)])
    if lifted:
        yield from keep(world, room)
    yield CHANSERV.say(world, session, f"No ban keeps you out of {room.name}.")


CHANSERV.words.update(
    {
        "REGISTER": Word(
            _register,
            "#room",
            "The room belongs to your account: its topic, modes and lists are kept, and you are "
            "its founder whenever you come back.",
            1,
            logged_in=True,
        ),
        "DROP": Word(_drop, "#room #room", "Lets go of a room of yours.", 1, 2),
        "TRANSFER": Word(
            _transfer, "#room account", "Gives a room of yours to another account.", 2, 2
        ),
        "INFO": Word(_info, "#room", "Says whom a room belongs to, and your rank there.", 1, 1),
        "LIST": Word(
            _list, "", "Shows the rooms in which your account has a rank.", logged_in=True
        ),
        "FLAGS": Word(
            _flags,
            "#room [account [+ranks-ranks]]",
            "Shows or changes the ranks that accounts have whenever they are in the room: a "
            "protected, o operator, h half-operator, v voice.",
            1,
            3,
        ),
        "SET": Word(
            _set,
            "#room KEEP duration|number|ALL",
            "Says how long the history of a room of yours is kept, as in 30d, or how many messages "
            "of it. The server may keep less.",
            3,
            3,
        ),
        "INVITE": Word(_invite, "#room", "Invites you to a room of yours.", 1, 1),
        "UNBAN": Word(_unban, "#room", "Lifts the bans that keep you out.", 1, 1),
    }
)
_RANKINGS = {
    "OWNER": ("q", "a founder"),
    "PROTECT": ("a", "protected"),
    "OP": ("o", "an operator"),
    "HALFOP": ("h", "a half-operator"),
    "VOICE": ("v", "one with a voice"),
}
for _name, (_rank, _what) in _RANKINGS.items():
    _text = f"Makes you, or somebody in the room, {_what} until they leave."
    CHANSERV.words[_name] = Word(_ranking(_rank, True), "#room [nick]", _text, 1, 2)
    _text = f"Takes what {_name} gives."
    CHANSERV.words[f"DE{_name}"] = Word(_ranking(_rank, False), "#room [nick]", _text, 1, 2)
CHANSERV.aliases.update({"AMODE": "FLAGS", "UNREGISTER": "DROP", "STATUS": "INFO"})
