"""What the inline client prints, and when: what is printed stays, in the terminal's scrollback.

Laws:

* Here is printed whole; elsewhere is counted. Of what is meant for the person elsewhere, a mention
  or a private message, the first is printed with the key that goes there; those after it are only
  counted until one has been there (`show` in the settings asks for more).
* Going somewhere prints a divider and the last lines there: those not printed before as they are,
  the others faint, so that nobody takes them for new.
"""

from __future__ import annotations

from collections import OrderedDict
from datetime import UTC, datetime

from trio_chat.client.model.conversations import Conversation
from trio_chat.client.model.entries import Entry, Kind, State
from trio_chat.client.model.model import Model
from trio_chat.client.screen.line import Line
from trio_chat.client.screen.view import View
from trio_chat.client.screen.wrap import LEADS
from trio_chat.client.text import clean

MOST_REMEMBERED = 2_000
"""Entries known to have been printed: of each conversation that can be open, ten."""

_KEYS = 9
"""Conversations that a key goes to, Alt-1 to Alt-9."""


class Printout:
    """What has been printed, and what is to be."""

    def __init__(self, model: Model, view: View) -> None:
        self._model = model
        self._view = view
        # By id, with the entry, so that no other has its id meanwhile.
        self._printed: OrderedDict[int, Entry] = OrderedDict()

    def entry(self, entry: Entry, columns: int) -> list[Line]:
        """The lines to print when there is an entry more; none if it only counts."""
        if not self._is_wanted(entry):
            return []
        self._remember(entry)
        lines = self._view.lines(entry, self._model.current, columns)
        conversation = self._model.conversations.get(entry.where)
        if conversation is not None and self._is_meant_elsewhere(entry):
            lines[-1] = lines[-1] + self._key(conversation)
        return lines

    def switch(self, columns: int) -> list[Line]:
        """The lines to print when another conversation is the current one."""
        here = self._model.conversations.get(self._model.current)
        if here is None:
            return []
        lines = self._divider(self._name(here), columns)
        entries = self._last(here)
        first = here.unread_from
        if first is not None and entries and first.at < entries[0].at:
            lines += self._divider("more unread above (/history)", columns)
        printed_before = [id(entry) in self._printed for entry in entries]
        for entry, again in zip(entries, printed_before, strict=True):
            if entry is first and entry is not entries[0]:
                lines += self._divider("unread", columns)
            self._remember(entry)
            for line in self._view.lines(entry, self._model.current, columns):
                lines.append(_faint(line) if again else line)
        return lines

    def _is_wanted(self, entry: Entry) -> bool:
        if entry.noise or entry.state is State.PENDING:
            return False
        if entry.names_place and id(entry) in self._printed:
            return False  # with the last lines there, which it is among
        if self._is_here(entry) or entry.names_place or entry.own:
            return True
        show = self._view.settings.show
        if entry.kind in (Kind.TOLD, Kind.TROUBLE) or show == "all":
            return True
        if not self._is_meant_elsewhere(entry):
            return False
        conversation = self._model.conversations.get(entry.where)
        return show == "mentions" or conversation is None or conversation.mentions <= 1

    def _is_here(self, entry: Entry) -> bool:
        return not entry.where or entry.where == self._model.current

    def _is_meant_elsewhere(self, entry: Entry) -> bool:
        meant = entry.is_message and (entry.mention or entry.private)
        return meant and not (entry.own or entry.missed or self._is_here(entry))

    def _key(self, conversation: Conversation) -> Line:
        number = conversation.number
        return [("class:told", f" (Alt-{number})")] if number <= _KEYS else []

    def _remember(self, entry: Entry) -> None:
        self._printed[id(entry)] = entry
        if len(self._printed) > MOST_REMEMBERED:
            self._printed.popitem(last=False)

    def _last(self, conversation: Conversation) -> list[Entry]:
        """The last entries of a conversation, as many as the settings want."""
        wanted = self._view.settings.lines
        entries: list[Entry] = []
        for entry in reversed(conversation.backlog):
            if len(entries) >= wanted:
                break
            if entry.noise or entry.state is State.PENDING or self._is_old_news(entry):
                continue
            entries.append(entry)
        return entries[::-1]

    def _is_old_news(self, entry: Entry) -> bool:
        """What a command has answered, once read, would take the place of what people say."""
        return entry.kind in (Kind.TOLD, Kind.TROUBLE) and id(entry) in self._printed

    def _name(self, conversation: Conversation) -> str:
        name = f"{conversation.number}:{clean(conversation.name)}"
        topic = clean(self._model.topic)
        return f"{name} · {topic}" if topic else name

    def _divider(self, text: str, columns: int) -> list[Line]:
        return self._view.lines(Entry(datetime.now(UTC), Kind.DIVIDED, "", "", text), "", columns)


def _faint(line: Line) -> Line:
    """The line for the second time: what leads it is faint anyway."""
    return [(style if style in LEADS else "class:again", text) for style, text in line]
