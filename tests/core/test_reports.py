"""REPORT: what users tell those who moderate."""

from __future__ import annotations

from trio_chat.core.effects import Keep
from trio_chat.core.events import Restored
from trio_chat.core.privileges import Operator
from trio_chat.core.records import AuditRecord, ReportRecord
from trio_chat.core.settings import Limits, Settings
from trio_chat.core.throttles import REPORTS_AT_ONCE

from .language import Chat
from .staff import HASH, log_in, operator, staffed
from .test_operators import LACKS


def kept(chat: Chat) -> list[ReportRecord]:
    records = [effect.record for effect in chat.effects if isinstance(effect, Keep)]
    return [each for each in records if isinstance(each, ReportRecord)]


def test_a_report_reaches_the_operators_who_are_here_and_nobody_else() -> None:
    chat = staffed(Operator("root", HASH), Operator("clerk", HASH, privileges=("kill",)))
    root, clerk = operator(chat, "root"), operator(chat, "clerk", name="clerk")
    alice, bob = chat.users("alice", "bob", room="#tea")
    assert alice.does("REPORT bob boot-7 :he is rude")[0].startswith("NOTE REPORT REPORTED bob")
    (record,) = kept(chat)
    assert (record.target, record.message, record.reason) == ("bob", "boot-7", "he is rude")
    assert root.hears() == [
        f"NOTICE * :Report {record.id} by {alice.source} of bob (message boot-7): he is rude"
    ]
    assert clerk.hears() == bob.hears() == []


def test_who_becomes_an_operator_later_is_shown_what_is_open() -> None:
    chat = staffed()
    chat.user("alice").sends("REPORT #tea :noise")
    chat.passes(90)
    heard = log_in(chat, chat.user("root"))
    assert any("1m30s ago: Report" in line and "of #tea: noise" in line for line in heard)


def test_reports_are_shown_and_closed_once() -> None:
    chat = staffed()
    root, alice = operator(chat, "root"), chat.user("alice")
    alice.sends("REPORT bob :rude")
    (record,) = kept(chat)
    chat.forget()
    assert len(root.does("REPORTS")) == 2
    assert root.does(f"REPORTS close {record.id}")[-1] == (
        f"NOTICE * :root closes report {record.id}"
    )
    (closed,) = kept(chat)
    assert (closed.closed_by, closed.closed_at) == ("root", chat.at)
    assert root.does("REPORTS") == ["NOTICE root :0 reports open; close one by REPORTS CLOSE id"]
    assert root.does(f"REPORTS CLOSE {record.id}")[0].startswith("FAIL REPORTS NO_SUCH_REPORT")
    assert root.does("REPORTS CLOSE")[0].startswith("FAIL REPORTS INVALID_PARAMS")


def test_open_reports_outlive_the_server_and_closed_ones_are_not_shown() -> None:
    chat = staffed()
    is_open = ReportRecord("a-1", 1.0, "alice!~a@h", "bob", "rude")
    closed = ReportRecord("a-2", 1.0, "alice!~a@h", "bob", "rude", "", "root", 2.0)
    chat.happens(Restored((), (is_open, closed), "", chat.at))
    assert list(chat.world.reports.values()) == [is_open]


def test_nobody_reports_again_and_again() -> None:
    chat = staffed(settings=Settings(limits=Limits(reports=2)))
    alice = chat.user("alice")
    alice.sends("REPORT bob :rude")
    assert alice.does("REPORT bob :rude")[0].startswith("FAIL REPORT RATE_LIMITED")
    chat.passes(20)
    alice.sends("REPORT bob :rude")
    chat.passes(20)
    assert alice.does("REPORT bob :rude")[0].startswith("FAIL REPORT TEMPORARILY_UNAVAILABLE")


def test_nobody_comes_again_and_again_to_report() -> None:
    chat = staffed()
    for number in range(REPORTS_AT_ONCE):
        eve = chat.user(f"eve{number}", caps="standard-replies")
        assert eve.does("REPORT bob :rude")[0].startswith("NOTE ")
        eve.vanishes()
    eve = chat.user("eve", caps="standard-replies")
    assert eve.does("REPORT bob :rude") == ["FAIL REPORT RATE_LIMITED bob"]
    other = chat.user("other", address="198.51.100.1")
    assert other.does("REPORT bob :rude")[0].startswith("NOTE ")
    chat.passes(chat.world.settings.limits.report_seconds)
    assert eve.does("REPORT bob :rude")[0].startswith("NOTE ")


def test_a_report_says_of_whom_and_why() -> None:
    chat = staffed()
    alice = chat.user("alice")
    alice.session.user.account = "Alice"
    assert alice.does("REPORT bob") == ["461 alice REPORT"]
    assert alice.does("REPORT bob :") == ["461 alice REPORT"]
    alice.sends(f"REPORT bob :{'é' * 200}")
    (record,) = kept(chat)
    assert record.reason == "é" * 100
    assert record.by.endswith(" (account Alice)")


def test_only_those_who_moderate_read_reports() -> None:
    chat = staffed(Operator("root", HASH, privileges=("kill",)))
    assert operator(chat, "root").does("REPORTS") == [f"723 root reports :{LACKS}"]
    assert chat.user("bob").does("REPORTS") == ["481 bob"]


def test_what_operators_do_is_kept() -> None:
    chat = staffed()
    root = operator(chat, "root")
    chat.user("bob")
    root.sends("KILL bob :spam")
    (record,) = [
        effect.record
        for effect in chat.effects
        if isinstance(effect, Keep) and isinstance(effect.record, AuditRecord)
    ]
    assert (record.by, record.action, record.at) == ("root", "KILL", chat.at)
    assert record.text == ("root!~root@192.0.2.1 (192.0.2.1) has killed bob!~bob@192.0.2.1: spam")
