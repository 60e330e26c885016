"""Several clients of one account as one user: coming together, speaking, and leaving."""

from __future__ import annotations

from dataclasses import replace

import pytest

from trio_chat.core.account_rules import AccountRules
from trio_chat.core.effects import Deed
from trio_chat.core.events import AccountsChanged, Reread
from trio_chat.core.privileges import Operator
from trio_chat.core.questions import Reading
from trio_chat.core.settings import Settings

from . import owners
from .language import Chat, Client, limited
from .staff import HASH, ROOT, log_in, staffed

ALONE = Settings(accounts=AccountRules(multiclient=False))


def arriving(
    chat: Chat,
    nick: str,
    *,
    account: str = "acc",
    caps: str = "",
    address: str = "192.0.2.7",
    fingerprint: str | None = None,
) -> Client:
    """A client that has said all but CAP END, its NICK before it logged in."""
    client = chat.open(address, fingerprint)
    client.sends(f"CAP REQ :{caps}")
    client.sends(f"NICK {nick}")
    client.session.user.account = account
    client.sends(f"USER other 0 * :Other {nick}")
    client.lines.clear()
    return client


def pair(chat: Chat, *rooms: str, caps: str = "", caps2: str = "") -> tuple[Client, Client]:
    """Two clients of alice."""
    one = chat.user("alice", *rooms, caps=caps, account="acc")
    two = chat.device("alice", caps=caps2)
    chat.forget()
    return one, two


def reread(chat: Chat, settings: Settings) -> None:
    chat.happens(Reread(Reading("chat.toml", settings), chat.at))


# -- coming


def test_the_newcomer_is_told_who_and_where_it_is_and_the_others_hear_nothing() -> None:
    chat = Chat(Settings(default_user_modes="i"))
    bob = chat.user("bob", "#tea")
    bob.sends("TOPIC #tea :leaves")
    bob.sends("MONITOR + alice")
    alice = chat.user("alice", "#tea", "#tea2", account="acc")
    bob.sends("MODE #tea +v alice")
    chat.forget()
    phone = arriving(chat, "ALICE", caps="draft/read-marker")
    assert phone.session.user is not alice.session.user
    heard = phone.does("CAP END")
    assert heard[0] == "001 alice"
    at = heard.index("221 alice +i")
    assert heard[at:] == [
        "221 alice +i",
        "alice JOIN #tea",
        "332 alice #tea leaves",
        f"333 alice #tea {bob.source} {int(chat.at)}",
        "MARKREAD #tea *",
        "353 alice = #tea :@bob +alice",
        "366 alice #tea",
        "alice JOIN #tea2",
        "MARKREAD #tea2 *",
        "353 alice = #tea2 @alice",
        "366 alice #tea2",
    ]
    assert phone.session.user is alice.session.user
    assert phone.source == alice.source == "alice!~alice@192.0.2.1"
    assert bob.hears() == alice.hears() == []
    assert not chat.reports
    assert "There are 0 users and 2 invisible on 1 servers" in str(bob.asks("LUSERS")[0])


def test_each_client_is_told_by_its_own_capabilities() -> None:
    chat = Chat()
    chat.user("alice", "#tea", account="acc")
    caps = "extended-join no-implicit-names server-time"
    phone = arriving(chat, "alice", caps=caps)
    phone.sends("CAP END")
    *_, joined = phone.take()
    assert joined.params == ("#tea", "acc", "Real alice")
    assert "time" in joined.tags


def test_without_an_account_or_with_another_the_nick_is_in_use() -> None:
    chat = Chat()
    chat.user("alice", account="acc")
    stranger = chat.open()
    assert stranger.does("NICK alice") == ["433 * alice"]
    for account in ("", "other"):
        late = arriving(chat, "alice", account=account)
        assert late.does("CAP END") == ["433 * alice"]
        assert not late.session.registered
        assert late.does("NICK carol")[0] == "001 carol"
        late.sends("QUIT")


def test_a_nick_of_somebody_without_an_account_is_refused_at_once() -> None:
    chat = Chat()
    chat.user("bob")
    late = chat.open()
    late.sends("CAP LS 302")
    assert late.does("NICK bob") == ["433 * bob"]


def test_one_who_is_logged_in_already_needs_no_negotiation() -> None:
    chat = Chat()
    chat.user("alice", account="acc")
    phone = chat.open()
    phone.session.user.account = "acc"
    assert phone.does("NICK alice") == []
    assert phone.does("USER x 0 * x")[0] == "001 alice"


