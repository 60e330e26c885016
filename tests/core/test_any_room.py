"""Whatever happens to a room, what is kept ready about it is what would be found anew."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from trio_chat.core.settings import Limits, Settings
from trio_chat.wire.modes import LEVELS, ROOM_MODES

from .language import Chat

TIGHT = Settings(limits=Limits(bans_per_room=4, rename_names=6, knock_seconds=1))
ROOMS = ["#r", "#R", "#s", "#t", "@#r", "+@#s", "#nowhere"]
PEOPLE = ["a", "b", "c", "d", "nobody"]
MASKS = ["a", "b!*@*", "~account:acc", "~m:b", "~mute:~r:*b", "~c:#s", "~room:*", "~x:y", "*"]

rooms = st.sampled_from(ROOMS)
people = st.sampled_from(PEOPLE)
params = st.one_of(people, st.sampled_from(MASKS), rooms, st.sampled_from(["", "1", "key"]))
changes = st.builds(
    lambda signs, letters, words: f"{signs}{letters} {' '.join(words)}",
    st.sampled_from("+-"),
    st.text(st.sampled_from("".join(ROOM_MODES) + "+-"), min_size=1, max_size=5),
    st.lists(params, max_size=4),
)
lines = st.one_of(
    st.builds("MODE {} {}".format, rooms, changes),
    st.builds("MODE #r +{} {}".format, st.sampled_from("qaohv"), people),
    st.builds("JOIN {} {}".format, rooms, params),
    st.builds("PART {}".format, rooms),
    st.builds("KICK {} {}".format, rooms, people),
    st.builds("INVITE {} {}".format, people, rooms),
    st.builds("KNOCK {}".format, rooms),
    st.builds("RENAME {} {}".format, rooms, rooms),
    st.builds("NICK {}".format, people),
    st.builds("SETNAME {}".format, params),
    st.builds("PRIVMSG {} :\x0304hi".format, rooms),
    st.builds("NOTICE {} :\x01PING\x01".format, rooms),
    st.builds("LIST {}".format, st.sampled_from(["", ">1", "!#r", "C<1,T>0", "#s,*"])),
)


@settings(derandomize=True, deadline=None, max_examples=300)
@given(st.lists(st.tuples(st.integers(0, 5), lines), max_size=60))
def test_what_is_kept_ready_is_true(events: list[tuple[int, str]]) -> None:
    chat = Chat(TIGHT)
    crowd = [
        chat.user("a", "#r", "#s", caps="draft/channel-rename echo-message", account="acc"),
        chat.user("b", "#r"),
        chat.user("c", "#s", caps="extended-join invite-notify"),
        chat.user("d", "#t"),
        chat.device("a", caps="echo-message"),
        chat.user("e", "#r", "#t", account="acc"),
    ]
    chat.world.rooms["#r"].set_rank(crowd[0].session.user, "q", given=True)
    for who, line in events:
        crowd[who].sends(line)
        for room in chat.world.rooms.values():
            for user in room.members:
                judged = room.silences(user)
                room.members[user].judged = None
                assert room.silences(user) == judged
            for level in LEVELS.values():
                expected = tuple(
                    session
                    for user, membership in room.members.items()
                    if membership.level >= level
                    for session in user.sessions
                )
                assert room.audience_from(level) == expected
            assert room.is_public == (not room.key and not set("Rips") & set(room.flags))
