"""The programs of others that these tests want."""

from __future__ import annotations

import os
import shutil

import pytest

REQUIRED = "TRIO_CHAT_REQUIRE_REAL"
"""Set in the environment to have a test fail, not be skipped, for want of a program."""


def needs(*names: str) -> pytest.MarkDecorator:
    """A mark for tests that are to be skipped where one of these programs is not installed."""
    missing = [name for name in names if shutil.which(name) is None]
    return pytest.mark.skipif(
        bool(missing) and not os.environ.get(REQUIRED),
        reason=f"not installed: {', '.join(missing)}",
    )
