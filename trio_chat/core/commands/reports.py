"""REPORT and REPORTS: users tell those who moderate, who see it at once or when they come.

Laws:

* A report is kept until an operator closes it, also over restarts.
* Nobody but operators with the privilege `reports` learns that there is one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from trio_chat.core.audit import audit, tell_staff
from trio_chat.core.commands.lookup import require_privilege, word
from trio_chat.core.durations import format_duration
from trio_chat.core.effects import Effect, Keep
from trio_chat.core.records import ReportRecord
from trio_chat.core.replies import Refusal, from_server
from trio_chat.core.state import Session, World
from trio_chat.wire.message import Message, truncate
from trio_chat.wire.numerics import ERR_NEEDMOREPARAMS

REASON_BYTES = 200
"""As much of a reason as fits one line with the names of both."""


def report(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`REPORT nick-or-room [msgid] :reason`."""
    target, *middle, reason = message.params
    if not target or not reason:
        raise Refusal(ERR_NEEDMOREPARAMS, "REPORT", "Not enough parameters")
    user = session.user
    limits = world.settings.limits
    wait = (user.reported or 0) + limits.report_seconds - world.uptime
    if user.reported is not None and wait > 0 and not session.exempt:
        text = f"Wait {format_duration(wait + 1)} until your next report"
        raise Refusal("RATE_LIMITED", word(target), text)
    if len(world.reports) >= limits.reports:
        raise Refusal("TEMPORARILY_UNAVAILABLE", word(target), "There are too many reports already")
    if wait := world.throttle(session, world.throttles.reports):
        text = f"Too many reports from your address, wait {format_duration(wait + 1)}"
        raise Refusal("RATE_LIMITED", word(target), text)
    user.reported = world.uptime
    record = ReportRecord(
        world.new_id(),
        world.now,
        user.source + (f" (account {user.account})" if user.account else ""),
        word(target),
        truncate(reason.encode(), REASON_BYTES).decode(),
        word(middle[0]) if middle else "",
    )
    world.reports[record.id] = record
    yield Keep(record)
    yield from tell_staff(world, "reports", _sentence(record))
    text = "Thank you: those who moderate have been told"
    yield from_server(world, session, "NOTE", "REPORT", "REPORTED", word(target), text)


def reports(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`REPORTS` shows those that are open, `REPORTS CLOSE id` closes one."""
    require_privilege(session, "reports")
    if not message.params:
        yield from show(world, session)
        return
    if message.params[0].upper() != "CLOSE" or len(message.params) < 2:
        raise Refusal("INVALID_PARAMS", word(message.params[0]), "Say REPORTS, or REPORTS CLOSE id")
    record = world.reports.pop(message.params[1], None)
    if record is None:
        raise Refusal("NO_SUCH_REPORT", word(message.params[1]), "There is no such report open")
    operator = session.operator
    by = operator.name if operator is not None else ""
    yield Keep(replace(record, closed_by=by, closed_at=world.now))
    yield from audit(world, session, "REPORTS", f"closes the report of {record.target}")
    yield from tell_staff(world, "reports", f"{session.user.nick} closes report {record.id}")


def show(world: World, session: Session) -> Iterator[Effect]:
    """Every open report, one line each."""
    nick = session.user.nick
    for record in world.reports.values():
        ago = format_duration(world.now - record.at)
        yield from_server(world, session, "NOTICE", nick, f"{ago} ago: {_sentence(record)}")
    count = len(world.reports)
    text = f"{count} report{'' if count == 1 else 's'} open; close one by REPORTS CLOSE id"
    yield from_server(world, session, "NOTICE", nick, text)


def _sentence(record: ReportRecord) -> str:
    about = f" (message {record.message})" if record.message else ""
    return f"Report {record.id} by {record.by} of {record.target}{about}: {record.reason}"
