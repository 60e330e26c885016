"""How many clients there is room for."""

from __future__ import annotations

import os
import resource
import sys

import pytest

from trio_chat.net.capacity import RESERVED, SpareDescriptor, most_clients


@pytest.mark.parametrize(
    ("limit", "most"),
    [(RESERVED * 4, RESERVED * 3), (20, 10), (resource.RLIM_INFINITY, 2**31)],
)
def test_there_is_room_for_as_many_as_may_open_files(
    limit: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda what: (limit, limit))
    assert most_clients(0) == most
    assert most_clients(7) == 7


def test_where_there_is_no_such_limit_there_is_room_for_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "resource", None)
    assert most_clients(0) == 2**31


def test_a_descriptor_kept_back_is_there_when_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    spare = SpareDescriptor()
    with spare.lent():
        os.close(os.open(os.devnull, os.O_RDONLY))
        monkeypatch.setattr(os, "devnull", "/nowhere")  # when another was faster
    with spare.lent():
        monkeypatch.undo()
    spare.close()
    spare.close()