def test_one_client_too_many_lets_go_of_the_one_that_was_silent_for_longest() -> None:
    chat = Chat(limited(sessions_per_user=2))
    alice, bob = chat.user("alice", "#tea", account="acc"), chat.user("bob", "#tea")
    ghost = chat.device("alice")
    chat.passes(10)
    alice.sends("PING x")
    chat.forget()
    newest = chat.device("alice")
    assert ghost.closed == "Too many clients of this account"
    assert not alice.closed
    assert bob.hears() == []
    bob.sends("PRIVMSG alice :hi")
    assert alice.take()[-1] == newest.take()[-1]


def test_the_only_one_that_there_may_be_is_replaced() -> None:
    chat = Chat(limited(sessions_per_user=1))
    alice = chat.user("alice", "#tea", account="acc")
    phone = chat.device("alice")
    assert alice.closed
    assert phone.does("PRIVMSG #tea :x") == []


def test_metadata_said_before_registration_is_the_users() -> None:
    chat = Chat(limited(metadata_keys=2))
    alice = chat.user("alice", "#tea", account="acc", caps="draft/metadata-2 batch")
    bob = chat.user("bob", "#tea", caps="draft/metadata-2 batch")
    alice.sends("METADATA * SET url old")
    alice.sends("METADATA * SET avatar same")
    for client in (alice, bob):
        client.sends("METADATA * SUB url avatar status")
    chat.forget()
    phone = arriving(chat, "alice", caps="draft/metadata-2 batch")
    for pair in ("url new", "avatar same", "status full"):
        phone.sends(f"METADATA * SET {pair}")
    phone.lines.clear()
    phone.sends("CAP END")
    assert [m.params[1:] for m in phone.take() if m.command == "METADATA"] == [
        ("url", "*", "new"),
        ("avatar", "*", "same"),
    ]
    assert bob.hears() == alice.hears() == ["alice METADATA alice url * new"]


# -- without multiclient


def test_a_ghost_is_taken_over_by_its_owner_at_once() -> None:
    chat = Chat(ALONE)
    ghost = chat.user("alice", "#tea", account="acc")
    bob = chat.user("bob", "#tea")
    chat.forget()
    alice = arriving(chat, "alice")
    assert alice.does("CAP END")[0] == "001 alice"
    assert ghost.closed == "Taken over by its owner"
    assert bob.hears() == ["alice QUIT :Taken over by its owner"]
    assert [report.deed for report in chat.reports] == [Deed.LEFT, Deed.CONNECTED]


def test_an_owner_who_has_another_nick_takes_over_too() -> None:
    chat = Chat(ALONE)
    ghost = chat.user("alice", "#tea", account="acc")
    alice = chat.user("alice_", "#tea", account="acc")
    bob = chat.user("bob", "#tea")
    assert alice.does("NICK alice") == [
        "alice QUIT :Taken over by its owner",
        "alice_ NICK alice",
    ]
    assert bob.hears() == ["alice QUIT :Taken over by its owner", "alice_ NICK alice"]
    assert ghost.closed


def test_a_ghost_is_not_taken_over_by_a_nick_change_that_is_refused() -> None:
    chat = Chat(ALONE)
    ghost = chat.user("alice", account="acc")
    chat.user("bob", "#tea").sends("MODE #tea +b alice_!*@*")
    alice = chat.user("alice_", account="acc")
    chat.world.enter(chat.world.rooms["#tea"], alice.session.user)
    assert alice.does("NICK alice")[0].startswith("435")
    assert not ghost.closed


# -- going on as another user


def test_one_who_asks_for_the_nick_of_ones_other_client_joins_it() -> None:
    chat = Chat()
    bob = chat.user("bob", "#tea", "#water")
    alice = chat.user("alice", "#tea", "#cake", account="acc")
    phone = chat.user("alice_", "#tea", "#water", account="acc", caps="echo-message")
    bob.sends("MONITOR + alice_")
    chat.forget()
    assert phone.does("NICK Alice") == [
        "alice_ PART #tea",
        "alice_ PART #water",
        "alice_ NICK alice",
        "221 alice +",
        "alice JOIN #tea",
        "353 alice = #tea :@bob alice",
        "366 alice #tea",
        "alice JOIN #cake",
        "353 alice = #cake @alice",
        "366 alice #cake",
    ]
    assert bob.hears() == ["alice_ QUIT :Joined another of their clients", "731 * alice_"]
    assert alice.hears() == ["alice_ QUIT :Joined another of their clients"]
    assert [(report.deed, report.nick) for report in chat.reports] == [(Deed.LEFT, "alice_")]
    assert bob.does("ISON alice_") == ["303 bob :"]
    assert bob.does("WHOWAS alice_")[0].startswith("314 bob alice_ ")
    assert phone.does("PRIVMSG #cake :yum") == ["alice PRIVMSG #cake :yum"]


