"""Blocklists, asked: on which of them an address is (RFC 5782).

dnspython asks, since it runs on trio: an answer that takes its time holds no thread, which others
wait for to have their passwords checked.

Laws: a list that does not answer in time lists nobody; dnspython is imported when it is needed.
"""

from __future__ import annotations

import logging
from ipaddress import ip_address
from typing import TYPE_CHECKING

import trio

from trio_chat.core.blocklists import Blocklist
from trio_chat.core.questions import LookUpBlocklists
from trio_chat.wire.addresses import is_within

if TYPE_CHECKING:
    from dns.asyncresolver import Resolver

logger = logging.getLogger(__name__)

ANSWER_SECONDS = 4.0
"""How long a list may take to answer: somebody waits to come in."""

AT_ONCE = 50
"""Questions under way at a time: each has a socket."""

WAIT_SECONDS = 2 * ANSWER_SECONDS
"""How long somebody waits in all, their turn included. Where name servers are silent, a crowd that
comes back takes its turns at 12 a second: the last of a thousand would wait for 80 s."""


class Blocklists:
    """Asks blocklists, by the name servers of the system or a resolver of one's own."""

    def __init__(self, resolver: Resolver | None = None) -> None:
        self._resolver = resolver
        self._limiter = trio.CapacityLimiter(AT_ONCE)
        self._silent: set[str] = set()
        """Zones of lists that have not answered lately; told once, and not for every client."""

    async def look_up(self, question: LookUpBlocklists) -> tuple[str, ...]:
        """The zones of the lists that an address is on."""
        try:
            name = ip_address(question.address).reverse_pointer
        except ValueError:
            return ()
        reversed_ = name.removesuffix(".in-addr.arpa").removesuffix(".ip6.arpa")
        found: list[str] = []
        with trio.move_on_after(WAIT_SECONDS):
            await self._ask_all(question, reversed_, found)
        return tuple(each.zone for each in question.blocklists if each.zone in found)

    async def _ask_all(self, question: LookUpBlocklists, reversed_: str, found: list[str]) -> None:
        async with trio.open_nursery() as nursery:
            for each in question.blocklists:
                nursery.start_soon(self._ask, each, reversed_, found)

    async def _ask(self, blocklist: Blocklist, reversed_: str, found: list[str]) -> None:
        import dns.asyncresolver
        import dns.exception
        import dns.resolver

        if self._resolver is None:
            self._resolver = dns.asyncresolver.Resolver()
            self._resolver.cache = dns.resolver.LRUCache()
        try:
            async with self._limiter:
                answer = await self._resolver.resolve(
                    f"{reversed_}.{blocklist.zone}.", "A", lifetime=ANSWER_SECONDS
                )
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            self._silent.discard(blocklist.zone)
            return
        except (dns.exception.DNSException, OSError) as error:
            if blocklist.zone not in self._silent:
                logger.warning("the blocklist %s does not answer: %s", blocklist.zone, error)
            self._silent.add(blocklist.zone)
            return
        self._silent.discard(blocklist.zone)
        wanted = blocklist.answers or ("127.0.0.0/8",)
        if any(is_within(record.address, each) for record in answer for each in wanted):
            found.append(blocklist.zone)
