"""Small journals, written down line by line: what each client sent and was sent."""

from __future__ import annotations

from trio_chat.testing.oracle.finding import Finding
from trio_chat.testing.oracle.journal import Journal
from trio_chat.testing.oracle.rules import check
from trio_chat.wire.message import parse

PLAIN = ""
FULL = "batch echo-message labeled-response message-tags"
RENAMING = f"{FULL} draft/channel-rename"


class Scene:
    """A journal in the making: every entry is a second after the one before."""

    def __init__(self) -> None:
        self.at = 0.0
        self.journal = Journal(lambda: self.at)
        self.numbers: dict[str, int] = {}

    def play(self, text: str) -> None:
        """`alice > JOIN #tea` is sent, `bob < :alice JOIN #tea` received: of a source that has no
        username it is the nick; and `alice ends`, `alice pauses`, `settled`."""
        for line in text.strip().splitlines():
            who, _, what = line.strip().partition(" ")
            self.at += 1
            number = self.numbers.get(who, -1)
            match what[:1], who:
                case _, "settled":
                    self.journal.settled(self.at)
                case ">", _:
                    self.journal.sent(self.at, number, parse(what[2:].encode()))
                case "<", _:
                    self.journal.received(self.at, number, parse(self._full(what[2:]).encode()))
                case "e", _:
                    self.journal.ended(self.at, number, "reset")
                case "p", _:
                    self.journal.paused(self.at, number)
                case _:
                    raise ValueError(line)

    def _full(self, line: str) -> str:
        tags, line = line.split(" ", 1) if line[:1] == "@" else ("", line)
        source, rest = line.split(" ", 1)
        if source[1:] in self.numbers:
            source = f"{source}!~{source[1:]}@host"
        return f"{tags} {source} {rest}".strip()

    def come(self, nick: str, caps: str = PLAIN) -> None:
        """Somebody connects and registers."""
        self.numbers[nick] = self.journal.began(self.at, nick)
        if caps:
            self.play(f"{nick} > CAP REQ :{caps}")
        self.play(f"{nick} > NICK {nick}\n{nick} > USER {nick} 0 * :A")
        if caps:
            self.play(f"{nick} < :irc CAP {nick} ACK :{caps}")
        self.play(f"{nick} < :irc 001 {nick} :Welcome")

    def join(self, nick: str, *others: str, room: str = "#tea") -> None:
        """Somebody joins a room, and all hear of it; the others are who is there already."""
        self.play(f"{nick} > JOIN {room}")
        for each in (nick, *(other for other in others if other in self.numbers)):
            self.play(f"{each} < :{nick} JOIN {room}")
        names = " ".join((*others, nick))
        self.play(f"{nick} < :irc 353 {nick} = {room} :{names}")
        self.play(f"{nick} < :irc 366 {nick} {room} :End")

    def found(self) -> list[Finding]:
        return check(self.journal)

    def rules(self) -> list[str]:
        """The rules that were broken, each once."""
        return sorted({finding.rule for finding in self.found()})


def tea(*nicks: str, caps: str = PLAIN) -> Scene:
    """People who have come and joined #tea."""
    scene = Scene()
    for index, nick in enumerate(nicks):
        scene.come(nick, caps)
        scene.join(nick, *nicks[:index])
    return scene
