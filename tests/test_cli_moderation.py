"""`trio-chat audit`, `bans` and `reports`: what moderation has left, from the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from trio_chat.cli import main
from trio_chat.config import Config
from trio_chat.core.records import AuditRecord, BanRecord, ReportRecord
from trio_chat.opening import open_archive
from trio_chat.store.database import Store

AT = 1_893_456_000.0
Run = Callable[..., list[str]]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """What a command prints of a server in which something has happened."""
    with Store(tmp_path) as store:
        open_archive(Config(), store).write(
            [
                AuditRecord("a-1", AT, "root", "KILL", "root!r@h (::1) has killed bob: \x1b[2J"),
                AuditRecord("a-2", AT + 60, "", "OPER", "eve!e@h (::1) gave a wrong password"),
                BanRecord("user", "bob!*@*", "spam", "root", AT),
                BanRecord("address", "192.0.2.0/24", "flood", "root", AT, AT + 3600),
                ReportRecord("a-3", AT, "alice!a@h", "bob", "rude", "a-0"),
                ReportRecord("a-4", AT, "alice!a@h", "#tea", "noise", "", "root", AT + 60),
            ]
        )

    def run(*words: str) -> list[str]:
        assert main([*words, "--data", str(tmp_path)]) == 0
        return capsys.readouterr().out.splitlines()

    return run


def test_the_audit_is_shown_and_harms_no_terminal(run: Run) -> None:
    assert run("audit") == [
        "2030-01-01 00:00 UTC  KILL as root: root!r@h (::1) has killed bob: �[2J",
        "2030-01-01 00:01 UTC  OPER: eve!e@h (::1) gave a wrong password",
    ]
    assert len(run("audit", "--last", "1")) == 1


def test_bans_are_shown(run: Run) -> None:
    assert run("bans") == [
        "address 192.0.2.0/24  until 2030-01-01 01:00 UTC, by root: flood",
        "user bob!*@*  for ever, by root: spam",
    ]


def test_reports_are_shown(run: Run) -> None:
    assert run("reports") == [
        "2030-01-01 00:00 UTC  a-3 by alice!a@h of bob (message a-0): rude [open]",
        "2030-01-01 00:00 UTC  a-4 by alice!a@h of #tea: noise "
        "[closed by root, 2030-01-01 00:01 UTC]",
    ]


def test_each_is_there_for_programs(run: Run) -> None:
    assert [json.loads(line)["id"] for line in run("audit", "--json")] == ["a-1", "a-2"]
    assert [json.loads(line)["expires"] for line in run("bans", "--json")] == [AT + 3600, None]
    assert [json.loads(line)["closed_by"] for line in run("reports", "--json")] == ["", "root"]


@pytest.mark.parametrize("count", ["0", "x", "-1", "٣"])
def test_a_number_of_entries_is_one(count: str) -> None:
    with pytest.raises(SystemExit):
        main(["audit", "--last", count])
