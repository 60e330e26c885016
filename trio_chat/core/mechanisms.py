"""How one can log in here: the SASL mechanisms on offer to a client."""

from __future__ import annotations

from trio_chat.core.account_rules import AccountRules
from trio_chat.core.state import World
from trio_chat.wire.sasl import EXTERNAL


def mechanisms(world: World, rules: AccountRules, by_tls: bool) -> tuple[str, ...]:
    """The mechanisms for clients with or without TLS, sorted: those of the rules.

    EXTERNAL is for those with it: nobody else can show a certificate.
    """
    if not world.keeps_accounts:
        return ()
    return tuple(name for name in sorted(rules.mechanisms) if name != EXTERNAL or by_tls)
