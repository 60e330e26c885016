"""Judging a journal by all rules: ours, and those that a user has added."""

from __future__ import annotations

from collections.abc import Iterable

from trio_chat.testing.oracle.finding import Finding
from trio_chat.testing.oracle.form import find_malformed
from trio_chat.testing.oracle.gaps import find_gaps
from trio_chat.testing.oracle.invariants import INVARIANTS, Rule, find_by
from trio_chat.testing.oracle.journal import Journal
from trio_chat.testing.oracle.kept import find_lost
from trio_chat.testing.oracle.labels import find_labels
from trio_chat.testing.oracle.nicks import find_ghosts, find_shared_nicks
from trio_chat.testing.oracle.orders import Orders
from trio_chat.testing.oracle.private import find_in_private
from trio_chat.testing.oracle.story import Story


def check(journal: Journal, *, own: Iterable[Rule] | None = None) -> list[Finding]:
    """What of this journal cannot be true of a healthy chat, by the time it was seen.

    `own` are the rules to be checked beside ours; without, all that were registered with
    `invariant`.
    """
    story = Story(journal)
    orders = Orders(story)
    findings = [trouble for view in story.judged for trouble in view.troubles]
    findings += orders.same.findings
    findings += orders.findings
    findings += find_gaps(orders)
    findings += find_lost(orders)
    findings += find_in_private(story)
    findings += find_labels(story)
    findings += find_malformed(story)
    findings += find_shared_nicks(story)
    findings += find_ghosts(story)
    for rule in INVARIANTS.values() if own is None else own:
        findings += find_by(rule, journal)
    findings.sort(key=lambda finding: finding.at)
    return findings
