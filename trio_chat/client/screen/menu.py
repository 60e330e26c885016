"""The candidates of a completion in a row, so that nothing else on the screen moves."""

from __future__ import annotations

from trio_chat.client.screen.completion import Candidate, Cycle
from trio_chat.client.screen.line import Line, cut_line, width
from trio_chat.client.text import clean

_BETWEEN = 2


def menu(cycle: Cycle, columns: int) -> Line | None:
    """The candidates about the chosen one, and what it does if there is room; None for a single
    one that nothing is to be said of."""
    chosen = cycle.candidates[cycle.chosen]
    if len(cycle.candidates) == 1 and not chosen.help:
        return None
    line: Line = [("class:menu", " ")]
    for candidate in _page(cycle, columns - 1):
        style = "class:menu.chosen underline" if candidate is chosen else "class:menu"
        line += [(style, clean(candidate.shown)), ("class:menu", " " * _BETWEEN)]
    if chosen.help:
        line.append(("class:menu.help", f"— {clean(chosen.help)}"))
    return cut_line(line, columns)


def _page(cycle: Cycle, columns: int) -> list[Candidate]:
    """Those that fit into a row, together with the chosen one: rows are filled one by one."""
    page: list[Candidate] = []
    taken = 0
    for number, candidate in enumerate(cycle.candidates):
        wide = width(clean(candidate.shown)) + _BETWEEN
        if page and taken + wide > columns:
            if number > cycle.chosen:
                break
            page, taken = [], 0
        page.append(candidate)
        taken += wide
    return page
