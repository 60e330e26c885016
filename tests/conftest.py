"""Plugins for all tests: our own, by hand where trio-chat is not installed, and pytest's tester."""

from __future__ import annotations

from importlib.metadata import entry_points

PLUGIN = "trio_chat.testing.plugin"

# Installed, trio-chat has its plugin loaded by pytest itself, which must not happen twice.
is_installed = any(entry.value == PLUGIN for entry in entry_points(group="pytest11"))

pytest_plugins = ["pytester"] if is_installed else ["pytester", PLUGIN]
