"""METADATA by its next draft, metadata-3: told of by numerics, and of more unasked."""

from __future__ import annotations

import pytest

from .language import SERVER, Chat, Client, limited
from .test_metadata import in_batch

CAPS = "draft/metadata-3 batch"


def told(client: Client, line: str) -> list[str]:
    """What a line is answered with, references left out."""
    said = []
    for message in client.asks(line):
        params = message.params
        if message.command == "BATCH":
            params = (params[0][0], *params[1:])
        said.append(" ".join((message.command, *params)))
    return said


def test_own_metadata_is_set_read_and_removed() -> None:
    alice = Chat().user("alice", caps=CAPS)
    assert alice.does("METADATA * SET url :http://a b") == ["761 alice * url * :http://a b"]
    assert in_batch(alice, "METADATA alice GET url nothing $x") == [
        "metadata alice",
        "761 alice alice url * http://a b",
        "766 alice alice nothing key not set",
        "WARN METADATA INVALID_KEY $x Not a key: a-z 0-9 _ . / - and not too long",
    ]
    assert alice.does("METADATA * SET url :") == ["766 alice * url"]
    assert alice.does("METADATA * SET url") == ["766 alice * url"]
    alice.sends("METADATA * SET a :1")
    alice.sends("METADATA * SET b :2")
    assert in_batch(alice, "METADATA * CLEAR") == [
        "metadata alice",
        "766 alice alice a key not set",
        "766 alice alice b key not set",
    ]
    assert in_batch(alice, "METADATA * LIST") == ["metadata alice"]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("METADATA bob SET url :x", "FAIL METADATA KEY_NO_PERMISSION bob url"),
        ("METADATA bob SET $url :x", "FAIL METADATA INVALID_KEY $url"),
        ("METADATA nobody LIST", "FAIL METADATA INVALID_TARGET nobody"),
        ("METADATA bob SUB url", "FAIL METADATA INVALID_TARGET bob"),
        ("METADATA * FROB", "FAIL METADATA INVALID_PARAMS FROB"),
        ("METADATA * SET", "461 alice METADATA"),
        (f"METADATA * SET url :{'x' * 241}", "FAIL METADATA INVALID_VALUE url"),
    ],
)
def test_what_is_refused(line: str, answer: str) -> None:
    chat = Chat()
    alice, _bob = chat.user("alice", caps=CAPS), chat.user("bob")
    assert alice.does(line) == [answer]


def test_there_is_room_for_so_many_keys() -> None:
    alice = Chat(limited(metadata_keys=1)).user("alice", caps=CAPS)
    alice.sends("METADATA * SET a :1")
    assert alice.does("METADATA * SET b :1") == ["FAIL METADATA LIMIT_REACHED * 1"]


def test_subscribing_tells_once_what_there_is() -> None:
    chat = Chat(limited(metadata_subscriptions=3))
    alice = chat.user("alice", "#tea", caps=CAPS)
    bob = chat.user("bob", "#tea")
    for line in ("METADATA * SET a :1", "METADATA * SET b :2"):
        bob.sends(line)
    everything = ["BATCH + metadata *ALL", "761 alice bob a * 1", "BATCH -"]
    warning = "WARN METADATA INVALID_KEY $x Not a key: a-z 0-9 _ . / - and not too long"
    assert told(alice, "METADATA * SUB a $x") == ["770 alice a", warning, *everything]
    assert told(alice, "METADATA * SUB a") == ["770 alice a"]
    assert told(alice, "METADATA * SUB c d b") == [
        "770 alice c d",
        "FAIL METADATA LIMIT_REACHED b 3 Too many subscriptions",
        "BATCH + metadata *ALL",
        "BATCH -",
    ]
    assert told(alice, "METADATA *ALL SYNC") == everything
    assert told(alice, "METADATA * UNSUB c $x") == [warning, "771 alice c"]
    assert told(alice, "METADATA * SUBS") == ["BATCH + metadata-subs", "772 alice a d", "BATCH -"]


