"""The nick one wants, got back from who has it: one's own ghost, as a rule.

Laws:

* Only while we have the nick that was given in its place: one that is chosen meanwhile is kept.
* Services are asked only where we are logged in, so without any password.
* Nobody is told of attempts that fail: it is the wanted nick that is news.
"""

from __future__ import annotations

import trio

from trio_chat.client import events
from trio_chat.client.chat import Chat
from trio_chat.client.errors import ChatError, ConnectionLost
from trio_chat.client.events import Event
from trio_chat.wire.message import Message

FIRST_WAIT = 15.0
"""Seconds until the first attempt, if nothing tells that the nick is free: ghosts last for the
server's ping timeout, of one to four minutes."""

LONGEST_WAIT = 600.0
"""Seconds between attempts in the end: who has the nick may be there for days."""

SERVICES_LIMIT = 10.0
"""Seconds for services to do what they are asked for."""

SERVICES = "NickServ"


async def regain(chat: Chat, wanted: str, *, ask_services: bool) -> None:
    """Be called `wanted` as soon as that can be had; returns at once if we are."""
    # A server that cuts long nicks has given us what it can.
    if chat.same(wanted, chat.nick) or chat.same(wanted[: len(chat.nick)], chat.nick):
        await trio.lowlevel.checkpoint()
        return
    wish = _Wish(chat, wanted)
    with chat.watched_by(wish.see):
        try:
            if ask_services and chat.account:
                await wish.ask_services()
            await wish.wait_for_it()
        except ConnectionLost:
            return


class _Wish:
    """One wanted nick on one connection."""

    def __init__(self, chat: Chat, wanted: str) -> None:
        self._chat = chat
        self._wanted = wanted
        self._given = chat.nick
        self._changed = trio.Event()

    def see(self, event: Event) -> None:
        """Follow who has the nick, and who we are."""
        match event:
            case events.Quitted(nick) | events.NickChanged(nick) | events.PresenceTold(nick, False):
                if self._chat.same(nick, self._wanted) or not self._lasts():
                    self._changed.set()

    def _lasts(self) -> bool:
        """Whether we still have the nick that was given in the wanted one's place."""
        return self._chat.nick == self._given

    async def _wait(self, seconds: float) -> bool:
        """Whether something has changed within that time."""
        with trio.move_on_after(seconds):
            await self._changed.wait()
        changed, self._changed = self._changed.is_set(), trio.Event()
        return changed

    async def ask_services(self) -> None:
        """Have them give us the nick (REGAIN: of ours, Atheme's), or free it (GHOST: of most)."""
        for request in ("REGAIN", "GHOST"):
            try:
                await self._chat.say(SERVICES, f"{request} {self._wanted}")
            except ConnectionLost:
                raise
            except ChatError:
                return  # there is nobody of that name
            await self._wait(SERVICES_LIMIT)
            if self._lasts():
                await self._try()
            if not self._lasts():
                return

    async def wait_for_it(self) -> None:
        """Try whenever the nick may be free, until we have it or another one."""
        if not self._lasts():
            return
        monitors = "MONITOR" in self._chat.isupport
        if monitors:
            await self._chat.send(Message("MONITOR", ("+", self._wanted)))
        pause = FIRST_WAIT
        while self._lasts():
            freed = await self._wait(pause)
            if self._lasts():
                await self._try()
                # Some servers and services hold a nick back for a while after its user has gone.
                pause = FIRST_WAIT if freed else min(pause * 2, LONGEST_WAIT)
        if monitors:
            await self._chat.send(Message("MONITOR", ("-", self._wanted)))

    async def _try(self) -> None:
        if self._chat.is_asking("NICK"):
            return  # the person chooses one in this very moment
        try:
            await self._chat.set_nick(self._wanted)
        except ConnectionLost:
            raise
        except ChatError:
            pass
