"""The chat's records in the rows of the store, and back."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import assert_never

from trio_chat.core.records import (
    AlertRecord,
    AuditRecord,
    BanLifted,
    BanRecord,
    Entry,
    MarkerRecord,
    Record,
    ReportRecord,
    ResidentForgotten,
    ResidentRecord,
    RoomForgotten,
    RoomRecord,
)
from trio_chat.store import markers, records, residents
from trio_chat.store.records import AlertRow, AuditRow, BanRow, ReportRow, RoomRow
from trio_chat.store.residents import ResidentRow

RESTORED = 1000
"""Entries of the audit log, and reports, that a server starts with; the file has all of them."""


def keep(db: sqlite3.Connection, kept: Sequence[Record], fold: Callable[[str], str]) -> None:
    """Write records, in their order."""
    for record in kept:
        match record:
            case RoomRecord():
                records.put(db, _room_row(record, fold))
            case RoomForgotten():
                records.delete_room(db, fold(record.name))
            case BanRecord():
                records.put(
                    db,
                    BanRow(
                        record.kind,
                        record.mask,
                        record.reason,
                        record.by,
                        record.at,
                        record.expires,
                    ),
                )
            case BanLifted():
                records.delete_ban(db, record.kind, record.mask)
            case AuditRecord():
                records.put(
                    db, AuditRow(record.id, record.at, record.by, record.action, record.text)
                )
            case ReportRecord():
                records.put(
                    db,
                    ReportRow(
                        record.id,
                        record.at,
                        record.by,
                        record.target,
                        record.reason,
                        record.message,
                        record.closed_by,
                        record.closed_at,
                    ),
                )
            case AlertRecord():
                records.put(db, AlertRow(record.level, record.by, record.at))
            case MarkerRecord():
                markers.put(db, fold(record.account), record.target, record.at)
            case ResidentRecord():
                residents.put(db, fold(record.account), _resident_row(record))
            case ResidentForgotten():
                residents.delete(db, fold(record.account))
            case _:
                assert_never(record)


def kept(db: sqlite3.Connection) -> tuple[Record, ...]:
    """All records that a server is to start with."""
    return (
        *(_room_record(row) for row in records.rooms(db)),
        *(
            BanRecord(row.kind, row.mask, row.reason, row.set_by, row.at, row.expires)
            for row in records.bans(db)
        ),
        *(
            AuditRecord(row.id, row.at, row.done_by, row.action, row.text)
            for row in records.audit(db, RESTORED)
        ),
        *(
            ReportRecord(
                row.id,
                row.at,
                row.made_by,
                row.target,
                row.reason,
                row.message,
                row.closed_by,
                row.closed_at,
            )
            for row in records.reports(db, RESTORED)
        ),
        *_alert(db),
        *(_resident_record(account, row) for account, row in residents.every(db)),
        *(MarkerRecord(*values) for values in markers.markers(db)),
    )


def _alert(db: sqlite3.Connection) -> tuple[AlertRecord, ...]:
    row = records.alert(db)
    return () if row is None else (AlertRecord(row.level, row.set_by, row.at),)


def _resident_row(record: ResidentRecord) -> ResidentRow:
    return ResidentRow(**{each.name: getattr(record, each.name) for each in fields(ResidentRow)})


def _resident_record(account: str, row: ResidentRow) -> ResidentRecord:
    columns = {each.name: getattr(row, each.name) for each in fields(ResidentRow)}
    return ResidentRecord(account, **columns)


def _room_row(record: RoomRecord, fold: Callable[[str], str]) -> RoomRow:
    return RoomRow(
        fold(record.name),
        record.name,
        record.founder,
        record.registered,
        record.created,
        record.topic,
        record.topic_by,
        record.topic_at,
        record.flags,
        record.key,
        record.limit,
        record.forward,
        record.keep_days,
        record.keep_messages,
        tuple(
            (letter, tuple((entry.mask, entry.by, entry.at) for entry in entries))
            for letter, entries in record.lists
        ),
        record.ranks,
    )


def _room_record(row: RoomRow) -> RoomRecord:
    return RoomRecord(
        row.name,
        row.founder,
        row.registered,
        row.created,
        row.topic,
        row.topic_by,
        row.topic_at,
        row.flags,
        row.key,
        row.user_limit,
        row.forward,
        tuple((letter, tuple(Entry(*entry) for entry in entries)) for letter, entries in row.lists),
        row.ranks,
        row.keep_days,
        row.keep_messages,
    )
