"""`logins`: the lobby while 20 clients log in at once, again and again: what the room notices.

First the lobby alone, then, in the same room, beside clients that come in, log in by SASL PLAIN,
leave as soon as they are welcome, and come again. A server keeps passwords so that each costs it
tens of milliseconds to check; 20 logins under way at any time give it no moment without one.

Those who log in join no room: their JOIN lines to all the lobby would be fan-out, and hide the cost
of the passwords. Their accounts are made before the first window, by `draft/account-registration`.
Where a server has no such accounts (the floor), nobody logs in: its two windows are alike, and what
they differ by is the noise of the machine.
"""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import replace

from benchmarks.crowd import Member, Trouble
from benchmarks.figures import QUANTILES, Figures
from benchmarks.histogram import Histogram
from benchmarks.shapes.lobby import LOBBY, Lobby, compared
from benchmarks.stage import SETTLE, Stage

AT_ONCE = 20
"""Logins under way at any time."""

_PASSWORD = b"as long as that of a careful user"
_PATIENCE = 30.0
"""Seconds within which all accounts are made, or the server takes none."""

_LEAVING = b"QUIT\r\n"

_REFUSALS = frozenset(
    (
        *(b"432", b"433", b"464", b"465", b"902", b"904", b"905", b"906", b"908"),
        *(b"CAP", b"ERROR", b"FAIL", b"REGISTER"),
    )
)
"""Answers that, where none better is known, mean no."""


class Visit:
    """What one says from coming in to leaving: to make an account, or to log in to it.

    No sockets here: lines come in without their end, and go out with it.
    """

    def __init__(self, nick: bytes, is_owner: bool) -> None:
        self.nick = nick
        self.is_owner = is_owner
        """Whether there is an account: this visit logs in to it, or has just made it."""
        self.is_over = False
        """Whether it has said that it leaves."""
        self._to_make = not is_owner
        self._offers = b""

    def first(self) -> bytes:
        """What it says as it connects."""
        request = b"LS 302" if self._to_make else b"REQ sasl"
        return b"CAP %b\r\nNICK %b\r\nUSER %b 0 * :load\r\n" % (request, self.nick, self.nick)

    def hear(self, line: bytes) -> bytes:
        """What it says to that. Raises Trouble when it is refused."""
        words = line.split(b" ")
        match words[1:] if line.startswith(b":") else words:
            case [b"CAP", _, b"LS", *offers]:
                return self._offered(offers)
            case [b"CAP", _, b"ACK", *_] if not self._to_make:
                return b"AUTHENTICATE PLAIN\r\n"
            case [b"CAP", _, b"ACK", *_] | [b"903", *_]:
                return b"CAP END\r\n"
            case [b"AUTHENTICATE", b"+"]:
                return b"AUTHENTICATE %b\r\n" % b64encode(b"\0%b\0%b" % (self.nick, _PASSWORD))
            case [b"001", *_]:
                has_more = self._to_make and keeps_accounts(self._offers)
                return b"REGISTER * * :%b\r\n" % _PASSWORD if has_more else self._leave()
            case [b"REGISTER", b"SUCCESS", *_] | [b"FAIL", b"REGISTER", b"ACCOUNT_EXISTS", *_]:
                self.is_owner = True
                return self._leave()
            case [command, *_] if command in _REFUSALS:
                text = line.decode(errors="replace")
                raise Trouble(f"{self.nick.decode()} could not log in: {text}")
        return b""

    def _offered(self, offers: Sequence[bytes]) -> bytes:
        """The list may come in several lines, with `*` in all but the last (CAP LS 302)."""
        if offers[0] == b"*":
            self._offers += b" ".join(offers[1:]).lstrip(b":") + b" "
            return b""
        self._offers += b" ".join(offers).lstrip(b":")
        if keeps_accounts(self._offers):
            return b"CAP REQ draft/account-registration\r\n"
        return b"CAP END\r\n"

    def _leave(self) -> bytes:
        self.is_over = True
        return _LEAVING


