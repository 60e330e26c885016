"""The core is deterministic: the same events give the same effects, byte for byte."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import get_args

import pytest

from trio_chat.core.commands import TABLE
from trio_chat.core.effects import Retag
from trio_chat.core.events import Event
from trio_chat.core.state import World
from trio_chat.testing.invariants import check_world

from .core import recording
from .core.historian import Historian
from .core.recording import SETTINGS, START, digest, events, follow, replay

ROOT = Path(__file__).parent.parent

record = cache(recording.record)

SEED = 3
"""Of the run that all these tests have in common: a replay of it takes three seconds."""


@cache
def outcome() -> list[bytes]:
    """What came of the recorded run when it was replayed for the first time."""
    return replay(record(SEED))


def test_a_recorded_run_gives_the_same_effects_in_a_fresh_world() -> None:
    run = record(SEED)
    once = outcome()
    in_between = [object() for _ in range(1000)]  # so that no object lies where one lay before
    again = replay(json.loads(json.dumps(run)))
    assert len(in_between) == 1000
    for event, (first, second) in enumerate(zip(once, again, strict=True)):
        assert first == second, f"event {event}: {run[event]}"


def test_other_hashes_in_another_process_change_nothing() -> None:
    run = record(SEED)
    expected = digest(outcome())
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    # This process has hashes of its own: Python draws them anew for each.
    other = subprocess.run(
        [sys.executable, "-m", recording.__name__],
        input=json.dumps(run),
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": "1"},
        text=True,
        timeout=60,
    )
    assert (other.returncode, other.stdout.strip()) == (0, expected)


def test_the_recorded_run_is_worth_replaying() -> None:
    run = record(SEED)
    assert {type(event) for event in events(run)} == set(get_args(Event))
    given = {re.sub(r"^@\S+ ", "", what[1]).split(" ")[0] for kind, *what in run if kind == "line"}
    assert set(TABLE) <= given
    said = b"".join(outcome()).decode(errors="replace")  # frames of WebSocket are no text
    told = set(re.findall(r"^\d+< (?:@\S+ )?(?::\S+ )?(\S+)", said, re.MULTILINE))
    assert {"PRIVMSG", "NOTICE", "TAGMSG", "KICK", "BATCH", "ACK", "QUIT", "INVITE"} <= told
    assert {"EDIT", "PIN", "UNPIN"} <= told
    assert {"REDACT", "RENAME", "KILL", "WALLOPS", "MARKREAD", "METADATA", "PING"} <= told
    assert {"001", "311", "332", "352", "353", "367", "401", "403", "404", "433", "441"} <= told
    assert {"442", "443", "461", "474", "475", "482"} <= told
    assert {"219", "281", "314", "354", "381", "382", "391", "464", "481", "491"} <= told
    assert {"470", "473", "477", "704", "710", "717", "718", "730", "731", "761", "770"} <= told
    assert {"900", "901", "903", "904", "906", "908", "ACCOUNT", "REGISTER"} <= told
    batches = set(re.findall(r" BATCH \+\S+ (\S+)", said))
    assert {"labeled-response", "draft/multiline", "draft/isupport", "metadata"} <= batches
    assert {"chathistory", "draft/chathistory-targets", "search", "soju.im/search"} <= batches
    assert "trio-chat/pins" in batches
    effects = set(re.findall(r"^(?:\d+[!?]|Log|ShutDown)", said, re.MULTILINE))
    assert {"0!", "0?", "Log", "ShutDown"} <= effects
    asked = set(re.findall(r"\? (\w+)\(", said))
    assert {"CheckPassword", "ReadSettings", "CheckLogin", "Register", "Verify"} <= asked
    assert {"ReadHistory", "ListBuffers", "SearchHistory", "ReadPins", "FindKept"} <= asked
    assert {"SetNicks", "SetPassword", "EraseAccount", "DisableAccount", "Invite"} <= asked
    kept = set(re.findall(r"^Keep\(record=(\w+)", said, re.MULTILINE))
    assert {"RoomRecord", "RoomForgotten", "AuditRecord"} <= kept
    assert len(said) > 2_000_000


def test_users_of_the_recorded_run_have_several_clients() -> None:
    world = World(SETTINGS, "boot", START)
    shared = 0
    historian = Historian()
    for number, event in enumerate(events(record(SEED))):
        for effect in follow(world, event, historian):
            if isinstance(effect, Retag):
                effect.session.retag()
        shared += any(len(user.sessions) > 1 for user in world.users.values())
        if number % 50 == 0:
            check_world(world)
    assert shared > 1000


def test_a_core_that_draws_lots_would_be_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    beginning = record(SEED)[:500]
    monkeypatch.setattr(World, "new_id", lambda world: os.urandom(4).hex())
    assert replay(beginning) != outcome()[: len(beginning)]


def test_another_run_has_other_effects() -> None:
    beginning = record(SEED + 1)[:500]
    assert replay(beginning) != outcome()[: len(beginning)]
