"""METADATA: who may set what, who may read it, and who is told."""

from __future__ import annotations

import pytest

from .language import SERVER, Chat, Client, limited

CAPS = "draft/metadata-2 batch"


def in_batch(client: Client, line: str) -> list[str]:
    """What is in the one batch that this line is answered with, after its kind and parameters."""
    first, *inside, last = client.asks(line)
    reference = first.params[0].removeprefix("+")
    assert first.command == last.command == "BATCH"
    assert last.params == (f"-{reference}",)
    assert all(each.tags["batch"] == reference for each in inside)
    return [" ".join(first.params[1:]), *(" ".join((m.command, *m.params)) for m in inside)]


def test_own_metadata_is_set_read_and_removed() -> None:
    chat = Chat()
    alice = chat.user("alice", caps=CAPS)
    assert alice.does("METADATA * SET url :http://a b") == ["761 alice * url * :http://a b"]
    assert alice.does("METADATA alice SET note :") == ["761 alice alice note * :"]
    assert in_batch(alice, "METADATA * LIST") == [
        "metadata alice",
        "761 alice alice url * http://a b",
        "761 alice alice note * ",
    ]
    assert in_batch(alice, "METADATA alice GET note nothing $x") == [
        "metadata alice",
        "761 alice alice note * ",
        "766 alice alice nothing key not set",
        "FAIL METADATA KEY_INVALID $x Not a key: a-z 0-9 _ . / - and not too long",
    ]
    assert alice.does("METADATA * SET url") == ["766 alice * url"]
    assert alice.does("METADATA * SET url") == ["FAIL METADATA KEY_NOT_SET * url"]
    assert in_batch(alice, "METADATA * CLEAR") == ["metadata alice", "761 alice alice note * "]
    assert in_batch(alice, "METADATA * LIST") == ["metadata alice"]


def test_without_batch_the_answers_come_one_by_one() -> None:
    chat = Chat()
    alice = chat.user("alice")
    alice.sends("METADATA * SET url :x")
    assert alice.does("METADATA * LIST") == ["761 alice alice url * x"]


def test_room_operators_set_the_metadata_of_a_room() -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea", caps=CAPS)
    assert bob.does("METADATA #tea SET url :x") == ["FAIL METADATA KEY_NO_PERMISSION #tea url"]
    assert bob.does("METADATA #tea CLEAR") == ["FAIL METADATA KEY_NO_PERMISSION #tea *"]
    assert alice.does("METADATA #TEA SET url :x") == ["761 alice #tea url * x"]
    assert in_batch(bob, "METADATA #tea LIST") == ["metadata #tea", "761 bob #tea url * x"]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("METADATA bob SET url :x", "FAIL METADATA KEY_NO_PERMISSION bob url"),
        ("METADATA bob SET $url :x", "FAIL METADATA KEY_INVALID $url"),
        ("METADATA * SET URL :x", "FAIL METADATA KEY_INVALID URL"),
        ("METADATA nobody LIST", "FAIL METADATA INVALID_TARGET nobody"),
        ("METADATA #nowhere LIST", "FAIL METADATA INVALID_TARGET #nowhere"),
        ("METADATA #secret LIST", "FAIL METADATA INVALID_TARGET #secret"),
        ("METADATA $a:b SET url :x", "FAIL METADATA INVALID_TARGET $a:b"),
        ("METADATA bob SUB url", "FAIL METADATA INVALID_TARGET bob"),
        ("METADATA * FROB", "FAIL METADATA SUBCOMMAND_INVALID FROB"),
        ("METADATA * SET", "461 alice METADATA"),
        ("METADATA *", "461 alice METADATA"),
        (f"METADATA * SET url :{'é' * 121}", "FAIL METADATA VALUE_INVALID"),
    ],
)
def test_what_is_refused(line: str, answer: str) -> None:
    chat = Chat()
    alice, bob = chat.user("alice", caps=CAPS), chat.user("bob", "#secret")
    bob.sends("MODE #secret +s")
    assert alice.does(line) == [answer]


