"""What must hold of a `World` after every event."""

from __future__ import annotations

from trio_chat.core.state import Session, World
from trio_chat.wire.caps import CAPABILITIES, TAG_CAPABILITIES
from trio_chat.wire.grammar import casefold

ALL_CAPS = sum(CAPABILITIES.values())


def check_world(world: World) -> None:
    """Raise `AssertionError` if the world contradicts itself."""
    for name, room in world.rooms.items():
        assert name == casefold(room.name)
        assert room.members, f"{name} is empty"
        for user, membership in room.members.items():
            assert user.rooms.get(room) is membership, f"{user.nick} does not know of {name}"
            assert world.users.get(casefold(user.nick)) is user, f"a stranger is in {name}"
            assert membership.ranks in ("", "v", "o", "ov")
        expected = tuple(session for user in room.members for session in user.sessions)
        assert room.audience == expected, f"the audience of {name} is not its members"
        assert list(room.flags) == sorted(set(room.flags))
        assert len(room.bans) <= world.settings.limits.bans_per_room
    for nick, user in world.users.items():
        assert nick == casefold(user.nick)
        assert user.sessions, f"{nick} has no session"
        assert user.source == f"{user.nick}!{user.username}@{user.host}"
        assert len(user.rooms) <= world.settings.limits.rooms_per_user
        for room in user.rooms:
            assert world.rooms.get(casefold(room.name)) is room, f"{nick} is in a room that is gone"
            assert user in room.members, f"{room.name} does not know of {nick}"
        for session in user.sessions:
            assert world.sessions.get(session.id) is session
    for session_id, session in world.sessions.items():
        assert session.id == session_id
        assert session in session.user.sessions
        _check_session(world, session)
    assert world.most_users >= len(world.users)


def _check_session(world: World, session: Session) -> None:
    known = world.users.get(casefold(session.user.nick)) is session.user
    assert known == session.registered, f"session {session.id} is neither here nor there"
    assert session.registered or not session.user.rooms
    assert not session.caps & ~ALL_CAPS
    assert session.tag_caps == session.caps & TAG_CAPABILITIES
