"""The schema of the database, as the steps that lead to it.

Laws:

* A step that was released is never changed; what is to be different is another step.
* Statements within a step end with a semicolon, and have none elsewhere.
* What must not be readable by whoever steals the file is there as a hash only: passwords, codes and
  tokens. The secret of a second factor cannot be: it is what the codes are made of.
"""

from __future__ import annotations

MIGRATIONS = (
    # 1: every start of the server, so that message ids never repeat
    "CREATE TABLE boots (id INTEGER PRIMARY KEY, started REAL NOT NULL)",
    # 2: accounts, and what the chat wants kept
    """
    CREATE TABLE facts (key TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;

    CREATE TABLE accounts (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL,
        created REAL NOT NULL,
        email TEXT NOT NULL,
        verified INTEGER NOT NULL,
        disabled INTEGER NOT NULL,
        hash TEXT NOT NULL,
        scram_salt BLOB NOT NULL,
        scram_iterations INTEGER NOT NULL,
        scram_stored_key BLOB NOT NULL,
        scram_server_key BLOB NOT NULL,
        factor_secret TEXT NOT NULL,
        factor_step INTEGER NOT NULL,
        factor_pending TEXT NOT NULL,
        revision INTEGER NOT NULL
    );
    CREATE INDEX accounts_by_revision ON accounts (revision);

    CREATE TABLE names (
        folded TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        account INTEGER NOT NULL REFERENCES accounts ON DELETE CASCADE,
        is_own INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX names_by_account ON names (account);

    CREATE TABLE deletions (id INTEGER PRIMARY KEY, revision INTEGER NOT NULL);
    CREATE INDEX deletions_by_revision ON deletions (revision);

    CREATE TABLE certificates (
        fingerprint TEXT PRIMARY KEY,
        account INTEGER NOT NULL REFERENCES accounts ON DELETE CASCADE,
        added REAL NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX certificates_by_account ON certificates (account);

    CREATE TABLE codes (
        account INTEGER PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
        hash BLOB NOT NULL,
        sent REAL NOT NULL,
        times INTEGER NOT NULL,
        expires REAL NOT NULL
    );

    CREATE TABLE invites (
        hash BLOB PRIMARY KEY,
        made_by TEXT NOT NULL,
        made REAL NOT NULL,
        uses INTEGER NOT NULL,
        expires REAL NOT NULL
    ) WITHOUT ROWID;

    CREATE TABLE rooms (
        folded TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        founder TEXT NOT NULL,
        registered REAL NOT NULL,
        created REAL NOT NULL,
        topic TEXT NOT NULL,
        topic_by TEXT NOT NULL,
        topic_at REAL NOT NULL,
        flags TEXT NOT NULL,
        key TEXT NOT NULL,
        user_limit INTEGER NOT NULL,
        forward TEXT NOT NULL,
        lists TEXT NOT NULL,
        ranks TEXT NOT NULL
    );

    CREATE TABLE bans (
        kind TEXT NOT NULL,
        mask TEXT NOT NULL,
        reason TEXT NOT NULL,
        set_by TEXT NOT NULL,
        at REAL NOT NULL,
        expires REAL,
        PRIMARY KEY (kind, mask)
    );

    CREATE TABLE audit (
        id TEXT PRIMARY KEY,
        at REAL NOT NULL,
        done_by TEXT NOT NULL,
        action TEXT NOT NULL,
        text TEXT NOT NULL
    );
    CREATE INDEX audit_by_time ON audit (at);

    CREATE TABLE reports (
        id TEXT PRIMARY KEY,
        at REAL NOT NULL,
        made_by TEXT NOT NULL,
        target TEXT NOT NULL,
        reason TEXT NOT NULL,
        message TEXT NOT NULL,
        closed_by TEXT NOT NULL,
        closed_at REAL NOT NULL
    );
    CREATE INDEX reports_by_time ON reports (at);

    CREATE TABLE alert (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        level INTEGER NOT NULL,
        set_by TEXT NOT NULL,
        at REAL NOT NULL
    )
    """,
    # 3: history. `journal` is what was committed and not filed yet, a batch of JSON to a row; what
    # is in `messages` and `events` is found by place and sequence, and lies together on the disk.
    """
    CREATE TABLE places (
        id INTEGER PRIMARY KEY,
        folded TEXT UNIQUE,
        name TEXT NOT NULL,
        one INTEGER,
        other INTEGER,
        is_closed INTEGER NOT NULL,
        concluded REAL
    );
    CREATE UNIQUE INDEX places_of_two ON places (one, other) WHERE one IS NOT NULL;
    CREATE INDEX places_of_other ON places (other) WHERE other IS NOT NULL;

    CREATE TABLE journal (id INTEGER PRIMARY KEY, lines BLOB NOT NULL);

    CREATE TABLE messages (
        place INTEGER NOT NULL,
        sequence INTEGER NOT NULL,
        at INTEGER NOT NULL,
        command TEXT NOT NULL,
        source TEXT NOT NULL,
        account INTEGER,
        target TEXT,
        text TEXT NOT NULL,
        tags TEXT,
        PRIMARY KEY (place, sequence)
    ) WITHOUT ROWID;
    CREATE UNIQUE INDEX messages_by_sequence ON messages (sequence);

    CREATE TABLE events (
        place INTEGER NOT NULL,
        sequence INTEGER NOT NULL,
        at INTEGER NOT NULL,
        command TEXT NOT NULL,
        source TEXT NOT NULL,
        account INTEGER,
        params TEXT NOT NULL,
        tags TEXT,
        parent INTEGER,
        PRIMARY KEY (place, sequence)
    ) WITHOUT ROWID;
    CREATE INDEX events_by_parent ON events (place, parent) WHERE parent IS NOT NULL;

    CREATE VIRTUAL TABLE words USING fts5 (
        place, sender, text, content = '', columnsize = 0,
        tokenize = "unicode61 remove_diacritics 2"
    );

    CREATE TABLE markers (
        account INTEGER NOT NULL REFERENCES accounts ON DELETE CASCADE,
        target TEXT NOT NULL,
        at TEXT NOT NULL,
        PRIMARY KEY (account, target)
    ) WITHOUT ROWID
    """,
    # 4: users who stay while none of their clients is connected
    """
    ALTER TABLE accounts ADD COLUMN always_on INTEGER;

    CREATE TABLE residents (
        account INTEGER PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
        nick TEXT NOT NULL,
        username TEXT NOT NULL,
        realname TEXT NOT NULL,
        host TEXT NOT NULL,
        address TEXT NOT NULL,
        modes TEXT NOT NULL,
        away TEXT NOT NULL,
        signed_on REAL NOT NULL,
        rooms TEXT NOT NULL,
        metadata TEXT NOT NULL,
        devices TEXT NOT NULL
    )
    """,
    # 5: how much of the history of a room is kept
    """
    ALTER TABLE rooms ADD COLUMN keep_days REAL NOT NULL DEFAULT 0;
    ALTER TABLE rooms ADD COLUMN keep_messages INTEGER NOT NULL DEFAULT 0
    """,
    # 6: those of whom nothing is to be kept that they say
    "ALTER TABLE accounts ADD COLUMN keeps_history INTEGER NOT NULL DEFAULT 1",
    # 7: what is pinned in rooms
    """
    CREATE TABLE pins (
        place INTEGER NOT NULL,
        sequence INTEGER NOT NULL,
        PRIMARY KEY (place, sequence)
    ) WITHOUT ROWID
    """,
)
