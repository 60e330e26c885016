"""AUTHENTICATE where there are no accounts: it is answered as a client of SASL expects."""

from __future__ import annotations

from .language import Chat


def test_sasl_is_not_on_offer() -> None:
    alice = Chat().open()
    offer = " ".join(each.params[-1] for each in alice.asks("CAP LS 302")).split()
    assert "sasl" not in [name.partition("=")[0] for name in offer]
    (verdict,) = alice.asks("CAP REQ sasl")
    assert verdict.params[1:] == ("NAK", "sasl")


def test_whoever_asks_nevertheless_is_told_in_the_terms_of_sasl_and_may_go_on() -> None:
    alice = Chat().open()
    alice.sends("NICK alice")
    assert alice.does("AUTHENTICATE") == ["461 alice AUTHENTICATE"]
    for after in ("USER alice 0 * :Alice", "PING x"):
        for asked, numeric in (("PLAIN", "904"), ("*", "906")):
            (answer,) = alice.asks(f"AUTHENTICATE {asked}")
            assert (answer.command, answer.params[0], len(answer.params)) == (numeric, "alice", 2)
        alice.sends(after)
    assert alice.session.registered
