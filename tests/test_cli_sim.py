"""`trio-chat sim`: what it shows, what it keeps, and how it ends."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import trio

from trio_chat.cli import main
from trio_chat.testing.oracle import Finding, Journal
from trio_chat.testing.runtime import doctor
from trio_chat.testing.runtime.audit import Hazard
from trio_chat.testing.runtime.doctor import Diagnosis
from trio_chat.testing.sim import chat_trial, run
from trio_chat.testing.sim.conform import Conformity
from trio_chat.testing.sim.explore import Tried
from trio_chat.testing.sim.knobs import Knobs
from trio_chat.testing.sim.plan import Plan
from trio_chat.testing.sim.run import Failure, Outcome

from .harness.sim.trials import MadeUp

QUIET = Plan(7, Knobs(users=1, seconds=0.5), ())
"""The plan of a run in which nothing happens."""


@pytest.fixture
def sim(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., list[str]]:
    """Runs a command in a directory of its own; returns what it prints, or complains of."""

    def command(*words: str, status: int = 0) -> list[str]:
        monkeypatch.chdir(tmp_path)
        assert main(["sim", *words]) == status
        captured = capsys.readouterr()
        return [*captured.out.splitlines(), *captured.err.splitlines()]

    return command


Sim = Callable[..., list[str]]


def fail(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every run fail."""

    def run_plan(plan: Plan, *, keep_trace: bool = False) -> Outcome:
        events = ("first", "last\x1b") if keep_trace else ("last",)
        return Outcome(plan, Failure("ghost", "u1 saw one", 2.0), events, "", "", 0.1, 30)

    monkeypatch.setattr(run, "run_plan", run_plan)


def test_what_is_explored_is_counted(sim: Sim, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat_trial, "ChatTrial", lambda directory: MadeUp())
    lines = sim("explore", "--seeds", "3", "--seed-from", "5", "--jobs", "1")
    assert lines[0] == "exploring from seed 5 on; Ctrl-C ends it"
    assert lines[1].startswith("3 seeds, ")
    assert lines[1].endswith(" a minute: nothing wrong")
    assert not Path("sim-failures").exists()


def test_what_is_found_is_kept(sim: Sim, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat_trial, "ChatTrial", lambda directory: MadeUp({6: "no order"}))
    lines = sim("explore", "--seeds=3", "--seed-from=5", "--jobs=1", "--out=found/here", status=1)
    assert lines[1].startswith("seed 6: no order in ")
    assert lines[2] == "seed 6: no order: see found/here/no-order-6.txt"
    assert lines[3].endswith(" a minute: 1 × no order")
    assert Path("found/here/no-order-6.json").read_text() == "{}"
    assert Path("found/here/no-order-6.txt").read_text().startswith("shrunk in ")


def test_a_plan_is_replayed(sim: Sim, tmp_path: Path) -> None:
    (tmp_path / "quiet.json").write_text(QUIET.to_json())
    (line,) = sim("replay", "--plan", "quiet.json")
    assert line.startswith("nothing wrong: seed 7, 0 steps, ")
    assert sim("replay", "7", "--plan", "quiet.json")[0].split(", ")[-1] == line.split(", ")[-1]


