"""What an operator may set about accounts: who may have one, who must, and how they log in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from trio_chat.wire.sasl import EXTERNAL, MECHANISMS, PLAIN, SCRAM

LONGEST_PASSWORD_BYTES = 300
"""account-registration, "Server considerations": a longer one may not fit a message to a service,
and with the account's name it is well within what AUTHENTICATE carries."""

LONGEST_ALWAYS_ON_DAYS = 36500
"""As good as for ever, and a number that a clock can hold."""


@dataclass(frozen=True, slots=True)
class AccountRules:
    """The rules of accounts."""

    registration: Literal["open", "invite", "closed"] = "open"
    """Who may register an account: anyone, whoever has an invitation, or nobody (they are then made
    from the command line)."""
    before_connect: bool = True
    """Whether one may register before the connection is complete."""
    email: bool = False
    """Whether an e-mail address is needed to register; with `[mail]` it always is."""
    custom_name: bool = False
    """Whether an account may have another name than the nick of who registers it."""
    required: bool = False
    """Whether nobody may be here without logging in; who is logged out is let go."""
    names_held: bool = True
    """Whether an account's name and nicks are its own, and nobody else's nick."""
    lookalikes_held: bool = True
    """Whether nobody else may have a nick, or register a name, that looks like one that is held: a
    zero for the letter O, a letter of another script for the same one of Latin."""
    multiclient: bool = True
    """Whether several clients of one account may share a nick; else the last one to come takes it
    over from the one before."""
    always_on: Literal["opt-in", "opt-out", "always", "never"] = "opt-in"
    """Whose users stay in their rooms, and get what is said to them, while no client of theirs is
    connected: those who have asked for it, all who have not declined, all, or nobody."""
    always_on_days: float = 90
    """Days after which a user goes of whom no client has come: nobody misses them, and each takes
    some KB and a place in the list of members."""
    nicks_per_account: int = 5
    """Nicks that an account may hold beside its name: a few for one's devices, not the best ones of
    a whole network."""
    mechanisms: tuple[str, ...] = (EXTERNAL, PLAIN, SCRAM)
    """The SASL mechanisms to offer: EXTERNAL by TLS alone. OAUTHBEARER comes with `[tokens]`."""
    password_bytes: int = LONGEST_PASSWORD_BYTES
    """Longest password, in bytes."""

    def __post_init__(self) -> None:
        """Raises `ValueError` for rules that could not be kept."""
        for mechanism in self.mechanisms:
            if mechanism not in MECHANISMS:
                known = ", ".join(MECHANISMS)
                raise ValueError(f"no such mechanism: {mechanism!r}; known are {known}")
        if self.nicks_per_account < 0:
            raise ValueError("nicks_per_account must not be negative")
        if not 0 < self.always_on_days <= LONGEST_ALWAYS_ON_DAYS:
            raise ValueError(f"always_on_days must be more than 0, up to {LONGEST_ALWAYS_ON_DAYS}")
        if not 1 <= self.password_bytes <= LONGEST_PASSWORD_BYTES:
            raise ValueError(f"password_bytes must be from 1 to {LONGEST_PASSWORD_BYTES}")
