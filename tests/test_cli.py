"""The command line: what it says to a mistake. (A running server is in tests/real.)"""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from trio_chat import __version__
from trio_chat.cli import _print_banner, main
from trio_chat.net.connection import Terms
from trio_chat.server import Server
from trio_chat.store.database import Store
from trio_chat.store.lock import locked


def test_the_server_is_imported_without_what_not_every_server_needs(tmp_path: Path) -> None:
    heavy = ["prompt_toolkit", "OpenSSL", "cryptography", "dns", "asyncio"]
    heavy += ["argon2", "scramp", "asn1crypto", "jwt", "pyotp", "smtplib", "http.client"]
    code = (
        "import sys, trio_chat.cli, trio_chat.server, trio_chat.opening\n"
        "from pathlib import Path\n"
        "from trio_chat.config import Config\n"
        "from trio_chat.store.database import Store\n"
        "with Store(Path(sys.argv[1])) as store:\n"
        "    trio_chat.opening.open_archive(Config(), store).restore(0.0)\n"
        f"print(*sys.modules.keys() & {heavy})"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, check=True)
    assert done.stdout.decode() == "\n"


@pytest.mark.parametrize("command", [[], ["server"], ["client"]])
def test_version(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*command, "--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"trio-chat {__version__}\n"


@pytest.mark.parametrize(
    "command",
    [
        [],
        ["server"],
        ["client"],
        ["backup"],
        ["check-config"],
        ["default-config"],
        ["hash-password"],
    ],
)
def test_help_says_how_to_use_it(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*command, "--help"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith(" ".join(["usage: trio-chat", *command]))


@pytest.mark.parametrize(
    ("argv", "complaint"),
    [
        ([], "COMMAND"),
        (["serve"], "invalid choice"),
        (["server", "--port", "http"], "'http' is not a port (0 to 65535)"),
        (["server", "--port", "65536"], "'65536' is not a port (0 to 65535)"),
        (["server", "--log-format", "xml"], "invalid choice"),
    ],
)
def test_wrong_arguments_are_a_usage_error(
    argv: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(argv)
    assert ended.value.code == 2
    assert complaint in capsys.readouterr().err


def test_a_bad_configuration_is_one_line_that_names_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "chat.toml"
    path.write_text("[chat]\nnetwrok = 'x'")
    assert main(["server", "--config", str(path)]) == 1
    err = capsys.readouterr().err
    assert err == f"trio-chat: {path}:2: unknown key `chat.netwrok`; did you mean `network`?\n"
    path.write_text("[chat]\nnetwrok = 'x'\nmotd = 1\n")
    assert main(["server", "--config", str(path)]) == 1
    assert capsys.readouterr().err == err + (
        f"trio-chat: {path}:3: chat.motd must be a text, and is a whole number\n"
    )


def test_check_config_says_that_a_file_is_fine(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "chat.toml"
    path.write_text("[chat]\nnetwork = 'Tea'\n")
    assert main(["check-config", str(path)]) == 0
    assert capsys.readouterr().out == f"{path} is fine\n"


def test_check_config_tells_every_mistake(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "chat.toml"
    path.write_text("[chat]\nnetwrok = 'x'\nmotd = 1\n")
    assert main(["check-config", str(path)]) == 1
    assert capsys.readouterr().out == (
        f"{path}:2: unknown key `chat.netwrok`; did you mean `network`?\n"
        f"{path}:3: chat.motd must be a text, and is a whole number\n"
    )
    assert main(["check-config", str(tmp_path / "none")]) == 1
    assert capsys.readouterr().out.startswith(f"cannot read {tmp_path / 'none'}: ")


def test_check_config_warns_of_what_is_unwise(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "chat.toml"
    path.write_text("[chat]\nexempt = ['0.0.0.0/0']\n")
    assert main(["check-config", str(path)]) == 0
    warning, fine = capsys.readouterr().out.splitlines()
    assert warning.startswith(f"{path}:2: warning: chat.exempt: no throttle is for anybody")
    assert fine == f"{path} is fine"


def test_the_default_configuration_is_fine(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["default-config"]) == 0
    path = tmp_path / "chat.toml"
    path.write_text(capsys.readouterr().out)
    assert main(["check-config", str(path)]) == 0
    assert capsys.readouterr().out == f"{path} is fine\n"


def test_an_unusable_data_directory_is_one_line_that_names_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    in_the_way = tmp_path / "data"
    in_the_way.write_text("not a directory")
    assert main(["server", "--data", str(in_the_way)]) == 1
    err = capsys.readouterr().err
    assert err.startswith(f"trio-chat: cannot use {in_the_way}")
    assert err.count("\n") == 1


def test_a_second_server_on_one_data_directory_is_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with locked(tmp_path):
        assert main(["server", "--port", "0", "--data", str(tmp_path)]) == 1
    err = capsys.readouterr().err
    assert err.startswith("trio-chat: another server (process ")
    assert err.count("\n") == 1


@pytest.mark.parametrize("table", ["facts", "boots"])
def test_a_database_that_cannot_be_written_at_the_start_is_one_line(
    tmp_path: Path, table: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with Store(tmp_path) as store, store.writing() as db:
        db.execute(
            f"CREATE TRIGGER full BEFORE INSERT ON {table} "
            "BEGIN SELECT RAISE(ABORT, 'out of paper'); END"
        )
    assert main(["server", "--port", "0", "--data", str(tmp_path)]) == 1
    assert capfd.readouterr() == ("", f"trio-chat: cannot use {store.path}: out of paper\n")


def test_a_port_in_use_is_one_line_that_says_what_to_do(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["server", "--port", str(port), "--data", str(tmp_path)]) == 1
    err = capfd.readouterr().err
    assert err.startswith(f"trio-chat: cannot listen on 127.0.0.1:{port}: ")
    assert err.endswith("try another --port\n")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("address", "terms", "words"),
    [
        ("127.0.0.1:8080", Terms(), ""),
        ("127.0.0.1:9000", Terms(), " 127.0.0.1:9000"),
        ("0.0.0.0:9000", Terms(), " 127.0.0.1:9000"),
        ("[::]:9000", Terms(), " [::1]:9000"),
        ("192.0.2.1:8080", Terms(), " 192.0.2.1:8080 --plaintext"),
    ],
)
def test_the_banner_says_what_our_client_needs_to_be_told(
    address: str, terms: Terms, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    config = SimpleNamespace(listen=[None])
    server = SimpleNamespace(addresses=[address], terms=lambda _: terms, config=config)
    _print_banner(cast(Server, server))
    assert f"Join with `trio-chat client{words}`, or any IRC client" in capsys.readouterr().out
