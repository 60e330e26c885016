"""Messages of the person on their way to the server.

Laws:

* They go out in the order they were entered, and before what is entered after them. Nothing waits
  for the answer to the one before, as long as not too many wait for theirs.
* Each comes to an end: it has its place, was refused, or nobody knows, and the person is told.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

import trio

from trio_chat.client.chat import Chat
from trio_chat.client.errors import ChatError, ConnectionLost, NoAnswer, Refused
from trio_chat.client.model.entries import Entry, Kind, State

if TYPE_CHECKING:
    from trio_chat.client.commands.console import Console

MOST_UNANSWERED = 50
"""Messages that may wait for their answers before the next has to."""

ECHO_LIMIT = 60.0
"""Seconds until a message that the server took, and did not tell of, is given up."""

RETURN_LIMIT = 30.0
"""Seconds after coming back until a history should have told what had arrived."""

UNKNOWN_FATE = "perhaps not sent"

SAID = {"say": Kind.SAID, "act": Kind.ACTED, "notice": Kind.NOTICED}


class Sending:
    """What the person says, over as many connections as it takes."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._model = console.model
        self._unanswered = 0
        self._changed = trio.Event()

    def change(self) -> None:
        """Something has come: those who wait look again."""
        self._changed.set()
        self._changed = trio.Event()

    async def wait_until_settled(self) -> None:
        """Wait until nothing is on its way any more."""
        await self._wait_while(lambda: bool(self._model.pending))

    async def say(
        self,
        chat: Chat,
        nursery: trio.Nursery,
        where: str,
        kind: Literal["say", "act", "notice"],
        text: str,
        reply_to: str,
    ) -> None:
        """Send a message; returns once it is on its way, and shows what becomes of it."""
        now = datetime.now(UTC)
        entry, token = self._model.begin(where, SAID[kind], text, now, reply_to)
        self._console.screen.change()
        try:
            await self._wait_while(lambda: self._unanswered >= MOST_UNANSWERED)
            if entry.state is not State.PENDING:
                return  # the connection ended meanwhile
            await nursery.start(self._deliver, chat, entry, kind, token)
        except trio.Cancelled:
            self._model.take_back(entry)
            raise

    async def _deliver(
        self,
        chat: Chat,
        entry: Entry,
        kind: Literal["say", "act", "notice"],
        token: str,
        *,
        task_status: trio.TaskStatus[None],
    ) -> None:
        self._unanswered += 1
        # Between this and the line being handed over nothing else runs: so the order is kept.
        task_status.started()
        try:
            if kind == "say":
                await chat.say(entry.where, entry.text, reply_to=entry.reply_to, token=token)
            elif kind == "act":
                await chat.act(entry.where, entry.text, token=token)
            else:
                await chat.notice(entry.where, entry.text, token=token)
        except ConnectionLost:
            return  # see `lose`
        except Refused as refused:
            # Without the code, which is for programs.
            self._refuse(entry, ": ".join([*refused.about, refused.text]))
        except NoAnswer:
            entry.state = State.UNKNOWN
            self._console.screen.change()
            await self._await_echo(entry)
        except ChatError as error:
            self._refuse(entry, str(error))
        except ValueError:
            self._model.take_back(entry)
            why = "that cannot be sent: it does not fit into IRC's lines"
            self._console.note(why, trouble=True)
        else:
            await self._await_echo(entry)
        finally:
            self._unanswered -= 1
            self.change()

    async def _await_echo(self, entry: Entry) -> None:
        with trio.move_on_after(ECHO_LIMIT):
            await self._wait_while(lambda: self._is_pending(entry))
        if self._is_pending(entry):
            self._give_up(entry, State.UNKNOWN)
            self._trouble(f"{UNKNOWN_FATE}: the server has not told of it")

    async def _wait_while(self, condition: Callable[[], bool]) -> None:
        await trio.lowlevel.checkpoint()
        while condition():
            await self._changed.wait()

    # --- what comes of it ---

    def lose(self, reason: str, *, may_be_found: bool) -> None:
        """The connection ended. What arrived is found in a history after it, if there is any."""
        pending = self._model.pending
        for entry in pending:
            entry.state = State.UNKNOWN
            if not may_be_found:
                self._give_up(entry, State.UNKNOWN)
        if pending and not may_be_found:
            self._trouble(f"{UNKNOWN_FATE}: {reason}")
        self.change()
        self._console.screen.change()

    async def give_up_lost(self, lost: list[Entry]) -> None:
        """Wait for histories to tell of messages of the last connection; then give them up."""
        await trio.sleep(RETURN_LIMIT)
        self.settle_lost(lost)

    def settle_lost(self, lost: list[Entry]) -> None:
        """A history has told what there was to tell: the others nobody knows of."""
        given_up = [entry for entry in lost if self._is_pending(entry)]
        for entry in given_up:
            self._give_up(entry, State.UNKNOWN)
        if given_up:
            self._trouble(f"{UNKNOWN_FATE}: the connection was lost meanwhile")

    def _is_pending(self, entry: Entry) -> bool:
        return any(entry is each for each in self._model.pending)

    def _refuse(self, entry: Entry, why: str) -> None:
        self._give_up(entry, State.REFUSED)
        self._console.note(why, trouble=True)

    def _give_up(self, entry: Entry, state: State) -> None:
        for shown in self._model.give_up(entry, state):
            self._console.screen.show(shown)
        self.change()

    def _trouble(self, text: str) -> None:
        self._console.note(f"{text} (Up brings it back)", trouble=True)