def keeps_accounts(offers: bytes) -> bool:
    """Whether a server with these capabilities lets one make an account and log in by PLAIN."""
    values = {name: value for name, _, value in (cap.partition(b"=") for cap in offers.split())}
    return b"draft/account-registration" in values and b"PLAIN" in values.get(b"sasl", b"").split(
        b","
    )


class Guest:
    """Who comes for one visit after the other; each from a connection of its own."""

    def __init__(self, stage: Stage, index: int) -> None:
        self.stage = stage
        self.index = index
        self.is_owner = False
        self.is_outside = True
        self.logins = Histogram()
        """From the connect to the welcome of one who has logged in."""

    def come(self) -> None:
        """Connect; the rest is done as the answers come."""
        began = time.monotonic_ns()
        crowd = self.stage.crowd
        member = crowd.open(self.index, b"")
        visit = Visit(member.nick, self.is_owner)
        is_login = self.is_owner
        self.is_outside = False

        def hear(member: Member, data: bytes, now: int) -> None:
            for line in data.splitlines():
                if visit.is_over or crowd.answer_ping(member, line):
                    continue
                said = visit.hear(line)
                if said:
                    crowd.say(member, said)
                if said == _LEAVING and is_login:
                    self.logins.record(now - began)

        def left(member: Member) -> None:
            if not visit.is_over:
                last = member.tail.decode(errors="replace") or "end of stream"
                raise Trouble(f"{member.nick.decode()} was let go before it was in: {last}")
            self.is_owner = visit.is_owner
            self.is_outside = True

        member.ear, member.left = hear, left
        crowd.say(member, visit.first())


class Guests:
    """All of them, and whether they come again."""

    def __init__(self, stage: Stage, first: int) -> None:
        self.stage = stage
        self.guests = [Guest(stage, first + number) for number in range(AT_ONCE)]
        self.calling = False

    def get_accounts(self) -> None:
        """Each makes its account; or finds that this server has none, and never comes again."""
        until = time.monotonic() + _PATIENCE
        for guest in self.guests:
            guest.come()
        while not all(guest.is_outside for guest in self.guests):
            if time.monotonic() > until:
                raise Trouble("the server would not make all accounts")
            self.stage.crowd.pump(0.1)
        self.guests = [guest for guest in self.guests if guest.is_owner]

    def turn(self) -> None:
        """Who has left comes again."""
        if self.calling:
            for guest in self.guests:
                if guest.is_outside:
                    guest.come()

    def take(self) -> Histogram:
        """How long the logins took that ended since it was asked last."""
        taken = Histogram()
        for guest in self.guests:
            taken.add(guest.logins)
            guest.logins = Histogram()
        return taken


def logins(stage: Stage) -> list[Figures]:
    """The row is the window with the logins; `more` compares it to the one without."""
    members = stage.enter([LOBBY] * stage.job.clients)
    room, guests = Lobby(stage, members), Guests(stage, len(members))
    guests.get_accounts()
    stage.crowd.quiet(SETTLE)

    def turn() -> float:
        guests.turn()
        return room.turn()

    stage.run(turn, stage.job.warmup, "warming up")
    room.pace.restart()
    stage.measure(turn, "measuring without logins")
    stage.drain(lambda: stage.probes.missing)
    each, last = stage.probes.member, stage.probes.last

    guests.calling = True
    room.pace.restart()
    stage.run(turn, stage.job.warmup, "warming up, with logins")
    guests.take()
    room.pace.restart()
    window = stage.measure(turn, "measuring with logins")
    taken = guests.take()
    guests.calling = False
    stage.drain(lambda: stage.probes.missing)
    figures = stage.figures(
        "logins", window, window.probes_sent, window.arrivals, room.pace.latest_ns
    )
    more = {"logins_per_second": taken.count / window.seconds}
    for label, share in QUANTILES[:2]:
        if (login := taken.quantile(share)) is not None:
            more[f"login_{label}_ns"] = float(login)
    more |= compared(figures, each, last, "logins")
    return [replace(figures, clients=len(members), more=more)]
