"""NickServ: accounts, by message."""

from __future__ import annotations

from trio_chat.core.services import endings, logins, nicks, proofs
from trio_chat.core.services.accounts import NICKSERV as NICKSERV

NICKSERV.words.update(logins.WORDS | nicks.WORDS | proofs.WORDS | endings.WORDS)
NICKSERV.aliases.update(
    {
        "ID": "IDENTIFY",
        "LOGIN": "IDENTIFY",
        "CONFIRM": "VERIFY",
        "RECOVER": "REGAIN",
        "RELEASE": "REGAIN",
        "DROP": "ERASE",
        "UNREGISTER": "ERASE",
    }
)
