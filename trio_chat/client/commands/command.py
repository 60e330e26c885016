"""What a command is: its names, what may come after them, what it needs, and what it does.

Law: the usage is the one place that says what may come after a command; what is completed there and
what stands on the page are read from it.
"""

from __future__ import annotations

import enum
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from trio_chat.client.commands.habits import HABITS, other_names
from trio_chat.client.errors import ChatError

if TYPE_CHECKING:
    from trio_chat.client.commands.console import Console

Action = Callable[["Console", str], Awaitable[None]]


class Misuse(Exception):
    """What a command needs is not given, or makes no sense: its usage is shown."""


class Trouble(ChatError):
    """A command cannot be done; the text says why, for people."""


class Need(enum.Flag):
    """What must be there before a command is tried."""

    CONNECTION = enum.auto()
    CONVERSATION = enum.auto()
    """A current conversation."""
    ROOM = enum.auto()
    """A current conversation that is a room we are in."""
    ACCOUNT = enum.auto()
    """An account that we are logged in to."""
    RANK = enum.auto()
    """A rank in the room: told in the help alone, since who may do what is the server's to say."""


FAMILIES = (
    "Rooms",
    "Conversations",
    "Talking",
    "Messages",
    "History",
    "People",
    "Keeping order",
    "Your account",
    "The server",
    "The client",
)
"""What the commands are about, in the order of lists."""

KINDS: Mapping[str, str] = {
    "ROOM": "room",
    "NICK": "nick",
    "MASK": "mask",
    "N": "message",
    "WINDOW": "conversation",
    "EMOJI": "emoji",
    "COMMAND": "command",
    "SETTING": "setting",
    "VALUE": "value",
    "TIME": "time",
    "COUNT": "number",
    "TEXT": "text",
    "REASON": "text",
    "LINE": "text",
    "WORD": "word",
    "KEY": "word",
    "ACCOUNT": "word",
    "EMAIL": "word",
    "CODE": "word",
    "MODES": "word",
    "QUERY": "word",
    "SERVER": "word",
}
"""What a word in capitals in a usage is, for completion; "text" is all the rest of the line."""


@dataclass(frozen=True, slots=True)
class Argument:
    """One word after a command: one of several `kinds`, or one of the `words` as they stand.

    `before` is what it begins with ("in:"), `optional` whether it may lack, and `repeats` whether
    there may be several.
    """

    kinds: tuple[str, ...]
    words: tuple[str, ...] = ()
    before: str = ""
    optional: bool = False
    repeats: bool = False

    def takes(self, word: str) -> bool:
        """Whether a word could be this argument."""
        if word in self.words or "text" in self.kinds:
            return True
        if self.before:
            return word.startswith(self.before)
        return any(_could_be(kind, word) for kind in self.kinds)


def _could_be(kind: str, word: str) -> bool:
    match kind:
        case "room":
            return word[:1] in ("#", "&", "+", "!")
        case "number" | "message":
            return word.isdigit()
        case "nick" | "mask":
            return word[:1] not in ("#", "&")
    return True


@dataclass(frozen=True)
class Command:
    """One command. `usage` is what to type after its name, `help` what it does, in a line.

    In a usage `[X]` may lack, `X...` may come several times, `X|Y` is one of both, words in
    capitals are of the kinds in `KINDS`, and others stand for themselves. `more` is what else there
    is to know, `example` what somebody might type.
    """

    name: str
    usage: str
    help: str
    action: Action
    family: str
    more: str = ""
    example: str = ""
    needs: Need = Need.CONNECTION

    @property
    def aliases(self) -> tuple[str, ...]:
        """Its other names."""
        return other_names(self.name)

    @property
    def local(self) -> bool:
        """Whether it does without a connection."""
        return Need.CONNECTION not in self.needs

    @cached_property
    def arguments(self) -> tuple[Argument, ...]:
        """What may come after it, one after the other."""
        return tuple(_arguments(self.usage))

    def is_enough(self, argument: str) -> bool:
        """Whether as many words follow as may not lack."""
        words = [word for word in argument.split(" ") if word]
        return len(words) >= sum(not each.optional for each in self.arguments)

    def expected(self, words: Sequence[str]) -> tuple[Argument, ...]:
        """What the next word may be after these words of its arguments, for completion."""
        starts = {0}
        for word in words:
            starts = {
                index if argument.repeats or "text" in argument.kinds else index + 1
                for start in starts
                for index, argument in self._open(start)
                if argument.takes(word)
            }
        found = {index: argument for start in starts for index, argument in self._open(start)}
        return tuple(found[index] for index in sorted(found))

    def _open(self, start: int) -> Iterator[tuple[int, Argument]]:
        """The arguments that may come next: up to the first that may not lack."""
        for index in range(start, len(self.arguments)):
            yield index, self.arguments[index]
            if not self.arguments[index].optional:
                return


def _arguments(usage: str) -> Iterator[Argument]:
    depth = 0
    for part in usage.split():
        depth += part.count("[")
        word = part.replace("[", "").replace("]", "")
        repeats = word.endswith("...")
        prefix, colon, name = word.removesuffix("...").rpartition(":")
        choices = name.split("|")
        yield Argument(
            tuple(KINDS[choice] for choice in choices if choice.isupper()),
            tuple(choice for choice in choices if not choice.isupper()),
            prefix + colon,
            depth > 0,
            repeats,
        )
        depth -= part.count("]")


COMMANDS: dict[str, Command] = {}
"""Those of the families that are imported; `table` imports them all."""


def named(name: str) -> Command | None:
    """The command of this name, or that a habit of this name stands for."""
    name = name.removeprefix("/").lower()
    habit = HABITS.get(name)
    return COMMANDS.get(habit.command if habit is not None else name)


def first_words(name: str) -> list[str]:
    """The arguments that a habit of this name brings along; mostly none."""
    habit = HABITS.get(name.removeprefix("/").lower())
    return habit.words.split() if habit is not None else []


def unknown(name: str) -> str:
    """What to say of a name that no command has."""
    return f"there is no command /{name}: /help lists them, //{name} says it as text"


def family(title: str) -> Callable[..., Callable[[Action], Action]]:
    """The decorator with which the commands of one of `FAMILIES` are put into the table."""

    def command(
        name: str,
        usage: str,
        help_text: str,
        *,
        more: str = "",
        example: str = "",
        needs: Need = Need.CONNECTION,
    ) -> Callable[[Action], Action]:
        def add(action: Action) -> Action:
            COMMANDS[name] = Command(name, usage, help_text, action, title, more, example, needs)
            return action

        return add

    return command


LOCAL = Need(0)
"""The needs of a command that does without a connection."""

HERE = Need.CONNECTION | Need.CONVERSATION
IN_ROOM = Need.CONNECTION | Need.ROOM


def first_word(text: str) -> tuple[str, str]:
    """The first word, and what follows it without the spaces around it."""
    word, _, rest = text.partition(" ")
    return word, rest.strip()
