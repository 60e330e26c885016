"""What a client reads in a line of what IRCv3 brought: reactions, edits, markers and the like."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from trio_chat.client import events
from trio_chat.client.events import Event
from trio_chat.client.mirror import Mirror
from trio_chat.wire.message import parse

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)


def mirror_of_me() -> Mirror:
    """A mirror of "me", who is logged in as "mine"."""
    mirror = Mirror("me")
    mirror.take(parse(b":irc.test 900 me me!u@h mine :You are now logged in"), NOW)
    mirror.take(parse(b":me!u@h JOIN #tea"), NOW)
    return mirror


def live(*lines: str) -> list[Event]:
    """The events of lines that come now."""
    mirror = mirror_of_me()
    return [event for line in lines for event in mirror.take(parse(line.encode()), NOW)]


def history(*lines: str, place: str = "#tea") -> list[Event]:
    """The events of lines in a history."""
    mirror = mirror_of_me()
    return [event for line in lines for event in mirror.recall(parse(line.encode()), NOW, place)]


def test_every_message_tells_its_id_its_account_and_what_it_answers() -> None:
    _, _, said, older = live(
        ":irc.test 001 me :hi",
        ":irc.test 002 me :hi",
        "@msgid=m2;account=al;+draft/reply=m1 :a!b@c PRIVMSG #tea :yes",
        "@+reply=m0 :a!b@c PRIVMSG #tea :no",
    )
    assert (said.msgid, said.account, said.reply_to, said.history) == ("m2", "al", "m1", False)
    assert older.reply_to == "m0"


@pytest.mark.parametrize("tag", ["+reply", "+draft/reply"])
def test_a_reaction_points_at_a_message(tag: str) -> None:
    given, taken, own = live(
        f"@{tag}=m1;+draft/react=🍵 :a!b@c TAGMSG #tea",
        f"@{tag}=m1;+draft/unreact=🍵 :a!b@c TAGMSG me",
        f"@{tag}=m1;+draft/react=🍵 :me!u@h TAGMSG bob",
    )
    assert isinstance(given, events.Reacted)
    assert (given.nick, given.target, given.reaction) == ("a", "m1", "🍵")
    assert (given.where, given.removed, given.own) == ("#tea", False, False)
    assert isinstance(taken, events.Reacted)
    assert (taken.where, taken.removed, taken.own) == ("a", True, False)
    assert isinstance(own, events.Reacted)
    assert (own.where, own.own) == ("bob", True)


def test_a_reaction_to_nothing_is_none() -> None:
    assert live("@+draft/react=x :a!b@c TAGMSG #tea", "@+reply=m1 :a!b@c TAGMSG #tea") == []


@pytest.mark.parametrize(
    "line",
    [
        "@draft/target-msgid=m1;draft/edit-text=two\\swords :a!b@c EDIT #tea",
        ":a!b@c EDIT #tea m1 :two words",
    ],
)
def test_an_edit_in_either_form(line: str) -> None:
    [edited] = live(line)
    assert isinstance(edited, events.Edited)
    assert (edited.target, edited.text, edited.action) == ("m1", "two words", False)


def test_an_edited_action_is_one() -> None:
    [edited] = live(":me!u@h EDIT bob m1 :\x01ACTION waves\x01")
    assert isinstance(edited, events.Edited)
    assert (edited.text, edited.action, edited.own, edited.where) == ("waves", True, True, "bob")


def test_redactions_pins_and_renames() -> None:
    redacted, pinned, unpinned, renamed = live(
        ":op!o@p REDACT #tea m1 :spam",
        ":op!o@p PIN #tea m2",
        ":me!u@h UNPIN #tea m2",
        ":op!o@p RENAME #tea #coffee :stronger",
    )
    assert isinstance(redacted, events.Redacted)
    assert (redacted.nick, redacted.where, redacted.target) == ("op", "#tea", "m1")
    assert redacted.reason == "spam"
    assert isinstance(pinned, events.PinChanged)
    assert (pinned.target, pinned.pinned, pinned.own) == ("m2", True, False)
    assert isinstance(unpinned, events.PinChanged)
    assert (unpinned.pinned, unpinned.own) == (False, True)
    assert isinstance(renamed, events.RoomRenamed)
    assert (renamed.old, renamed.new, renamed.reason) == ("#tea", "#coffee", "stronger")


def test_a_renamed_room_keeps_its_members() -> None:
    mirror = mirror_of_me()
    for line in (":a!b@c JOIN #tea", ":me!u@h JOIN #x", ":op!o@p RENAME #tea #x :"):
        mirror.take(parse(line.encode()), NOW)
    assert list(mirror.rooms.by_name) == ["#x"]
    assert list(mirror.rooms.by_name["#x"].members) == ["me", "a"]


def test_a_change_of_case_renames_a_room_too() -> None:
    mirror = mirror_of_me()
    mirror.take(parse(b":op!o@p RENAME #tea #Tea :"), NOW)
    assert list(mirror.rooms.by_name) == ["#Tea"]


def test_who_types_and_what_is_read() -> None:
    typed, private, marker, unread, nonsense = live(
        "@+typing=active :a!b@c TAGMSG #tea",
        "@+typing=done :a!b@c TAGMSG me",
        "@+typing=dancing :a!b@c TAGMSG me",
        "@+typing=active :me!u@h TAGMSG #tea",
        ":irc.test MARKREAD #tea timestamp=2024-01-02T03:04:05.678Z",
        ":irc.test MARKREAD bob *",
        ":irc.test MARKREAD bob timestamp=soon",
    )
    assert isinstance(typed, events.Typed)
    assert (typed.where, typed.state) == ("#tea", "active")
    assert isinstance(private, events.Typed)
    assert (private.where, private.state) == ("a", "done")
    assert isinstance(marker, events.MarkerSet)
    assert marker.read_to == datetime(2024, 1, 2, 3, 4, 5, 678000, UTC)
    assert isinstance(unread, events.MarkerSet)
    assert (unread.target, unread.read_to) == ("bob", None)
    assert isinstance(nonsense, events.MarkerSet)
    assert nonsense.read_to is None


def test_who_is_monitored_comes_and_goes_one_by_one() -> None:
    told = live(":irc.test 730 me :alice!a@h,bob", ":irc.test 731 me :carol,", ":irc.test 731 me")
    assert [(e.nick, e.online) for e in told if isinstance(e, events.PresenceTold)] == [
        ("alice", True),
        ("bob", True),
        ("carol", False),
    ]


def test_the_account_we_are_logged_in_to_is_known() -> None:
    mirror = mirror_of_me()
    assert mirror.account == "mine"
    mirror.take(parse(b":me!u@h ACCOUNT other"), NOW)
    assert mirror.account == "other"
    mirror.take(parse(b":a!b@c ACCOUNT theirs"), NOW)
    assert mirror.account == "other"
    mirror.take(parse(b":irc.test 901 me me!u@h :You are now logged out"), NOW)
    assert mirror.account == ""


def test_our_host_follows_what_the_server_tells() -> None:
    mirror = mirror_of_me()
    mirror.take(parse(b":me!u@h CHGHOST new cloak"), NOW)
    assert mirror.userhost == "new@cloak"
    mirror.take(parse(b":a!b@c CHGHOST x y"), NOW)
    assert mirror.userhost == "new@cloak"
    mirror.take(parse(b":irc.test 396 me other :is now your hidden host"), NOW)
    assert mirror.userhost == "new@other"
    unseen = Mirror("me")
    unseen.take(parse(b":irc.test 396 me other :is now your hidden host"), NOW)
    assert unseen.userhost == ""


def test_where_a_notice_and_our_own_words_belong() -> None:
    private, public, sent = live(
        ":a!b@c NOTICE me :psst", ":a!b@c NOTICE #tea :hear", ":me!u@h NOTICE bob :well"
    )
    assert isinstance(private, events.Noticed)
    assert isinstance(public, events.Noticed)
    assert isinstance(sent, events.Sent)
    assert (private.where, public.where, sent.where) == ("a", "#tea", "bob")


def test_what_names_nothing_new_renames_nothing() -> None:
    assert live(":a!b@c NICK", ":a!b@c RENAME #tea") == []


# --- history ---


def test_our_own_words_are_sent_also_under_another_nick() -> None:
    told = history(
        "@account=Mine :old_nick!u@h PRIVMSG #tea :one",
        ":me!u@h PRIVMSG #tea :two",
        "@account=theirs :me!x@y PRIVMSG #tea :three",
    )
    assert [(type(event), event.history) for event in told] == [
        (events.Sent, True),
        (events.Sent, True),
        (events.Said, True),
    ]


def test_a_note_to_oneself_is_in_the_history_once() -> None:
    [sent] = history("@account=mine :me!u@h PRIVMSG me :note", place="me")
    assert isinstance(sent, events.Sent)


def test_a_history_is_not_acted_upon() -> None:
    mirror = mirror_of_me()
    told = [
        event
        for line in (
            ":a!b@c JOIN #tea",
            ":me!u@h NICK you",
            ":me!u@h PART #tea",
            ":a!b@c QUIT :bye",
            ":irc.test 005 me CHANTYPES=! :are supported",
            ":a!b@c PRIVMSG #tea :\x01VERSION\x01",
            "@+typing=active :a!b@c TAGMSG #tea",
            ":irc.test FAIL X Y :no",
        )
        for event in mirror.recall(parse(line.encode()), NOW, "#tea")
    ]
    assert [type(event) for event in told] == [
        events.Joined,
        events.NickChanged,
        events.Parted,
        events.Quitted,
    ]
    assert isinstance(told[3], events.Quitted)
    assert told[3].rooms == ("#tea",)
    assert (mirror.nick, list(mirror.rooms.by_name["#tea"].members)) == ("me", ["me"])
