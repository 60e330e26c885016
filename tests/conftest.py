"""For all tests: the plugins (ours by hand where it is not installed), Hypothesis, virtual time."""

from __future__ import annotations

from importlib.metadata import entry_points

import pytest
from hypothesis import HealthCheck, settings

PLUGIN = "trio_chat.testing.plugin"

# Installed, trio-chat has its plugin loaded by pytest itself, which must not happen twice.
is_installed = any(entry.value == PLUGIN for entry in entry_points(group="pytest11"))

pytest_plugins = ["pytester"] if is_installed else ["pytester", PLUGIN]

# Checks that are no test modules, but should say as much when they fail.
pytest.register_assert_rewrite("tests.core.claims_of_amounts", "tests.core.claims_of_features")

# The same examples in every run, and no verdict that hangs on how fast the machine is just now.
settings.register_profile(
    "steady", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("steady")


@pytest.fixture
def virtual_time(request: pytest.FixtureRequest) -> None:
    """Run the test under a clock that jumps over every wait.

    Like pytest-trio's `autojump_clock`, which works only if the test itself asks for it.
    """
    from trio_chat.testing.plugin import run

    request.node.add_marker(pytest.mark.trio(run=run), append=False)
