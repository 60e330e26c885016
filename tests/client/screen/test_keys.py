"""The keys: what each asks for, and that the table tells of them all."""

from __future__ import annotations

import pytest

from trio_chat.client.screen.key_table import ABOUT, TABLE

from .writing import Writer, said, writing


@pytest.mark.parametrize(
    ("keys", "deed"),
    [
        ("\x1b1", ("switch_to", 1)),
        ("\x1b9", ("switch_to", 9)),
        ("\x1b0", ("switch_to", 10)),
        ("\x1ba", ("next_unread",)),
        ("\x1bA", ("next_unread",)),
        ("\x0e", ("step", 1)),
        ("\x10", ("step", -1)),
        ("\x1b[1;3C", ("step", 1)),
        ("\x1b[1;3D", ("step", -1)),
        ("\x1b/", ("last",)),
        ("\x18\x18", ("last",)),
        ("\x1b[5~", ("scroll", 1)),
        ("\x1b[6~", ("scroll", -1)),
        ("\x0c", ("redraw",)),
    ],
)
def test_keys_ask_for_deeds_and_leave_the_line(
    writer: Writer, keys: str, deed: tuple[object, ...]
) -> None:
    async def script() -> None:
        await writer.presses("text", "text|")
        writer.screen.type(keys)
        await writer.until(lambda: bool(writer.deeds.done))
        assert writer.deeds.done == [deed]
        assert writer.line == "text|"
        assert not writer.deeds.entered

    writer.writes(script)


@pytest.mark.parametrize("keys", ["\x1b[11~", "\x1bOP"])
def test_f1_lists_the_commands(writer: Writer, keys: str) -> None:
    async def script() -> None:
        await writer.presses("text" + keys + "s", "texts|")
        assert writer.deeds.entered == ["/help"]

    writer.writes(script)


def test_ctrl_d_leaves_on_an_empty_line_alone(writer: Writer) -> None:
    async def script() -> None:
        await writer.presses("ab\x01\x04", "|b")
        await writer.presses("\x04", "|")
        assert not writer.deeds.done
        writer.screen.type("\x04")
        await writer.until(lambda: writer.deeds.done == [("leave",)])

    writer.writes(script)


def test_every_key_is_about_something_and_stands_once() -> None:
    assert {key.about for key in TABLE} == set(ABOUT)
    assert len({key.names for key in TABLE}) == len(TABLE)


# --- messages ---


def test_a_picked_message_is_shown_and_answered(writer: Writer) -> None:
    writer.deeds.messages = [said(1, "one"), said(2, "two"), said(3, "three")]

    async def script() -> None:
        await writer.presses("yes", "yes|")
        writer.screen.type("\x1b[1;3A\x1b[1;3A")
        await writer.until(lambda: "reply to 2 alice: two  (Esc ends)" in writer.screen.rows)
        writer.screen.type("\x1b[1;3B")
        await writer.until(lambda: "reply to 3 alice: three  (Esc ends)" in writer.screen.rows)
        writer.screen.type("\r")
        await writer.until(lambda: writer.deeds.entered == ["/reply 3 yes"])
        await writer.until(lambda: not any("reply to" in row for row in writer.screen.rows))

    writer.writes(script)


@pytest.mark.parametrize("keys", ["\x1b", "\x1b[1;3B", "\x03"])
def test_picking_ends_without_a_reply(writer: Writer, keys: str) -> None:
    writer.deeds.messages = [said(1, "one")]

    async def script() -> None:
        writer.screen.type("\x1b[1;3A")
        await writer.until(lambda: writer.input.picked is not None)
        writer.screen.type(keys)
        await writer.until(lambda: writer.input.picked is None)
        await writer.enters("text")

    writer.writes(script)


def test_alt_r_answers_the_last_and_a_slash_may_begin_the_text(writer: Writer) -> None:
    writer.deeds.messages = [said(1, "one"), said(2, "two")]

    async def script() -> None:
        writer.screen.type("\x1br//etc is it\r")
        await writer.until(lambda: writer.deeds.entered == ["/reply 2 /etc is it"])

    writer.writes(script)


def test_a_command_is_a_command_while_a_message_is_picked(writer: Writer) -> None:
    writer.deeds.messages = [said(1, "one")]

    async def script() -> None:
        writer.screen.type("\x1br/whois alice\r")
        await writer.until(lambda: writer.deeds.entered == ["/whois alice"])
        assert writer.input.picked is None

    writer.writes(script)


def test_alt_e_edits_the_last_of_ones_own(writer: Writer) -> None:
    writer.deeds.messages = [said(1, "teh", own=True), said(2, "two")]

    async def script() -> None:
        await writer.presses("\x1be", "teh|")
        await writer.until(lambda: "edit 1 me: teh  (Esc ends)" in writer.screen.rows)
        await writer.presses("\x14", "the|")
        writer.screen.type("\r")
        await writer.until(lambda: writer.deeds.entered == ["/edit 1 the"])
        await writer.presses("\x1be", "teh|")
        await writer.presses("\x1b", "|")
        assert writer.input.picked is None

    writer.writes(script)


def test_going_on_from_an_edit_takes_its_text_away(writer: Writer) -> None:
    writer.deeds.messages = [said(1, "one", own=True), said(2, "two", own=True)]

    async def script() -> None:
        await writer.presses("\x1be", "two|")
        await writer.presses("\x1b[1;3A", "|")
        await writer.presses("\x1be", "one|")

    writer.writes(script)


