"""Knobs: what each seed has otherwise."""

from __future__ import annotations

from importlib import import_module
from random import Random

import pytest

from trio_chat.net import hub
from trio_chat.testing.sim.faults import FAULTS
from trio_chat.testing.sim.knobs import CONSTANTS, FAULTS_OF_A_DISK, Knobs
from trio_chat.testing.sim.setting import config_of


def draw(seed: int) -> Knobs:
    return Knobs.draw(Random(seed), ("say", "join"), tuple(FAULTS))


def test_every_constant_is_where_it_is_said_to_be() -> None:
    for name, (module, values) in CONSTANTS.items():
        assert isinstance(getattr(import_module(module), name), int | float)
        assert getattr(import_module(module), name) not in values


def test_constants_hold_for_the_run_alone() -> None:
    before = hub.INBOX_SIZE
    with Knobs(constants={"INBOX_SIZE": 1}).applied():
        assert hub.INBOX_SIZE == 1
    assert before == hub.INBOX_SIZE


def test_a_constant_that_there_is_not() -> None:
    with pytest.raises(ValueError, match="no such constant to change: OUTBOX_SIZE"):
        Knobs(constants={"OUTBOX_SIZE": 1})


def test_any_knobs_are_a_configuration() -> None:
    for seed in range(200):
        config_of(draw(seed)).check()


def test_what_restarts_has_a_disk() -> None:
    for seed in range(200):
        knobs = draw(seed)
        assert knobs.disk == "disk" or not set(knobs.faults) & set(FAULTS_OF_A_DISK)


def test_knobs_tell_what_is_unusual() -> None:
    assert str(Knobs()) == "all as usual"
    assert str(Knobs(users=2, policy="pct")) == "users=2 policy='pct'"
