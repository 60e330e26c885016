"""Every input that was kept goes through its target again; were something broken, it would not."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from trio_chat.core.accounts import Account
from trio_chat.core.commands import authentication
from trio_chat.core.effects import Effect
from trio_chat.core.state import Session, World
from trio_chat.net.transport import Transport
from trio_chat.wire.lines import LineBuffer
from trio_chat.wire.message import Malformed

from .login import ACCOUNTS
from .tape import Tape, pieces
from .targets import TARGETS, corpus, load


def run_all(name: str) -> None:
    """Run what is kept for a target."""
    target = load(name)
    for path in corpus(name):
        try:
            target.check(path.read_bytes())
        except BaseException as error:
            error.add_note(f"the input is {path}")
            raise


@pytest.mark.parametrize("name", TARGETS)
def test_no_input_that_was_kept_breaks_its_target(name: str) -> None:
    assert len(corpus(name)) >= 5
    run_all(name)


class Forgetful(LineBuffer):
    """Loses the line that was not over when it was fed anew."""

    def feed(self, data: bytes) -> list[bytes | Malformed]:
        self._partial = b""
        return super().feed(data)


async def one_piece(transport: Transport) -> bytes:
    return await transport.receive_some(4096)


def let_in(
    world: World, session: Session, exchange: authentication.Exchange, verdict: object
) -> Iterator[Effect]:
    account: Account = ACCOUNTS[0]
    return authentication._succeed(world, session, exchange, account)


def fails(world: World, session: Session, message: object) -> Iterator[Effect]:
    raise ZeroDivisionError


FAULTS: dict[str, tuple[str, Callable[..., object]]] = {
    "message": ("trio_chat.wire.message.escape_tag_value", lambda value: value),
    "formatted": ("trio_chat.wire.message._is_key", lambda key: True),
    "lines": ("tests.fuzz.lines.LineBuffer", Forgetful),
    "names": ("trio_chat.wire.grammar._matches_stars", lambda parts, text: parts[0] in text),
    "sasl": ("trio_chat.archive.passwords.Passwords.is_right", lambda *_: True),
    "login": ("trio_chat.core.commands.authentication._refuse", let_in),
    "websocket": ("tests.fuzz.websocket._first_bytes", one_piece),
    "connection": ("trio_chat.core.step._obey", fails),
}


@pytest.mark.parametrize("name", TARGETS)
def test_the_inputs_that_were_kept_find_a_fault(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    where, fault = FAULTS[name]
    load(name)
    monkeypatch.setattr(where, fault)
    with pytest.raises(Exception) as caught:  # noqa: PT011 - each in its own way
        run_all(name)
    assert "the input is" in "".join(caught.value.__notes__)


def test_a_tape_is_read_once_and_goes_on_with_nothing() -> None:
    tape = Tape(b"\x05one\n\ntwo\nthree")
    assert [tape.byte(), tape.line(), tape.line()] == [5, b"one", b""]
    assert not tape.is_over
    assert [tape.line(), tape.rest(), tape.rest(), tape.byte(), tape.line()] == [
        *(b"two", b"three", b"", 0, b""),
    ]
    assert tape.is_over


def test_pieces_are_the_whole_again() -> None:
    assert pieces(b"abcdefgh", (1, 3)) == [b"a", b"bcd", b"e", b"fgh"]
    assert pieces(b"", (1,)) == []
