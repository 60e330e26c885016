"""Who comes from an exempt address is throttled in nothing; everybody else is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from trio_chat.core.events import Reread
from trio_chat.core.gateways import Gateway
from trio_chat.core.questions import Reading
from trio_chat.core.settings import Limits, Settings

from .language import HOST, Chat, Client
from .staff import answer, staffed

HERE = "127.0.0.1"
SETTINGS = Settings(limits=Limits(password_tries=2))


def knocks(chat: Chat, client: Client) -> list[str]:
    """The numerics of two KNOCKs at one room in a row."""
    client.chat.forget()
    client.sends("KNOCK #closed")
    client.sends("KNOCK #closed")
    return [line[:3] for line in client.hears()]


def closed_room(settings: Settings) -> Chat:
    chat = Chat(settings)
    chat.user("host", "#closed").sends("MODE #closed +i")
    return chat


@pytest.mark.parametrize(
    ("exempt", "address", "second"),
    [
        (Settings().exempt, HERE, "711"),
        (Settings().exempt, "127.8.9.10", "711"),
        (Settings().exempt, "::1", "711"),
        (Settings().exempt, "::ffff:127.0.0.1", "711"),
        (Settings().exempt, HOST, "712"),
        (Settings().exempt, "2001:db8::1", "712"),
        ((), HERE, "712"),
        (("192.0.2.0/24",), HOST, "711"),
        ((HOST,), HOST, "711"),
    ],
)
def test_one_may_knock_again_at_once(exempt: tuple[str, ...], address: str, second: str) -> None:
    chat = closed_room(Settings(exempt=exempt))
    assert knocks(chat, chat.user("eve", address=address)) == ["711", second]


@pytest.mark.parametrize(("address", "stays"), [(HERE, True), (HOST, False)])
def test_one_may_go_on_trying_passwords(address: str, stays: bool) -> None:
    chat = staffed(settings=SETTINGS)
    eve = chat.user("eve", address=address)
    for _ in range(2):
        eve.sends("OPER root :wrong")
        answer(chat, eve, False)
    assert (not eve.closed) == stays


@pytest.mark.parametrize(("address", "told"), [(HERE, 2), (HOST, 1)])
def test_one_may_ring_often_at_a_door_that_is_kept(address: str, told: int) -> None:
    chat = Chat()
    bob, eve = chat.user("bob"), chat.user("eve", address=address)
    bob.does("MODE bob +g")
    for _ in range(2):
        eve.sends("PRIVMSG bob :let me in")
    assert [line[:3] for line in bob.hears()] == ["718"] * told


@pytest.mark.parametrize(
    ("gateway", "real", "second"), [(HERE, HOST, "712"), (HOST, HERE, "711"), (HOST, "0::1", "711")]
)
def test_what_a_gateway_says_of_its_user_counts(gateway: str, real: str, second: str) -> None:
    chat = closed_room(Settings(gateways=(Gateway("secret", (gateway,)),)))
    eve = chat.open(gateway)
    for line in (f"WEBIRC secret gate {real} {real}", "NICK eve", "USER eve 0 * :Eve"):
        eve.sends(line)
    assert knocks(chat, eve) == ["711", second]


def test_a_changed_configuration_counts_at_once() -> None:
    chat = closed_room(Settings())
    eve = chat.user("eve", address=HERE)
    for exempt, second in (((), "712"), ((HERE,), "711")):
        settings = replace(chat.world.settings, exempt=exempt)
        chat.happens(Reread(Reading("chat.toml", settings), chat.at))
        chat.passes(60)
        assert knocks(chat, eve) == ["711", second]


def test_what_is_no_range_is_refused() -> None:
    with pytest.raises(ValueError, match="exempt: not an address or a range of them: here"):
        Settings(exempt=("here",))
