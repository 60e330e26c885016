"""What somebody does with an account they have: another password, nicks, certificates, its end.

Law: who asks has been found to be the owner, or an operator, by the chat; here it is only checked
what the question brings along (an old password, a code).
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

from trio_chat.archive.book import WRONG, Book
from trio_chat.archive.history import History
from trio_chat.archive.passwords import Passwords, Weak
from trio_chat.archive.second_factor import Guesses, address_of, make_secret, step_of
from trio_chat.core.account_questions import (
    AddCertificate,
    DisableAccount,
    EraseAccount,
    ExportAccount,
    FinishSecondFactor,
    ListCertificates,
    RemoveCertificate,
    SetAlwaysOn,
    SetHistory,
    SetNicks,
    SetPassword,
    StartSecondFactor,
    Verdict,
)
from trio_chat.core.questions import Question
from trio_chat.store import accounts, records, residents
from trio_chat.store.accounts import AccountRow, Taken

CERTIFICATES = 20
"""Certificates of one account: a few devices, and those of last year."""

_FINGERPRINT = re.compile(r"[0-9a-f]{64}")


class _Gone(Exception):
    """Somebody else has erased the account meanwhile."""


class Holdings:
    """Answers the questions of those who have an account."""

    def __init__(
        self, book: Book, passwords: Passwords, guesses: Guesses, network: str, history: History
    ) -> None:
        self._book = book
        self._passwords = passwords
        self._guesses = guesses
        self._network = network
        self._history = history
        self.answerers: Mapping[type[Question], Callable[[Any], object]] = {
            SetPassword: self.set_password,
            SetNicks: self.set_nicks,
            AddCertificate: self.add_certificate,
            RemoveCertificate: self.remove_certificate,
            ListCertificates: self.list_certificates,
            StartSecondFactor: self.start_second_factor,
            FinishSecondFactor: self.finish_second_factor,
            ExportAccount: self.export,
            EraseAccount: self.erase,
            DisableAccount: self.disable,
            SetAlwaysOn: self.set_always_on,
            SetHistory: self.set_history,
        }

    def set_password(self, question: SetPassword) -> Verdict:
        row = self._book.look_up(question.account)
        if question.old is not None and not self._passwords.is_right(
            row.secrets if row is not None else None, question.old
        ):
            return WRONG
        if row is None:
            return WRONG
        try:
            kept = self._passwords.keep(question.new, row.name, row.email)
        except Weak as weak:
            return Verdict("weak", text=str(weak))
        with self._book.store.writing() as db:
            present = self._book.find(db, question.account)
            if present is None or present.id != row.id:
                return WRONG
            if question.old is not None and present.secrets != row.secrets:
                return WRONG  # the old one was changed by somebody else meanwhile
            accounts.set_secrets(db, row.id, kept)
        return self._book.verdict(row.name)

    def set_nicks(self, question: SetNicks) -> Verdict:
        fold = self._book.fold
        if any(not self._book.is_name(nick) for nick in question.nicks):
            return Verdict("wrong", text="That is no nick")
        nicks = {fold(nick): nick for nick in question.nicks}
        nicks.pop(fold(question.account), None)
        try:
            with self._book.store.writing() as db:
                row = self._book.find(db, question.account)
                if row is None:
                    return WRONG
                accounts.set_nicks(db, row.id, [(nick, folded) for folded, nick in nicks.items()])
        except Taken as taken:
            return Verdict("taken", text=str(taken))
        return self._book.verdict(row.name)

    def set_always_on(self, question: SetAlwaysOn) -> Verdict:
        with self._book.store.writing() as db:
            row = self._book.find(db, question.account)
            if row is None:
                return WRONG
            accounts.set_always_on(db, row.id, question.on)
        return self._book.verdict(row.name)

    def set_history(self, question: SetHistory) -> Verdict:
        with self._book.store.writing() as db:
            row = self._book.find(db, question.account)
            if row is None:
                return WRONG
            accounts.set_history(db, row.id, question.kept)
        return self._book.verdict(row.name)

    # -- certificates

    def add_certificate(self, question: AddCertificate) -> Verdict:
        if _FINGERPRINT.fullmatch(question.fingerprint) is None:
            return Verdict("wrong", text="That is no SHA-256 fingerprint")
        try:
            with self._book.store.writing() as db:
                row = self._book.find(db, question.account)
                if row is None:
                    return WRONG
                if len(accounts.certificates(db, row.id)) >= CERTIFICATES:
                    return Verdict("full")
                now = self._book.clock()
                accounts.add_certificate(db, row.id, question.fingerprint, now)
        except Taken:
            return Verdict("taken")
        return Verdict(account=self._book.show(row))

    def remove_certificate(self, question: RemoveCertificate) -> Verdict:
        with self._book.store.writing() as db:
            row = self._book.find(db, question.account)
            if row is None or not accounts.remove_certificate(db, row.id, question.fingerprint):
                return WRONG
        return Verdict(account=self._book.show(row))

    def list_certificates(self, question: ListCertificates) -> tuple[str, ...]:
        with self._book.store.reading() as db:
            row = self._book.find(db, question.account)
            return accounts.certificates(db, row.id) if row is not None else ()

    # -- the second factor

    def start_second_factor(self, question: StartSecondFactor) -> Verdict:
        secret = make_secret()
        with self._book.store.writing() as db:
            row = self._book.find(db, question.account)
            if row is None:
                return WRONG
            if row.factor_secret:  # whoever finds a session open must not replace it
                return Verdict("taken", text="There is a second factor: turn it off first")
            accounts.set_pending_factor(db, row.id, secret)
        address = address_of(secret, row.name, self._network)
        return Verdict(account=self._book.show(row), text=address)

    def finish_second_factor(self, question: FinishSecondFactor) -> Verdict:
        with self._book.store.writing() as db:
            row = self._book.find(db, question.account)
            if row is None:
                return WRONG
            if not self._guesses.may(row.id):
                return Verdict("full")
            secret = row.factor_pending if question.on else row.factor_secret
            step = step_of(secret, question.code, self._book.clock()) if secret else None
            if step is None or (not question.on and step <= row.factor_step):
                self._guesses.count(row.id)
                return WRONG
            if question.on:
                accounts.set_factor(db, row.id, secret, step)
            else:
                accounts.set_factor(db, row.id, "", 0)
        self._guesses.forgive(row.id)
        return self._book.verdict(row.name)

    def drop_second_factor(self, name: str) -> Verdict:
        """Turn it off for somebody who has lost it, as whoever runs the server may."""
        with self._book.store.writing() as db:
            row = self._book.find(db, name)
            if row is None:
                return WRONG
            accounts.set_factor(db, row.id, "", 0)
        self._guesses.forgive(row.id)
        return self._book.verdict(row.name)

    # -- by operators

    def disable(self, question: DisableAccount) -> Verdict:
        with self._book.store.writing() as db:
            row = self._book.find(db, question.account)
            if row is None:
                return WRONG
            accounts.set_disabled(db, row.id, question.disabled)
        return self._book.verdict(row.name)

    # -- all that is kept, and the end of it

    def export(self, question: ExportAccount) -> Verdict:
        row = self._book.look_up(question.account)
        if row is None:
            return WRONG
        messages = self._history.count_by(row.id)
        with self._book.store.reading() as db:
            all_of_it = {**self._all_of(db, row), "messages": messages}
        # ASCII, so that it reaches a terminal or a line of IRC without anything to be stripped.
        text = json.dumps(all_of_it)
        return Verdict(account=self._book.show(row), text=text)

    def _all_of(self, db: sqlite3.Connection, row: AccountRow) -> dict[str, object]:
        """All that is kept, but for the secrets themselves: who had them could log in."""
        secrets = row.secrets
        return {
            "account": row.name,
            "created": datetime.fromtimestamp(row.created, UTC).isoformat(),
            "email": row.email,
            "verified": row.verified,
            "disabled": row.disabled,
            "always_on": row.always_on,
            "keeps_history": row.keeps_history,
            "nicks": row.nicks,
            "password": "argon2id hash" if secrets.hash else None,
            "scram": f"SCRAM-SHA-256, {secrets.scram_iterations} rounds" if secrets.hash else None,
            "second_factor": bool(row.factor_secret),
            "certificates": accounts.certificates(db, row.id),
            "resident": self._resident(db, row),
            "rooms": [
                {
                    "room": room.name,
                    "founder": self._is(row, room.founder),
                    "ranks": "".join(ranks for who, ranks in room.ranks if self._is(row, who)),
                }
                for room in records.rooms(db)
                if self._is(row, room.founder) or any(self._is(row, who) for who, _ in room.ranks)
            ],
        }

    def _resident(self, db: sqlite3.Connection, row: AccountRow) -> dict[str, object] | None:
        """What is kept for its user to be here again after a restart."""
        found = residents.find(db, row.id)
        if found is None:
            return None
        seen = {device: datetime.fromtimestamp(at, UTC).isoformat() for device, at in found.devices}
        parts = {"rooms": dict(found.rooms), "metadata": dict(found.metadata), "devices": seen}
        return {**asdict(found), **parts}

    def _is(self, row: AccountRow, name: str) -> bool:
        return self._book.fold(name) == self._book.fold(row.name)

    def erase(self, question: EraseAccount) -> Verdict:
        row = self._book.look_up(question.account)
        if question.password is not None and not self._passwords.is_right(
            row.secrets if row is not None else None, question.password
        ):
            return WRONG
        if row is None:
            return WRONG
        account = self._book.show(row)

        def finish(db: sqlite3.Connection) -> None:
            present = self._book.find(db, question.account)
            if present is None or present.id != row.id:
                raise _Gone
            accounts.delete(db, row.id)
            self._leave_rooms(db, row)

        try:
            self._history.erase(row.id, finish)
        except _Gone:
            return WRONG
        return Verdict(account=account)

    def _leave_rooms(self, db: sqlite3.Connection, row: AccountRow) -> None:
        """Take an account out of what is kept of rooms; one that was its own is registered no
        longer."""
        for room in records.rooms(db):
            ranks = tuple((who, letters) for who, letters in room.ranks if not self._is(row, who))
            if self._is(row, room.founder):
                records.delete_room(db, room.folded)
            elif ranks != room.ranks:
                records.put(db, replace(room, ranks=ranks))