def test_there_is_room_for_so_many_keys() -> None:
    chat = Chat(limited(metadata_keys=2))
    alice = chat.user("alice")
    alice.sends("METADATA * SET a :1")
    alice.sends("METADATA * SET b :1")
    assert alice.does("METADATA * SET c :1") == ["FAIL METADATA LIMIT_REACHED *"]
    assert alice.does("METADATA * SET b :2") == ["761 alice * b * 2"]


def test_subscriptions_are_kept_and_limited() -> None:
    chat = Chat(limited(metadata_subscriptions=3))
    alice = chat.user("alice", caps=CAPS)
    assert in_batch(alice, "METADATA * SUBS") == ["metadata-subs"]
    assert alice.does("METADATA * SUB a $x b a") == [
        "770 alice a b",
        "FAIL METADATA KEY_INVALID $x",
    ]
    assert alice.does("METADATA * SUB c a d") == ["770 alice c", "FAIL METADATA TOO_MANY_SUBS a"]
    assert in_batch(alice, "METADATA * SUBS") == ["metadata-subs", "772 alice a b c"]
    assert alice.does("METADATA * UNSUB b nothing $x") == [
        "FAIL METADATA KEY_INVALID $x",
        "771 alice b nothing",
    ]
    assert in_batch(alice, "METADATA * SUBS") == ["metadata-subs", "772 alice a c"]


def test_many_keys_take_several_lines() -> None:
    chat = Chat()
    alice = chat.user("alice", caps=CAPS)
    keys = [f"k{n}" for n in range(30)]
    for start in range(0, 30, 10):
        alice.sends(f"METADATA * SUB {' '.join(keys[start : start + 10])}")
    _first, *lines, _last = alice.asks("METADATA * SUBS")
    assert [key for line in lines for key in line.params[1:]] == keys
    assert all(len(line.params) <= 15 for line in lines)


def test_changes_are_told_to_those_who_subscribed_and_can_see_them() -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea", caps=CAPS)
    near = chat.user("near", "#tea", caps=CAPS)
    watcher = chat.user("watcher", caps=CAPS)
    others = [
        chat.user("other", "#tea", caps=CAPS),
        chat.user("far", caps=CAPS),
        chat.user("plain", "#tea"),
    ]
    watcher.sends("MONITOR + alice")
    for somebody in (alice, near, watcher, others[1], others[2]):
        somebody.sends("METADATA * SUB url")
    chat.forget()
    assert alice.does("METADATA * SET url :x") == ["761 alice * url * x"]
    assert near.hears() == watcher.hears() == ["alice METADATA alice url * x"]
    alice.sends("METADATA #tea SET url :y")
    assert near.hears() == ["alice METADATA #tea url * y"]
    alice.sends("METADATA * CLEAR")
    assert near.hears() == watcher.hears() == ["alice METADATA alice url *"]
    assert [each.hears() for each in others] == [[], [], []]


def test_subscribing_tells_what_there_is() -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea", caps=CAPS)
    carol = chat.user("carol")
    for line in ("* SET url :a", "#tea SET url :t", "* SET other :o"):
        alice.sends(f"METADATA {line}")
    carol.sends("METADATA * SET url :c")
    bob.sends("MONITOR + carol")
    chat.forget()
    assert bob.does("METADATA * SUB url") == [
        "770 bob url",
        "METADATA #tea url * t",
        "METADATA alice url * a",
        "METADATA carol url * c",
    ]


