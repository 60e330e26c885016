"""The report of a failure."""

from __future__ import annotations

import subprocess
from importlib.metadata import version
from pathlib import Path

import pytest

from trio_chat import __version__
from trio_chat.testing.sim.knobs import Knobs
from trio_chat.testing.sim.plan import Plan, Step
from trio_chat.testing.sim.report import commit, report
from trio_chat.testing.sim.run import Failure, Outcome
from trio_chat.testing.sim.shrink import Shrunk

PLAN = Plan(42, Knobs(latency=0.3), (Step(1.5, "u1", "say", ("#tea", 7)),))


def failed(plan: Plan = PLAN, text: str = "u1 saw a ghost") -> Outcome:
    events = ("1.5000 u1: > PRIVMSG #tea :a\x1b[2J", "1.5100 u2: < " + 300 * "x")
    return Outcome(plan, Failure("ghost", text, 1.51), events, "", "", 0.2, 30.0)


def test_it_has_all_it_takes_to_see_it_again() -> None:
    text = report(failed(), ["trio-chat sim replay 42"], Shrunk(failed(), 300, 56, 11.04))
    lines = text.splitlines()
    assert lines[0] == "ghost at 1.51 s: u1 saw a ghost"
    assert "seed      42" in lines
    assert "knobs     latency=0.3" in lines
    assert "plan      1 of 300 steps, found in 56 runs and 11.0 s" in lines
    (told,) = (line for line in lines if line.startswith("versions"))
    assert f"trio-chat {__version__}, trio {version('trio')}, " in told
    assert f"Hypothesis {version('hypothesis')}" in told
    assert "SQLite 3." in told
    assert "     1.50 u1 say '#tea' 7" in lines
    assert lines[-2:] == ["To see it again:", "  trio-chat sim replay 42"]


def test_what_came_from_the_chat_is_made_printable_and_not_too_long() -> None:
    lines = report(failed(text="\x1b[31mred"), ["again"]).splitlines()
    assert lines[0] == "ghost at 1.51 s: \N{REPLACEMENT CHARACTER}[31mred"
    assert "  1.5000 u1: > PRIVMSG #tea :a\N{REPLACEMENT CHARACTER}[2J" in lines
    assert max(map(len, lines)) == 202


def test_of_a_long_plan_the_beginning_is_shown() -> None:
    plan = Plan(42, Knobs(), PLAN.steps * 100)
    assert "  … 40 more" in report(failed(plan), ["again"]).splitlines()


def test_why_it_is_not_shorter_is_said() -> None:
    shrunk = Shrunk(failed(), 3, 1, 0.0, "Hypothesis is on holiday")
    assert "0.0 s; Hypothesis is on holiday" in report(failed(), ["again"], shrunk)


def test_the_commit_is_that_of_the_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "a")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "a@example.org")
    assert commit(tmp_path) == ""
    (tmp_path / "bot.py").write_text("1")
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "first"]):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    told = commit(tmp_path)
    assert len(told) == 12
    (tmp_path / "bot.py").write_text("2")
    assert commit(tmp_path) == f"{told}, with changes"


def test_without_git_there_is_no_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert commit(Path.cwd()) == ""
    assert "commit" not in report(failed(), ["again"])
