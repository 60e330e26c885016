"""What a server under test has logged as an error: a bug, until a test says otherwise."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class _Gatherer(logging.Handler):
    def __init__(self, take: Callable[[logging.LogRecord], None]) -> None:
        super().__init__(logging.ERROR)
        self._take = take

    def emit(self, record: logging.LogRecord) -> None:
        self._take(record)


@contextmanager
def complaints_to(take: Callable[[logging.LogRecord], None]) -> Iterator[None]:
    """Have `take` given the records of level ERROR and above that `trio_chat` logs in this block.

    It is called where the record is made, in the context of the task that complains.
    """
    gatherer = _Gatherer(take)
    logger = logging.getLogger("trio_chat")
    logger.addHandler(gatherer)
    try:
        yield
    finally:
        logger.removeHandler(gatherer)


def text_of(record: logging.LogRecord) -> str:
    """A complaint as it is read in a log, with its traceback."""
    return logging.Formatter().format(record)
