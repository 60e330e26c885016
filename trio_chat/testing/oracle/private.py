"""Private messages: in order from each sender to each receiver, once, and to nobody else.

The laws:

* What one client says to another arrives in the order in which it was sent, and not twice.
* What was echoed to its sender has arrived, if the receiver was there all the time.
* Nobody is told what was said to somebody else.

What one says to oneself comes twice, as sent and as received, and is left out.
"""

from __future__ import annotations

from collections.abc import Iterator

from trio_chat.testing.oracle.finding import Finding
from trio_chat.testing.oracle.naming import is_room
from trio_chat.testing.oracle.same import described
from trio_chat.testing.oracle.sayings import Said
from trio_chat.testing.oracle.seen import Item
from trio_chat.testing.oracle.story import Story
from trio_chat.testing.oracle.views import View

IN_PRIVATE = "private messages"


def find_in_private(story: Story) -> Iterator[Finding]:
    """What is wrong with what was said in private."""
    received: dict[int, dict[int, None]] = {}
    for view in story.judged:
        for item in view.private:
            if item.said is not None and not item.is_own:
                received.setdefault(item.said.number, {})[view.connection] = None
        # Without batches what was missed is shown as if it were said now.
        if "batch" in view.caps:
            yield from _received(story, view)
    for view in story.judged:
        for index, said in view.acknowledged:
            if not is_room(said.target):
                yield from _lost(story, view, index, said, received.get(said.number, {}))


def _received(story: Story, view: View) -> Iterator[Finding]:
    """Whether a client was told each thing once and in order."""
    last: dict[int, Item] = {}
    seen: dict[str | int, None] = {}
    for item in view.private:
        if item.nick in view.nicks or item.is_own:
            continue
        at = story.journal.events[item.index].at
        said = item.said
        key = item.message.tags.get("msgid") or (said.number if said is not None else "")
        if key != "" and key in seen:
            yield Finding(IN_PRIVATE, f"{view.name} was told {described(item)} twice", at)
            continue
        seen[key] = None
        if said is None:
            continue
        before = last.get(said.connection)
        if before is not None and before.said is not None and before.said.number > said.number:
            text = f"{view.name} was told {described(item)} after {described(before)}"
            yield Finding(IN_PRIVATE, f"{text}, which was said later", at)
        last[said.connection] = item


def _lost(
    story: Story, sender: View, index: int, said: Said, received: dict[int, None]
) -> Iterator[Finding]:
    """Who was there all the time and was not told what its sender knows to be said to them."""
    at = story.journal.events[index].at
    for view in story.judged:
        if view.connection in received or not view.has_all or said.target in sender.nicks:
            continue
        since, nick = view.names_had[-1] if view.names_had else (0, "")
        if nick == said.target and since < said.index and index < (story.settled or 0):
            text = f"{sender.name} was told that {said.texts[0]!r} was said to {said.target}"
            yield Finding(IN_PRIVATE, f"{text}, and {view.name} never was", at)
