"""Blocklists: asked over a real socket, of a name server that runs here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import dns.asyncresolver
import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest
import trio
import trio.testing

from trio_chat import blocklists
from trio_chat.blocklists import Blocklists
from trio_chat.core.blocklists import Blocklist
from trio_chat.core.questions import LookUpBlocklists

SPAM, LOGIN = Blocklist("spam.example"), Blocklist("login.example", answers=("127.0.0.3",))


@asynccontextmanager
async def name_server(records: Mapping[str, str]) -> AsyncIterator[Blocklists]:
    """Lists asked of a server with these records; an address of "" stands for a failure."""
    server = trio.socket.socket(trio.socket.AF_INET, trio.socket.SOCK_DGRAM)
    await server.bind(("127.0.0.1", 0))
    resolver = dns.asyncresolver.Resolver(configure=False)
    resolver.nameservers = ["127.0.0.1"]
    resolver.port = server.getsockname()[1]

    async def serve(*, task_status: trio.TaskStatus) -> None:
        task_status.started()
        while True:
            data, address = await server.recvfrom(4096)
            query = dns.message.from_wire(data)
            name = str(query.question[0].name).rstrip(".")
            response = dns.message.make_response(query)
            response.flags |= dns.flags.RA
            found = records.get(name)
            if found is None:
                response.set_rcode(dns.rcode.NXDOMAIN)
            elif not found:
                response.set_rcode(dns.rcode.REFUSED)
            else:
                response.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", "A", found))
            await server.sendto(response.to_wire(), address)

    with server:
        async with trio.open_nursery() as nursery:
            await nursery.start(serve)
            yield Blocklists(resolver)
            nursery.cancel_scope.cancel()


async def test_an_address_is_found_on_the_lists_it_is_on() -> None:
    records = {"7.100.51.198.spam.example": "127.0.0.2", "7.100.51.198.login.example": "127.0.0.3"}
    async with name_server(records) as lists:
        both = await lists.look_up(LookUpBlocklists("198.51.100.7", (LOGIN, SPAM)))
        neither = await lists.look_up(LookUpBlocklists("198.51.100.8", (LOGIN, SPAM)))
    assert (both, neither) == (("login.example", "spam.example"), ())


async def test_an_address_of_ipv6_is_asked_for_digit_by_digit() -> None:
    name = "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.spam.example"
    async with name_server({name: "127.0.0.2"}) as lists:
        found = await lists.look_up(LookUpBlocklists("2001:db8::1", (SPAM,)))
    assert found == ("spam.example",)


@pytest.mark.parametrize("answer", ["127.0.0.2", "192.0.2.1"])
async def test_only_the_answers_that_count_do(answer: str) -> None:
    # A list whose domain was sold answers with a web server's address to everything.
    other = Blocklist("spam.example", answers=() if answer == "192.0.2.1" else ("127.0.0.9",))
    async with name_server({"7.100.51.198.spam.example": answer}) as lists:
        assert await lists.look_up(LookUpBlocklists("198.51.100.7", (other,))) == ()


async def test_a_list_that_fails_lists_nobody(caplog: pytest.LogCaptureFixture) -> None:
    async with name_server({"7.100.51.198.spam.example": ""}) as lists:
        assert await lists.look_up(LookUpBlocklists("198.51.100.7", (SPAM,))) == ()
    assert "spam.example does not answer" in caplog.text


async def test_a_list_that_keeps_silent_is_waited_for_only_so_long(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(blocklists, "ANSWER_SECONDS", 0.01)
    with trio.socket.socket(trio.socket.AF_INET, trio.socket.SOCK_DGRAM) as silent:
        await silent.bind(("127.0.0.1", 0))
        resolver = dns.asyncresolver.Resolver(configure=False)
        resolver.nameservers = ["127.0.0.1"]
        resolver.port = silent.getsockname()[1]
        lists = Blocklists(resolver)
        assert await lists.look_up(LookUpBlocklists("198.51.100.7", (SPAM,))) == ()
    assert "spam.example does not answer" in caplog.text


class Silence:
    """A resolver whose name servers say nothing."""

    async def resolve(self, name: str, kind: str, lifetime: float) -> object:
        await trio.sleep(lifetime)
        raise dns.exception.Timeout


async def test_a_crowd_waits_no_longer_for_lists_that_keep_silent(
    autojump_clock: trio.testing.MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    lists = Blocklists(Silence())  # type: ignore[arg-type]
    async with trio.open_nursery() as nursery:
        for host in range(200):
            question = LookUpBlocklists(f"198.51.100.{host}", (SPAM, LOGIN))
            nursery.start_soon(lists.look_up, question)
    assert trio.current_time() == blocklists.WAIT_SECONDS
    # Each is told of once, and not for everybody who comes.
    told = sorted(record.getMessage().split()[2] for record in caplog.records)
    assert told == ["login.example", "spam.example"]


async def test_that_a_list_keeps_silent_again_is_told_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    lists = Blocklists()
    for answer in ("", "127.0.0.2", "", ""):
        async with name_server({"7.100.51.198.spam.example": answer}) as fresh:
            lists._resolver = fresh._resolver
            await lists.look_up(LookUpBlocklists("198.51.100.7", (SPAM,)))
    assert caplog.text.count("does not answer") == 2


async def test_what_is_no_address_is_on_no_list() -> None:
    assert await Blocklists().look_up(LookUpBlocklists("a pipe", (SPAM,))) == ()


@pytest.mark.parametrize(
    "wrong",
    [
        {"zone": "nodots"},
        {"zone": "a b.example"},
        {"zone": f"{'a' * 64}.example"},
        {"zone": "x.example", "answers": ("no address",)},
        {"zone": "x.example", "reason": "two\nlines"},
    ],
)
def test_a_list_nobody_could_be_on_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"zone|not an address|one line"):
        Blocklist(**wrong)  # type: ignore[arg-type]
