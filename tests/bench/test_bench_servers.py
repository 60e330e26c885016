"""Finding a server's address, and telling our own machine from somebody else's."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from benchmarks.cli import main
from benchmarks.past import CACHE
from benchmarks.readings import file_system
from benchmarks.servers import (
    DURABILITIES,
    address_in,
    data_parent,
    is_loopback,
    ours,
    ours_kept,
    ours_without_history,
    split_target,
)
from trio_chat.config import Config, Source


@pytest.mark.parametrize(
    ("said", "address"),
    [
        ("Listening on 127.0.0.1:43121\n", ("127.0.0.1", 43121)),
        ("chat 0.1.0 is listening on 127.0.0.1:33531\nJoin at 1.2.3.4:5\n", ("127.0.0.1", 33531)),
        ("Listening on [::1]:8080\n", ("::1", 8080)),
        ("Listening on 127.0.0.1:43", None),
        ("12:30:01 starting\n", None),
        ("", None),
    ],
)
def test_the_address_is_read_from_a_whole_line_that_names_it(
    said: str, address: tuple[str, int] | None
) -> None:
    assert address_in(said) == address


def test_a_target_is_a_host_and_a_port() -> None:
    assert split_target("localhost:6667") == ("localhost", 6667)
    assert split_target("[::1]:6667") == ("::1", 6667)


@pytest.mark.parametrize("text", ["6667", "host:", ":6667", "host:port", "host:0", "host:70000"])
def test_anything_else_is_no_target(text: str) -> None:
    with pytest.raises(ValueError, match="HOST:PORT"):
        split_target(text)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1"])
def test_loopback_is_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["192.0.2.1", "0.0.0.0", "2001:db8::1"])
def test_other_addresses_are_not(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--target", "192.0.2.1:6667"], "--yes-i-own-this-host"),
        (["--target", "nonsense"], "HOST:PORT"),
        (["--shape", "lobby,cellar"], "cellar"),
        (["--seconds", "0"], "more than 0"),
        (["--clients", "3"], "20 or more"),
        (["--repeat", "0"], "1 or more"),
        (["--history", "paper"], "disk, os, memory"),
        (["--history", "--tls"], "without TLS"),
        (["--messages", "10"], "1000 or more"),
    ],
)
def test_bad_usage_is_refused_before_anything_runs(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert words in capsys.readouterr().err


def test_the_server_understands_what_it_is_told_about_history(tmp_path: Path) -> None:
    def config(text: str | None) -> Config:
        assert text is not None
        path = tmp_path / "config.toml"
        path.write_text(text)
        return Source(path).load()

    assert config(ours().config) == Config()
    assert not config(ours_without_history().config).settings.history.kept
    for durability in DURABILITIES:
        kept = config(ours_kept(durability).config)
        assert (kept.settings.history.kept, kept.history.durability) == (True, durability)


def test_the_kind_of_a_file_system_is_read_from_where_it_is_mounted() -> None:
    assert file_system(Path("/proc/self/status")) == "proc"


def test_the_data_of_servers_is_on_a_disk_where_temporary_files_are_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CACHE, str(tmp_path / "cache"))
    monkeypatch.setattr("benchmarks.servers.file_system", lambda path: "ext4")
    assert data_parent() == Path(tempfile.gettempdir())
    monkeypatch.setattr("benchmarks.servers.file_system", lambda path: "tmpfs")
    assert data_parent() == tmp_path / "cache"
    assert data_parent().is_dir()