def test_of_several_only_the_one_that_asked_goes() -> None:
    chat = Chat()
    alice = chat.user("alice", account="acc")
    one = chat.user("alice_", "#tea", account="acc")
    two = chat.device("alice_")
    bob = chat.user("bob", "#tea")
    one.sends("AWAY :lunch")
    chat.forget()
    two.sends("NICK alice")
    assert two.session.user is alice.session.user
    assert one.hears() == bob.hears() == []
    assert bob.does("USERHOST alice_") == ["302 bob alice_=-~alice_@192.0.2.1"]
    assert alice.does("NICK alice") == []


def test_a_stranger_does_not_join_by_nick() -> None:
    chat = Chat()
    chat.user("alice", account="acc")
    assert chat.user("bob", account="other").does("NICK alice") == ["433 bob alice"]
    assert chat.user("carol").does("NICK alice") == ["433 carol alice"]


# -- rooms


def test_a_join_shows_the_room_to_all_clients_of_the_user() -> None:
    chat = Chat()
    bob = chat.user("bob", "#tea", caps="away-notify draft/metadata-2 batch")
    bob.sends("METADATA * SUB url")
    one, two = pair(chat, caps="labeled-response batch", caps2="extended-join no-implicit-names")
    one.sends("METADATA * SET url x")
    chat.forget()
    answer = one.asks("@label=1 JOIN #tea")
    assert answer[0].tags["label"] == "1"
    assert [m.command for m in answer] == ["BATCH", "JOIN", "353", "366", "BATCH"]
    assert two.hears() == ["alice JOIN #tea acc :Real alice"]
    assert bob.hears() == ["alice JOIN #tea", "alice METADATA alice url * x"]
    assert two.does("JOIN #tea") == []


def test_leaving_a_room_is_seen_by_all() -> None:
    chat = Chat()
    bob = chat.user("bob", "#tea", "#cake")
    one, two = pair(chat, "#tea", "#cake", "#pie")
    assert one.does("PART #tea :bye") == two.hears() == ["alice PART #tea :bye"]
    bob.sends("KICK #cake alice :out")
    assert one.hears() == two.hears() == ["bob KICK #cake alice :out"]
    two.sends("JOIN 0")
    assert one.hears() == two.hears() == ["alice PART #pie"]
    assert not chat.world.find_room("#pie")


def test_ranks_topics_modes_and_renames_reach_all() -> None:
    chat = Chat()
    one, two = pair(chat, "#tea", caps2="draft/channel-rename")
    for line in ("TOPIC #tea :x", "MODE #tea +m", "MODE alice +i", "SETNAME :Al", "NICK al"):
        assert two.does(line) == one.hears() or line.startswith("SETNAME")
    assert two.does("RENAME #tea #mate") == ["al RENAME #tea #mate :"]
    assert [line.split()[1] for line in one.hears()[:2]] == ["PART", "JOIN"]


def test_an_invitation_reaches_all() -> None:
    chat = Chat()
    one, two = pair(chat)
    chat.user("bob", "#tea").sends("INVITE alice #tea")
    assert one.hears() == two.hears() == ["bob INVITE alice #tea"]


def test_to_those_of_a_rank_all_clients_of_a_ranking_user_listen() -> None:
    chat = Chat()
    one, two = pair(chat, "#tea")
    bob = chat.user("bob", "#tea")
    bob.sends("PRIVMSG @#tea :psst")
    assert one.hears() == two.hears() == ["bob PRIVMSG @#tea :psst"]
    three = chat.device("alice")
    bob.sends("PRIVMSG @#tea :psst")
    assert three.hears() == ["bob PRIVMSG @#tea :psst"]


# -- talking


