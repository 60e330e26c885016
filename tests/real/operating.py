"""A configuration in which there is an operator, `root`, whose password is `secret`."""

from __future__ import annotations

from pathlib import Path

CHEAP = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$QQCd8VPOryZiCF3MtwQnPTK7odKCaPcXJGplgNEuj1A"
"""The hash of `secret`, with as little work as argon2 can do."""


def write(path: Path, text: str = "") -> None:
    path.write_text(f'[[operators]]\nname = "root"\npassword = "{CHEAP}"\n{text}')
