"""For all tests: the plugins (our own by hand where trio-chat is not installed), and Hypothesis."""

from __future__ import annotations

from importlib.metadata import entry_points

from hypothesis import HealthCheck, settings

PLUGIN = "trio_chat.testing.plugin"

# Installed, trio-chat has its plugin loaded by pytest itself, which must not happen twice.
is_installed = any(entry.value == PLUGIN for entry in entry_points(group="pytest11"))

pytest_plugins = ["pytester"] if is_installed else ["pytester", PLUGIN]

# The same examples in every run, and no verdict that hangs on how fast the machine is just now.
settings.register_profile(
    "steady", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("steady")