@pytest.mark.parametrize("command", ["PRIVMSG", "NOTICE"])
def test_what_one_client_says_in_a_room_the_others_hear(command: str) -> None:
    chat = Chat()
    bob = chat.user("bob", "#tea")
    one, two = pair(chat, "#tea")
    assert one.does(f"{command} #tea :hi") == []
    assert two.hears() == bob.hears() == [f"alice {command} #tea :hi"]


@pytest.mark.parametrize("caps", ["", "echo-message"])
@pytest.mark.parametrize("target", ["bob", "#open", "%#tea", "$$*"])
def test_what_one_client_says_elsewhere_its_siblings_are_shown_once(target: str, caps: str) -> None:
    chat = staffed()
    bob = chat.user("bob", "#open", "#tea")
    bob.sends("MODE #open -n")
    one, two = pair(chat, "#tea", caps="echo-message message-tags labeled-response batch")
    if target == "$$*":
        log_in(chat, one)
    two.sends(f"CAP REQ :{caps} message-tags")
    chat.forget()
    (echo,) = one.asks(f"@label=1;+x=y PRIVMSG {target} :hi")
    assert echo.tags["label"] == "1"
    (shown,) = two.take()
    assert (shown.command, shown.params, shown.nick) == ("PRIVMSG", (target, "hi"), "alice")
    assert "label" not in shown.tags
    assert shown.tags["+x"] == "y"
    assert shown.tags["msgid"] == echo.tags["msgid"]
    assert len(bob.take()) == 1


def test_without_echo_the_client_that_speaks_is_shown_nothing() -> None:
    chat = Chat()
    bob = chat.user("bob", "#open")
    bob.sends("MODE #open -n")
    one, two = pair(chat)
    assert one.does("PRIVMSG bob :hi") == one.does("PRIVMSG #open :hi") == []
    assert two.hears() == ["alice PRIVMSG bob :hi", "alice PRIVMSG #open :hi"]


def test_what_never_arrived_the_siblings_are_not_shown() -> None:
    chat = Chat()
    bob = chat.user("bob")
    bob.sends("MODE bob +g")
    one, two = pair(chat)
    assert one.does("PRIVMSG bob :hi")[0].startswith("716 alice bob")
    assert two.hears() == []


def test_who_speaks_to_oneself_is_heard_once_by_each_other_client() -> None:
    chat = Chat()
    one, two = pair(chat, caps="echo-message", caps2="echo-message")
    assert one.does("PRIVMSG alice :note") == ["alice PRIVMSG alice :note"] * 2
    assert two.hears() == ["alice PRIVMSG alice :note"]


def test_tags_alone_are_shown_to_siblings_that_take_tags() -> None:
    chat = Chat()
    chat.user("bob")
    one, two = pair(chat, caps="message-tags", caps2="message-tags")
    plain = chat.device("alice")
    assert one.does("@+typing=active TAGMSG bob") == []
    assert two.hears() == ["alice TAGMSG bob"]
    assert plain.hears() == []


@pytest.mark.parametrize("target", ["bob", "#open", "%#tea"])
def test_messages_of_several_lines_are_shown_to_siblings_as_they_take_them(target: str) -> None:
    chat = Chat()
    chat.user("bob", "#open", "#tea").sends("MODE #open -n")
    caps = "draft/multiline batch message-tags"
    one, two = pair(chat, "#tea", caps=caps, caps2=caps)
    plain = chat.device("alice")
    one.sends(f"BATCH +1 draft/multiline {target}")
    for text in ("a", "b"):
        one.sends(f"@batch=1 PRIVMSG {target} :{text}")
    assert one.does("BATCH -1") == []
    assert [m.command for m in two.take()] == ["BATCH", "PRIVMSG", "PRIVMSG", "BATCH"]
    assert plain.hears() == [f"alice PRIVMSG {target} :a", f"alice PRIVMSG {target} :b"]
    one.sends("CAP REQ echo-message")
    one.sends(f"BATCH +1 draft/multiline {target}")
    one.sends(f"@batch=1 PRIVMSG {target} :c")
    assert [m.command for m in one.asks("BATCH -1")] == ["BATCH", "PRIVMSG", "BATCH"]


def test_lines_to_oneself_come_once_to_each_other_client() -> None:
    chat = Chat()
    one, two = pair(chat, caps="draft/multiline batch")
    one.sends("BATCH +1 draft/multiline alice")
    one.sends("@batch=1 PRIVMSG alice :a")
    assert [m.command for m in one.asks("BATCH -1")] == ["BATCH", "PRIVMSG", "BATCH"]
    assert two.hears() == ["alice PRIVMSG alice :a"]


