"""trio-chat: a chat server any IRC client can talk to, a client and a harness, on trio."""

__version__ = "0.1.0"
