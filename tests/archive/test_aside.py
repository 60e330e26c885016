"""Work done aside: it stands back, and nobody else does."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

import pytest

from trio_chat.archive import aside as module
from trio_chat.archive import passwords as hashing
from trio_chat.archive.aside import NICENESS, aside
from trio_chat.archive.passwords import Passwords
from trio_chat.archive.settings import PasswordSettings
from trio_chat.core.questions import CheckPassword
from trio_chat.passwords import check_password, hash_password

nice_threads = pytest.mark.skipif(
    not module.HAS_NICE_THREADS, reason="threads have no niceness of their own here"
)


def niceness() -> int:
    """That of the present thread."""
    return os.getpriority(os.PRIO_PROCESS, 0)


def test_who_asks_gets_what_the_work_returns() -> None:
    assert aside(lambda: 7) == 7


def test_who_asks_gets_what_the_work_raises() -> None:
    with pytest.raises(ZeroDivisionError):
        aside(lambda: 1 // 0)


@nice_threads
def test_the_work_stands_back_and_who_asks_does_not() -> None:
    before = niceness()
    assert aside(niceness) == min(19, before + NICENESS)
    assert niceness() == before


@nice_threads
def test_the_thread_of_a_work_does_no_other() -> None:
    threads = [aside(threading.current_thread) for _ in range(2)]
    assert threads[0] is not threads[1]
    assert not any(thread.is_alive() for thread in threads)


@nice_threads
def test_work_is_done_where_no_thread_may_stand_back(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(by: int) -> int:
        raise PermissionError

    monkeypatch.setattr(os, "nice", forbidden)
    assert aside(niceness) == niceness()


def test_where_threads_have_no_niceness_the_work_is_done_by_who_asks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "HAS_NICE_THREADS", False)
    assert aside(threading.current_thread) is threading.current_thread()


@nice_threads
def test_passwords_are_hashed_and_checked_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[int] = []
    monkeypatch.setattr(os, "nice", steps.append)
    passwords = Passwords(PasswordSettings(memory_kib=8, passes=1, scram_iterations=4096), b"key")
    secrets = passwords.keep("long enough to be one")
    assert len(steps) == 1
    assert passwords.is_right(secrets, "long enough to be one")
    assert not passwords.is_right(secrets, "long enough to be wrong")
    assert len(steps) == 3
    kept = hash_password("an operator's")
    assert check_password(CheckPassword("an operator's", kept))
    assert steps == [NICENESS] * 4


def test_what_hashes_is_imported_before_the_work_stands_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    present: list[set[str]] = []

    def watched(work: Callable[[], object]) -> object:
        present.append({"_hasher", "scram"} & vars(passwords).keys())
        return work()

    monkeypatch.setattr(hashing, "aside", watched)
    settings = PasswordSettings(memory_kib=8, passes=1, scram_iterations=4096)
    passwords = Passwords(settings, b"key")
    passwords.is_right(None, "whatever it is")
    passwords.keep("long enough to be one")
    assert present == [{"_hasher"}, {"_hasher", "scram"}]
