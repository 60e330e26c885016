"""Entries as lines of styled fragments, for every kind of screen.

Laws:

* Nothing from outside gets into a line but through `clean` or `formatted`.
* Where somebody writes from right to left, what is theirs stands in an isolate (Unicode UAX 9), and
  the line is kept from left to right: no text moves the time, a nick or what follows it.
"""

from __future__ import annotations

import re
from datetime import tzinfo

from trio_chat.client.model.entries import Entry, Kind, State
from trio_chat.client.screen.formatting import formatted
from trio_chat.client.screen.line import Line, cut, text_of, width
from trio_chat.client.screen.theme import NONE, Theme, nick_class
from trio_chat.client.screen.wrap import indent_of
from trio_chat.client.setup.settings import Settings
from trio_chat.client.text import clean

QUOTED = 50
"""Columns of a message that are repeated above an answer to it."""

REACTIONS = 8
"""Different reactions shown of a message; the others are counted."""

_DIGITS = 3
"""Columns for the number of a message: a thousand are kept of a conversation."""

_RULE = "─"
_LEFT_TO_RIGHT, _ISOLATE, _ISOLATED = "\u200e", "\u2068", "\u2069"
# The blocks of letters that are written from right to left.
_RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe\U00010800-\U00010fff\U0001e800-\U0001efff]"
)


