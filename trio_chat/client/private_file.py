"""A file that is this user's alone, replaced as a whole or not at all."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path


def write_privately(path: Path, content: bytes, *, anew: bool = False) -> None:
    """Write a file that nobody else on the machine may read, from the first byte on.

    Its directory is made if there is none. With `anew` a file that is there already is left as it
    is. Raises `OSError`, and `FileExistsError` for that.
    """
    path = path.resolve()  # whoever keeps it elsewhere keeps the link
    if anew and path.exists():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)  # mode 0600
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
