"""MONITOR: who is told that somebody has come, gone or changed."""

from __future__ import annotations

from .language import Chat, limited

FULL = "away-notify setname chghost extended-monitor"


def test_who_is_here_and_who_is_not_is_said_at_once() -> None:
    chat = Chat()
    alice, bob = chat.user("alice"), chat.user("bob")
    assert alice.does("MONITOR + carol,BOB,dave") == [
        f"730 alice {bob.source}",
        "731 alice carol,dave",
    ]
    assert alice.does("MONITOR S") == [f"730 alice {bob.source}", "731 alice carol,dave"]
    assert alice.does("MONITOR L") == ["732 alice carol,BOB,dave", "733 alice"]


def test_coming_and_going_is_told_to_those_who_watch() -> None:
    chat = Chat()
    alice, eve = chat.user("alice"), chat.user("eve")
    alice.sends("MONITOR + bob,robert")
    bob = chat.user("Bob")
    chat.forget()
    bob.sends("NICK robert")
    source = bob.source
    assert alice.hears() == ["731 * Bob", f"730 * {source}"]
    bob.sends("NICK Robert")
    assert alice.hears() == []
    bob.vanishes()
    assert alice.hears() == ["731 * Robert"]
    newcomer = chat.open()
    newcomer.sends("NICK bob")
    assert alice.hears() == []
    newcomer.sends("USER bob 0 * :Bob")
    assert alice.hears() == [f"730 * {newcomer.source}"]
    assert eve.hears() == []


def test_removing_and_clearing_are_silent_and_end_it() -> None:
    chat = Chat()
    alice = chat.user("alice")
    alice.sends("MONITOR + a,b,c")
    assert alice.does("MONITOR - B,x") == []
    assert alice.does("MONITOR L") == ["732 alice a,c", "733 alice"]
    assert alice.does("MONITOR C") == []
    assert alice.does("monitor l") == ["733 alice"]
    chat.user("a")
    assert alice.hears() == []


def test_a_full_list_names_what_did_not_fit() -> None:
    chat = Chat(limited(monitored=2))
    alice = chat.user("alice")
    assert alice.does("MONITOR + a,b,c,A,d") == [
        "731 alice a,b",
        "734 alice 2 c,d :Monitor list is full.",
    ]
    assert alice.does("MONITOR + B") == ["731 alice B"]
    assert alice.does("MONITOR L") == ["732 alice a,b", "733 alice"]


def test_only_nicks_are_watched() -> None:
    chat = Chat()
    alice = chat.user("alice")
    assert alice.does("MONITOR + *!*@*,#tea,1x,,") == []
    assert alice.does("MONITOR L") == ["733 alice"]
    assert alice.does("MONITOR +") == ["461 alice MONITOR"]
    assert alice.does("MONITOR") == ["461 alice MONITOR"]
    assert alice.does("MONITOR X") == ["400 alice MONITOR X"]
    alice.sends("CAP REQ standard-replies")
    assert alice.does("MONITOR X") == ["FAIL MONITOR SUBCOMMAND_INVALID X"]


def test_a_long_list_takes_several_lines() -> None:
    chat = Chat()
    alice = chat.user("alice")
    for start in range(0, 40, 8):
        alice.sends("MONITOR + " + ",".join(f"n{n:030}" for n in range(start, start + 8)))
    *lists, end = alice.asks("MONITOR L")
    assert end.command == "733"
    assert len(lists) > 1
    assert sum(len(each.params[1].split(",")) for each in lists) == 40


def test_whoever_leaves_watches_nobody() -> None:
    chat = Chat()
    alice = chat.user("alice")
    alice.sends("MONITOR + bob")
    alice.vanishes()
    chat.user("bob")
    assert chat.world.monitors.watchers("bob") == ()


def test_extended_monitor_tells_the_rest_once() -> None:
    chat = Chat()
    bob = chat.user("bob", "#tea")
    near = chat.user("near", "#tea", caps=FULL)
    far = chat.user("far", caps=FULL)
    plain = chat.user("plain", caps="away-notify setname")
    silent = chat.user("silent", caps="extended-monitor")
    for somebody in (near, far, plain, silent):
        somebody.sends("MONITOR + bob")
    chat.forget()
    bob.sends("AWAY :tea")
    bob.sends("SETNAME :Robert")
    expected = ["bob AWAY tea", "bob SETNAME Robert"]
    assert near.hears() == expected
    assert far.hears() == expected
    assert plain.hears() == []
    assert silent.hears() == []
