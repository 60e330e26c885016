"""The async client against a scripted server."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from trio_chat.client import events
from trio_chat.client.connect import connect
from trio_chat.client.errors import ConnectionLost, NickInUse, NoAnswer, Refused
from trio_chat.client.inbox import LIMIT
from trio_chat.wire.message import MAX_BODY, Message, format_message

from .scripted_server import ALL, ScriptedServer, chatting, next_event


async def test_registers_and_asks_for_what_it_knows_of_what_is_offered() -> None:
    async with chatting(capabilities=ALL) as (_, chat):
        assert chat.nick == "me"
        assert chat.isupport["CASEMAPPING"] == "ascii"
        assert chat.capabilities == set(ALL.split()) - {"sasl=PLAIN", "draft/unheard-of"}


async def test_registers_where_the_offer_takes_two_lines() -> None:
    server = ScriptedServer()

    async def script() -> None:
        for _ in range(3):
            await server.receive()
        await server.send(":irc.test CAP * LS * :server-time", ":irc.test CAP * LS :batch")
        await server.expect("CAP", "REQ", "batch server-time")
        await server.send(":irc.test CAP me NAK :batch server-time")
        await server.expect("CAP", "END")
        await server.send(":irc.test 001 me :hi", ":irc.test 376 me :end")
        await server.take_quit()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(script)
        async with connect(nick="me", stream=server.stream) as chat:
            assert chat.capabilities == frozenset()


async def test_registers_with_a_server_that_does_not_know_cap() -> None:
    server = ScriptedServer()

    async def script() -> None:
        await server.expect("CAP", "LS", "302")
        await server.expect("PASS", "secret")
        await server.expect("NICK", "me")
        await server.expect("USER", "user", "0", "*", "My Name")
        await server.send(":irc.test 421 * CAP :Unknown command")
        await server.send(":irc.test 001 me_too :hi", ":irc.test 376 me :end")
        await server.take_quit()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(script)
        async with connect(
            nick="me",
            stream=server.stream,
            username="user",
            realname="My Name",
            password="secret",
        ) as chat:
            assert chat.nick == "me_too"


async def test_a_nick_in_use_is_told_to_the_caller() -> None:
    server = ScriptedServer()

    async def script() -> None:
        await server.take_registration()
        await server.send(":irc.test 433 * me :Nickname is already in use")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(script)
        with pytest.raises(NickInUse) as caught:
            async with connect(nick="me", stream=server.stream):
                pass
    assert caught.value.code == "433"


async def test_other_nicks_are_tried_in_order() -> None:
    server = ScriptedServer()

    async def script() -> None:
        await server.take_registration()
        await server.send(":irc.test 433 * me :Nickname is already in use")
        await server.expect("NICK", "me_")
        await server.send(":irc.test 433 * me_ :Nickname is already in use")
        await server.expect("NICK", "me2")
        await server.send(":irc.test 001 me2 :hi", ":irc.test 376 me2 :end")
        await server.take_quit()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(script)
        async with connect(nick="me", other_nicks=["me_", "me2"], stream=server.stream) as chat:
            assert chat.nick == "me2"


async def test_a_wrong_password_is_refused() -> None:
    server = ScriptedServer()

    async def script() -> None:
        await server.take_registration()
        await server.send(":irc.test 464 * :Password incorrect")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(script)
        with pytest.raises(Refused, match="Password incorrect"):
            async with connect(nick="me", stream=server.stream, password="guess"):
                pass


async def test_a_server_that_hangs_up_says_why() -> None:
    server = ScriptedServer()

    async def script() -> None:
        await server.take_registration()
        await server.send("ERROR :You are banned")
        await server.hang_up()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(script)
        with pytest.raises(ConnectionLost, match="You are banned"):
            async with connect(nick="me", stream=server.stream):
                pass


async def test_a_server_that_never_welcomes_is_given_up(autojump_clock: trio.abc.Clock) -> None:
    server = ScriptedServer()
    with pytest.raises(ConnectionLost, match="registration"):
        async with connect(nick="me", stream=server.stream):
            pass


async def test_rooms_are_joined_before_the_chat_is_given() -> None:
    server = ScriptedServer()

    async def script() -> None:
        await server.welcome(isupport="PREFIX=(qov)~@+ CASEMAPPING=ascii")
        await server.expect("JOIN", "#tea")
        await server.send(
            ":me!u@h JOIN #tea",
            ":irc.test 332 me #tea :All about tea",
            ":irc.test 353 me = #tea :me ~@alice!a@h +bob",
            ":irc.test 366 me #tea :End",
        )
        await server.expect("JOIN", "#coffee", "beans")
        await server.send(":me!u@h JOIN #coffee", ":irc.test 366 me #coffee :End")
        await server.take_quit()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(script)
        async with connect(
            nick="me", rooms=["#tea", "#coffee beans"], stream=server.stream
        ) as chat:
            assert list(chat.rooms) == ["#tea", "#coffee"]
            tea = chat.rooms["#TEA"]
            assert tea.topic == "All about tea"
            assert [(member.nick, member.signs) for member in tea.members.values()] == [
                ("me", ""),
                ("alice", "~@"),
                ("bob", "+"),
            ]
            assert chat.rooms["#coffee"].key == "beans"


async def test_a_room_that_refuses_us_is_told_to_the_caller() -> None:
    async with chatting() as (server, chat), trio.open_nursery() as nursery:

        async def script() -> None:
            await server.expect("JOIN", "#secret")
            await server.send(":irc.test 473 me #secret :Cannot join channel (+i)")

        nursery.start_soon(script)
        with pytest.raises(Refused, match="Cannot join") as caught:
            await chat.join("#secret")
        assert caught.value.code == "473"
        assert "#secret" not in chat.rooms


async def test_a_room_one_is_in_is_not_joined_again() -> None:
    async with chatting() as (server, chat):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(server.let_in, "#tea")
            room = await chat.join("#tea")
        assert await chat.join("#Tea") is room


# --- talking ---


async def test_say_returns_the_msgid_of_what_the_server_relayed() -> None:
    async with chatting(capabilities=ALL) as (server, chat), trio.open_nursery() as nursery:

        async def script() -> None:
            said = await server.expect("PRIVMSG", "#tea", "hello")
            label = said.tags["label"]
            await server.send(f"@label={label};msgid=m1 :me!u@h PRIVMSG #tea :hello")

        nursery.start_soon(script)
        assert await chat.say("#tea", "hello") == "m1"
        event = await next_event(chat)
        assert isinstance(event, events.Sent)
        assert (event.target, event.text, event.msgid) == ("#tea", "hello", "m1")


async def test_say_raises_what_the_server_refuses() -> None:
    async with chatting(capabilities=ALL) as (server, chat), trio.open_nursery() as nursery:

        async def script() -> None:
            label = (await server.receive()).tags["label"]
            await server.send(
                f"@label={label} :irc.test 404 me #tea :Cannot send to channel",
                ":a!b@c PRIVMSG me :next",
            )

        nursery.start_soon(script)
        with pytest.raises(Refused) as caught:
            await chat.say("#tea", "hello")
        assert (caught.value.code, caught.value.text) == ("404", "Cannot send to channel")
        # What was raised is not an event as well.
        assert isinstance(await next_event(chat), events.Said)


async def test_say_without_labels_returns_at_once_and_a_refusal_is_an_event() -> None:
    async with chatting() as (server, chat):
        assert await chat.say("#tea", "hello") == ""
        await server.expect("PRIVMSG", "#tea", "hello")
        await server.send(":irc.test 404 me #tea :Cannot send to channel")
        sent, refused = await next_event(chat), await next_event(chat)
        assert isinstance(sent, events.Sent)
        assert isinstance(refused, events.Replied)
        assert (refused.code, refused.params) == ("404", ("#tea", "Cannot send to channel"))


async def test_an_away_reply_comes_beside_the_echo() -> None:
    async with chatting(capabilities=ALL) as (server, chat), trio.open_nursery() as nursery:

        async def script() -> None:
            label = (await server.receive()).tags["label"]
            await server.send(
                f"@label={label} :irc.test BATCH +b labeled-response",
                "@batch=b :irc.test 301 me bob :at lunch",
                "@batch=b;msgid=m2 :me!u@h PRIVMSG bob :hi",
                ":irc.test BATCH -b",
            )

        nursery.start_soon(script)
        assert await chat.say("bob", "hi") == "m2"
        away = await next_event(chat)
        assert isinstance(away, events.Replied)
        assert away.text == "bob at lunch"
        assert isinstance(await next_event(chat), events.Sent)


@pytest.mark.parametrize("capabilities", ["", ALL])
async def test_a_long_text_goes_out_in_lines_that_fit_when_relayed(capabilities: str) -> None:
    text = " ".join(["πλοῦτος", "wealth"] * 100)
    async with chatting(capabilities=capabilities) as (server, chat):
        lines: list[str] = []

        async def script() -> None:
            await trio.lowlevel.checkpoint()
            while sum(map(len, lines)) + len(lines) - 1 < len(text):
                message = await server.receive()
                label = message.tags.get("label", "")
                relayed = Message("PRIVMSG", message.params, "me!~me@" + "h" * 63)
                assert len(format_message(relayed)) <= MAX_BODY
                lines.append(message.params[1])
                if label:
                    await server.send(
                        f"@label={label} :me!~me@host PRIVMSG #tea :{message.params[1]}"
                    )

        async with trio.open_nursery() as nursery:
            nursery.start_soon(script)
            await chat.say("#tea", text)
        assert " ".join(lines) == text
        assert len(lines) == 6


async def test_lines_are_longer_once_our_own_source_is_known() -> None:
    async with chatting() as (server, chat):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(server.let_in, "#tea")
            await chat.join("#tea")
        await chat.say("#tea", "x" * 600)
        first, second = await server.receive(), await server.receive()
        relayed = Message("PRIVMSG", first.params, "me!user@host")
        assert len(format_message(relayed)) == MAX_BODY
        assert first.params[1] + second.params[1] == "x" * 600


async def test_a_blank_text_says_nothing() -> None:
    async with chatting() as (server, chat):
        assert await chat.say("#tea", " \r\n\0") == ""
        await chat.say("#tea", "one\ntwo")
        await server.expect("PRIVMSG", "#tea", "one")
        await server.expect("PRIVMSG", "#tea", "two")


async def test_actions_and_notices() -> None:
    async with chatting() as (server, chat):
        await chat.act("#tea", "waves")
        await chat.notice("bob", "careful")
        await server.expect("PRIVMSG", "#tea", "\x01ACTION waves\x01")
        await server.expect("NOTICE", "bob", "careful")
        kinds = [await next_event(chat), await next_event(chat)]
        assert [(event.kind, event.text) for event in kinds if isinstance(event, events.Sent)] == [
            ("act", "waves"),
            ("notice", "careful"),
        ]


async def test_a_message_to_oneself_is_told_once() -> None:
    async with chatting(capabilities=ALL) as (server, chat), trio.open_nursery() as nursery:

        async def script() -> None:
            label = (await server.receive()).tags["label"]
            await server.send(
                f"@label={label} :me!u@h PRIVMSG me :note", ":me!u@h PRIVMSG me :note"
            )
            await server.send(":a!b@c PRIVMSG me :next")

        nursery.start_soon(script)
        await chat.say("me", "note")
        assert isinstance(await next_event(chat), events.Sent)
        assert isinstance(await next_event(chat), events.Said)


async def test_saying_and_listening_at_once_does_not_lock_up(
    autojump_clock: trio.abc.Clock,
) -> None:
    """The server floods us before it answers: the answer is found behind the flood."""
    async with chatting(capabilities=ALL) as (server, chat), trio.open_nursery() as nursery:

        async def script() -> None:
            label = (await server.receive()).tags["label"]
            for _ in range(LIMIT * 3):
                await server.send(":a!b@c PRIVMSG #tea :noise")
            await server.send(f"@label={label};msgid=m :me!u@h PRIVMSG #tea :signal")

        nursery.start_soon(script)
        await chat.__anext__()
        assert await chat.say("#tea", "signal") == "m"


async def test_a_flood_before_the_answer_is_bounded(autojump_clock: trio.abc.Clock) -> None:
    async with (
        chatting(capabilities=ALL, quits=False) as (server, chat),
        trio.open_nursery() as nursery,
    ):

        async def flood() -> None:
            await server.receive()
            while True:
                await server.send(":a!b@c PRIVMSG #tea :noise")

        nursery.start_soon(flood)
        await chat.__anext__()
        with pytest.raises(NoAnswer, match="too many events"):
            await chat.say("#tea", "signal")
        nursery.cancel_scope.cancel()


async def test_a_client_that_takes_no_events_makes_the_server_wait(
    autojump_clock: trio.abc.Clock,
) -> None:
    async with chatting(lockstep=True, quits=False) as (server, chat):
        await chat.__anext__()
        async with trio.open_nursery() as nursery:
            sent = 0

            async def flood() -> None:
                nonlocal sent
                while True:
                    await server.send(":a!b@c PRIVMSG #tea :noise")
                    sent += 1

            nursery.start_soon(flood)
            await trio.testing.wait_all_tasks_blocked()
            assert sent == LIMIT - 1  # and the other line of the welcome
            await chat.__anext__()
            await trio.testing.wait_all_tasks_blocked()
            assert sent == LIMIT
            nursery.cancel_scope.cancel()


async def test_a_program_that_only_sends_never_stops_hearing_the_server(
    autojump_clock: trio.abc.Clock,
) -> None:
    async with chatting(lockstep=True, quits=False) as (server, _):
        for number in range(LIMIT + 10):
            await server.send(f":a!b@c PRIVMSG #tea :{number}")
        await server.send("PING :still there?")
        await server.expect("PONG", "still there?")


# --- rooms and people ---


async def test_members_follow_what_happens() -> None:
    async with chatting() as (server, chat), trio.open_nursery() as nursery:
        nursery.start_soon(server.let_in, "#tea", "@alice", "bob")
        members = (await chat.join("#tea")).members
        await server.send(
            ":carol!c@h JOIN #tea",
            ":bob!b@h PART #tea :bye",
            ":alice!a@h NICK Alicia",
            ":Alicia!a@h MODE #tea +vo-o carol carol Alicia",
            ":carol!c@h AWAY :lunch",
            ":alicia!a@h TOPIC #tea :Green",
            ":x!x@h PRIVMSG #tea :done",
        )
        happened = [await next_event(chat) for _ in range(9)]
        assert [type(event).__name__ for event in happened] == [
            "Joined",
            "NamesTold",
            "Joined",
            "Parted",
            "NickChanged",
            "ModeChanged",
            "AwayChanged",
            "TopicChanged",
            "Said",
        ]
        assert sorted(members) == ["Alicia", "carol", "me"]
        assert (members["carol"].signs, members["carol"].away) == ("@+", True)
        assert members["ALICIA"].signs == ""
        assert chat.rooms["#tea"].topic == "Green"


async def test_part_nick_and_topic_return_once_confirmed() -> None:
    async with chatting() as (server, chat), trio.open_nursery() as nursery:

        async def script() -> None:
            await server.let_in("#tea")
            await server.expect("TOPIC", "#tea", "Black")
            await server.send(":me!u@h TOPIC #tea :Black")
            await server.expect("NICK", "you")
            await server.send(":me!u@h NICK you")
            await server.expect("PART", "#tea", "so long")
            await server.send(":you!u@h PART #tea :so long")

        nursery.start_soon(script)
        await chat.join("#tea")
        await chat.set_topic("#tea", "Black")
        await chat.set_nick("you")
        assert chat.nick == "you"
        await chat.part("#tea", "so long")
        assert not chat.rooms


async def test_a_nick_that_is_taken_is_refused() -> None:
    async with chatting(capabilities=ALL) as (server, chat), trio.open_nursery() as nursery:

        async def script() -> None:
            label = (await server.receive()).tags["label"]
            await server.send(f"@label={label} :irc.test 433 me you :Nickname is already in use")

        nursery.start_soon(script)
        with pytest.raises(NickInUse):
            await chat.set_nick("you")
        assert chat.nick == "me"


@pytest.mark.parametrize("labelled", [False, True])
async def test_who_and_names_return_what_the_server_tells(labelled: bool) -> None:
    capabilities = ALL if labelled else ""
    async with chatting(capabilities=capabilities) as (server, chat):

        async def answer(*lines: str) -> None:
            message = await server.receive()
            if labelled:
                await server.send(f"@label={message.tags['label']} BATCH +1 labeled-response")
            await server.send(*(f"@batch=1 {line}" if labelled else line for line in lines))
            if labelled:
                await server.send("BATCH -1")

        async def script() -> None:
            await answer(
                ":irc.test 352 me #tea ~al host.test irc.test alice G@ :0 Alice Liddell",
                ":irc.test 352 me #tea bob host.test irc.test bob H :0 Bob",
                ":irc.test 315 me #tea :End of WHO list",
            )
            await answer(
                ":irc.test 353 me = #tea :@alice!~al@host bob",
                ":irc.test 366 me #tea :End of NAMES list",
            )

        async with trio.open_nursery() as nursery:
            nursery.start_soon(script)
            alice, bob = await chat.who("#tea")
            assert (alice.nick, alice.user, alice.realname) == ("alice", "~al", "Alice Liddell")
            assert (alice.signs, alice.away, bob.away) == ("@", True, False)
            members = await chat.names("#tea")
            assert [(member.nick, member.signs) for member in members] == [
                ("alice", "@"),
                ("bob", ""),
            ]


async def test_a_request_that_is_never_answered_ends_in_time(
    autojump_clock: trio.abc.Clock,
) -> None:
    async with chatting(quits=False) as (server, chat), trio.open_nursery() as nursery:

        async def chatter() -> None:
            while True:
                await trio.sleep(1)
                await server.send(":irc.test NOTICE me :still here")

        nursery.start_soon(chatter)
        with pytest.raises(NoAnswer):
            await chat.who("#tea")
        nursery.cancel_scope.cancel()


# --- the end ---


async def test_iterating_raises_when_the_connection_is_lost(autojump_clock: trio.abc.Clock) -> None:
    async with chatting(quits=False) as (server, chat):
        await server.send(":a!b@c PRIVMSG #tea :last words", "ERROR :Server going down")
        await server.hang_up()
        assert isinstance(await next_event(chat), events.Said)
        with pytest.raises(ConnectionLost, match="Server going down"):
            await chat.__anext__()
        with pytest.raises(ConnectionLost, match="Server going down"):
            await chat.say("#tea", "anybody?")


async def test_a_request_under_way_is_told_of_the_loss(autojump_clock: trio.abc.Clock) -> None:
    async with chatting(quits=False) as (server, chat), trio.open_nursery() as nursery:

        async def script() -> None:
            await server.receive()
            await server.hang_up()

        nursery.start_soon(script)
        with pytest.raises(ConnectionLost, match="closed the connection"):
            await chat.join("#tea")


async def test_iterating_ends_after_quit() -> None:
    async with chatting(quits=False) as (server, chat), trio.open_nursery() as nursery:

        async def script() -> None:
            await server.expect("QUIT", "enough")
            await server.send(":a!b@c PRIVMSG #tea :bye")
            await server.hang_up()

        nursery.start_soon(script)
        await chat.quit("enough")
        rest = [event async for event in chat]
        assert isinstance(rest[-1], events.Said)


async def test_a_silent_server_is_asked_and_then_given_up(autojump_clock: trio.abc.Clock) -> None:
    async with chatting(quits=False) as (server, chat), trio.open_nursery() as nursery:

        async def script() -> None:
            await server.expect("PING", "trio-chat")
            await server.send(":irc.test PONG irc.test trio-chat")
            await server.expect("PING", "trio-chat")

        nursery.start_soon(script)
        with pytest.raises(ConnectionLost, match="silent for 90 s"):
            await next_event(chat)


async def test_leaving_does_not_wait_long_for_a_deaf_server(autojump_clock: trio.abc.Clock) -> None:
    async with chatting(quits=False):
        pass


async def test_an_error_in_the_body_comes_out_bare() -> None:
    cause, context = KeyError("cause"), KeyError("context")

    async def body(server: ScriptedServer) -> None:
        async with connect(nick="me", stream=server.stream):
            try:
                raise context
            except KeyError:
                raise ZeroDivisionError from cause

    server = ScriptedServer()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(server.welcome)
        with pytest.raises(ZeroDivisionError) as caught:
            await body(server)
    assert caught.value.__cause__ is cause
    assert caught.value.__context__ is context


async def test_a_chat_that_is_over_says_so() -> None:
    async with chatting() as (_, chat):
        pass
    with pytest.raises(ConnectionLost):
        await chat.say("#tea", "hello")
    assert [event async for event in chat if isinstance(event, events.Said)] == []


async def test_a_cancelled_say_leaves_whole_lines() -> None:
    async with chatting(capabilities=ALL) as (server, chat):
        with trio.CancelScope() as scope:
            scope.cancel()
            await chat.say("#tea", "never mind")
        async with trio.open_nursery() as nursery:

            async def script() -> None:
                message = await server.receive()
                assert message.params == ("#tea", "but this")
                label = message.tags["label"]
                await server.send(f"@label={label} :me!u@h PRIVMSG #tea :but this")

            nursery.start_soon(script)
            await chat.say("#tea", "but this")


# --- a server that does not behave ---


async def test_lines_that_are_no_messages_are_passed_over() -> None:
    async with chatting() as (server, chat):
        await server.send_bytes(
            b"\r\n:\r\n@\r\n@a=b\r\n: :\r\n\0\0\r\nPRIVMSG\r\n:x 353\r\nMODE #tea\r\n"
            b":a!b@c PRIVMSG #tea :" + b"x" * 20_000 + b"\r\n"
            b":a!b@c PRIVMSG #tea :caf\xe9\r\n" + b"9" * 400 + b"\r\n"
            b":a!b@c PRIVMSG #tea :the end\r\n"
        )
        texts = []
        while "the end" not in texts:
            event = await chat.__anext__()
            if isinstance(event, events.Said):
                texts.append(event.text)
        assert texts == ["", "caf\N{REPLACEMENT CHARACTER}", "the end"]


async def test_a_capability_can_come_and_go() -> None:
    async with chatting(capabilities="server-time") as (server, chat):
        await server.send(":irc.test CAP me NEW :echo-message=x unheard-of")
        await server.expect("CAP", "REQ", "echo-message")
        await server.send(
            ":irc.test CAP me ACK :echo-message",
            ":irc.test CAP me DEL :server-time",
            ":irc.test PING",
        )
        await server.receive()
        assert chat.capabilities == {"echo-message"}
