"""Accounts: which there are, and which nicks are held for whom.

The core knows of an account what the chat must know at once, for every NICK and JOIN. What proves
that somebody owns it (hashes, keys, certificates) is the store's, and asked for in a question.

Laws:

* A nick is held for at most one account; an account's own name is held for it.
* For an account whose e-mail address is not confirmed nothing is held, so that its owner may come
  in and confirm it; its name is taken nevertheless.
* Names and nicks are found by their case-folded form.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Account:
    """One account, as it is at present; `created` is a Unix time."""

    name: str
    created: float
    nicks: tuple[str, ...] = ()
    """Nicks that are held for it beside its name."""
    email: str = ""
    has_second_factor: bool = False
    verified: bool = True
    """Whether its e-mail address has been confirmed, or need not be."""
    disabled: bool = False
    """Whether nobody may log in to it at present."""
    always_on: bool | None = None
    """Whether its user stays while no client is connected; None if its owner has not said."""
    keeps_history: bool = True
    """Whether what its owner says is kept, and what is said to them in private."""


class Accounts:
    """All accounts. `fold` gives the form under which names are the same, `skeleton` the one under
    which they look alike.

    Those that are disabled or not verified yet are here too, since their names are taken.
    """

    def __init__(
        self, fold: Callable[[str], str], skeleton: Callable[[str], str] | None = None
    ) -> None:
        self._fold = fold
        self._skeleton = skeleton or fold
        self._by_name: dict[str, Account] = {}
        self._by_nick: dict[str, Account] = {}
        self._by_looks: dict[str, Account] = {}
        self.off_record: dict[str, None] = {}
        """The case-folded names of those of whom nothing is to be kept that they say."""
        self.removals = 0
        """How many were removed so far: who has found one out before, may not be right now."""

    def __len__(self) -> int:
        return len(self._by_name)

    def find(self, name: str) -> Account | None:
        """The account of that name."""
        return self._by_name.get(self._fold(name))

    def holder(self, nick: str) -> Account | None:
        """The account for which a nick is held."""
        return self._by_nick.get(self._fold(nick))

    def lookalike(self, nick: str) -> Account | None:
        """The account for which a nick is held that looks like this one."""
        return next(filter(None, map(self._by_looks.get, self._looks_of(nick))), None)

    def put(self, account: Account) -> None:
        """Take in an account that is new, or has changed."""
        self._forget(account.name)
        self._by_name[self._fold(account.name)] = account
        if not account.keeps_history:
            self.off_record[self._fold(account.name)] = None
        if not account.verified:
            return
        for nick in (account.name, *account.nicks):
            self._by_nick.setdefault(self._fold(nick), account)
            for looks in self._looks_of(nick):
                self._by_looks.setdefault(looks, account)

    def remove(self, name: str) -> Account | None:
        """Forget an account and let go of its nicks; None if there is no such."""
        self.removals += 1
        return self._forget(name)

    def _forget(self, name: str) -> Account | None:
        account = self._by_name.pop(self._fold(name), None)
        self.off_record.pop(self._fold(name), None)
        if account is not None:
            for nick in (account.name, *account.nicks):
                if self._by_nick.get(self._fold(nick)) is account:
                    del self._by_nick[self._fold(nick)]
                for looks in self._looks_of(nick):
                    if self._by_looks.get(looks) is account:
                        del self._by_looks[looks]
        return account

    def _looks_of(self, nick: str) -> tuple[str, ...]:
        """How a nick looks as it is written, and in the case in which many write it."""
        return self._skeleton(nick), self._skeleton(self._fold(nick))
