"""STS: the policy that tells clients to use TLS, in the guise of a capability (IRCv3 sts)."""

from __future__ import annotations

import pytest

from trio_chat.core.gateways import Gateway
from trio_chat.core.settings import LONGEST_STS_SECONDS, Settings, Sts

from .language import Chat, Client
from .test_capabilities import listed, rereads

GATE = "2001:db8::7"


def with_sts(duration: int = 60, preload: bool = False, *hostnames: str) -> Settings:
    gateways = (Gateway("secret", (GATE,)),)
    return Settings(sts=Sts(6697, duration, preload, hostnames), gateways=gateways)


def told(client: Client, line: str = "CAP LS 302") -> list[str]:
    return [word for word in listed(client, line) if word.partition("=")[0] == "sts"]


def news(client: Client) -> list[str]:
    return [line for line in client.hears() if " sts" in line]


def test_without_a_policy_nobody_is_told_of_one() -> None:
    chat = Chat()
    assert told(chat.open()) == told(chat.open(fingerprint="", hostname="chat.example")) == []


def test_without_tls_the_port_is_told_and_with_it_the_duration() -> None:
    chat = Chat(with_sts())
    assert told(chat.open()) == ["sts=port=6697"]
    assert told(chat.open(fingerprint="", hostname="chat.example")) == ["sts=duration=60"]


def test_the_list_stays_in_order() -> None:
    words = listed(Chat(with_sts()).open(), "CAP LS 302")
    names = [word.partition("=")[0] for word in words]
    assert names == sorted(names, key=lambda name: (not name.startswith("draft/"), name))


def test_preloading_is_agreed_to_only_if_it_is_wanted() -> None:
    chat = Chat(with_sts(60, True))
    assert told(chat.open(fingerprint="", hostname="a")) == ["sts=duration=60,preload"]


def test_who_gives_no_name_is_bound_to_none() -> None:
    assert told(Chat(with_sts()).open(fingerprint="")) == []


def test_the_policy_may_be_for_some_names_alone() -> None:
    chat = Chat(with_sts(60, False, "chat.Example"))
    assert told(chat.open(fingerprint="", hostname="Chat.example")) == ["sts=duration=60"]
    assert told(chat.open(fingerprint="", hostname="test.example")) == []


def test_an_older_client_that_reads_no_values_is_not_told() -> None:
    assert told(Chat(with_sts()).open(), "CAP LS") == []


def test_who_comes_through_a_gateway_is_not_told() -> None:
    alice = Chat(with_sts()).open(GATE)
    alice.sends("WEBIRC secret gate h 198.51.100.3")
    assert told(alice) == []


def test_nobody_can_have_it() -> None:
    alice = Chat(with_sts()).open()
    assert alice.does("CAP REQ sts") == ["CAP * NAK sts"]
    assert alice.does("CAP REQ :batch sts") == ["CAP * NAK :batch sts"]
    assert listed(alice, "CAP LIST") == []


def test_a_policy_that_changes_is_told_each_in_their_own_terms() -> None:
    chat = Chat()
    alice, bob = chat.open(), chat.open(fingerprint="", hostname="chat.example")
    old = chat.open()
    old.sends("CAP REQ cap-notify")
    for client in (alice, bob):
        client.sends("CAP LS 302")
    chat.forget()
    rereads(chat, with_sts(60))
    assert news(alice) == ["CAP * NEW sts=port=6697"]
    assert news(bob) == ["CAP * NEW sts=duration=60"]
    rereads(chat, with_sts(0))
    assert news(alice) == []
    assert news(bob) == ["CAP * NEW sts=duration=0"]
    rereads(chat, Settings())
    assert news(alice) == news(bob) == news(old) == []


@pytest.mark.parametrize(
    ("port", "duration"), [(0, 0), (65536, 0), (1, -1), (1, LONGEST_STS_SECONDS + 1)]
)
def test_a_policy_nobody_could_follow_is_refused(port: int, duration: int) -> None:
    with pytest.raises(ValueError, match="sts"):
        Sts(port, duration)


@pytest.mark.parametrize(("port", "duration"), [(1, 0), (65535, LONGEST_STS_SECONDS)])
def test_a_policy_may_go_to_the_limits(port: int, duration: int) -> None:
    assert Sts(port, duration).port == port
