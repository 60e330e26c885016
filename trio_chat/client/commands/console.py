"""What a person at a terminal can do: a line they enter becomes something said, or a command.

Law: no screen and no keys here; entries to show go out through `show`.
"""

from __future__ import annotations

import math
from datetime import datetime
from typing import Literal, Protocol

import trio

from trio_chat.client.chat import Chat
from trio_chat.client.commands import table
from trio_chat.client.commands.command import Trouble
from trio_chat.client.commands.ports import AsksSecrets
from trio_chat.client.commands.sending import Sending
from trio_chat.client.commands.visit import Visit
from trio_chat.client.errors import ChatError, ConnectionLost, Refused
from trio_chat.client.login import Login
from trio_chat.client.model.entries import Entry
from trio_chat.client.model.model import Model
from trio_chat.client.reconnect import Lost, RoomRefused
from trio_chat.client.redial import Redial
from trio_chat.client.setup.options import Options
from trio_chat.client.setup.settings import setting_named, with_text

SETTLE_LIMIT = 5.0
"""Seconds that a command about messages waits for those that are on their way."""


class Screen(Protocol):
    """What shows the model, inline, full or plain. None of these waits, but for one."""

    def show(self, entry: Entry) -> None:
        """There is an entry more; the model has it already, if it belongs to a conversation."""

    def change(self) -> None:
        """The model is another than it was: counts, the topic, who types, a message on its way."""

    def switch(self) -> None:
        """Another conversation is the current one."""

    async def wait_for_room(self) -> None:
        """Wait while there is more to show than can be: so a flood waits on the server's side.

        Awaited between events.
        """


