"""Sessions: `nox` runs tests, lint and types; `nox -l` lists all."""

from __future__ import annotations

import os
import platform
import sys

import nox

nox.options.default_venv_backend = "venv"
nox.options.sessions = ["tests", "lint", "types"]
nox.options.reuse_existing_virtualenvs = True

PROJECT = nox.project.load_toml("pyproject.toml")

# A process for each core. The tests of a file stay together, and so does what they share.
ON_ALL_CORES = ("-n", "auto", "--dist", "loadfile")

# What every change is tested by; the sessions `slow` and `sim` run the others.
QUICK = "not slow and not explored"


def install(session: nox.Session, *groups: str, extras: str = "") -> None:
    """Install the project with these dependency groups of pyproject.toml, and its extras."""
    session.install(*nox.project.dependency_groups(PROJECT, *groups), f".{extras}")


@nox.session
def tests(session: nox.Session) -> None:
    """All tests that need neither real time nor other programs."""
    install(session, "tests", extras="[bench]")
    session.run("pytest", "-m", QUICK, *ON_ALL_CORES, *session.posargs)


@nox.session
def coverage(session: nox.Session) -> None:
    """The same, with branch coverage: it takes twice as long, and tells what no test runs."""
    install(session, "tests", extras="[bench]")
    session.run("coverage", "erase")
    try:
        session.run(
            *("coverage", "run", "-m", "pytest", "-m", QUICK), *ON_ALL_CORES, *session.posargs
        )
    finally:
        session.run("coverage", "combine", silent=True)
        session.run("coverage", "report")


@nox.session
def slow(session: nox.Session) -> None:
    """The tests with real processes and terminals; they want tmux, weechat, irssi, ii,
    nc, gcc, inspircd and ngircd."""
    install(session, "tests", extras="[bench]")
    session.run("pytest", "-m", "slow", *session.posargs)


@nox.session
def sim(session: nox.Session) -> None:
    """Whole chats simulated by the seed: the tests that do so, then two minutes of seeds.

    With `-- --planted` it prints how soon each bug is found that was planted on purpose; with
    `-- --minutes 60`, or other options of `trio-chat sim explore`, it does nothing but explore.
    """
    install(session, "tests")
    if session.posargs[:1] == ["--planted"]:
        session.run("python", "-m", "tests.sim.power", *session.posargs[1:])
        return
    if not session.posargs:
        session.run("pytest", "tests/sim", "-n", "auto", "--dist", "worksteal")
    # New ones each time, but for CI: there a change is tried, and not the luck of the day.
    same = ("--seed-from", "0", "--seeds", "500") if os.environ.get("CI") else ()
    explored = session.posargs or ("--minutes", "2", *same)
    session.run("trio-chat", "sim", "explore", "--out", session.create_tmp(), *explored)


@nox.session
def lint(session: nox.Session) -> None:
    """ruff, and flake8-async for the mistakes with trio that ruff does not know."""
    session.install(*nox.project.dependency_groups(PROJECT, "lint"))
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("flake8", "trio_chat", "tests", "benchmarks", "noxfile.py")


@nox.session
def types(session: nox.Session) -> None:
    """mypy, strict."""
    install(session, "types", extras="[bench]")
    session.run("mypy")


@nox.session
def minimums(session: nox.Session) -> None:
    """The tests with the lowest versions of the dependencies that pyproject.toml allows."""
    session.install(*nox.project.dependency_groups(PROJECT, "tests"))
    lowest = [
        requirement.split(",")[0].replace(">=", "==")
        for requirement in PROJECT["project"]["dependencies"]
    ]
    session.install(*lowest)
    session.install("--no-deps", ".")
    session.run("pytest", "-m", QUICK, *ON_ALL_CORES, *session.posargs)


@nox.session
def fuzz(session: nox.Session) -> None:
    """Fuzzing of all that takes text from outside; `nox -s fuzz -- --help` lists its options."""
    found = (sys.platform, platform.machine(), sys.version_info >= (3, 15))
    if found != ("linux", "x86_64", False):
        session.skip("atheris, the fuzzer, is made for Linux on x86-64, and Python before 3.15")
    install(session, "fuzz")
    session.run("python", "-m", "tests.fuzz", *session.posargs)


@nox.session
def mutants(session: nox.Session) -> None:
    """Whether the tests notice small changes of the core; `nox -s mutants -- --help`."""
    if not hasattr(os, "fork"):
        session.skip("a mutant is a process that is forked")
    install(session, "mutants")
    session.run("python", "-m", "tests.mutants", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """The load benchmark; `nox -s bench -- --help` lists its options."""
    install(session, extras="[bench]")
    session.run("python", "-m", "benchmarks", *session.posargs)
