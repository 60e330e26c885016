"""Makes trio_chat/lookalikes.txt from Unicode's confusables.txt: `python -m tests.lookalikes FILE`.

Kept are the characters that a nick can have. Unlike Unicode's, "m" does not look like "rn": it is
no likeness that one is taken in by, and "modern" is not to bar "modem".
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from trio_chat.names import LOOKALIKES, case_mapping

HEAD = """\
# Which characters look like which: those of Unicode's confusables.txt that a nick can have.
# Made by `python -m tests.lookalikes`.
#
"""


def kept(lines: Iterable[str]) -> Iterator[str]:
    """The header of Unicode's file, and of its pairs those that are wanted."""
    is_nick = case_mapping("precis").is_nick
    pairs: list[tuple[str, str]] = []
    for line in lines:
        if line.startswith("#"):
            if not pairs and line.strip() != "#":
                yield line.strip()
            continue
        source, *rest = line.partition("#")[0].split(";")
        if not rest:
            continue
        character = chr(int(source, 16))
        target = "".join(chr(int(each, 16)) for each in rest[0].split()).replace("rn", "m")
        # The rule against mixed directions (RFC 5893) has it that a letter may do beside Latin ones
        # or beside Hebrew ones.
        around = ("{}", "a{}", "{}a", "a{}a", "\u05d0{}")
        if target != character and any(is_nick(each.format(character)) for each in around):
            pairs.append((character, target))
    for character, target in sorted(pairs):
        yield f"{ord(character):04X} ; {' '.join(f'{ord(each):04X}' for each in target)}"


def main(source: str) -> None:
    lines = Path(source).read_text(encoding="utf-8-sig").splitlines()
    LOOKALIKES.write_text(HEAD + "\n".join(kept(lines)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
