"""The oracle before real servers, over real sockets: ours, and those of others."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from trio_chat.testing.sim.conform import conform

from .other_servers import INSPIRCD, NGIRCD, other_server
from .processes import running_server
from .programs import needs

pytestmark = pytest.mark.slow

SECONDS = 8.0


async def test_our_server_conforms(tmp_path: Path) -> None:
    async with running_server(tmp_path / "data") as server:
        came = await conform("127.0.0.1", server.port, seed=3, seconds=SECONDS)
    assert came.findings == []
    assert len(came.journal) > 300


async def test_our_server_conforms_by_tls(tmp_path: Path) -> None:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # the certificate is the server's own
    async with running_server(tmp_path / "data", "--tls") as server:
        came = await conform("127.0.0.1", server.port, seed=4, seconds=SECONDS, tls=context)
    assert came.findings == []
    assert len(came.journal) > 300


@needs("inspircd")
async def test_inspircd_conforms(tmp_path: Path) -> None:
    async with other_server(INSPIRCD, tmp_path) as server:
        # InspIRCd 3.15 answers a labelled NICK in the name of the new nick, not the one before:
        # whoever follows that answer does not know what they are called.
        came = await conform("127.0.0.1", server.port, seed=3, seconds=SECONDS, without=["nick"])
    assert came.findings == []
    assert len(came.journal) > 300


@needs("ngircd")
async def test_ngircd_conforms(tmp_path: Path) -> None:
    async with other_server(NGIRCD, tmp_path) as server:
        came = await conform("127.0.0.1", server.port, seed=3, seconds=SECONDS)
    assert came.findings == []
    assert len(came.journal) > 300
