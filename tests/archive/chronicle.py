"""The tiny language of the tests of history: say and do, file, read again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trio_chat.archive.archive import SqliteArchive
from trio_chat.core.effects import Chronicle, Conclude
from trio_chat.core.history import (
    Buffer,
    FindKept,
    Kept,
    ListBuffers,
    Page,
    Place,
    ReadHistory,
    SearchHistory,
    SearchResult,
    msgid_of,
    sequence_of,
)
from trio_chat.testing.chat import EPOCH
from trio_chat.wire.message import NO_TAGS, Message

from .office import Office

RUN = sequence_of("1-1") - 1


class Scribe:
    """Writes down what is said in the places of an office; every message is a second later."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.number = 0

    @property
    def archive(self) -> SqliteArchive:
        return self.office.archive

    def line(
        self,
        place: Place,
        *words: str,
        command: str = "PRIVMSG",
        by: str = "alice",
        account: str | None = None,
        tags: Mapping[str, str] = NO_TAGS,
        at: float | None = None,
        is_closed: bool | None = None,
    ) -> Chronicle:
        """What keeps the next message; to the place itself, but for what `words` say before the
        last."""
        self.number += 1
        own = {"account": account} if account else {}
        own["msgid"] = msgid_of(RUN + self.number)
        target = [place] if isinstance(place, str) else [place[place[0] == by]]
        params = words if len(words) != 1 or command not in ("PRIVMSG", "NOTICE") else None
        return Chronicle(
            place,
            Message(
                command,
                tuple(params) if params is not None else (*target, *words),
                f"{by}!{by}@host",
                {**own, **tags},
            ),
            EPOCH + self.number if at is None else at,
            is_closed=not isinstance(place, str) if is_closed is None else is_closed,
        )

    def keep(self, *history: Chronicle | Conclude) -> None:
        self.archive.write((), history)

    def say(self, place: Place, *texts: str, **how: Any) -> list[str]:
        """Have these said, one after the other, in one batch; their msgids."""
        lines = [self.line(place, text, **how) for text in texts]
        self.keep(*lines)
        return [line.message.tags["msgid"] for line in lines]

    def do(self, place: Place, command: str, *params: str, **how: Any) -> str:
        """Have something done; its msgid."""
        line = self.line(place, *params, command=command, **how)
        self.keep(line)
        return line.message.tags["msgid"]

    def file(self) -> None:
        """File all."""
        while self.archive.file():
            pass

    # -- reading

    def page(self, place: Place, select: str, *references: Any, **how: Any) -> Page:
        question = ReadHistory(place, select, how.pop("limit", 100), *references, **how)  # type: ignore[arg-type]
        answer = self.archive.reading[ReadHistory](question)
        assert isinstance(answer, Page)
        return answer

    def read(self, place: Place, select: str = "latest", *references: Any, **how: Any) -> str:
        """The texts of a page, and the commands of its events, in one line."""
        return " ".join(shown(self.page(place, select, *references, **how)))

    def find(self, place: Place, msgid: str) -> Page:
        answer = self.archive.reading[FindKept](FindKept(place, msgid))
        assert isinstance(answer, Page)
        return answer

    def buffers(
        self,
        rooms: Sequence[str] = (),
        account: str = "",
        first: float = 0.0,
        second: float = 1e11,
        limit: int = 100,
    ) -> list[Buffer]:
        question = ListBuffers(tuple(rooms), account, first, second, limit)
        answer = self.archive.reading[ListBuffers](question)
        assert isinstance(answer, tuple)
        return list(answer)

    def search(
        self, text: str = "", rooms: Sequence[str] = ("#tea",), account: str = "", **how: Any
    ) -> str:
        """The texts of what is found, in one line."""
        found = self.searched(
            SearchHistory(tuple(rooms), account, how.pop("limit", 100), text=text, **how)
        )
        return " ".join(kept.message.params[-1] for _, kept in found)

    def searched(self, question: SearchHistory) -> tuple[tuple[Place, Kept], ...]:
        """What is found, with its places."""
        answer = self.archive.reading[SearchHistory](question)
        assert isinstance(answer, SearchResult)
        return answer.found


def shown(page: Page) -> list[str]:
    """The texts of a page, and the commands of its events, context in brackets."""
    words = [
        kept.message.params[-1]
        if kept.message.command in ("PRIVMSG", "NOTICE")
        else kept.message.command
        for kept in page.kept
    ]
    return [
        f"({word})" if kept.is_context else word
        for word, kept in zip(words, page.kept, strict=True)
    ]
