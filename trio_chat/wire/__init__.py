"""Floor 0: bytes to messages and back, for server and client alike.

Laws: the standard library only; no state of the chat; no I/O, no clock, no randomness.
"""