def test_any_client_of_a_user_takes_back_what_another_said() -> None:
    chat = Chat()
    caps = "message-tags echo-message draft/message-redaction"
    bob = chat.user("bob", "#tea", caps=caps)
    one, two = pair(chat, "#tea", caps=caps, caps2=caps)
    for target in ("#tea", "bob"):
        msgid = one.asks(f"PRIVMSG {target} :oops")[0].tags["msgid"]
        chat.forget()
        redaction = [f"alice REDACT {target} {msgid}"]
        assert two.does(f"REDACT {target} {msgid}") == redaction
        assert one.hears() == bob.hears() == redaction


def test_read_markers_go_to_all_clients() -> None:
    chat = Chat()
    one, two = pair(chat, "#tea", caps="draft/read-marker", caps2="draft/read-marker")
    plain = chat.device("alice")
    mark = "timestamp=2023-11-01T00:00:00.000Z"
    assert two.does(f"MARKREAD #tea {mark}") == one.hears() == [f"MARKREAD #tea {mark}"]
    assert plain.hears() == []
    three = arriving(chat, "alice", caps="draft/read-marker")
    assert f"MARKREAD #tea {mark}" in three.does("CAP END")


def test_wallops_and_the_news_of_a_stranger_reach_all_clients() -> None:
    chat = staffed()
    one, two = pair(chat)
    one.sends("MODE alice +wg")
    root = chat.user("root")
    log_in(chat, root)
    chat.forget()
    root.sends("WALLOPS :tea!")
    assert one.hears() == two.hears() == ["root WALLOPS tea!"]
    chat.user("bob").sends("PRIVMSG alice :hi")
    assert one.hears() == two.hears() != []
    chat.forget()
    one.sends("ACCEPT bob")
    assert two.does("ACCEPT *") == ["281 alice bob", "282 alice :End of ACCEPT list"]


# -- what is each client's own


def test_monitoring_and_subscriptions_are_each_clients_own() -> None:
    chat = Chat()
    one, two = pair(chat, "#tea", caps="draft/metadata-2 batch", caps2="draft/metadata-2 batch")
    one.sends("MONITOR + bob")
    two.sends("METADATA * SUB url")
    bob = chat.user("bob", "#tea")
    assert one.does("MONITOR L") == ["732 alice bob", "733 alice"]
    assert two.does("MONITOR L") == ["733 alice"]
    chat.forget()
    bob.sends("METADATA * SET url x")
    one.sends("METADATA * SET url y")
    assert two.hears() == ["bob METADATA bob url * x", "alice METADATA alice url * y"]
    two.sends("MONITOR + alice")
    two.sends("QUIT")
    assert one.does("MONITOR L") == ["732 alice bob", "733 alice"]


def test_the_password_of_an_account_makes_no_operator() -> None:
    chat = staffed()
    bob = chat.user("bob")
    one, two = pair(chat)
    log_in(chat, one)
    assert two.hears() == ["alice MODE alice +o"]
    assert two.does("KILL bob :x") == ["481 alice"]
    assert two.does("MODE #tea +o alice") == ["403 alice #tea"]
    assert bob.does("USERHOST alice") == ["302 bob alice*=+~alice@192.0.2.1"]
    assert chat.device("alice").does("DIE") == ["481 alice"]
    one.sends("KILL bob :x")
    assert bob.closed


def test_one_is_an_operator_for_as_long_as_the_client_that_said_the_password_is_there() -> None:
    chat = staffed()
    one, two = pair(chat)
    log_in(chat, one)
    two.lines.clear()
    one.vanishes()
    assert two.hears() == ["alice MODE alice -o"]
    log_in(chat, two)
    three = chat.device("alice")
    assert three.does("MODE alice -o") == two.hears() == ["alice MODE alice -o"]
    assert two.does("DIE") == ["481 alice"]


def test_an_operators_mask_is_held_against_the_client_that_asks() -> None:
    local = Operator("local", HASH, masks=("192.0.2.1",))
    chat = staffed(ROOT, local)
    one, two = pair(chat)
    assert "491 alice" in log_in(chat, two, "local")
    assert "alice MODE alice +o" in log_in(chat, one, "local")


