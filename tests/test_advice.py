"""What a configuration is warned of, and what not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from trio_chat.advice import check
from trio_chat.config import ConfigError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "chat.toml"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[[listen]]\nhost = 'localhost'",
        "[[listen]]\nhost = '127.1.2.3'\n[[listen]]\nhost = '::1'",
        "[[listen]]\nhost = ''\n[tls]\nself_made = true\n[chat]\npassword = 'secret'",
        "[chat]\nexempt = ['10.0.0.0/8', '128.0.0.0/1', '8000::/1']",
        "[chat]\ngateways = [{ password = 'x', addresses = ['192.0.2.7', '::1'] }]",
    ],
)
def test_nothing_is_said_of_what_is_sensible(path: Path, text: str) -> None:
    path.write_text(text)
    assert check(path) == []


@pytest.mark.parametrize(
    ("text", "warnings"),
    [
        (
            "[tls]\nself_made = true\n[[listen]]\nhost = '0.0.0.0'",
            ["4: warning: listen.host: .* whoever does may join, for chat.password is empty"],
        ),
        (
            "insecure = true\n[[listen]]\n[[listen]]\nhost = ''\n[chat]\npassword = 'secret'",
            ["4: warning: listen.host: .* without TLS: whoever is on the way reads along"],
        ),
        (
            "insecure = true\n[[listen]]\nhost = '::'\n[[listen]]\nhost = 'chat.example.org'",
            ["3: warning: listen.host"] * 2 + ["5: warning: listen.host"] * 2,
        ),
        ("[chat]\nexempt = ['0.0.0.0/0']", ["2: warning: chat.exempt: .* every IPv4 address"]),
        (
            "[chat]\n\nexempt = ['::/1', '8000::/1', '0.0.0.0/1', '128.0.0.0/1']",
            ["3: warning: chat.exempt: .* IPv4", "3: warning: chat.exempt: .* IPv6"],
        ),
        (
            "[[chat.gateways]]\npassword = 'x'\naddresses = ['::/0']",
            ["3: warning: chat.gateways.addresses: whoever .* every IPv6 address"],
        ),
    ],
)
def test_what_is_unwise_is_told_with_its_line_and_key(
    path: Path, text: str, warnings: list[str]
) -> None:
    path.write_text(text)
    found = check(path)
    assert len(found) == len(warnings)
    for told, wanted in zip(found, warnings, strict=True):
        assert told.startswith(f"{path}:")
        assert re.match(wanted, told.removeprefix(f"{path}:"))


def test_what_the_server_would_not_start_with_is_a_mistake(path: Path) -> None:
    path.write_text("[[listen]]\n[[listen]]\nhost = '0.0.0.0'\n[[listen]]\nplain = false\nport=1")
    with pytest.raises(ConfigError) as wrong:
        check(path)
    first, second = wrong.value.mistakes
    assert first.startswith(f"{path}:3: 0.0.0.0 can be reached from other machines, and without")
    assert second.startswith(f"{path}:4: listen wants TLS, but there is no certificate")


def test_mistakes_come_before_advice(path: Path) -> None:
    path.write_text("[[listen]]\nhost = ''\nport = -1\n")
    with pytest.raises(ConfigError, match=r":3: listen\.port must be 0 to 65535$"):
        check(path)
