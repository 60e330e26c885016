"""A terminal of ours with a program in it, and no other program between: the end of a pty.

Laws: the program leads a session of its own and the terminal is its controlling one, as in a
terminal emulator; it is gone afterwards, whatever happened.
"""

from __future__ import annotations

import errno
import fcntl
import os
import pty
import struct
import subprocess
import termios
from collections.abc import Mapping, Sequence

COLUMNS = 100
ROWS = 30

_STOP = 5.0
"""Seconds a program may take to end when asked, before it is killed."""


class Terminal:
    """The end of a pty at which a person sits; the program has the other, `tty`."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.master, self.tty = pty.openpty()
        self.resize(COLUMNS, ROWS)
        self.settings = termios.tcgetattr(self.tty)
        """As they were before the program started."""
        self.process = subprocess.Popen(
            command,
            stdin=self.tty,
            stdout=self.tty,
            stderr=self.tty,
            env=dict(environment),
            start_new_session=True,
            preexec_fn=_control,
        )
        os.set_blocking(self.master, False)

    def resize(self, columns: int, rows: int) -> None:
        """Give the terminal a new size; the program is told by the kernel."""
        fcntl.ioctl(self.tty, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self) -> bytes:
        """What the program has written; nothing if there is nothing now, or never will be."""
        try:
            return os.read(self.master, 65536)
        except BlockingIOError:
            return b""
        except OSError as error:
            if error.errno != errno.EIO:  # Linux: nobody has the other end open
                raise
            return b""

    def type(self, data: bytes) -> None:
        """Press keys."""
        os.write(self.master, data)

    def hang_up(self) -> None:
        """Take the terminal away, as when its window is closed."""
        os.close(self.master)
        self.master = -1

    def close(self) -> None:
        """End the program, and close both ends."""
        self.process.terminate()
        try:
            self.process.wait(_STOP)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.master >= 0:
            self.hang_up()
        os.close(self.tty)


def _control() -> None:
    """In the child, which leads a session: make its standard input the controlling terminal."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
