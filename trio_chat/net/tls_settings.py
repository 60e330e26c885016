"""What is said of TLS, apart from what speaks it.

Law: OpenSSL is imported where there is a certificate: a server without one starts in a quarter less
of the time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


class CertificateError(Exception):
    """A certificate cannot be used; the text names the file and says why."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate; once for each. The first is for clients that ask for no other by name."""

    cert: str = field(metadata={"example": "/etc/trio-chat/fullchain.pem"})
    """The file with it and what vouches for it, in PEM, as seen from this file."""
    key: str = ""
    """The file with its key; if empty, it is in the same one."""

    def below(self, directory: Path) -> Certificate:
        """The same, its files as seen from a directory."""
        return Certificate(str(directory / self.cert), self.key and str(directory / self.key))


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """The certificates, and bounds on what handshakes may take of the server."""

    certificates: tuple[Certificate, ...] = ()
    self_made: bool = False
    """Whether the server makes its own certificate if there is no other. No authority vouches for
    it: clients have to be told its fingerprint."""
    handshake_seconds: float = 10
    """How long a client may take for its handshake; waiting for its turn is not in it."""
    handshakes: int = 4
    """Steps of handshakes between two turns of everybody else. The costliest takes 0.7 ms with an
    ECDSA certificate and 1.5 ms with RSA of 2048 bits: the chat stands still for some 3 to 6 ms."""
    waiting_handshakes: int = 4096
    """Clients that may wait for their turn, a whole community reconnecting; the next is let go."""

    def __post_init__(self) -> None:
        """Raises `ValueError` for a bound under which nobody would come in."""
        if not 0 < self.handshake_seconds < 1e9:
            raise ValueError("handshake_seconds must be more than 0")
        if self.handshakes < 1 or self.waiting_handshakes < 1:
            raise ValueError("handshakes and waiting_handshakes must be at least 1")


class TlsFailed(Exception):
    """There will be no TLS with this client; what could be told it has been."""