def test_joining_tells_both_sides() -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea", caps=CAPS)
    bob = chat.user("bob", caps=CAPS)
    for somebody in (alice, bob):
        somebody.sends("METADATA * SUB url")
        somebody.sends("METADATA * SET url :mine")
    chat.forget()
    *_, end, start, value, stop = bob.asks("JOIN #tea")
    assert end.command == "366"
    assert (start.params[1:], stop.command) == (("metadata", "#tea"), "BATCH")
    assert value.params == ("alice", "url", "*", "mine")
    assert bob.session.user.metadata == {"url": "mine"}
    assert alice.hears() == ["bob JOIN #tea", "bob METADATA bob url * mine"]
    assert in_batch(bob, "METADATA #tea SYNC") == [
        "metadata #tea",
        "METADATA alice url * mine",
    ]
    assert in_batch(bob, "METADATA alice SYNC") == ["metadata alice", "METADATA alice url * mine"]


def test_of_a_large_room_one_has_to_ask() -> None:
    chat = Chat(limited(metadata_sync_members=1))
    alice = chat.user("alice", "#tea", caps=CAPS)
    bob = chat.user("bob", caps=CAPS)
    alice.sends("METADATA * SET url :a")
    bob.sends("METADATA * SUB url")
    assert bob.does("JOIN #tea")[-1] == "774 bob #tea 2"
    assert bob.does("METADATA * SUB url")[-1] == "774 bob #tea 2"
    assert "METADATA alice url * a" in in_batch(bob, "METADATA #tea SYNC")


def test_those_who_monitor_learn_it_when_somebody_comes() -> None:
    chat = Chat()
    watcher = chat.user("watcher", caps=CAPS)
    watcher.sends("METADATA * SUB url")
    watcher.sends("MONITOR + alice")
    chat.forget()
    alice = chat.open()
    for line in ("CAP REQ :draft/metadata-2 batch", "METADATA * SET url :early", "NICK alice"):
        alice.sends(line)
    alice.sends("USER a 0 * :Alice")
    alice.sends("CAP END")
    assert watcher.hears() == [f"730 * {alice.source}", "alice METADATA alice url * early"]
    watcher.sends("MONITOR C")
    assert watcher.does("MONITOR + alice") == [
        f"730 watcher {alice.source}",
        "METADATA alice url * early",
    ]


def test_before_registration_a_client_may_speak_of_itself() -> None:
    chat = Chat()
    chat.user("bob")
    alice = chat.open()
    assert alice.does("METADATA * SET url :x") == ["451 *"]
    alice.sends("CAP REQ :draft/metadata-2 batch")
    assert alice.does("METADATA * SET url :a b") == ["761 * * url * :a b"]
    assert alice.does("METADATA * SUB url") == ["770 * url"]
    assert alice.does("METADATA bob LIST") == ["FAIL METADATA INVALID_TARGET bob"]
    alice.sends("NICK alice")
    alice.sends("USER a 0 * :Alice")
    welcome = alice.asks("CAP END")
    commands = [each.command for each in welcome]
    start = commands.index("BATCH")
    assert commands[start : start + 3] == ["BATCH", "METADATA", "BATCH"]
    assert start < commands.index("422")
    assert welcome[start].params[1:] == ("metadata", "alice")
    assert welcome[start + 1].params == ("alice", "url", "*", "a b")
    assert welcome[start + 1].source == SERVER


def test_the_batch_at_the_welcome_may_be_empty() -> None:
    chat = Chat()
    alice = chat.open()
    for line in ("CAP REQ :draft/metadata-2 batch", "NICK alice", "USER a 0 * :Alice"):
        alice.sends(line)
    batches = [each.params for each in alice.asks("CAP END") if each.command == "BATCH"]
    assert len(batches) == 2
    assert batches[0][1:] == ("metadata", "alice")


def test_the_limits_are_advertised() -> None:
    chat = Chat(limited(metadata_keys=5, metadata_subscriptions=6, metadata_value_bytes=70))
    alice = chat.open()
    offer = " ".join(each.params[-1] for each in alice.asks("CAP LS 302")).split()
    assert "draft/metadata-2=before-connect,max-subs=6,max-keys=5,max-value-bytes=70" in offer
