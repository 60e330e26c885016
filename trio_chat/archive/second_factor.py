"""The second factor: codes of six digits that change every 30 seconds (TOTP, RFC 6238).

Laws:

* A code is good within one step of its time, for clocks that differ (RFC 6238 section 5.2), and
  good once.
* Guessing is bounded, for an account and not for a connection (RFC 4226 section 7.3).
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from threading import Lock

STEP_SECONDS = 30
"""How long one code holds (RFC 6238 section 5.2, "We RECOMMEND a default time-step size of 30")."""

SKEW_STEPS = 1
"""Steps by which a clock may be wrong, in each direction."""

WRONG_CODES = 10
"""Wrong codes for one account within `WINDOW_SECONDS`, and no more are looked at: with three codes
that are good at a time, a year of guessing hits one in 26 with a probability of one half."""

WINDOW_SECONDS = 600.0

_WITH_CODE = re.compile(r"(.*) (\d{6})", re.DOTALL | re.ASCII)


def split_code(password: str) -> tuple[str, str]:
    """A password and the code behind it, which is empty if there is none."""
    found = _WITH_CODE.fullmatch(password)
    return (found[1], found[2]) if found else (password, "")


def make_secret() -> str:
    """A new secret, of 160 bits in base 32 (RFC 4226 section 4, R6)."""
    import pyotp

    return pyotp.random_base32()


def address_of(secret: str, account: str, network: str) -> str:
    """What an authenticator takes, as text or as a picture (`otpauth:`)."""
    import pyotp

    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=network)


def step_of(secret: str, code: str, at: float) -> int | None:
    """The time step whose code this is, out of those that are good at a Unix time."""
    import pyotp

    present = int(at // STEP_SECONDS)
    codes = pyotp.TOTP(secret, interval=STEP_SECONDS)
    fitting = None
    for step in range(max(0, present - SKEW_STEPS), present + SKEW_STEPS + 1):
        if hmac.compare_digest(codes.generate_otp(step).encode(), code.encode(errors="replace")):
            fitting = step
    return fitting


class Guesses:
    """Wrong codes, counted by account."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._wrong: dict[int, tuple[float, int]] = {}
        self._lock = Lock()

    def may(self, account: int) -> bool:
        """Whether another code of this account may be looked at."""
        with self._lock:
            return self._recent(account)[1] < WRONG_CODES

    def count(self, account: int) -> None:
        """Take note of a wrong one."""
        with self._lock:
            begin, wrong = self._recent(account)
            self._wrong[account] = (begin, wrong + 1)

    def forgive(self, account: int) -> None:
        """Take note of a right one."""
        with self._lock:
            self._wrong.pop(account, None)

    def _recent(self, account: int) -> tuple[float, int]:
        now = self._clock()
        begin, wrong = self._wrong.get(account, (now, 0))
        return (begin, wrong) if now - begin < WINDOW_SECONDS else (now, 0)
