"""The tiny language of the tests of the archive: ask it, move its clock, look at its accounts."""

from __future__ import annotations

from typing import Any

from trio_chat.archive.archive import SqliteArchive
from trio_chat.archive.settings import PasswordSettings
from trio_chat.core.account_questions import CheckLogin, Register, Scram, Verdict
from trio_chat.core.accounts import Account
from trio_chat.core.questions import Question
from trio_chat.store.database import Store
from trio_chat.testing.chat import EPOCH

CHEAP = PasswordSettings(memory_kib=8, passes=1, scram_iterations=4096)
"""As little work as argon2 and SCRAM can do."""

PASSWORD = "open sesame"


def opened(store: Store, **options: Any) -> SqliteArchive:
    """An archive, as a command has it beside the server: nothing is restored."""
    return SqliteArchive(store, **{"passwords": CHEAP, **options})


class Office:
    """An archive and its clock, `at`."""

    def __init__(self, store: Store | None = None, **options: Any) -> None:
        self.at = EPOCH
        self.store = store or Store(None)
        self.archive = opened(self.store, clock=lambda: self.at, **options)
        self.archive.restore(self.at)

    def ask(self, question: Question) -> Verdict:
        answer = self.archive.answerers[type(question)](question)
        assert isinstance(answer, Verdict)
        return answer

    def scram(self, question: Question) -> Scram:
        answer = self.archive.answerers[type(question)](question)
        assert isinstance(answer, Scram)
        return answer

    def have(self, name: str, password: str = PASSWORD, email: str = "") -> Account:
        """Make an account that must be possible."""
        verdict = self.ask(Register(name, password, email))
        assert verdict.account is not None, verdict
        return verdict.account

    def login(self, name: str, password: str = PASSWORD) -> str:
        """What is wrong with a login, empty if nothing is."""
        return self.ask(CheckLogin(name, password)).why

    def account(self, name: str) -> Account | None:
        """An account as a server that starts now would know it."""
        restored = self.archive.restore(self.at)
        return next((each for each in restored.accounts if each.name == name), None)
