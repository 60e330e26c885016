"""How an account comes to be: by a password, an invitation, and a confirmed address.

Laws:

* Of all who want one name at once exactly one has it, and no invitation is used for the others.
* With a mail server configured an account is nobody's until its address is confirmed; in the end it
  is gone, so that nobody can keep names from others for nothing.
* A code is made anew for every mail, and only the last one is good.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets as randomness
from collections.abc import Callable, Mapping
from typing import Any

from trio_chat.archive.book import WRONG, Book
from trio_chat.archive.passwords import Passwords, Weak
from trio_chat.archive.settings import MailSettings, is_address
from trio_chat.core.account_questions import Invite, Register, Verdict, Verify
from trio_chat.core.questions import Question
from trio_chat.store import accounts, passes
from trio_chat.store.accounts import AccountRow, Secrets, Taken
from trio_chat.store.passes import Code, InviteRow

TOKEN_BYTES = 12
"""Of a code or an invitation: 96 bits, which nobody guesses, as 16 characters to type or paste."""

INVITES = 1000
"""Invitations that are good at a time."""

NO_NAME = "That is no name for an account"


class _Refused(Exception):
    """Takes a transaction back: somebody was refused within it."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.why)
        self.verdict = verdict


class Registration:
    """Answers the questions of those who want an account."""

    def __init__(self, book: Book, passwords: Passwords, mail: MailSettings, network: str) -> None:
        self._book = book
        self._passwords = passwords
        self._mail = mail
        self._network = network
        self.answerers: Mapping[type[Question], Callable[[Any], object]] = {
            Register: self.register,
            Verify: self.verify,
            Invite: self.invite,
        }

    def register(self, question: Register) -> Verdict:
        name, email = question.account, question.email
        if not self._book.is_name(name):
            return Verdict("wrong", text=NO_NAME)
        if (email or self._mail.host) and not is_address(email):
            return Verdict("email", text="That is no e-mail address")
        # Before anything costs much: names are no secret, and the invitation is used up below.
        if (row := self._book.look_up(name)) is not None and not self._is_overdue(row):
            return self._once_more(row, question)
        try:
            kept = self._passwords.keep(question.password, name, email)
        except Weak as weak:
            return Verdict("weak", text=str(weak))
        code = randomness.token_urlsafe(TOKEN_BYTES) if self._mail.host else ""
        try:
            row = self._enter(question, kept, code)
        except _Refused as refused:
            return refused.verdict
        except Taken:
            return Verdict("taken")
        if not code:
            return Verdict(account=self._book.show(row))
        verdict = self._sent(row, code)
        if verdict.why == "email":
            self._take_back(row, question)
        return verdict

    def add(self, name: str, password: str, email: str = "") -> Verdict:
        """Make an account for somebody, as whoever runs the server may: without further ado."""
        if not self._book.is_name(name):
            return Verdict("wrong", text=NO_NAME)
        if email and not is_address(email):
            return Verdict("email", text="That is no e-mail address")
        try:
            kept = self._passwords.keep(password, name, email)
            row = self._enter(Register(name, "", email), kept, "")
        except Weak as weak:
            return Verdict("weak", text=str(weak))
        except Taken:
            return Verdict("taken")
        return Verdict(account=self._book.show(row))

    def _enter(self, question: Register, kept: Secrets, code: str) -> AccountRow:
        """Make the account. Raises `_Refused` or `Taken`, and then nothing has happened."""
        name, now = question.account, self._book.clock()
        with self._book.store.writing() as db:
            for number in passes.overdue(db, now):
                accounts.delete(db, number)
            if question.needs_invite and not passes.use_invite(db, hash_of(question.invite), now):
                raise _Refused(Verdict("invite"))
            row = accounts.add(
                db,
                name,
                self._book.fold(name),
                now,
                email=question.email,
                verified=not code,
                secrets=kept,
            )
            if code:
                expires = now + self._mail.code_hours * 3600
                passes.put_code(db, row.id, Code(hash_of(code), now, 1, expires))
        return row

    # -- the address

    def _take_back(self, row: AccountRow, question: Register) -> None:
        """Undo what `_enter` has done: nobody could ever confirm this account."""
        with self._book.store.writing() as db:
            accounts.delete(db, row.id)
            if question.needs_invite:
                passes.return_invite(db, hash_of(question.invite))

    def _sent(self, row: AccountRow, code: str) -> Verdict:
        """Mail a code that is in the store by now."""
        # Here, since few servers send mail, and what does it takes long to import.
        from trio_chat.archive.mail import NotSent, send_code

        try:
            send_code(self._mail, row.email, row.name, self._network, code)
        except NotSent:
            return Verdict("email", text="No mail could be sent to that address")
        text = f"A code was sent to {row.email}"
        return Verdict("unverified", self._book.show(row), text)

    def _is_overdue(self, row: AccountRow) -> bool:
        """Whether an account has not been confirmed in time."""
        if row.verified:
            return False
        with self._book.store.reading() as db:
            code = passes.find_code(db, row.id)
        return code is None or code.expires <= self._book.clock()

    def _once_more(self, row: AccountRow, question: Register) -> Verdict:
        """Send another code to who has registered before, and says all of it again."""
        if row.verified or question.email != row.email or not self._mail.host:
            return Verdict("taken")
        if not self._passwords.is_right(row.secrets, question.password):
            return Verdict("taken")
        code, now = randomness.token_urlsafe(TOKEN_BYTES), self._book.clock()
        with self._book.store.writing() as db:
            last = passes.find_code(db, row.id)
            if last is None:  # confirmed, or deleted, meanwhile
                return Verdict("taken")
            if now - last.sent < self._mail.resend_seconds or last.times >= self._mail.resends:
                return Verdict("full", text="A code was sent before; wait for it")
            passes.put_code(db, row.id, Code(hash_of(code), now, last.times + 1, last.expires))
        return self._sent(row, code)

    def verify(self, question: Verify) -> Verdict:
        with self._book.store.writing() as db:
            row = self._book.find(db, question.account)
            code = passes.find_code(db, row.id) if row is not None else None
            if row is None or code is None or code.expires <= self._book.clock():
                return WRONG
            if not hmac.compare_digest(code.hash, hash_of(question.code)):
                return WRONG
            accounts.set_verified(db, row.id)
        return self._book.verdict(row.name, "disabled" if row.disabled else "")

    # -- invitations

    def invite(self, question: Invite) -> Verdict:
        token, now = randomness.token_urlsafe(TOKEN_BYTES), self._book.clock()
        with self._book.store.writing() as db:
            passes.drop_spent_invites(db, now)
            if len(passes.invites(db)) >= INVITES:
                return Verdict("full")
            expires = now + question.seconds
            passes.add_invite(
                db, InviteRow(hash_of(token), question.by, now, question.uses, expires)
            )
        return Verdict(text=token)


def hash_of(token: str) -> bytes:
    """What is kept of a code or an invitation. They are random: there is nothing to stretch."""
    return hashlib.sha256(token.encode(errors="replace")).digest()