def test_what_is_wrong_is_reported(
    sim: Sim, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail(monkeypatch)
    lines = sim("replay", "3", status=1)
    assert lines[0] == "ghost at 2.00 s: u1 saw one"
    assert lines[-1] == "  trio-chat sim replay 3"
    (tmp_path / "a plan.json").write_text(QUIET.to_json())
    lines = sim("replay", "--plan", "a plan.json", status=1)
    assert lines[-1] == "  trio-chat sim replay --plan 'a plan.json'"


def test_the_trace_is_shown(sim: Sim, monkeypatch: pytest.MonkeyPatch) -> None:
    fail(monkeypatch)
    lines = sim("replay", "3", "--trace", status=1)
    assert lines[:3] == ["first", "last\N{REPLACEMENT CHARACTER}", ""]


def test_a_failure_of_the_chat_is_shrunk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run_plan(plan: Plan) -> Outcome:
        is_wrong = any(step.what == "say" for step in plan.steps)
        failure = Failure("order", "one before the other", 1.0) if is_wrong else None
        return Outcome(plan, failure, (), "", "", 0.1, 30)

    monkeypatch.setattr(chat_trial, "run_plan", run_plan)
    trial = chat_trial.ChatTrial(tmp_path)
    tried = next(tried for seed in range(9) if (tried := trial.attempt(seed)).kind)
    assert tried.text == "order at 1.00 s: one before the other"
    shortest = trial.shorten(tried)
    (step,) = Plan.from_json(shortest.plan).steps
    assert step.what == "say"
    assert f"  trio-chat sim replay --plan {tmp_path}/order-{tried.seed}.json" in shortest.report


def test_a_failure_that_does_not_come_again_is_kept_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        chat_trial, "run_plan", lambda plan: Outcome(plan, None, (), "", "", 0.1, 30)
    )
    shortest = chat_trial.ChatTrial(tmp_path).shorten(Tried(3, "order", "text"))
    assert Plan.from_json(shortest.plan) == Plan.draw(3)
    assert "did not fail when it was run again" in shortest.report


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ([], "replay what? Say a seed, or --plan FILE"),
        (["--plan", "none.json"], "cannot read none.json: No such file or directory"),
        (["--plan", "wrong.json"], "wrong.json is not a plan: "),
        (["8", "--plan", "quiet.json"], "quiet.json is a plan of seed 7, not 8"),
    ],
)
def test_a_plan_that_can_not_be_had(
    sim: Sim, tmp_path: Path, words: list[str], complaint: str
) -> None:
    (tmp_path / "quiet.json").write_text(QUIET.to_json())
    (tmp_path / "wrong.json").write_text('{"seed": 1}')
    (line,) = sim("replay", *words, status=1)
    assert line.startswith(f"trio-chat: {complaint}")


