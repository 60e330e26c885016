"""The input line with graphemes in it, and a cursor that is where we believe it to be.

Law: terminals differ about how wide a grapheme is, with each year's emoji anew. So the cursor is
set behind it after each that they may differ about, as if it were as wide as we measure it.
"""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter

import wcwidth
from prompt_toolkit.formatted_text.utils import fragment_list_to_text
from prompt_toolkit.layout.processors import Processor, Transformation, TransformationInput
from prompt_toolkit.output import Output

from trio_chat.client.screen.cells import cells
from trio_chat.client.screen.line import Line, width

_EMOJI = "\U0001f000"
"""From here on terminals differ even about single code points."""

_LONGEST = 40
"""Code points of one grapheme; what is longer is text, or somebody's joke."""


class Graphemes(Processor):
    """Draws the input line by graphemes; to be the last of its processors."""

    def apply_transformation(self, ti: TransformationInput) -> Transformation:
        text = fragment_list_to_text(ti.fragments)
        if text.isascii():
            return Transformation(ti.fragments)
        fragments = cells(_by_graphemes([each[:2] for each in ti.fragments], text))
        starts: list[int] = []
        cell_of: list[int] = []
        for each in fragments:
            for cell in each[1]:
                cell_of += [len(starts)] * len(cell)
                starts.append(len(cell_of) - len(cell))

        def to_display(at: int) -> int:
            return cell_of[at] if at < len(cell_of) else len(starts) + at - len(cell_of)

        def to_source(cell: int) -> int:
            return starts[cell] if cell < len(starts) else len(cell_of) + cell - len(starts)

        return Transformation(fragments, to_display, to_source)


def _by_graphemes(line: Line, text: str) -> Line:
    """The line, no grapheme of which is divided: a mark takes the style of its letter."""
    styles = [style for style, part in line for _ in part]
    styled = []
    at = 0
    for grapheme in wcwidth.iter_graphemes(text):
        styled.append((styles[at], grapheme))
        at += len(grapheme)
    return [
        (style, "".join(grapheme for _, grapheme in run))
        for style, run in groupby(styled, key=itemgetter(0))
    ]


def keep_in_step(output: Output) -> None:
    """Have an output set the cursor behind every grapheme that terminals differ about."""
    write = output.write

    def write_in_step(data: str) -> None:
        if not _is_doubtful(data):
            write(data)
            return
        columns = width(data)
        # Spaces first: a terminal that draws it narrower would leave what stood there before.
        # Saved twice, since there are terminals that forget what they have restored.
        output.write_raw(f"\x1b7{' ' * columns}\x1b8\x1b7")
        write(data)
        output.write_raw(f"\x1b8\x1b[{columns}C")

    output.write = write_in_step  # type: ignore[method-assign]


def _is_doubtful(data: str) -> bool:
    """Whether what is written is one such grapheme; the renderer writes cell by cell."""
    if data.isascii() or len(data) > _LONGEST:
        return False
    if len(data) == 1:
        return data >= _EMOJI
    return next(wcwidth.iter_graphemes(data)) == data and width(data) > 0