def test_an_operator_who_is_struck_from_the_configuration_is_one_no_more() -> None:
    chat = staffed()
    one, two = pair(chat)
    log_in(chat, one)
    chat.forget()
    reread(chat, replace(chat.world.settings, operators=()))
    assert "alice MODE alice -o" in two.hears()
    assert one.session.operator is None


# -- what a user is by all clients


def test_a_user_is_away_if_each_client_is() -> None:
    chat = Chat()
    bob = chat.user("bob", "#tea", caps="away-notify")
    one, two = pair(chat, "#tea", caps2="away-notify")
    assert one.does("AWAY :lunch") == ["306 alice"]
    assert bob.hears() == two.hears() == []
    assert bob.does("PRIVMSG alice :hi") == []
    two.lines.clear()
    assert two.does("AWAY *") == ["306 alice"]
    assert bob.hears() == ["alice AWAY lunch"]
    one.sends("AWAY :dinner")
    assert bob.hears() == two.hears() == ["alice AWAY dinner"]
    two.sends("AWAY :sleep")
    assert bob.hears() == ["alice AWAY sleep"]
    two.sends("AWAY *")
    assert bob.hears() == ["alice AWAY dinner"]
    one.sends("AWAY *")
    assert bob.hears() == ["alice AWAY *"]
    one.sends("AWAY")
    assert bob.hears() == ["alice AWAY"]


def test_who_comes_by_another_client_is_back() -> None:
    chat = Chat()
    bob = chat.user("bob", "#tea", caps="away-notify")
    one = chat.user("alice", "#tea", account="acc", caps="away-notify")
    one.sends("AWAY :lunch")
    chat.forget()
    silent = arriving(chat, "alice", caps="draft/pre-away")
    silent.sends("AWAY *")
    silent.sends("CAP END")
    assert bob.hears() == one.hears() == []
    two = chat.device("alice")
    assert bob.hears() == one.hears() == ["alice AWAY"]
    two.vanishes()
    assert bob.hears() == one.hears() == ["alice AWAY lunch"]
    assert one.session.user.away == "lunch"


def test_a_user_is_secure_if_each_client_is() -> None:
    chat = Chat()
    bob = chat.user("bob")
    one = chat.open(fingerprint="")
    one.session.user.account = "acc"
    one.sends("NICK alice")
    one.sends("USER alice 0 * :Real alice")
    chat.forget()
    safe = arriving(chat, "alice", fingerprint="")
    assert "221 alice +Z" in safe.does("CAP END")
    assert one.hears() == []
    bare = arriving(chat, "alice")
    assert not any(line.startswith("221") for line in bare.does("CAP END"))
    assert one.hears() == ["alice MODE alice -Z"]
    assert not any(line.startswith("671") for line in bob.does("WHOIS alice"))
    bare.vanishes()
    assert one.hears() == ["alice MODE alice +Z"]
    assert any(line.startswith("671") for line in bob.does("WHOIS alice"))


def test_any_client_makes_its_user_active() -> None:
    chat = Chat()
    one, two = pair(chat)
    chat.passes(50)
    two.sends("PRIVMSG alice :x")
    assert any(line.startswith("317 alice alice 0 ") for line in one.does("WHOIS alice"))


def test_oneself_is_shown_where_all_ones_clients_are() -> None:
    chat = Chat()
    one, two = pair(chat)
    shown = [line.split()[4] for line in one.does("WHOIS alice") if line.startswith("338")]
    assert shown == ["192.0.2.1", "192.0.2.7"]
    one.vanishes()
    assert two.session.user.address == "192.0.2.7"
    assert two.source == "alice!~alice@192.0.2.1"


def test_exempt_is_the_client_and_not_its_user() -> None:
    chat = Chat(replace(Settings(), exempt=("192.0.2.7",)))
    one, two = pair(chat)
    reread(chat, chat.world.settings)
    assert [one.session.exempt, two.session.exempt] == [False, True]


# -- leaving


def test_only_the_last_client_to_go_is_missed() -> None:
    chat = Chat()
    bob = chat.user("bob", "#tea")
    bob.sends("MONITOR + alice")
    one, two = pair(chat, "#tea")
    assert one.does("QUIT :bye") == ["ERROR :Closing link: 192.0.2.1 [Quit: bye]"]
    assert one.closed
    assert bob.hears() == two.hears() == []
    assert not chat.reports
    two.vanishes()
    assert bob.hears() == ["alice QUIT :Connection reset", "731 * alice"]
    assert [report.deed for report in chat.reports] == [Deed.LEFT]
    assert bob.does("WHOWAS alice")[0].startswith("314 bob alice ")


