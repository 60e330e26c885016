"""Many who talk to a server over sockets, and what each of them has heard.

Whoever writes waits for the echo of a message before the next: what was echoed is acknowledged.
"""

from __future__ import annotations

import itertools
import re
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field

import trio

from ..waiting import PATIENCE

ROOMS = ("#tea", "#coffee", "#water")
WRITERS = 20
READERS = 3

CAPS = (
    "batch draft/chathistory draft/message-redaction echo-message labeled-response message-tags "
    "standard-replies"
)

TAKEN_BACK = 5
"""Of so many messages of one client, it takes one back."""

PAGE = 100
"""Messages of history that are asked for at a time."""

_LINE = re.compile(r"@(?P<tags>\S+) :[^!\s]+!\S+ PRIVMSG (?P<room>\S+) :(?P<text>.*)", re.DOTALL)
_MSGID = re.compile(r"(?:^|;)msgid=([^;]+)")


@dataclass
class Ears:
    """What was heard of a chat: by those who write and by those who read."""

    acknowledged: dict[str, tuple[str, str]] = field(default_factory=dict)
    """The room and the text of each message that was echoed, by msgid."""
    taken_back: set[str] = field(default_factory=set)
    """The msgids of which it was acknowledged that they are gone."""
    refused: set[str] = field(default_factory=set)
    """The texts of which it was said, in the place of their echo, that they are not kept."""
    seen: list[tuple[str, list[str]]] = field(default_factory=list)
    """A room, and the msgids that one of its members saw, in order."""
    texts: set[str] = field(default_factory=set)
    """What those who only read have heard."""


class Talker:
    """A client that is nothing but a socket."""

    def __init__(self, stream: trio.SocketStream, nick: str, room: str) -> None:
        self._stream = stream
        self.nick = nick
        self.room = room
        self._lines: deque[bytes] = deque()
        self._rest = b""

    async def join(self) -> None:
        come = f"NICK {self.nick}", "USER u 0 * :u", f"JOIN {self.room}"
        await self.send(f"CAP REQ :{CAPS}", "CAP END", *come)
        while f" 366 {self.nick} " not in (line := await self.line()):
            assert line, f"{self.nick} never came in"

    async def send(self, *lines: str) -> None:
        await self._stream.send_all("".join(f"{line}\r\n" for line in lines).encode())

    async def line(self) -> str:
        """The next line; empty when the server is gone."""
        while not self._lines:
            try:
                data = await self._stream.receive_some()
            except trio.BrokenResourceError:
                return ""
            if not data:
                return ""
            *lines, self._rest = (self._rest + data).split(b"\r\n")
            self._lines.extend(lines)
        return self._lines.popleft().decode()


@dataclass
class Heard:
    """One line of a room, if it is something said, by whoever hears it."""

    msgid: str
    text: str
    tags: str


def heard(line: str) -> Heard | None:
    found = _LINE.fullmatch(line)
    if found is None:
        return None
    msgid = _MSGID.search(found["tags"])
    assert msgid is not None, line
    return Heard(msgid[1], found["text"], found["tags"])


async def write(
    talker: Talker, ears: Ears, word: str, *, labels: bool, is_over: Callable[[], bool]
) -> None:
    """Say one thing after the other, each when the last one was echoed or refused; and take some of
    it back."""
    seen: list[str] = []
    ears.seen.append((talker.room, seen))
    for number in itertools.count():
        if is_over():
            return
        text = f"{word} {talker.nick} {number}"
        label = f"label=l{number}" if labels else ""
        try:
            await talker.send(f"{f'@{label} ' if label else ''}PRIVMSG {talker.room} :{text}")
        except trio.BrokenResourceError:
            return
        while line := await talker.line():
            said = heard(line)
            if said is not None:
                seen.append(said.msgid)
            if said is not None and said.text == text:
                assert label in said.tags, line
                ears.acknowledged[said.msgid] = (talker.room, text)
                if number % TAKEN_BACK == TAKEN_BACK - 1:
                    await take_back(talker, ears, said.msgid, seen)
                break
            if " FAIL PRIVMSG NOT_KEPT " in line:
                assert label in line, line
                ears.refused.add(text)
                break
        else:
            return


async def take_back(talker: Talker, ears: Ears, msgid: str, seen: list[str]) -> None:
    """Take a message back; until it is acknowledged that it is gone, it may be there or not."""
    del ears.acknowledged[msgid]
    with suppress(trio.BrokenResourceError):
        await talker.send(f"REDACT {talker.room} {msgid}")
    while line := await talker.line():
        said = heard(line)
        if said is not None:
            seen.append(said.msgid)
        elif f"!u@127.0.0.1 REDACT {talker.room} {msgid}" in line.replace("!~u@", "!u@"):
            ears.taken_back.add(msgid)
            return
        elif " FAIL REDACT " in line:
            assert " FAIL REDACT NOT_KEPT " in line, line
            return


async def read(talker: Talker, ears: Ears) -> None:
    """Hear what is said, until the server is gone."""
    seen: list[str] = []
    ears.seen.append((talker.room, seen))
    while line := await talker.line():
        said = heard(line)
        if said is not None:
            seen.append(said.msgid)
            ears.texts.add(said.text)


async def history_of(port: int, room: str) -> list[tuple[str, str]]:
    """The msgids and texts of a room, as the server tells of them to who asks."""
    async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
        talker = Talker(stream, "historian", room)
        await talker.join()
        told: list[tuple[str, str]] = []
        since = "timestamp=1970-01-01T00:00:00.000Z"
        while True:
            await talker.send(f"CHATHISTORY AFTER {room} {since} {PAGE}")
            page = []
            while " BATCH -" not in (line := await talker.line()):
                assert line, "the server is gone"
                assert " FAIL " not in line, line
                said = heard(line)
                if said is not None:
                    page.append((said.msgid, said.text))
            if not page:
                return told
            told += page
            since = f"msgid={page[-1][0]}"


@asynccontextmanager
async def conversation(port: int, ears: Ears, word: str) -> AsyncIterator[trio.Nursery]:
    """A chat of many in three rooms, half of them with labels.

    When the block ends, nobody begins another message; it ends when all have heard of theirs, or
    the server is gone.
    """
    is_over = False
    async with AsyncExitStack() as streams:
        talkers = []
        with trio.fail_after(PATIENCE):
            for number in range(WRITERS + READERS):
                stream = await trio.open_tcp_stream("127.0.0.1", port)
                await streams.enter_async_context(stream)
                talkers.append(Talker(stream, f"t{number}", ROOMS[number % len(ROOMS)]))
                await talkers[-1].join()
        async with trio.open_nursery() as readers:
            for each in talkers[WRITERS:]:
                readers.start_soon(read, each, ears)
            async with trio.open_nursery() as writers:
                for number, each in enumerate(talkers[:WRITERS]):
                    writers.start_soon(
                        lambda each=each, number=number: write(  # type: ignore[misc]
                            each, ears, word, labels=number % 2 == 0, is_over=lambda: is_over
                        )
                    )
                yield writers
                is_over = True
                writers.cancel_scope.deadline = trio.current_time() + PATIENCE
            readers.cancel_scope.cancel()
        assert not writers.cancel_scope.cancelled_caught, "somebody waits for an echo for ever"
