"""What a person can change of the client, by `/set` and in the `[settings]` of the profiles' file.

Laws:

* The dataclass is the one table: names, kinds, bounds, defaults and help stand nowhere else.
* What is in a `Settings` will do: it refuses anything else.
"""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from trio_chat.client.setup.values import Choice, Kind, Number, Switch, Words
from trio_chat.docstrings import docstrings

MOST_LINES = 500
"""Shown at once on a switch: more than a screen has, and drawn in well under a second."""

MOST_HISTORY = 1_000
"""Lines fetched of a room: as many as are kept of a conversation in memory."""

MOST_PASTED = 10_000
"""Lines of a paste: more is a file, and nobody's intention."""

MOST_WORDS = 200
"""Keywords or masks: every line that arrives is compared with each."""

LONGEST_WORD = 200
"""Characters of one: a whole mask of nick, user and host fits."""

Keywords = Annotated[tuple[str, ...], Words("keyword", LONGEST_WORD, MOST_WORDS, spaced=True)]
Masks = Annotated[tuple[str, ...], Words("mask", LONGEST_WORD, MOST_WORDS)]


@dataclass(frozen=True, slots=True)
class Settings:
    """All of them. Raises `WrongSetting`."""

    time: Literal["24h", "12h", "off"] = "24h"
    """The time before each line: by 24 hours, by 12, or none."""

    theme: Literal["default", "dark", "light", "contrast", "colourblind", "none"] = "default"
    """The colours; `default` goes by the terminal's own."""

    colour: Literal["auto", "never", "16", "256", "true"] = "auto"
    """How many colours; `auto` is what the terminal can show."""

    numbers: bool = True
    """Show the numbers of messages, for `/reply 12`."""

    lines: Annotated[int, Number(0, MOST_LINES)] = 10
    """Inline: the latest lines that are shown on going to another room."""

    show: Literal["count", "mentions", "all"] = "count"
    """Inline: what of other rooms' messages is shown; `count` shows the first that is meant for
    you."""

    fold: Literal["smart", "always", "never"] = "smart"
    """Fold away who comes and goes; `smart` does unless they have spoken lately."""

    highlights: Keywords = ()
    """Words that count as a mention, beside your nick."""

    ignore: Masks = ()
    """Whose messages are not shown: nicks, or masks such as `*!*@*.example`."""

    bell: bool = True
    """Ring the terminal's bell on a mention or a private message."""

    notify: Literal["off", "osc9", "osc777"] = "off"
    """Notifications on the desktop, by the escape sequence that the terminal knows."""

    title: bool = True
    """Show the room, and what is unread, in the terminal's title."""

    typing: bool = True
    """Tell others that you are typing."""

    markers: bool = True
    """Tell the server how far you have read, for your other clients."""

    history: Annotated[int, Number(0, MOST_HISTORY)] = 50
    """Lines of its history that are fetched on joining a room."""

    paste_lines: Annotated[int, Number(1, MOST_PASTED)] = 1
    """Lines of a paste that go out without a question."""

    editing: Literal["emacs", "vi"] = "emacs"
    """The keys of the input line."""

    def __post_init__(self) -> None:
        for setting in SETTINGS.values():
            try:
                setting.kind.check(getattr(self, setting.name))
            except ValueError as error:
                raise WrongSetting(setting.name, str(error)) from None


@dataclass(frozen=True, slots=True)
class Setting:
    """One of the settings, and what there is to know about it."""

    name: str
    kind: Kind

    @property
    def help(self) -> str:
        """What it does, in a sentence."""
        return " ".join(docstrings(Settings)[self.name].split())


class WrongSetting(ValueError):
    """There is no setting of this `name`, or not with this value; `why` goes on after the name."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name} {why}")
        self.name = name
        self.why = why


def _kind(hint: Any) -> Kind:
    """What a value of this type may be; its bounds are in an `Annotated`."""
    if get_origin(hint) is Annotated:
        kind: Kind = hint.__metadata__[0]
        return kind
    return Switch() if hint is bool else Choice(get_args(hint))


_HINTS = get_type_hints(Settings, include_extras=True)
SETTINGS: Mapping[str, Setting] = {
    name: Setting(name, _kind(hint)) for name, hint in _HINTS.items()
}
"""Every setting by its name, in the order of lists."""


def setting_named(name: str) -> Setting:
    """The setting of this name; raises `WrongSetting`."""
    setting = SETTINGS.get(name.lower())
    if setting is None:
        near = difflib.get_close_matches(name.lower(), SETTINGS, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(SETTINGS)}"
        raise WrongSetting(name, f"is no setting: {hint}")
    return setting


def with_text(settings: Settings, name: str, text: str) -> Settings:
    """The settings with one of them as a text says; raises `WrongSetting`."""
    setting = setting_named(name)
    try:
        value = setting.kind.read(text.strip())
    except ValueError as error:
        raise WrongSetting(setting.name, str(error)) from None
    return with_values(settings, {setting.name: value})


def with_values(settings: Settings, values: Mapping[str, object]) -> Settings:
    """The settings with some of them as a TOML table says; raises `WrongSetting` for the first
    that will not do."""
    given: dict[str, Any] = {}
    for name, value in values.items():
        if name not in SETTINGS:
            setting_named(name)
            raise WrongSetting(name, f"is no setting: did you mean {name.lower()}?")
        given[name] = tuple(value) if isinstance(value, list) else value
    return dataclasses.replace(settings, **given)


def shown(settings: Settings, name: str) -> str:
    """The value of a setting as one would type it; raises `WrongSetting`."""
    setting = setting_named(name)
    return setting.kind.show(getattr(settings, setting.name))
