"""Entries as JSON, one object to a line, for programs.

Law: keys are added and never change what they mean; a key without a value is left out.
"""

from __future__ import annotations

import json
from datetime import UTC

from trio_chat.client.model.entries import Entry, State


def json_line(entry: Entry) -> str:
    """The object of an entry. Text is as it came, formatting codes and all, in ASCII escapes.

    Always: `time` (UTC, RFC 3339 with milliseconds), `kind` (see `Kind`) and `text`. Where it
    applies: `where` (room or partner), `nick`, `msgid`, `own`, `private`, `mention`, `missed`,
    `reply_to` and `about` (msgids), `state` of a message of one's own that is not sent.
    """
    time = f"{entry.at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{entry.at.microsecond // 1000:03}Z"
    told: dict[str, object] = {"time": time, "kind": entry.kind.value, "text": entry.text}
    about = entry.about.msgid if entry.about is not None else ""
    state = "" if entry.state is State.SENT else entry.state.value
    extras: dict[str, object] = {
        "where": entry.where,
        "nick": entry.who,
        "msgid": entry.msgid,
        "own": entry.own,
        "private": entry.private,
        "mention": entry.mention,
        "missed": entry.missed,
        "reply_to": entry.reply_to,
        "about": about,
        "state": state,
    }
    return json.dumps(told | {key: value for key, value in extras.items() if value})
