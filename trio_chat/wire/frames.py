"""How a line is framed on its way to a client: as a line, or as one WebSocket message.

A framing is a bit beside those of the capabilities, so that a variant of a message, framing
included, has one integer for its key and is encoded once for all who get it.
"""

from __future__ import annotations

LINE = 0
"""CR LF after it (RFC 1459 section 2.3)."""
WEBSOCKET_TEXT = 1 << 62
"""An unmasked text message without CR LF (IRCv3 websocket, `text.ircv3.net`)."""
WEBSOCKET_BINARY = 1 << 61
"""An unmasked binary message without CR LF (IRCv3 websocket, `binary.ircv3.net`)."""

FRAMINGS = WEBSOCKET_TEXT | WEBSOCKET_BINARY

_FIN_TEXT = 0x81
_FIN_BINARY = 0x82


def frame(line: bytes, framing: int) -> bytes:
    """The bytes on the wire for one line, given without CR LF; at most 65,535 bytes of it.

    A server's frames carry no mask (RFC 6455 section 5.1), so they are the same for every client.
    """
    if framing == LINE:
        return line + b"\r\n"
    head = _FIN_TEXT if framing == WEBSOCKET_TEXT else _FIN_BINARY
    size = len(line)
    if size < 126:  # RFC 6455 section 5.2, "Payload length"
        return bytes((head, size)) + line
    return bytes((head, 126)) + size.to_bytes(2, "big") + line
