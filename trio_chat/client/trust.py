"""Trust on first use, as SSH does it: a server no authority vouches for is asked about once.

Laws:

* A server that is known is met by its fingerprint first. One with another certificate is let
  pass only if the authorities vouch for it; else that is told loudly, and nothing is tried again.
* Nobody is asked about a server that is known, nor about one that was vouched for in this run.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import trio

from trio_chat.client.errors import ChatError, ConnectionLost, WrongCertificate
from trio_chat.client.pins import Pin, Pins, server_name
from trio_chat.client.reach import open_stream, see_fingerprint
from trio_chat.client.tls import TLS, show_fingerprint


class ChangedCertificate(ChatError):
    """A known server shows another certificate, and no authority vouches for it."""

    def __init__(self, pin: Pin, found: str) -> None:
        since = f"since {pin.since}" if pin.since else "before"
        super().__init__(
            f"THE CERTIFICATE OF {pin.server} HAS CHANGED\n"
            "Somebody may be posing as the server, or it has been given a new certificate.\n"
            "Nothing was sent to it.\n"
            f"It was trusted {since} with the fingerprint\n"
            f"{show_fingerprint(pin.fingerprint, '    ')}\n"
            "and now has\n"
            f"{show_fingerprint(found, '    ')}\n"
            "If those who run the server say that this is right, start again after removing\n"
            f"line {pin.line} of {pin.path}"
        )
        self.pin = pin
        self.found = found


class KnownServer:
    """A server that is known by its fingerprint."""

    def __init__(self, host: str, port: int, tls: TLS, pin: Pin) -> None:
        self._address = host, port
        self._tls = tls
        self._pinned = tls.pinned_to(pin.fingerprint)
        self._pin = pin

    async def open_stream(self, told: Callable[[str], None]) -> trio.abc.Stream:
        """A stream to it; `told` hears if it is the authorities who vouch for it now.

        Raises `ChangedCertificate`, and otherwise as `connect` does.
        """
        pin = self._pin
        try:
            return await open_stream(*self._address, self._pinned)
        except WrongCertificate as wrong:
            try:
                stream = await open_stream(*self._address, self._tls)
            except (OSError, ConnectionLost):
                # Whatever this was: what has been seen is to be told, and not to be tried again.
                raise ChangedCertificate(pin, wrong.found) from wrong
        told(
            f"{pin.server} has a new certificate, which your system's authorities vouch for: "
            f"line {pin.line} of {pin.path} is not needed any more"
        )
        return stream


async def get_to_know(
    host: str, port: int, why: str, pins: Pins, ask: Callable[[str], str]
) -> Pin | None:
    """Ask about a server that no authority vouches for; its pin, or None if it is not trusted.

    `ask` shows a question and gives the answer. Raises as `open_stream` and `Pins` do.
    """
    fingerprint = await see_fingerprint(host, port)
    answer = ask(
        f"Nobody that your system trusts vouches for {server_name(host, port)}:\n"
        f"{why}.\n"
        "The SHA-256 fingerprint of its certificate is\n"
        f"{show_fingerprint(fingerprint, '    ')}\n"
        "Those who run the server can tell whether this is right.\n"
        "Trust it from now on? [y/N] "
    )
    if answer.strip().lower() not in ("y", "yes"):
        return None
    return pins.add(host, port, fingerprint, date.today())
