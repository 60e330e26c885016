"""Bell, notifications and title: what a terminal is sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from trio_chat.client.model.entries import Entry, Kind
from trio_chat.client.model.model import Model
from trio_chat.client.screen.alerts import PAUSE, Alerts
from trio_chat.client.setup.settings import Settings

from .terminals import terminal


class Desk:
    """A terminal's raw output, and a clock that is set by hand."""

    def __init__(self, raw: Callable[[], str], alerts: Alerts) -> None:
        self._raw = raw
        self._seen = len(raw())
        self.alerts = alerts
        self.now = 0.0

    def told(self, settings: Settings, **known: Any) -> str:
        """What is sent when somebody says something."""
        given: dict[str, Any] = {
            "where": "#tea",
            "who": "bob",
            "text": "hi me",
            "mention": True,
        } | known
        entry = Entry(datetime.now(UTC), given.pop("kind", Kind.SAID), **given)
        self.alerts.tell(entry, "#tea", settings)
        return self.sent()

    def sent(self) -> str:
        """What was sent since this was last asked."""
        raw = self._raw()
        new, self._seen = raw[self._seen :], len(raw)
        return new


def desk_on(environ: dict[str, str]) -> Any:
    with terminal() as screen:
        desk: Desk

        def clock() -> float:
            return desk.now

        alerts = Alerts(screen.output, environ, clock)
        desk = Desk(lambda: screen.stdout.raw, alerts)
        yield desk


desk = pytest.fixture(lambda: (yield from desk_on({})))
desk_in_tmux = pytest.fixture(lambda: (yield from desk_on({"TMUX": "x"})))


def test_a_mention_and_a_private_message_elsewhere_ring(desk: Desk) -> None:
    assert desk.told(Settings()) == "\a"
    desk.now += PAUSE
    assert desk.told(Settings(), where="bob", private=True, mention=False) == "\a"


@pytest.mark.parametrize(
    "known",
    [
        {"mention": False},
        {"own": True},
        {"missed": True},
        {"kind": Kind.CHANGED},
        {"private": True, "mention": False},  # in the conversation that is before the person
    ],
)
def test_nothing_else_rings(desk: Desk, known: dict[str, Any]) -> None:
    assert desk.told(Settings(), **known) == ""


def test_the_bell_can_be_off(desk: Desk) -> None:
    assert desk.told(Settings(bell=False)) == ""


def test_a_flood_rings_once_in_a_while(desk: Desk) -> None:
    assert [desk.told(Settings()) for _ in range(100)] == ["\a"] + [""] * 99
    desk.now += PAUSE
    assert desk.told(Settings()) == "\a"


def test_notifications_are_clean_and_of_one_field_each(desk: Desk) -> None:
    nine = Settings(bell=False, notify="osc9")
    assert desk.told(nine, text="4;3;\x1b]0;x\x07a\nb") == "\x1b]9;bob in #tea: 4,3,]0,xa b\a"
    desk.now += PAUSE
    seven = Settings(bell=False, notify="osc777")
    told = desk.told(seven, where="b;b", who="b;b", private=True, text="x" * 500)
    assert told == f"\x1b]777;notify;b,b;{'x' * 119}…\a"


def test_tmux_is_asked_to_pass_a_notification_on(desk_in_tmux: Desk) -> None:
    told = desk_in_tmux.told(Settings(bell=False, notify="osc9"))
    assert told == "\x1bPtmux;\x1b\x1b]9;bob in #tea: hi me\a\x1b\\"


def test_the_title_tells_where_one_is_and_what_is_unread(desk: Desk) -> None:
    model = Model("me")
    titles = []
    for name, count, mentions in [("", 0, 0), ("#tea", 0, 0), ("#tea", 3, 0), ("#tea", 3, 2)]:
        model.open("#tea")
        other = model.open("#\x1bpy")
        model.switch(name)
        other.unread, other.mentions = count, mentions
        desk.alerts.name(model, Settings())
        titles.append(desk.sent())
    assert titles == [
        "\x1b[22;2t\x1b]2;trio-chat\a",
        "\x1b]2;#tea\a",
        "\x1b]2;* #tea\a",
        "\x1b]2;(2) #tea\a",
    ]
    desk.alerts.name(model, Settings())
    assert desk.sent() == ""
    model.switch("#\x1bpy")
    desk.alerts.name(model, Settings())
    assert desk.sent() == "\x1b]2;#py\a"
    desk.alerts.end()
    assert desk.sent() == "\x1b]2;\a\x1b[23;2t"


def test_without_titles_the_terminal_keeps_its_own(desk: Desk) -> None:
    desk.alerts.name(Model("me"), Settings(title=False))
    assert desk.sent() == ""
    desk.alerts.name(Model("me"), Settings())
    desk.sent()
    desk.alerts.name(Model("me"), Settings(title=False))
    assert desk.sent().endswith("\x1b[23;2t")
    desk.alerts.end()
    assert desk.sent() == ""
