"""TLS with a server in a process of its own, and with clients that others have written."""

from __future__ import annotations

import re
import signal
import subprocess
from pathlib import Path

import pytest
import trio

from tests.net.secure import certificate

from .other_clients import open_irssi, open_weechat
from .peers import peer
from .processes import ServerProcess, run_server_that_fails, running_server
from .programs import needs
from .terminal import Tmux
from .waiting import PATIENCE, Looks

pytestmark = pytest.mark.slow


def fingerprint_in(banner: str) -> str:
    found = re.search(r"SHA-256 fingerprint((?:\s+[0-9A-F:]{47,48}){2})$", banner, re.MULTILINE)
    assert found, banner
    return "".join(found[1].split()).replace(":", "").lower()


async def shown_to_openssl(server: ServerProcess) -> str:
    """The fingerprint of the certificate that a newcomer is shown."""
    command = f"openssl s_client -connect {server.address} -alpn irc </dev/null 2>/dev/null"
    command += " | openssl x509 -noout -fingerprint -sha256"
    with trio.fail_after(PATIENCE):
        done = await trio.run_process(["sh", "-c", command], capture_stdout=True, check=False)
    return done.stdout.decode().partition("=")[2].strip().replace(":", "").lower()


@needs("openssl")
async def test_the_certificate_it_makes_is_the_one_it_names_and_stays(tmp_path: Path) -> None:
    seen = []
    for _ in range(2):
        async with running_server(tmp_path / "data", "--host", "0.0.0.0", "--tls") as server:
            seen += [fingerprint_in(server.banner), await shown_to_openssl(server)]
            async with peer(server.port, "alice"):
                pass
    assert len(set(seen)) == 1


@needs("openssl")
async def test_a_renewed_certificate_is_read_at_a_sighup_while_somebody_stays(
    tmp_path: Path,
) -> None:
    cert = certificate(tmp_path).cert
    async with running_server(tmp_path / "data", "--tls-cert", cert) as server:
        before = await shown_to_openssl(server)
        async with peer(server.port, "alice") as alice:
            for text, said in (
                (None, "was read again"),
                ("nonsense", r"is as before: .*chat\.pem: no certificate"),
            ):
                if text is None:
                    certificate(tmp_path)
                else:
                    await trio.Path(cert).write_text(text)
                server.process.send_signal(signal.SIGHUP)
                await server.wait_for_console(said)
            looks = Looks()
            while await shown_to_openssl(server) == before:
                assert await looks.again(), "it is still the old one"
            await alice.send("PING :here")
            await alice.wait_for("PONG .* :?here")


async def test_it_does_not_listen_to_others_without_tls(tmp_path: Path) -> None:
    failed: subprocess.CompletedProcess[bytes] = await run_server_that_fails(
        "--host", "0.0.0.0", "--data", str(tmp_path)
    )
    assert failed.returncode == 1
    assert b"say --tls" in failed.stderr
    assert b"--insecure" in failed.stderr


@pytest.mark.parametrize("words", [["--tls-cert", "none.pem"], ["--tls-key", "none.pem"]])
async def test_a_certificate_that_is_missing_is_one_line_that_names_it(
    tmp_path: Path, words: list[str]
) -> None:
    failed = await run_server_that_fails(*words, "--data", str(tmp_path))
    assert failed.returncode == 1
    assert failed.stderr.count(b"\n") == 1
    assert b"none.pem: No such file" in failed.stderr or b"say --tls-cert" in failed.stderr


@needs("tmux", "weechat", "irssi")
async def test_weechat_and_irssi_chat_by_tls(tmux: Tmux, tmp_path: Path) -> None:
    async with running_server(tmp_path / "data", "--tls") as server:
        pinned = fingerprint_in(server.banner)
        room = "#tea"
        wendy = await open_weechat(tmux, tmp_path / "weechat", server.port, "wendy", room, pinned)
        iris = await open_irssi(tmux, tmp_path / "irssi", server.port, "iris", room, pinned)
        await wendy.enter("good morning")
        await iris.wait_for(r"<@wendy> good morning")
        await iris.enter("/window 1")  # where the answer goes
        await iris.enter("/whois wendy")
        await iris.wait_for("is using a secure connection")
