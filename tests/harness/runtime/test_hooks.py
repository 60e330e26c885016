"""Each hook is checked, and a trio that has moved is told from one that has not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
import trio
from trio._core import _run

from trio_chat.testing.runtime import HookFailed, Runtime, hooks, self_check


def check() -> None:
    self_check.check(lambda main: Runtime(0, policy="fifo")._run(main, ()))


def test_all_hooks_have_their_effect() -> None:
    check()


@pytest.mark.parametrize("hook", hooks.HOOKS)
def test_a_hook_without_effect_is_named(hook: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(hooks.HOOKS, hook, lambda patch, runner: None)
    with pytest.raises(HookFailed) as caught:
        check()
    assert caught.value.hook == hook
    assert repr(hook) in str(caught.value)
    assert f"trio {trio.__version__}" in str(caught.value)


def test_the_order_of_waking_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks, "note_waking", lambda: None)
    with pytest.raises(HookFailed) as caught:
        check()
    assert caught.value.hook == "waking"


@pytest.mark.parametrize(
    ("owner", "name", "hook"),
    [
        (_run, "_r", "schedule"),
        (_run, "CancelStatus", "cancellation"),
        (_run.Deadlines, "add", "deadlines"),
        (trio._threads, "start_thread_soon", "threads"),
        (trio._threads, "_send_message_to_trio", "asking back"),
    ],
)
def test_a_name_that_is_gone_is_named(
    owner: object, name: str, hook: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(owner, name)
    with pytest.raises(HookFailed, match=name) as caught:
        check()
    assert caught.value.hook == hook


def test_the_first_run_of_a_process_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[Callable[[Callable[[], Awaitable[None]]], None]] = []
    monkeypatch.setattr(self_check, "_is_checked", False)
    monkeypatch.setattr(self_check, "check", checked.append)
    for seed in range(3):
        Runtime(seed).run(trio.sleep, 1)
    assert len(checked) == 1
