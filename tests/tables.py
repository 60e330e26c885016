"""Tables in Markdown, and pages whose tables are made from the tables of the code."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping


def cell(text: str) -> str:
    """A text that may stand in a table."""
    return text.replace("|", "\\|")


def table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A table, without the end of its last line."""
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in lines)


def filled(page: str, tables: Mapping[str, Callable[[], str]]) -> str:
    """The page with its tables as they should be; each stands after a comment that names it."""
    for name, make in tables.items():
        before, mark, after = page.partition(f"<!-- table: {name} -->\n")
        rest = re.sub(r"\A\n?(\|.*\n)*\n*", "", after)
        page = f"{before}{mark}\n{make()}\n" + (f"\n{rest}" if rest else "")
    return page
