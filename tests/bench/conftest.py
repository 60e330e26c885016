"""Without the `bench` extra, only what needs nothing but the standard library is tested."""

from __future__ import annotations

from importlib.util import find_spec

collect_ignore: list[str] = []
if find_spec("rich") is None or find_spec("matplotlib") is None:
    collect_ignore += ["test_bench_report.py", "test_bench_servers.py", "test_bench_smoke.py"]