def test_subscriptions_are_gone_with_the_capability() -> None:
    alice = Chat().user("alice", caps=CAPS)
    alice.sends("METADATA * SUB url")
    alice.sends("CAP REQ :-batch")
    alice.sends("CAP REQ :batch")
    assert in_batch(alice, "METADATA * SUBS") == ["metadata-subs"]


def test_changes_are_told_to_each_in_their_draft() -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea", caps=CAPS)
    other = chat.user("other", "#tea", caps="draft/metadata-2 batch")
    watcher = chat.user("watcher", caps=CAPS)
    watcher.sends("MONITOR + alice")
    for somebody in (alice, other, watcher):
        somebody.sends("METADATA * SUB url")
    chat.forget()
    assert alice.does("METADATA * SET url :x") == ["761 alice * url * x"]
    assert watcher.hears() == ["761 * alice url * x"]
    assert other.hears() == ["alice METADATA alice url * x"]
    alice.sends("METADATA * SET url")
    assert watcher.hears() == ["766 * alice url"]
    assert other.hears() == ["alice METADATA alice url *"]
    alice.sends("METADATA * SET url")  # which changes nothing
    assert watcher.hears() == other.hears() == []


def test_a_batch_comes_after_every_join() -> None:
    chat = Chat(limited(metadata_sync_members=2))
    alice = chat.user("alice", "#tea")
    alice.sends("METADATA * SET url :mine")
    bob = chat.user("bob", caps=CAPS)
    assert told(bob, "JOIN #new")[-2:] == ["BATCH + metadata #new", "BATCH -"]
    bob.sends("METADATA * SUB url")
    synced = ["BATCH + metadata #tea", "761 bob alice url * mine", "BATCH -"]
    assert told(bob, "JOIN #tea")[-3:] == synced
    assert told(bob, "METADATA #tea SYNC") == synced
    chat.user("carol", "#tea")
    bob.sends("PART #tea")
    chat.user("dave", "#tea")
    later = "774 bob #tea 2 Please ask for the metadata later"
    assert told(bob, "JOIN #tea")[-1] == later
    erin = chat.user("erin", caps=CAPS)  # who has asked for nothing
    assert told(erin, "JOIN #tea")[-2:] == ["BATCH + metadata #tea", "BATCH -"]
    assert told(bob, "METADATA *ALL SYNC")[-1] == later


def test_a_batch_comes_with_everybody_one_monitors() -> None:
    chat = Chat()
    watcher = chat.user("watcher", caps=CAPS)
    watcher.sends("METADATA * SUB url")
    watcher.sends("MONITOR + alice")
    chat.forget()
    alice = chat.open()
    alice.sends("NICK alice")
    alice.sends("USER a 0 * :Alice")
    first, start, end = watcher.take()
    assert first.params == ("*", alice.source)
    assert start.params[1:] == ("metadata", "alice")
    assert end.command == "BATCH"
    alice.sends("METADATA * SET url :x")
    chat.forget()
    synced = ["BATCH + metadata alice", "761 watcher alice url * x", "BATCH -"]
    for line in ("MONITOR S", "MONITOR + alice"):
        assert told(watcher, line) == [f"730 watcher {alice.source}", *synced]


def test_a_client_is_told_of_itself_in_the_welcome() -> None:
    alice = Chat().open()
    alice.sends(f"CAP REQ :{CAPS}")
    assert alice.does("METADATA * SET url :a b") == ["761 * * url * :a b"]
    assert told(alice, "METADATA * SUB url") == ["770 * url"]
    assert told(alice, "METADATA *ALL SYNC")[0].startswith("FAIL METADATA INVALID_TARGET *ALL")
    alice.sends("NICK alice")
    alice.sends("USER a 0 * :Alice")
    welcome = alice.asks("CAP END")
    start = [each.command for each in welcome].index("BATCH")
    assert welcome[start].params[1:] == ("metadata", "alice")
    assert welcome[start + 1].params == ("alice", "alice", "url", "*", "a b")
    assert welcome[start + 1].source == SERVER