def test_alt_plus_reacts_by_a_name_or_a_sign(writer: Writer) -> None:
    writer.deeds.messages = [said(1, "one")]

    async def script() -> None:
        for text, sent in ((":tada:", "🎉"), ("👍", "👍"), (":none:", ":none:")):
            writer.screen.type(f"\x1b+{text}\r")
            await writer.until(lambda sent=sent: writer.deeds.entered[-1:] == [f"/react 1 {sent}"])  # type: ignore[misc]

    writer.writes(script)


@pytest.mark.parametrize("keys", ["\x1br", "\x1be", "\x1b+", "\x1b[1;3A", "\x1b[1;3B"])
def test_without_messages_nothing_is_picked(writer: Writer, keys: str) -> None:
    async def script() -> None:
        await writer.presses(f"{keys}x", "x|")
        assert writer.input.picked is None

    writer.writes(script)


def test_what_was_picked_in_another_conversation_is_not_answered_here(writer: Writer) -> None:
    writer.deeds.messages = [said(1, "one")]

    async def script() -> None:
        await writer.presses("\x1brtext", "text|")
        writer.model.open("#trio")
        writer.model.switch("#trio")
        writer.screen.type("\r")
        await writer.until(lambda: writer.input.picked is None)
        assert writer.line == "text|"
        assert not writer.deeds.entered

    writer.writes(script)


def test_without_a_connection_all_stays_as_it_is(writer: Writer) -> None:
    writer.deeds.messages = [said(1, "one")]
    writer.deeds.is_connected = False

    async def script() -> None:
        await writer.presses("\x1brtext\rs", "texts|")
        assert writer.input.picked is not None

    writer.writes(script)


# --- pastes ---


def pasted(text: str) -> str:
    return f"\x1b[200~{text}\x1b[201~"


ASKED = " paste of 3 lines: Enter sends them as one message"


def test_a_paste_of_several_lines_asks_once(writer: Writer) -> None:
    async def script() -> None:
        await writer.presses(pasted("one\r\ntwo\rthree\n"), "one\ntwo\nthree|")
        await writer.until(lambda: writer.bar.startswith(ASKED))
        writer.screen.type("\r")
        await writer.until(lambda: writer.deeds.entered == ["one\ntwo\nthree"])
        assert writer.line == "|"

    writer.writes(script)


def test_a_paste_can_be_edited_or_taken_away(writer: Writer) -> None:
    async def script() -> None:
        await writer.presses("so: " + pasted("one\ntwo"), "so: one\ntwo|")
        await writer.until(lambda: "paste of 2 lines" in writer.bar)
        await writer.presses("\x03", "so: |")
        await writer.presses(pasted("one\ntwo"), "so: one\ntwo|")
        writer.screen.type("\x1b")
        await writer.until(lambda: "paste" not in writer.bar)
        await writer.presses("!", "so: one\ntwo!|")
        await writer.presses("\x03", "|")

    writer.writes(script)


def test_typing_on_answers_the_question_about_a_paste(writer: Writer) -> None:
    async def script() -> None:
        await writer.presses(pasted("one\ntwo"), "one\ntwo|")
        await writer.presses("x", "one\ntwox|")
        await writer.until(lambda: "paste" not in writer.bar)

    writer.writes(script)


@pytest.mark.parametrize(("lines", "asks"), [(2, False), (3, True)])
def test_how_many_lines_ask_is_a_setting(lines: int, asks: bool) -> None:
    with writing() as writer:
        writer.set(paste_lines=2)

        async def script() -> None:
            text = "\n".join("x" * lines)
            await writer.presses(pasted(text), f"{text}|")
            await writer.presses("\x1b[D\x1b[C", f"{text}|")
            assert writer.input.is_pasted is asks

        writer.writes(script)


def test_a_paste_that_begins_like_a_command_is_said(writer: Writer) -> None:
    async def script() -> None:
        await writer.presses(pasted("/quit\n/part\n"), "//quit\n/part|")
        await writer.presses("\x03" + pasted("/join #tea\n"), "/join #tea|")

    writer.writes(script)


def test_lines_that_come_in_one_burst_are_a_paste(writer: Writer) -> None:
    async def script() -> None:
        await writer.presses("one\rtwo\rthree\r", "one\ntwo\nthree|")
        await writer.until(lambda: writer.bar.startswith(ASKED))
        assert not writer.deeds.entered

    writer.writes(script)


@pytest.mark.parametrize("keys", ["one\rtwo\r", "one\rtwo\rth\x1b[Dree\r"])
def test_what_a_hand_could_type_is_no_paste(writer: Writer, keys: str) -> None:
    async def script() -> None:
        writer.screen.type(keys)
        await writer.until(lambda: writer.deeds.entered[:2] == ["one", "two"])

    writer.writes(script)


# --- the keys of vi ---


def test_the_keys_of_vi_show_their_mode(writer: Writer) -> None:
    writer.set(editing="vi")

    async def script() -> None:
        await writer.until(lambda: writer.bar.endswith("insert"))
        await writer.presses("one two", "one two|")
        await writer.presses("\x1b", "one tw|o")
        await writer.until(lambda: writer.bar.endswith("normal"))
        await writer.presses("0dw", "|two")
        await writer.presses("A👩\u200d👩\u200d👧", "two👩\u200d👩\u200d👧|")
        await writer.presses("\x1b", "two|👩\u200d👩\u200d👧")
        await writer.presses("x", "tw|o")
        await writer.presses("\x1b2", "tw|o")
        await writer.until(lambda: writer.deeds.done == [("switch_to", 2)])
        await writer.presses("0i\r", "|")
        assert writer.deeds.entered == ["two"]

    writer.writes(script)
