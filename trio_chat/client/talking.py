"""What one does with messages: says, answers, edits and takes them back, reacts to them.

Laws: a text goes out whole and in order, with nothing of ours in between; who sends is told of what
was sent once, whatever the server supports.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import Literal

import trio

from trio_chat.client import events, multiline
from trio_chat.client.answers import Question, Request
from trio_chat.client.batches import MULTILINE
from trio_chat.client.connection import Connection
from trio_chat.client.dialogue import ECHO_LIMIT, Dialogue
from trio_chat.client.errors import NoAnswer, Refused, Unsupported
from trio_chat.client.multiline import Limits, Piece
from trio_chat.client.text import clean, split
from trio_chat.wire.message import MAX_BODY, Message

TYPING_PAUSE = 3.0
"""Seconds between two notifications that we are typing, to one target ("Format", typing)."""

MOST_TYPED_TO = 100
"""Targets of which it is remembered when they were last told that we are typing."""

Kind = Literal["say", "act", "notice"]

# The longest parts of `nick!user@host` on servers that do not say (RFC 1123 for the host).
_LONGEST_USER = 20
_LONGEST_HOST = 63


class Talking(Dialogue):
    """Methods of `Chat` that are about messages."""

    def __init__(self, connection: Connection, nick: str) -> None:
        super().__init__(connection, nick)
        self._references = count(1)
        self._typed: dict[str, tuple[float, str]] = {}

    async def say(self, target: str, text: str, *, reply_to: str = "", token: str = "") -> str:
        """Say a text to a room or a nick; the msgid of it, if the server gives any.

        A text with line ends, or too long for one line, goes out as one message of several lines if
        the server knows them (draft/multiline), else as several messages, the last of which has
        the msgid. A blank text says nothing. `reply_to` is the msgid of what it answers. `token`,
        of your choice, stands in every `Sent` that comes of it.

        With echo-message it returns once the server has relayed the text; without it, or if nothing
        comes back in 10 s where there are no labels (labeled-response), once the text is on its
        way, and a refusal comes as the event `Replied`.
        """
        return await self._talk("PRIVMSG", "say", target, text, reply_to, token)

    async def act(self, target: str, text: str, *, token: str = "") -> str:
        """Like `say`, for `/me`: "* nick text" (CTCP ACTION)."""
        return await self._talk("PRIVMSG", "act", target, text, "", token)

    async def notice(self, target: str, text: str, *, token: str = "") -> str:
        """Like `say`, for what no bot may answer."""
        return await self._talk("NOTICE", "notice", target, text, "", token)

    async def reply(self, event: events.Said | events.Noticed | events.Sent, text: str) -> str:
        """Answer a message where it was said, pointing at it if it has a msgid."""
        return await self.say(event.where, text, reply_to=event.msgid)

    async def edit(self, target: str, msgid: str, text: str) -> None:
        """Give a message of ours in a room, or to a nick, another text, of one line.

        Raises `Unsupported` without draft/message-edit.
        """
        await trio.lowlevel.checkpoint()
        self._need("draft/message-edit")
        tags = {"draft/target-msgid": msgid, "draft/edit-text": text}
        await self._do(Message("EDIT", (target,), tags=tags), target)

    async def redact(self, target: str, msgid: str, reason: str = "") -> None:
        """Take back a message of ours, or of others as far as the server lets us.

        Raises `Unsupported` without draft/message-redaction.
        """
        await trio.lowlevel.checkpoint()
        self._need("draft/message-redaction")
        params = (target, msgid, reason) if reason else (target, msgid)
        await self._do(Message("REDACT", params), target)

    async def react(self, target: str, msgid: str, reaction: str) -> None:
        """React to a message in a room, or to or from a nick; `reaction` is an emoji or a text.

        Raises `Unsupported` where client tags are not handed on.
        """
        await self._react("draft/react", target, msgid, reaction)

    async def unreact(self, target: str, msgid: str, reaction: str) -> None:
        """Take a reaction back; raises as `react` does."""
        await self._react("draft/unreact", target, msgid, reaction)

    async def _react(self, tag: str, target: str, msgid: str, reaction: str) -> None:
        await trio.lowlevel.checkpoint()
        self._need("message-tags")
        if not self._mirror.isupport.allows_tag(tag):
            raise Unsupported(f"+{tag}")
        tags = {**self._reply_tags(msgid), f"+{tag}": reaction}
        await self._do(Message("TAGMSG", (target,), tags=tags), target)

    def _reply_tags(self, msgid: str) -> dict[str, str]:
        """The tags that point at a message, where there are tags.

        Both, since most clients know only the draft's, and the other is what was ratified.
        """
        if not msgid or not self._has("message-tags"):
            return {}
        return {"+draft/reply": msgid, "+reply": msgid}

    async def typing(self, target: str, state: Literal["active", "paused", "done"]) -> None:
        """Tell that we are typing there, have paused, or have given up without sending.

        Call it with "active" at every change of what is typed: it goes out once every 3 s, the
        others once after it, and nothing where client tags are not handed on or not wanted.
        """
        await trio.lowlevel.checkpoint()
        if not (self._has("message-tags") and self._mirror.isupport.allows_tag("typing")):
            return
        key, now = self._mirror.isupport.fold(target), trio.current_time()
        since, last = self._typed.get(key, (-TYPING_PAUSE, ""))
        worth_telling = state == "active" or last == "active" or (last, state) == ("paused", "done")
        if now - since < TYPING_PAUSE or not worth_telling:
            return
        self._note_typing(key, (now, state))
        message = Message("TAGMSG", (target,), tags={"+typing": state})
        if not self._has("labeled-response"):
            await self._connection.send(message)
            return
        with suppress(Refused, NoAnswer):  # nothing that anybody asked for
            await self._ask(message, target)

    def _note_typing(self, key: str, noted: tuple[float, str]) -> None:
        self._typed.pop(key, None)
        self._typed[key] = noted
        if len(self._typed) > MOST_TYPED_TO:
            del self._typed[next(iter(self._typed))]

    # --- a text on its way ---

    async def _talk(
        self, command: str, kind: Kind, target: str, text: str, reply_to: str, token: str
    ) -> str:
        tags = self._reply_tags(reply_to)
        texts, requests = self._requests(command, kind, target, text, tags, token)
        if not requests:
            await trio.lowlevel.checkpoint()
            return ""
        key = self._mirror.isupport.fold(target)
        if key in self._typed:  # what is sent ends what was typed
            self._note_typing(key, (self._typed[key][0], ""))
        answers = await self._hand_over(requests)
        if not self._has("echo-message"):
            now = datetime.now(UTC)
            for sent, request in zip(texts, requests, strict=True):
                line = _as_relayed(request.message, command, target, sent, kind)
                event = events.Sent(target, sent, kind, token, message=line, at=now)
                self._tell([event])
        echoes = answers[-1].replies if answers else []
        return next((echo.tags.get("msgid", "") for echo in echoes if echo.command == command), "")

    async def _hand_over(self, requests: list[Request]) -> list[Question]:
        """Send what is to be said, and wait until it was, as far as the server tells."""
        if self._has("labeled-response"):
            return await self._ask_all(requests)
        if self._has("echo-message"):
            return await self._send(requests, ECHO_LIMIT)
        lines = [line for each in requests for line in (each.message, *each.rest)]
        await self._connection.send_all(lines)
        return []

    def _requests(
        self, command: str, kind: Kind, target: str, text: str, tags: dict[str, str], token: str
    ) -> tuple[list[str], list[Request]]:
        """The texts that a text goes out as, and for each what to send."""
        space = self._space_for_text(command, target)
        limits = Limits.of(self._mirror.capabilities.value(MULTILINE))
        sendings: list[list[Message]]
        if kind != "act" and self._has(MULTILINE) and limits is not None:
            groups = multiline.groups(text, space, limits) if text.strip() else []
            texts = [multiline.joined(group) for group in groups]
            sendings = [self._batched(command, target, group, tags) for group in groups]
        else:
            texts = split(text, space - (len("\x01ACTION \x01") if kind == "act" else 0))
            sendings = [[Message(command, (target, _worded(line, kind)))] for line in texts]
            if sendings:
                sendings[0][0] = replace(sendings[0][0], tags=tags)
        return texts, [
            self._request(_as_relayed(first, command, target, sent, kind), first, rest, token)
            for sent, (first, *rest) in zip(texts, sendings, strict=True)
        ]

    def _batched(
        self, command: str, target: str, group: list[Piece], tags: dict[str, str]
    ) -> list[Message]:
        if len(group) == 1:
            return [Message(command, (target, group[0].text), tags=tags)]
        reference = f"m{next(self._references)}"
        return multiline.batch(command, target, group, reference, tags)

    def _request(
        self, relayed: Message, first: Message, rest: list[Message], token: str
    ) -> Request:
        """What to send for a message, and how its echo is known where there are no labels."""
        target, text = relayed.params

        def is_echo(line: Message) -> bool:
            # Rooms may take colours out of what is said (mode c).
            to, said = (*line.params, "", "")[:2]
            return self._mirror.same(to, target) and clean(said) == clean(text)

        ends = frozenset({relayed.command})
        return Request(
            first, target, ends, fits=is_echo, rest=tuple(rest), silent=True, token=token
        )

    def _space_for_text(self, command: str, target: str) -> int:
        """Bytes for the text in a line as others get it: with our source before it."""
        mirror = self._mirror
        userhost = len(mirror.userhost.encode()) or (
            mirror.isupport.number("USERLEN", _LONGEST_USER)
            + len("@")
            + mirror.isupport.number("HOSTLEN", _LONGEST_HOST)
        )
        head = len(f":{mirror.nick}! {command} {target} :\r\n".encode()) + userhost
        # A target that leaves no space is not one that exists: let the server say so.
        return max(MAX_BODY - head, 64)


def _worded(line: str, kind: Kind) -> str:
    return f"\x01ACTION {line}\x01" if kind == "act" else line


def _as_relayed(first: Message, command: str, target: str, text: str, kind: Kind) -> Message:
    """What was sent as one message, also where it went out in a batch."""
    return Message(command, (target, _worded(text, kind)), tags=first.tags)