class View:
    """How entries look. `zone` is the time zone (None: the local); `single` is one line each, for
    screens that are listened to or read by a program."""

    def __init__(
        self,
        settings: Settings | None = None,
        theme: Theme = NONE,
        *,
        zone: tzinfo | None = None,
        single: bool = False,
    ) -> None:
        self.settings = settings or Settings()
        self.theme = theme
        self._zone = zone
        self._single = single

    def lines(self, entry: Entry, current: str = "", columns: int = 80) -> list[Line]:
        """The lines of an entry as seen while `current` is the current conversation.

        `columns` is the room for what is as wide as the screen; lines may be longer than that.
        """
        if entry.kind is Kind.DIVIDED:
            return [self._divider(entry, columns)]
        first, *others = self._texts(entry)
        quote = self._quote(entry) if entry.reply_to and not entry.redacted else []
        if self._single and quote:
            first = [*quote, ("", " | "), *first]
        lead = self._lead(entry)
        head = [*lead, *self._place(entry, current), *self._body(entry, first)]
        reactions = self._reactions(entry)
        if self._single:
            for text in others:
                head += [("", " / "), *text]
            head += self._ending(entry)
            return [[*head, ("", " "), *reactions] if reactions else head]
        margin = ("", " " * indent_of(lead))
        lines = [head, *([margin, *text] for text in others)]
        lines[-1] += self._ending(entry)
        if quote:
            lines.insert(0, [margin, *quote])
        if reactions:
            lines.append([margin, *reactions])
        return lines

    def formatted(self, text: str) -> Line:
        """A text from outside as this theme shows it, isolated where it needs to be."""
        return _isolated(formatted(text, self.theme.of_sender))

    # --- the parts of a line ---

    def _lead(self, entry: Entry) -> Line:
        """The time and the number."""
        line: Line = []
        if self.settings.time != "off":
            at = entry.at.astimezone(self._zone)
            if self.settings.time == "24h":
                time = f"{at.hour:02}:{at.minute:02} "
            else:
                time = f"{at.hour % 12 or 12:2}:{at.minute:02}{'am' if at.hour < 12 else 'pm'} "
            line.append(("class:time", time))
        if self.settings.numbers:
            number = str(entry.number) if entry.number else ""
            if number or not self._single:
                line.append(("class:number", f"{number:>{0 if self._single else _DIGITS}} "))
        return line

    def _place(self, entry: Entry, current: str) -> Line:
        """Where it is, if that is elsewhere and nothing else tells it."""
        if not entry.where or entry.where == current or entry.names_place:
            return []
        if entry.private and entry.is_message:
            return []
        return [("class:place", clean(entry.where)), ("", " ")]

    def _texts(self, entry: Entry) -> list[Line]:
        """The text by its lines, at least one."""
        if entry.redacted:
            return [[("class:redacted", "(taken back)")]]
        style = "class:pending" if entry.state is State.PENDING else ""
        texts = [self.formatted(text) for text in entry.text.split("\n")] or [[]]
        if style:
            texts = [[(f"{style} {own}".strip(), part) for own, part in text] for text in texts]
        return texts

    def _body(self, entry: Entry, text: Line) -> Line:
        match entry.kind:
            case Kind.CHANGED | Kind.AMENDED | Kind.TOLD | Kind.DIVIDED:
                return _within("class:told", [("", "-- "), *text])
            case Kind.TROUBLE:
                return _within("class:trouble", [("", "!! "), *text])
            case Kind.ACTED:
                return [*self._private(entry), ("", "* "), *self._nick(entry), ("", " "), *text]
            case Kind.NOTICED:
                return [
                    *self._private(entry),
                    ("class:notice", "-"),
                    *self._nick(entry),
                    ("class:notice", "- "),
                    *text,
                ]
            case Kind.SAID if entry.private:
                return [*self._private(entry), *text]
            case Kind.SAID:
                return [("", "<"), *self._nick(entry), ("", "> "), *text]

    def _nick(self, entry: Entry) -> Line:
        nick = clean(entry.who)
        if entry.own:
            style = "class:nick.own"
        elif entry.mention:
            style = "class:mention"
        else:
            style = nick_class(nick)
        return _isolated([(style, nick)])

    def _private(self, entry: Entry) -> Line:
        if not entry.private:
            return []
        partner = _isolated([("class:private", clean(entry.where))])
        if entry.own:
            return [("class:private", "[you → "), *partner, ("class:private", "] ")]
        return [("class:private", "["), *partner, ("class:private", " → you] ")]

    def _ending(self, entry: Entry) -> Line:
        """What has become of a message, behind its text."""
        line: Line = []
        if entry.edited and not entry.redacted:
            line.append(("class:edited", " (edited)"))
        if entry.pinned:
            line.append(("class:edited", " (pinned)"))
        match entry.state:
            case State.PENDING:
                line.append(("class:pending", " …"))
            case State.REFUSED:
                line.append(("class:refused", " ✗ not sent"))
            case State.UNKNOWN:
                line.append(("class:refused", " ? perhaps not sent"))
        return line

    def _quote(self, entry: Entry) -> Line:
        """The beginning of the message that this one answers."""
        answered = entry.answers
        if answered is None:
            return [("class:reply", "> something said earlier")]
        text = "(taken back)" if answered.redacted else clean(answered.text.partition("\n")[0])
        quote = _isolated([("", cut(text, QUOTED))])
        return _within("class:reply", [("", "> "), ("", f"{clean(answered.who)}: "), *quote])

    def _reactions(self, entry: Entry) -> Line:
        shown = [
            f"{cut(clean(reaction), 20)} {cut(clean(', '.join(nicks)), QUOTED)}"
            for reaction, nicks in list(entry.reactions.items())[:REACTIONS]
        ]
        more = len(entry.reactions) - len(shown)
        if more > 0:
            shown.append(f"and {more} more")
        return [("class:reaction", "  ".join(shown))] if shown else []

    def _divider(self, entry: Entry, columns: int) -> Line:
        """A rule across the screen, with its text in it."""
        text = clean(entry.text)
        if self._single:
            return [("class:divider", f"-- {text} --")]
        label = f" {cut(text, max(columns - 6, 1))} " if text else ""
        rest = max(columns - 2 - width(label), 0)
        return [("class:divider", f"{_RULE * 2}{label}{_RULE * rest}")]


def _within(style: str, line: Line) -> Line:
    """The line with a style beneath its own."""
    return [(f"{style} {own}" if own else style, text) for own, text in line]


def _isolated(line: Line) -> Line:
    """Kept apart from what stands around it, if it would move that."""
    text = text_of(line)
    if text.isascii() or _RIGHT_TO_LEFT.search(text) is None:
        return line
    return [("", _LEFT_TO_RIGHT + _ISOLATE), *line, ("", _ISOLATED)]