class Console:
    """The person's side of the chat, over as many connections as it takes."""

    def __init__(
        self,
        model: Model,
        screen: Screen,
        *,
        options: Options | None = None,
        redial: Redial | None = None,
    ) -> None:
        self.model = model
        self.options = options or Options("127.0.0.1", 8080, model.nick)
        """What was asked for at the start: the server, and where to keep what is changed."""
        self.login = self.options.login
        """The account to log in to from the next connection on, if there is any."""
        self.registering: Login | None = None
        """The account that is being made, until it is verified."""
        self.settings = self.options.settings
        """As they are now; `set` changes one."""
        model.wishes = self.settings
        self.redial = redial or Redial()
        self.chat: Chat | None = None
        self.leaving = trio.Event()
        """Set when the person wants to leave."""
        self.was_connected = False
        self.wanted_nick = model.nick
        self.farewell = ""
        self.going_to = ""
        """The room the person has asked to be let into, until they are in it."""
        self.screen = screen
        self.sending = Sending(self)
        self.heard_at: datetime | None = None
        """When the latest thing happened that we were told of."""
        self._visit: Visit | None = None
        self._reading: set[str] = set()

    def note(self, text: str, *, trouble: bool = False) -> None:
        """Show something the client itself has to say."""
        self.screen.show(self.model.note(text, trouble=trouble))

    def set(self, name: str, value: str) -> None:
        """Change a setting, and keep it for the next time if there is where; raises `ValueError`
        for what will not do."""
        self.settings = self.model.wishes = with_text(self.settings, name, value)
        self.screen.change()
        kept, name = self.options.kept, setting_named(name).name
        if kept is not None:
            try:
                kept.keep(name, getattr(self.settings, name))
            except (OSError, ValueError) as error:
                self.note(f"{name} holds until you leave, but is not kept: {error}", trouble=True)

    def switch(self, name: str) -> None:
        """Make an open conversation the current one."""
        before = self.model.current
        self.model.switch(name)
        if self.model.current != before:
            self.screen.switch()
            if self._visit is not None:
                self._visit.markers.look()

    async def ask_secret(self, question: str) -> str:
        """What the person types without it being shown; raises `Trouble` if they do not."""
        await trio.lowlevel.checkpoint()
        if not isinstance(self.screen, AsksSecrets):
            raise Trouble("a password can only be typed on a terminal, which this is not")
        secret = await self.screen.ask_secret(question)
        if not secret:
            raise Trouble("nothing was typed, and nothing was done")
        return secret

    def told(self, news: Lost | RoomRefused) -> None:
        """Show what `keep_connected` tells."""
        match news:
            case Lost(reason, pause):
                self.model.connection = f"not connected, next try in {pause:.0f} s"
                self.note(f"not connected: {reason}; next try in {pause:.0f} s", trouble=True)
            case RoomRefused(room, reason):
                self.note(f"{room} does not let us in: {reason}", trouble=True)

    async def use(self, chat: Chat) -> None:
        """Show what happens on a connection until it ends."""
        self.chat, self.was_connected = chat, True
        model = self.model
        model.nick, model.connection, model.rooms = chat.nick, "connected", chat.rooms
        model.name_by(chat.isupport.get("CASEMAPPING", "rfc1459"))
        if chat.nick != self.wanted_nick:
            self.note(f"{self.wanted_nick} is in use: you are {chat.nick} (/nick to change)")
        self._visit = Visit(self, chat)
        try:
            await self._visit.run()
        except ConnectionLost as lost:
            self.sending.lose(str(lost), may_be_found=self._visit.catching_up.is_possible)
            raise
        finally:
            self.chat = self._visit = model.lag = None
            model.forget_typing(math.inf)

    def came_into(self, room: str) -> None:
        """We are in a room: the first, and one that was asked for, is gone to."""
        if not self.model.current or self.connected().same(room, self.going_to):
            self.switch(room)

    async def earlier(self, count: int, where: str = "") -> list[Entry]:
        """So many messages of before what is known here, or elsewhere, put on top of it.

        No entries if there is nothing, or if it is asked for already. Raises `ChatError`.
        """
        await trio.lowlevel.checkpoint()
        where = where or self.model.current
        self.connected()
        if self._visit is None or not where or where in self._reading:
            return []
        self._reading.add(where)
        try:
            return await self._visit.catching_up.earlier(where, count)
        finally:
            self._reading.discard(where)
            self.screen.change()

    def typed(self, text: str) -> None:
        """The line that is being typed is another: the others are told, if that is wanted."""
        if self._visit is not None:
            self._visit.typing.typed(text)

    def can_do(self, line: str) -> bool:
        """Whether there is a connection, or the line needs none."""
        if self.chat is not None or not line.strip():
            return True
        command = _command_in(line)
        if command is None:
            return not self.model.current
        return not table.needs_connection(command[0])

    async def submit(self, line: str) -> None:
        """Do what an entered line says. What goes wrong is shown, never raised."""
        await trio.lowlevel.checkpoint()
        if not self.can_do(line):
            self.note("not sent: there is no connection now (Up brings it back)", trouble=True)
            return
        try:
            await self._do(line)
        except ConnectionLost as error:
            # It may have been on its way, or even have arrived: only an answer would tell.
            self.note(f"perhaps not sent: {error} (Up brings it back)", trouble=True)
        except Refused as refused:
            # Without the code, which is for programs.
            self.note(": ".join([*refused.about, refused.text]), trouble=True)
        except ChatError as error:
            self.note(str(error), trouble=True)
        except ValueError:
            self.note("that cannot be sent: it does not fit into IRC's lines", trouble=True)

    async def _do(self, line: str) -> None:
        await trio.lowlevel.checkpoint()
        if not line.strip():
            return
        command = _command_in(line)
        if command is not None:
            if table.is_about_messages(command[0]):
                await self._settle()
            await table.run(self, *command)
        else:
            await self.say(line.removeprefix("/") if line.startswith("//") else line)

    async def _settle(self) -> None:
        """The last message must be known for what it is, before something is done to the last."""
        with trio.move_on_after(SETTLE_LIMIT):
            await self.wait_until_settled()
        if any(entry.where == self.model.current for entry in self.model.pending):
            raise Trouble("what you said last is on its way still: try again")

    async def say(
        self,
        text: str,
        *,
        to: str = "",
        kind: Literal["say", "act", "notice"] = "say",
        reply_to: str = "",
    ) -> None:
        """Say a text here, or to a room or nick; returns once it is on its way.

        What becomes of it is shown, and what goes wrong never raised.
        """
        await trio.lowlevel.checkpoint()
        where = to or self.model.current
        if not where:
            self.note("nobody would hear that: /join a room first", trouble=True)
        elif self._visit is None:
            self.note("not sent: there is no connection now (Up brings it back)", trouble=True)
        elif text.strip():
            visit = self._visit
            await self.sending.say(visit.chat, visit.nursery, where, kind, text, reply_to)

    async def wait_until_settled(self) -> None:
        """Wait until the server has told what became of everything that was said."""
        await self.sending.wait_until_settled()

    def connected(self) -> Chat:
        """The chat; raises `ConnectionLost` while there is none."""
        if self.chat is None:
            raise ConnectionLost("there is no connection now")
        return self.chat

    def go_to(self, name: str, *, private: bool = False) -> None:
        """Make a conversation the current one; it is opened if there is none of this name."""
        self.model.open(name, private=private)
        self.switch(name)

    def close(self, name: str) -> None:
        """End a conversation."""
        before = self.model.current
        self.model.close(name)
        if self.model.current != before:
            self.screen.switch()

    def leave(self, reason: str = "") -> None:
        """The person wants to leave."""
        self.farewell = reason
        self.leaving.set()

    async def say_goodbye(self) -> None:
        """Quit from the server, if there is one; takes two seconds at most."""
        if self.chat is not None:
            await self.chat.quit(self.farewell)
        await trio.lowlevel.checkpoint()


def _command_in(line: str) -> tuple[str, str] | None:
    """The command that a line is, and its argument; None if it is something to say."""
    if line.strip() == "exit":
        return "quit", ""
    if not line.startswith("/") or line.startswith("//"):
        return None
    name, _, argument = line[1:].partition(" ")
    return name, argument.strip()