def test_a_silent_client_times_out_by_itself() -> None:
    chat = Chat()
    one, two = pair(chat, "#tea")
    chat.passes(100)
    one.sends("PONG x")
    chat.passes(31)
    assert two.closed.startswith("Ping timeout")
    assert not one.closed


def test_kill_takes_all_clients() -> None:
    chat = staffed()
    bob = chat.user("bob", "#tea", caps="away-notify")
    one, two = pair(chat, "#tea")
    one.sends("AWAY :lunch")
    root = chat.user("root")
    log_in(chat, root)
    chat.forget()
    root.sends("KILL alice :spam")
    assert one.closed == two.closed == "Killed (root (spam))"
    assert one.hears() == two.hears()
    assert bob.hears() == ["alice QUIT :Killed (root (spam))"]
    assert not chat.world.find_user("alice")


def test_the_server_stops_for_all_clients() -> None:
    chat = Chat()
    one, two = pair(chat, "#tea")
    chat.stops()
    assert one.closed == two.closed == "Server shutting down"


def test_a_ban_of_an_address_takes_the_clients_from_there() -> None:
    chat = staffed()
    one, two = pair(chat, "#tea")
    bob = chat.user("bob", "#tea")
    root = chat.user("root", address="203.0.113.1")
    log_in(chat, root)
    chat.forget()
    root.sends("DLINE 192.0.2.7 :spam")
    assert [one.closed, two.closed] == ["", "Banned"]
    assert bob.hears() == []
    three = arriving(chat, "alice", address="192.0.2.7")
    assert three.closed == "Banned"
    root.sends("KLINE ~a:acc :spam")
    assert one.closed == "Banned"
    assert bob.hears() == ["alice QUIT :Banned"]


def test_the_staff_is_told_by_the_clients_that_said_the_password() -> None:
    chat = staffed()
    one, two = pair(chat)
    log_in(chat, one)
    chat.forget()
    one.sends("DLINE 203.0.113.7 :spam")
    assert any(line.startswith("NOTICE *") for line in one.hears())
    assert two.hears() == []


# -- with a real login


def test_logging_in_between_nick_and_the_end_of_negotiation_joins_the_other_client() -> None:
    chat = owners.owned()
    alice = owners.owner(chat, owners.ALICE, "#tea", nick="al")
    phone = chat.open()
    phone.sends("CAP REQ sasl")
    phone.sends("NICK al")
    phone.sends("USER al 0 * :Real al")
    owners.log_in(chat, phone, owners.ALICE)
    heard = phone.does("CAP END")
    assert heard[0] == "001 al"
    assert heard[-3:] == ["al JOIN #tea", "353 al = #tea @al", "366 al #tea"]
    assert alice.hears() == []


def test_logging_in_after_coming_in_and_asking_for_the_nick_joins_the_other_client() -> None:
    chat = owners.owned()
    alice = owners.owner(chat, owners.ALICE, "#tea", nick="al")
    phone = chat.user("al_", caps="sasl")
    assert phone.does("NICK al") == ["433 al_ al"]
    owners.log_in(chat, phone, owners.ALICE)
    assert phone.does("NICK al")[0] == "al_ NICK al"
    assert phone.session.user is alice.session.user


def test_who_logs_in_to_nothing_is_refused_the_nick_in_the_end() -> None:
    chat = owners.owned()
    owners.owner(chat, owners.ALICE, nick="al")
    stranger = chat.open()
    stranger.sends("CAP REQ sasl")
    stranger.sends("NICK al")
    stranger.sends("USER al 0 * :Real al")
    owners.log_in(chat, stranger, owners.ALICE, "guess")
    assert stranger.does("CAP END") == ["433 * al"]


def test_an_account_that_is_gone_is_told_to_all_its_clients() -> None:
    chat = owners.owned()
    one = owners.owner(chat, owners.ALICE, nick="al")
    two = chat.device("al")
    chat.happens(AccountsChanged((), ("Alice",), chat.at))
    assert owners.numerics(one.hears())[-1] == owners.numerics(two.hears())[-1] == "901"
    assert one.session.user.account == ""
    late = chat.device("al")
    assert not late.session.registered
