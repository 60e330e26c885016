"""Judging a journal by all rules: ours, and those that a user has added."""

from __future__ import annotations

from trio_chat.testing.oracle.finding import Finding
from trio_chat.testing.oracle.gaps import find_gaps
from trio_chat.testing.oracle.journal import Journal
from trio_chat.testing.oracle.kept import find_lost
from trio_chat.testing.oracle.labels import find_labels
from trio_chat.testing.oracle.orders import Orders
from trio_chat.testing.oracle.story import Story


def check(journal: Journal) -> list[Finding]:
    """What of this journal cannot be true of a healthy chat, by the time it was seen."""
    story = Story(journal)
    orders = Orders(story)
    findings = [trouble for view in story.judged for trouble in view.troubles]
    findings += orders.findings
    findings += find_gaps(orders)
    findings += find_lost(orders)
    findings += find_labels(story)
    findings.sort(key=lambda finding: finding.at)
    return findings
