"""A mail server for tests, on a port of this machine, in a thread: it keeps what it is given."""

from __future__ import annotations

import base64
import email
import email.policy
import socketserver
import ssl
import threading
from email.message import EmailMessage
from types import TracebackType
from typing import Any


class _Visit(socketserver.StreamRequestHandler):
    """One connection, in the least of SMTP (RFC 5321) that a client can do with."""

    timeout = 5
    server: _Server

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def setup(self) -> None:
        if self.server.office.tls is not None and not self.server.office.starttls:
            self.request = self.server.office.tls.wrap_socket(self.request, server_side=True)
        super().setup()

    def finish(self) -> None:
        super().finish()
        self.request.close()  # the one that was wrapped is another

    def handle(self) -> None:
        office = self.server.office
        self._say("220 here")
        while line := self.rfile.readline().decode().rstrip("\r\n"):
            verb, _, rest = line.partition(" ")
            office.heard.append(line)
            match verb.upper():
                case "EHLO":
                    extra = ["STARTTLS"] if office.starttls else ["AUTH PLAIN"]
                    for each in ["here", *extra[:-1]]:
                        self._say(f"250-{each}")
                    self._say(f"250 {extra[-1]}")
                case "STARTTLS":
                    self._say("220 go ahead")
                    assert office.tls is not None
                    self.request = office.tls.wrap_socket(self.request, server_side=True)
                    self.rfile = self.request.makefile("rb")
                    self.wfile = self.request.makefile("wb", buffering=0)
                    office.starttls = False
                case "AUTH":
                    office.logins.append(base64.b64decode(rest.split()[-1]).decode())
                    self._say("235 welcome")
                case "RCPT" if office.refuses:
                    self._say("550 nobody of that name")
                case "DATA":
                    self._say("354 go on")
                    office.take(self._data())
                    self._say("250 taken")
                case "QUIT":
                    self._say("221 bye")
                    return
                case _:
                    self._say("250 fine")

    def _data(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line.removeprefix(b"."))
        return b"".join(lines)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = True

    def __init__(self, office: PostOffice) -> None:
        self.office = office
        super().__init__(("127.0.0.1", 0), _Visit)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up, as one does that does not trust the certificate."""


class PostOffice:
    """A mail server for the length of a `with`; `letters` is what it was given.

    With `tls`, the connection is encrypted from its beginning or, with `starttls`, on request.
    """

    def __init__(
        self, *, refuses: bool = False, tls: ssl.SSLContext | None = None, starttls: bool = False
    ) -> None:
        self.letters: list[EmailMessage] = []
        self.heard: list[str] = []
        self.logins: list[str] = []
        self.refuses = refuses
        self.tls = tls
        self.starttls = starttls
        self._server = _Server(self)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}
        )

    def take(self, data: bytes) -> None:
        self.letters.append(email.message_from_bytes(data, policy=email.policy.default))

    def __enter__(self) -> PostOffice:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
