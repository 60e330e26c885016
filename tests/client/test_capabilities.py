"""What is asked for of what a server offers."""

from __future__ import annotations

from trio_chat.client.capabilities import (
    DRAFTS,
    LONGEST_REQUEST,
    MOST_OFFERED,
    RATIFIED,
    WANTED,
    Capabilities,
    requests,
)
from trio_chat.wire.message import MAX_BODY, format_message


def offered(*names: str) -> Capabilities:
    """What is known after this offer."""
    capabilities = Capabilities()
    capabilities.take(("LS", " ".join(names)))
    return capabilities


def asked(capabilities: Capabilities) -> list[str]:
    """The names asked for, one string for each request."""
    return [request.params[1] for request in capabilities.requests()]


def test_what_is_known_of_what_is_offered_is_asked_for() -> None:
    assert asked(offered("setname", "unheard-of", "batch")) == ["batch setname"]
    assert asked(offered("unheard-of")) == []


def test_drafts_are_asked_for_apart() -> None:
    assert asked(offered("draft/read-marker=x", "setname")) == ["setname", "draft/read-marker"]


def test_what_needs_batches_is_not_asked_for_without() -> None:
    assert asked(offered("labeled-response", "trio-chat/pins", "draft/search", "setname")) == [
        "setname"
    ]


def test_every_request_fits_a_line() -> None:
    made = requests(iter(RATIFIED * 5 + DRAFTS * 5))
    assert len(made) > 4
    assert all(len(format_message(request)) < MAX_BODY - 100 for request in made)
    assert all(len(request.params[1]) <= LONGEST_REQUEST for request in made)
    assert [name for request in made for name in request.params[1].split()] == list(
        RATIFIED * 5 + DRAFTS * 5
    )


def test_the_ratified_and_the_drafts_do_not_overlap() -> None:
    assert len(set(RATIFIED) | set(DRAFTS)) == len(WANTED)


def test_values_and_use_follow_what_the_server_says() -> None:
    capabilities = offered("sasl=PLAIN", "setname")
    assert capabilities.value("sasl") == "PLAIN"
    capabilities.take(("ACK", "setname sasl"))
    assert capabilities.enabled == {"setname"}
    [request] = capabilities.take(("NEW", "setname sasl=EXTERNAL away-notify=x"))
    assert request.params == ("REQ", "away-notify")
    assert capabilities.value("sasl") == "EXTERNAL"
    capabilities.take(("ACK", "-setname away-notify"))
    assert capabilities.enabled == {"away-notify"}
    capabilities.take(("DEL", "away-notify sasl"))
    assert capabilities.enabled == frozenset()
    assert capabilities.value("sasl") is None


def test_an_endless_offer_is_bounded() -> None:
    capabilities = Capabilities()
    for number in range(MOST_OFFERED * 2):
        capabilities.take(("LS", "*", f"x{number}"))
    assert capabilities.value(f"x{MOST_OFFERED - 1}") is not None
    assert capabilities.value(f"x{MOST_OFFERED}") is None
    assert capabilities.take(()) == []
    assert capabilities.take(("LS",)) == []
