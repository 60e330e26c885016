"""Somebody to type."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .writing import Writer, writing


@pytest.fixture
def writer() -> Iterator[Writer]:
    with writing() as writer:
        yield writer
