"""WeeChat, irssi and `trio-chat client`, each in a terminal, in one room: all see what all do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from .chatting import open_client, wait_for_line
from .other_clients import open_irssi, open_weechat
from .peers import peer
from .processes import ServerProcess
from .programs import needs
from .terminal import Terminal, Tmux

pytestmark = [pytest.mark.slow, needs("tmux", "weechat", "irssi")]

ROOM = "#tea"


@dataclass(frozen=True, slots=True)
class Company:
    """Who is in the room: wendy first, by WeeChat; then iris, by irssi; then carol, by ours."""

    wendy: Terminal
    iris: Terminal
    carol: Terminal

    async def all_see(self, wendy: str, iris: str, carol: str) -> None:
        """Wait until each has this on the screen, in the words of its client."""
        await self.wendy.wait_for(wendy)
        await self.iris.wait_for(iris)
        await self.carol.wait_for(carol)


@pytest.fixture
async def company(server: ServerProcess, tmux: Tmux, tmp_path: Path) -> Company:
    wendy = await open_weechat(tmux, tmp_path / "weechat", server.port, "wendy", ROOM)
    iris = await open_irssi(tmux, tmp_path / "irssi", server.port, "iris", ROOM)
    carol = await open_client(tmux, server.port, "carol", room=ROOM)
    await wendy.wait_for(r"carol .* has joined")
    await iris.wait_for(r"carol .* has joined")
    await carol.enter("/set fold never")  # else who has said nothing comes and goes unseen
    await carol.wait_for("fold.*never")
    return Company(wendy, iris, carol)


async def test_all_know_who_is_there(company: Company) -> None:
    await company.wendy.wait_for_all(r"│@wendy", r"│ iris", r"│ carol")  # its list of nicks
    await company.iris.enter("/names")
    await company.iris.wait_for_all(r"\[@wendy\]", r"\[ iris\]", r"\[ carol\]", "Total of 3 nicks")
    await company.carol.enter("/names")
    await company.carol.wait_for(r"#tea \(3\): (@wendy|carol|iris), \S+, \S+$")


async def test_all_see_what_is_said(company: Company) -> None:
    await company.wendy.enter("good morning, naïve café ☕ 漢字")
    await company.all_see(
        r"wendy +\| good morning, naïve café ☕ 漢字",
        r"<@wendy> good morning, naïve café ☕ 漢字",
        r"<wendy> good morning, naïve café ☕ 漢字",
    )
    await company.iris.enter("dobrý den, žluťoučký kůň — 10 °C")
    await company.all_see(
        r"iris +\| dobrý den, žluťoučký kůň — 10 °C",
        r"< iris> dobrý den, žluťoučký kůň — 10 °C",
        r"<iris> dobrý den, žluťoučký kůň — 10 °C",
    )
    await company.carol.enter("доброе утро 🐎 :) /not a command")
    await company.all_see(
        r"carol +\| доброе утро 🐎 :\) /not a command",
        r"< carol> доброе утро 🐎 :\) /not a command",
        r"<carol> доброе утро 🐎 :\) /not a command",
    )


async def test_long_lines_arrive_whole(company: Company, server: ServerProcess) -> None:
    said = {
        company.wendy: " ".join(f"word{number}" for number in range(150)),
        company.iris: "漢字" * 200,
        company.carol: "🐎" * 300,
    }
    async with peer(server.port, "ear", ROOM) as ear:
        for speaker, line in said.items():
            await speaker.enter(line)
            heard = ""
            while len(heard.replace(" ", "")) < len(line.replace(" ", "")):
                part = await ear.wait_for(rf":{speaker.name}!\S+ PRIVMSG #tea :(.*)\r\n")
                heard += part[1] + " "
            assert heard.replace(" ", "") == line.replace(" ", "")  # the client broke it at spaces


async def test_all_see_what_is_done(company: Company) -> None:
    await company.wendy.enter("/me waves")
    await company.iris.enter("/me nods")
    await company.carol.enter("/me pours the tea")
    await company.all_see(r"\* +\| wendy waves", r"\* wendy waves", r"\* wendy waves")
    await company.all_see(r"\* +\| iris nods", r"\* iris nods", r"\* iris nods")
    await company.all_see(r"\* +\| carol pours", r"\* carol pours", r"\* carol pours")


async def test_all_see_topics_nicks_and_ranks(company: Company) -> None:
    await company.wendy.enter("/topic Tea & scones — ☕")
    await company.all_see(
        r'wendy has (changed|set) (the )?topic for #tea to "Tea & scones — ☕"',
        "wendy changed the topic of #tea to: Tea & scones — ☕",
        "wendy set the topic: Tea & scones — ☕",
    )
    await company.wendy.enter("/op carol")
    await company.iris.wait_for(r"mode/#tea \[\+o carol\]")
    await company.carol.enter("/topic Coffee")
    await company.all_see(
        'carol .*topic .*"Coffee"', "carol changed the topic of #tea to: Coffee", "topic: Coffee"
    )
    await company.iris.enter("/nick iridium")
    await company.all_see("iris is now known as iridium", "now known as iridium", "now iridium")
    await company.carol.enter("/nick caroline")
    await company.all_see("carol is now known as caroline", "now known as caroline", "now caroline")


async def test_two_talk_in_private(company: Company) -> None:
    await company.wendy.enter("/msg carol psst, carol")
    await company.carol.wait_for(r"wendy.*psst, carol")
    await company.carol.enter("/msg iris psst, iris")
    await company.iris.press("M-3")  # the window of the conversation
    await company.iris.wait_for("<carol> psst, iris")
    await company.iris.enter("/msg wendy psst, wendy")
    await company.wendy.wait_for(r"\[H: .*iris")  # it has news there
    await company.wendy.enter("/buffer irc.t.iris")
    await company.wendy.wait_for(r"iris +\| psst, wendy")
    assert "psst, iris" not in await company.wendy.scrollback()
    assert "psst, wendy" not in await company.carol.scrollback()
    assert "psst, carol" not in await company.iris.scrollback()


async def test_all_see_who_goes_and_how(company: Company) -> None:
    await company.wendy.enter("/kick iris the kettle is mine")
    await company.wendy.wait_for(r"wendy has kicked iris \(the kettle is mine\)")
    await company.iris.wait_for(r"You have been kicked|kicked from #tea by wendy")
    await company.carol.wait_for(r"wendy kicked iris.*the kettle is mine")
    await company.iris.enter("/join #tea")
    await company.carol.wait_for(r"kettle is mine(.|\n)*iris joined")  # and not as history tells
    await company.carol.enter("/part #tea so long")
    await company.wendy.wait_for(r"carol .*has left #tea \(so long\)")
    await company.iris.wait_for(r"carol .*has left #tea \[so long\]")
    await company.carol.wait_for("you left #tea")
    await company.carol.enter("/join #tea")
    await wait_for_line(company.carol, "[#tea]")
    await company.iris.enter("/quit good night")
    await company.wendy.wait_for(r"iris .*has quit \(Quit: good night\)")
    await company.carol.wait_for(r"iris left the chat \(good night\)")
    await company.carol.enter("/quit")
    await company.wendy.wait_for(r"carol .*has quit \(Quit: \)")


async def test_weechat_negotiates_capabilities_and_measures_its_lag(company: Company) -> None:
    wendy = company.wendy
    await wendy.wait_for(r"\[Lag: \d+\.\d+\]")  # it had an answer to its PING
    await wendy.enter("/buffer irc.server.t")
    await wendy.enter("/cap list")
    await wendy.wait_for("currently enabled: (.|\n)*account-notify")
    await wendy.wait_for_all("away-notify", "extended-join", "message-tags", "server-time")
    await wendy.enter("/whois carol")
    await wendy.wait_for_all(r"\[carol\] \(~carol@127", r"\[carol\] #tea", "End of WHOIS")
    await wendy.enter("/list")
    await wendy.wait_for(r"#tea\(3\)")
