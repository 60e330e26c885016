"""Who somebody is: by password, SCRAM, certificate or bearer token.

Laws:

* What is wrong is not said before the password, the proof, the certificate or the token is right:
  nobody learns from a refusal which accounts there are, or how they stand.
* Between the two steps of a SCRAM exchange nothing is kept: the nonce travels in the question.
"""

from __future__ import annotations

import secrets as randomness
from collections.abc import Callable, Mapping
from typing import Any

from trio_chat.archive.book import WRONG, Book
from trio_chat.archive.passwords import Passwords
from trio_chat.archive.second_factor import Guesses, split_code, step_of
from trio_chat.archive.settings import TokenSettings
from trio_chat.archive.tokens import account_of
from trio_chat.core.account_questions import (
    CheckCertificate,
    CheckLogin,
    CheckToken,
    FinishScram,
    Scram,
    StartScram,
    Verdict,
    Why,
)
from trio_chat.core.questions import Question
from trio_chat.store import accounts
from trio_chat.store.accounts import AccountRow, Secrets, Taken
from trio_chat.wire.sasl import split_device

SCRAM_LENGTH = 1024
"""Characters of a message of SCRAM that is looked at: names and nonces are some 100."""

NONCE_BYTES = 18
"""Of the server's part of the nonce: as many as nobody guesses."""

FAILED = Scram("e=other-error", why="wrong")


class Logins:
    """Answers the questions who somebody is."""

    def __init__(
        self, book: Book, passwords: Passwords, guesses: Guesses, tokens: TokenSettings
    ) -> None:
        self._book = book
        self._passwords = passwords
        self._guesses = guesses
        self._tokens = tokens
        self.answerers: Mapping[type[Question], Callable[[Any], object]] = {
            CheckLogin: self.check_login,
            CheckCertificate: self.check_certificate,
            CheckToken: self.check_token,
            StartScram: self.start_scram,
            FinishScram: self.finish_scram,
        }

    def _granted(self, row: AccountRow, why: Why = "") -> Verdict:
        """The verdict for who has proved to be the owner of an account."""
        return Verdict(why or standing(row), self._book.show(row))

    # -- by password

    def check_login(self, question: CheckLogin) -> Verdict:
        row = self._book.look_up(question.account)
        password, code = question.password, ""
        if row is not None and row.factor_secret:
            password, code = split_code(password)
        kept = row.secrets if row is not None else None
        if not self._passwords.is_right(kept, password) or row is None:
            return WRONG
        if not standing(row) and (why := self._second_factor(row, code)):
            return Verdict(why)
        self._renew(row, password)
        return self._granted(row)

    def _second_factor(self, row: AccountRow, code: str) -> Why:
        """What is wrong with the code behind a right password."""
        if not row.factor_secret:
            return ""
        if not code:
            return "second-factor"
        if not self._guesses.may(row.id):
            return "full"
        step = step_of(row.factor_secret, code, self._book.clock())
        if step is not None:
            with self._book.store.writing() as db:
                if accounts.use_step(db, row.id, row.factor_secret, step):
                    self._guesses.forgive(row.id)
                    return ""
        self._guesses.count(row.id)
        return "wrong"

    def _renew(self, row: AccountRow, password: str) -> None:
        """Keep a right password with the present parameters, unless it was changed meanwhile."""
        renewed = self._passwords.renewed(row.secrets, password)
        if renewed is None:
            return
        with self._book.store.writing() as db:
            present = self._book.find(db, row.name)
            if present is not None and present.secrets == row.secrets:
                accounts.set_secrets(db, row.id, renewed)

    # -- by SCRAM

    def start_scram(self, question: StartScram) -> Scram:
        from scramp import ScramException

        nonce = randomness.token_urlsafe(NONCE_BYTES)
        try:
            server, _ = self._hear(question.first, nonce)
        except ScramException:
            return FAILED
        return Scram(server.get_server_first(), nonce)

    def finish_scram(self, question: FinishScram) -> Scram:
        from scramp import ScramException

        try:
            server, row = self._hear(question.first, question.nonce)
            server.get_server_first()
            if len(question.final) > SCRAM_LENGTH:
                return FAILED
            server.set_client_final(question.final)
            message = str(server.get_server_final())
        except ScramException as error:
            kind = error.server_error.value if error.server_error else "other-error"
            return Scram(f"e={kind}", why="wrong")
        if row is None:  # the proof of a password that nobody has
            return FAILED
        why: Why = standing(row) or ("second-factor" if row.factor_secret else "")
        if why:
            return Scram("e=other-error", why=why)
        return Scram(message, account=self._book.show(row))

    def _hear(self, first: str, nonce: str) -> tuple[Any, AccountRow | None]:
        """The exchange as it is after the client's first message, and whom it is about."""
        from scramp import ScramException

        found: list[AccountRow | None] = []

        def keys(name: str) -> tuple[bytes, bytes, bytes, int]:
            name, _ = split_device(name)
            row = self._book.look_up(name)
            has_password = row is not None and bool(row.secrets.hash)
            found.append(row if has_password else None)
            kept = (
                row.secrets
                if row is not None and has_password
                else self._passwords.feigned(self._book.fold(name))
            )
            return _keys(kept)

        if len(first) > SCRAM_LENGTH:
            raise ScramException("too long")
        server = self._passwords.scram.make_server(keys, s_nonce=nonce)
        server.set_client_first(first)
        return server, found[0]

    # -- by certificate

    def check_certificate(self, question: CheckCertificate) -> Verdict:
        with self._book.store.reading() as db:
            row = accounts.find_by_certificate(db, question.fingerprint)
        if row is None or not self._is_meant(row, question.account):
            return WRONG
        return self._granted(row)

    def _is_meant(self, row: AccountRow, name: str) -> bool:
        return not name or self._book.fold(name) == self._book.fold(row.name)

    # -- by token

    def check_token(self, question: CheckToken) -> Verdict:
        name = account_of(question.token, self._tokens)
        if name is None or not self._book.is_name(name):
            return WRONG
        if question.account and self._book.fold(question.account) != self._book.fold(name):
            return WRONG
        row = self._book.look_up(name)
        if row is None and self._tokens.make_accounts:
            try:
                with self._book.store.writing() as db:
                    row = accounts.add(db, name, self._book.fold(name), self._book.clock())
            except Taken:
                return self._after_all(name)
        return WRONG if row is None else self._granted(row)

    def _after_all(self, name: str) -> Verdict:
        """Of an account that was made meanwhile, or a name that is held for another."""
        row = self._book.look_up(name)
        return Verdict("taken") if row is None else self._granted(row)


def _keys(secrets: Secrets) -> tuple[bytes, bytes, bytes, int]:
    return (
        secrets.scram_salt,
        secrets.scram_stored_key,
        secrets.scram_server_key,
        secrets.scram_iterations,
    )


def standing(row: AccountRow) -> Why:
    """Why nobody may log in to an account at present."""
    if row.disabled:
        return "disabled"
    return "" if row.verified else "unverified"
