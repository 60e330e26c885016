"""The commands about people."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from tests.client.commands.desk import Desk, sitting
from trio_chat.client.commands.lists import LONGEST_LIST
from trio_chat.client.setup.profiles import Kept, ProfileFile

SINCE = 1767225600


async def test_who_somebody_is_is_told_in_lines() -> None:
    async with sitting() as desk:
        answers = [
            ":irc.test 311 me bob ~b b.example * :Bob B.",
            ":irc.test 319 me bob :@#tea #trio",
            ":irc.test 330 me bob robert :is logged in as",
            ":irc.test 301 me bob :at lunch",
            f":irc.test 317 me bob 3900 {SINCE} :seconds idle, signon time",
            ":irc.test 312 me bob irc.test :A server",
            ":irc.test 313 me bob :is an operator",
            ":irc.test 335 me bob :is a bot",
            ":irc.test 671 me bob :is using a secure connection",
            ":irc.test 320 me bob :likes tea",
            ":irc.test 318 me bob :End",
        ]
        since = datetime.fromtimestamp(SINCE).astimezone()
        assert await desk.asks("/whois bob", "WHOIS", "bob", answers=answers) == [
            "-- bob is ~b@b.example (Bob B.)",
            "--   rooms: @#tea, #trio",
            "--   account: robert",
            "--   away: at lunch",
            "--   idle: 1:05 h",
            f"--   here since: {since:%Y-%m-%d %H:%M}",
            "--   server: irc.test",
            "--   is: an operator of the server, a bot, connected by TLS",
            "--   likes tea",
        ]


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(59, "59 s"), (60, "1 min"), (3600, "1:00 h"), (86400, "1 day"), (180000, "2 days")],
)
async def test_a_span_is_told_in_words(seconds: int, told: str) -> None:
    async with sitting() as desk:
        answers = [f":irc.test 317 me me {seconds} :idle", ":irc.test 318 me me :End"]
        [_, idle] = await desk.asks("/whois", "WHOIS", "me", answers=answers)
        assert idle == f"--   idle: {told}"


async def test_without_a_nick_it_is_whom_one_is_alone_with() -> None:
    async with sitting() as desk:
        await desk.does("/query bob")
        answers = [":irc.test 401 me bob :No such nick"]
        assert await desk.asks("/wi", "WHOIS", "bob", answers=answers) == ["!! bob: No such nick"]


async def test_who_had_a_nick_before() -> None:
    async with sitting() as desk:
        answers = [
            ":irc.test 314 me bob ~b b.example * :Bob B.",
            ":irc.test 312 me bob irc.test :Mon",
            ":irc.test 369 me bob :End",
        ]
        assert await desk.asks("/whowas bob", "WHOWAS", "bob", answers=answers) == [
            "-- bob was ~b@b.example (Bob B.)"
        ]
        none = [":irc.test 369 me bob :End"]
        assert await desk.asks("/whowas bob", "WHOWAS", "bob", answers=none) == [
            "-- nobody of the name bob is remembered"
        ]
        assert await desk.does("/whowas") == ["!! usage: /whowas NICK"]


async def test_nowhere_there_is_nobody_to_tell_of() -> None:
    async with sitting(in_a_room=False) as desk:
        assert await desk.does("/who") == ["!! usage: /who [ROOM|NICK|MASK]"]


async def test_a_crowd_is_cut() -> None:
    async with sitting() as desk:
        answers = [f":irc.test 352 me #tea u h irc.test n{number} H :0 N" for number in range(60)]
        shown = await desk.asks(
            "/who", "WHO", "#tea", answers=[*answers, ":irc.test 315 me #tea :"]
        )
        assert len(shown) == LONGEST_LIST + 1
        assert shown[-1] == "-- and 10 more: /who MASK narrows it"


async def test_away_and_back() -> None:
    async with sitting() as desk:
        away = [":irc.test 306 me :You have been marked as being away"]
        back = [":irc.test 305 me :You are no longer marked as being away"]
        assert await desk.asks("/away at lunch", "AWAY", "at lunch", answers=away) == [
            "-- You have been marked as being away"
        ]
        for line in ("/back", "/away"):
            assert await desk.asks(line, "AWAY", answers=back) == [
                "-- You are no longer marked as being away"
            ]


async def test_whom_to_ignore_is_a_setting_and_is_kept(tmp_path: Path) -> None:
    file = ProfileFile(tmp_path / "client.toml")
    desk = Desk(Kept(file))
    assert await desk.does("/ignore") == ["-- ignored: nobody"]
    assert await desk.does("/ignore bob *!*@spam.example") == ["-- ignored: bob, *!*@spam.example"]
    await desk.does("/ignore BOB")
    assert file.read().settings["ignore"] == ["bob", "*!*@spam.example"]
    assert await desk.does("/unignore al") == ["!! al is not in the list: bob, *!*@spam.example"]
    assert await desk.does("/unignore Bob *!*@spam.example") == ["-- ignored: nobody"]
    assert await desk.does("/unignore") == ["!! usage: /unignore MASK..."]
    assert desk.console.settings.ignore == ()
    [too_long] = await desk.does(f"/ignore {'x' * 500}")
    assert too_long.startswith("!! ignore must be ")


async def test_what_counts_as_a_mention() -> None:
    desk = Desk()
    assert await desk.does("/hilight") == ["-- highlighted: your nick alone"]
    assert await desk.does("/highlight green tea") == ["-- highlighted: green tea"]
    assert await desk.does("/highlight trio") == ["-- highlighted: green tea, trio"]
    assert await desk.does("/unhighlight") == ["!! usage: /unhighlight TEXT"]
    assert await desk.does("/unhighlight Green tea") == ["-- highlighted: trio"]
    assert desk.console.settings.highlights == ("trio",)
