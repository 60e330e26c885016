"""A service: its words, each with what it needs, and how it answers.

A word is a generator `(world, session, words) -> effects`, like a command of IRC; a `Refusal`
becomes a notice with its text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from trio_chat.core.asking import ask
from trio_chat.core.commands.lookup import require_privilege
from trio_chat.core.effects import Deliver, Effect
from trio_chat.core.questions import Question
from trio_chat.core.replies import Refusal
from trio_chat.core.state import Session, World
from trio_chat.wire.message import MAX_BODY, Message, truncate

Run = Callable[[World, Session, Sequence[str]], Iterator[Effect]]


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a service: what follows it, what it does, and what it needs.

    `least` and `most` are how many words follow it. `logged_in` and `privilege` say who may use it.
    """

    run: Run
    usage: str
    text: str
    least: int = 0
    most: int = 9
    logged_in: bool = False
    privilege: str = ""


@dataclass(frozen=True, slots=True)
class Service:
    """What answers under a nick of its own."""

    nick: str
    purpose: str
    words: dict[str, Word] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    """Other names of the words, as people know them from elsewhere."""

    def say(self, world: World, session: Session, text: str) -> Deliver:
        """One answer, cut to what fits a line."""
        text = truncate(text.encode(), self.space_left(world, session)).decode()
        source = self._source(world)
        return Deliver((session,), Message("NOTICE", (session.user.nick, text), source))

    def space_left(self, world: World, session: Session) -> int:
        """Bytes of one answer to this session."""
        head = f":{self._source(world)} NOTICE {session.user.nick} :"
        return MAX_BODY - 2 - len(head.encode())

    def _source(self, world: World) -> str:
        return f"{self.nick}!{self.nick}@{world.settings.server_name}"

    def hear(self, world: World, session: Session, text: str) -> Iterator[Effect]:
        """Obey what somebody has said to the service."""
        yield from self.spoken(world, session, self._obey(world, session, text.split()))

    def spoken(self, world: World, session: Session, effects: Iterable[Effect]) -> Iterator[Effect]:
        """These effects, with a refusal told by the service."""
        try:
            yield from effects
        except Refusal as refusal:
            yield self.say(world, session, refusal.params[-1])

    def ask(
        self,
        session: Session,
        question: Question,
        then: Callable[[World, Session, Any], Iterator[Effect]],
    ) -> Effect:
        """The effect that has a question answered; what comes of it is told by the service."""

        def go_on(world: World, session: Session, answer: Any) -> Iterator[Effect]:
            return self.spoken(world, session, then(world, session, answer))

        return ask(session, question, "PRIVMSG", go_on)

    def _obey(self, world: World, session: Session, said: list[str]) -> Iterator[Effect]:
        name = said[0].upper() if said else "HELP"
        name = self.aliases.get(name, name)
        if name == "HELP":
            yield from self._help(world, session, said[1:])
            return
        word = self.words.get(name)
        if word is None:
            raise Refusal("", "I do not know that. Say HELP to see what I can do.")
        if word.privilege:
            require_privilege(session, word.privilege)
        if word.logged_in and not session.user.account:
            raise Refusal("", "Log in to your account first: /msg NickServ IDENTIFY")
        if not word.least <= len(said) - 1 <= word.most:
            raise Refusal("", f"Say: {name} {word.usage}")
        yield from word.run(world, session, said[1:])

    def _help(self, world: World, session: Session, about: list[str]) -> Iterator[Effect]:
        name = about[0].upper() if about else ""
        name = self.aliases.get(name, name)
        if name in self.words:
            word = self.words[name]
            yield self.say(world, session, f"{name} {word.usage}".rstrip())
            yield self.say(world, session, word.text)
            return
        yield self.say(world, session, self.purpose)
        for name, word in self.words.items():
            if not word.privilege or session.may(word.privilege):
                yield self.say(world, session, f"{name} {word.usage}".rstrip())
        yield self.say(world, session, "HELP <word> says more about each.")