def test_what_is_found_can_not_be_kept(
    sim: Sim, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(chat_trial, "ChatTrial", lambda directory: MadeUp({0: "order"}))
    lines = sim("explore", "--seeds=1", "--seed-from=0", "--jobs=1", "--out=file", status=1)
    assert lines[-1].startswith("trio-chat: cannot keep what was found in file: ")


@pytest.mark.parametrize(
    ("other", "status", "told"),
    [
        (
            "",
            0,
            "seed 3: two processes, with other hashes and addresses, had the same run: 9 lines",
        ),
        ("the end", 1, "seed 3 does not decide the run: the end"),
    ],
)
def test_the_doctor_tells_whether_a_seed_decides_the_run(
    sim: Sim, monkeypatch: pytest.MonkeyPatch, other: str, status: int, told: str
) -> None:
    asked: list[object] = []

    def diagnose(subject: str, seed: int, *, trusted: Sequence[str]) -> Diagnosis:
        asked.append((subject, seed))
        hazard = Hazard("asks \x1b[31mthe clock", "bot.py:3", 2)
        return Diagnosis(seed, None, other, [hazard], 9)

    monkeypatch.setattr(doctor, "diagnose", diagnose)
    lines = sim("doctor", "3", "--run", "bot_runs:run", status=status)
    assert asked == [("bot_runs:run", 3)]
    assert fnmatch(lines[0], told)
    assert "asks \N{REPLACEMENT CHARACTER}[31mthe clock, 2 times" in lines


def test_what_the_doctor_can_not_examine_is_said(sim: Sim, monkeypatch: pytest.MonkeyPatch) -> None:
    def diagnose(subject: str, seed: int, *, trusted: Sequence[str]) -> Diagnosis:
        raise RuntimeError(f"{subject}({seed}) has run no Runtime")

    monkeypatch.setattr(doctor, "diagnose", diagnose)
    assert sim("doctor", "--run", "bot", status=1) == ["trio-chat: bot is no MODULE:FUNCTION"]
    assert sim("doctor", status=1) == [
        "trio-chat: trio_chat.testing.sim.chat_trial:run_seed(0) has run no Runtime"
    ]


def serve(monkeypatch: pytest.MonkeyPatch, findings: list[Finding]) -> list[dict[str, Any]]:
    """Have a server of which there is this to say; returns what was asked of it."""
    asked: list[dict[str, Any]] = []

    async def conform(host: str, port: int, **options: Any) -> Conformity:
        await trio.lowlevel.checkpoint()
        asked.append({"host": host, "port": port, **options})
        return Conformity(Journal(), findings)

    monkeypatch.setattr("trio_chat.testing.sim.conform.conform", conform)
    return asked


def test_a_server_that_conforms(sim: Sim, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = serve(monkeypatch, [])
    lines = sim("conform", "[::1]:6667", "--users=3", "--seconds=9.5", "--seed=7", "--without=nick")
    assert lines == [
        "3 users, 9.5 s, seed 7: chatting on ::1, port 6667",
        "3 users, 9.5 s, seed 7: 0 events, nothing wrong",
    ]
    assert asked == [
        {
            "host": "::1",
            "port": 6667,
            "seed": 7,
            "seconds": 9.5,
            "users": 3,
            "tls": None,
            "without": ["nick"],
        }
    ]


def test_a_deed_that_nobody_does(sim: Sim, monkeypatch: pytest.MonkeyPatch) -> None:
    serve(monkeypatch, [])
    (line,) = sim("conform", "here:1", "--without=sing", status=1)
    assert line.startswith("trio-chat: nobody does 'sing', but: connect, ")


def test_a_server_that_does_not(sim: Sim, monkeypatch: pytest.MonkeyPatch) -> None:
    serve(monkeypatch, [Finding("no gap", "u1 missed \x1b[31mit", 2.0)])
    lines = sim("conform", "irc.example.org:6697", "--tls", status=1)
    assert lines[1] == "no gap: u1 missed \N{REPLACEMENT CHARACTER}[31mit (at 2.0000 s)"
    assert lines[2].endswith(": 0 events, 1 wrong")


@pytest.mark.parametrize(
    ("options", "mode"),
    [(["--tls"], ssl.CERT_REQUIRED), (["--any-certificate"], ssl.CERT_NONE)],
)
def test_a_server_by_tls(
    sim: Sim, monkeypatch: pytest.MonkeyPatch, options: list[str], mode: ssl.VerifyMode
) -> None:
    asked = serve(monkeypatch, [])
    sim("conform", "irc.example.org:6697", *options)
    assert asked[0]["tls"].verify_mode is mode


@pytest.mark.parametrize(
    ("error", "complaint"),
    [
        (OSError("no way"), "cannot reach here, port 1: no way"),
        (trio.TooSlowError(), "no TLS with here, port 1"),
    ],
)
def test_a_server_that_is_not_there(
    sim: Sim, monkeypatch: pytest.MonkeyPatch, error: Exception, complaint: str
) -> None:
    async def conform(host: str, port: int, **options: Any) -> Conformity:
        await trio.lowlevel.checkpoint()
        raise error

    monkeypatch.setattr("trio_chat.testing.sim.conform.conform", conform)
    assert sim("conform", "here:1", status=1)[1] == f"trio-chat: {complaint}"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ([], "ACTION"),
        (["conform", "here"], "'here' is no HOST:PORT"),
        (["conform", "a b:1"], "'a b:1' is no HOST:PORT"),
        (["explore", "--minutes", "0"], "'0' is not how long it can take"),
        (["explore", "--minutes", "nan"], "'nan' is not how long it can take"),
        (["explore", "--jobs", "0"], "'0' is not how many there can be"),
        (["explore", "--seed-from", "-1"], "'-1' is not a seed: a number, from 0 on"),
        (["replay", "x"], "'x' is not a seed: a number, from 0 on"),
    ],
)
def test_wrong_arguments_are_a_usage_error(
    words: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["sim", *words])
    assert ended.value.code == 2
    assert complaint in capsys.readouterr().err


@pytest.mark.parametrize("action", [[], ["explore"], ["replay"], ["doctor"], ["conform"]])
def test_help_says_how_to_use_it(action: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["sim", *action, "--help"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith(" ".join(["usage: trio-chat sim", *action]))
