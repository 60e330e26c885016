"""`trio-chat hash-password`: a password in, its hash out."""

from __future__ import annotations

import io

import pytest

from trio_chat.cli import main
from trio_chat.core.questions import CheckPassword
from trio_chat.passwords import check_password


def test_the_hash_of_a_password_from_standard_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("open sésame\nmore\n"))
    assert main(["hash-password", "--password-stdin"]) == 0
    hashed = capsys.readouterr().out.removesuffix("\n")
    assert check_password(CheckPassword("open sésame", hashed))


def test_an_empty_password_is_refused(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("\n"))
    assert main(["hash-password", "--password-stdin"]) == 1
    assert capsys.readouterr().err == "trio-chat: the password is empty\n"
