"""A journal as what each of those in it saw: what every check begins with."""

from __future__ import annotations

from trio_chat.testing.oracle.journal import Journal, Kind
from trio_chat.testing.oracle.naming import folding
from trio_chat.testing.oracle.presence import present
from trio_chat.testing.oracle.sayings import Sayings
from trio_chat.testing.oracle.views import View


class Story:
    """A journal as its views: what every check begins with."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.fold = folding(journal)
        self.sayings = Sayings(journal, self.fold)
        self.settled: int | None = None
        """Where in the journal all was last said to have settled."""
        self.settlements = present(journal)
        """Where it has, each with the connections that should have seen everything then."""
        has_jumped = any(event.kind is Kind.JUMPED for event in journal.events)
        views = [
            View(journal, self.sayings, each, has_jumped) for each in range(len(journal.names))
        ]
        for index, event in enumerate(journal.events):
            if event.kind is Kind.RECEIVED:
                views[event.connection].receive(index, event)
            elif event.kind is Kind.SENT and event.message is not None:
                views[event.connection].send(index, event.message)
            elif event.kind is Kind.BEGAN:
                views[event.connection].began = index
            elif event.kind is Kind.ENDED:
                views[event.connection].ended = index
        for settled, there in self.settlements.items():
            self.settled = settled
            for view in views:
                view.has_all = view.connection in there
        self.views = views
        """All of them, by the number of the connection."""
        self.judged = [view for view in views if not view.is_blurred]

    def settled_before(self, index: int) -> int | None:
        """Where in the journal all had settled last, before that place; None if never."""
        return next((each for each in reversed(self.settlements) if each < index), None)
