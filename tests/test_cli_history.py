"""`trio-chat history`: to search, to take out and to bring in what was said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from trio_chat.archive import exporting, importing
from trio_chat.archive.settings import PasswordSettings
from trio_chat.cli import main
from trio_chat.config import Config
from trio_chat.core.account_questions import Register
from trio_chat.core.effects import Chronicle, Conclude
from trio_chat.core.history import Place, ReadHistory, SearchHistory, msgid_of
from trio_chat.opening import open_archive
from trio_chat.store.database import Store
from trio_chat.store.lock import locked
from trio_chat.wire.message import Message

CHEAP = PasswordSettings(memory_kib=8, passes=1, scram_iterations=4096)
AT = 1_600_000_000.0  # 2020-09-13T12:26:40Z
DAY = 86_400.0
TALK = ("alice", "bob")


class Site:
    """A data directory with a history in it, and the command line beside it."""

    def __init__(self, directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.directory = directory
        self.number = 0
        self._capsys = capsys
        directory.mkdir(exist_ok=True)
        self.write()

    def write(self, *history: Chronicle | Conclude, filed: bool = False) -> None:
        with Store(self.directory) as store:
            archive = open_archive(Config(), store)
            archive.write((), history)
            while filed and archive.file():
                pass

    def have(self, *names: str) -> None:
        with Store(self.directory) as store:
            archive = open_archive(Config(passwords=CHEAP), store)
            for name in names:
                archive.answerers[Register](Register(name, "open sesame", ""))

    def say(
        self,
        place: Place,
        text: str,
        at: float = AT,
        command: str = "PRIVMSG",
        by: str = "alice",
        **tags: str,
    ) -> Chronicle:
        self.number += 1
        target = place if isinstance(place, str) else place[place[0] == by]
        tags = {"msgid": msgid_of((1 << 40) + self.number), **tags}
        place = place.lower() if isinstance(place, str) else place
        return Chronicle(place, Message(command, (target, text), f"{by}!u@h", tags), at)

    def run(self, *words: str, status: int = 0) -> list[str]:
        """What a command prints, or complains of."""
        assert main(["history", *words, "--data", str(self.directory)]) == status
        captured = self._capsys.readouterr()
        return (captured.err if status else captured.out).splitlines()

    def objects(self, *words: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.run(*words)]

    def texts(self, place: Place) -> list[str]:
        """What whoever may read there is shown."""
        with Store(self.directory) as store:
            archive = open_archive(Config(), store)
            page: Any = archive.reading[ReadHistory](ReadHistory(place, "latest", 100))
            return [kept.message.params[1] for kept in page.kept]

    def found(self, room: str, text: str) -> list[str]:
        with Store(self.directory) as store:
            archive = open_archive(Config(), store)
            question = SearchHistory((room,), "", 100, text=text)
            result: Any = archive.reading[SearchHistory](question)
            return [kept.message.params[1] for _, kept in result.found]


@pytest.fixture
def site(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Site:
    return Site(tmp_path / "data", capsys)


@pytest.fixture
def other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Site:
    return Site(tmp_path / "other", capsys)


@pytest.fixture(params=[True, False], ids=["filed", "fresh"])
def talk(request: pytest.FixtureRequest, site: Site) -> Site:
    """Something was said in two rooms, in private, and in a room whose history has ended."""
    site.have("Alice", "bob")
    site.write(
        site.say("#den", "secret tea"),
        Conclude("#den"),
        site.say("#Tea", "green tea", AT, account="Alice"),
        site.say("#Tea", "\x01ACTION pours\x01", AT + DAY, by="bob"),
        site.say("#chai", "strong tea\nand milk", AT + 2 * DAY, command="NOTICE"),
        site.say(TALK, "tea for two", AT + 2 * DAY, account="Alice"),
    )
    topic = Message("TOPIC", ("#Tea", "hot\x1b[2J"), "bob!u@h", {"msgid": msgid_of((1 << 40) + 9)})
    site.write(Chronicle("#tea", topic, AT + 3 * DAY), filed=request.param)
    return site


def test_rooms_are_searched(talk: Site) -> None:
    assert talk.run("search", "tea") == [
        "#Tea  2020-09-13 12:26:40  <alice> green tea",
        "#chai  2020-09-15 12:26:40  -alice- strong tea",
        "#chai  2020-09-15 12:26:40  -alice- and milk",
    ]
    assert talk.run("search", "tea", "--room", "#TEA") == [
        "#Tea  2020-09-13 12:26:40  <alice> green tea"
    ]
    assert talk.run("search", "--from", "BOB") == ["#Tea  2020-09-14 12:26:40  * bob pours"]
    assert talk.run("search", "milk", '"strong tea"', "--limit", "1", "--json") != []
    assert talk.run("search", "--limit", "1", "--since", "2020-09-14")[0].endswith("bob pours")
    assert talk.run("search", "tea", "--until", "2020-09-13") != []
    assert talk.run("search", "tea", "--until", "2020-09-13T12:00:00") == []
    assert talk.run("search", "coffee") == []


def test_a_conversation_is_searched_if_it_is_named(talk: Site) -> None:
    assert talk.run("search", "tea", "--private", "Bob", "ALICE") == [
        "Alice/bob  2020-09-15 12:26:40  <alice> tea for two"
    ]
    assert len(talk.run("search", "tea", "--room", "#tea", "--private", "alice", "bob")) == 2


def test_what_is_not_there_is_told(talk: Site) -> None:
    assert talk.run("search", "tea", "--room", "#none", status=1) == [
        "trio-chat: there is no history of #none"
    ]
    assert talk.run("export", "--private", "alice", "eve", status=1) == [
        "trio-chat: there is no history of alice and eve"
    ]


def test_a_room_is_taken_out_with_all_there_is(talk: Site) -> None:
    said, acted, done = talk.objects("export", "--room", "#tea")
    assert said == {
        "room": "#Tea",
        "time": "2020-09-13T12:26:40.000Z",
        "msgid": "1-2",
        "source": "alice!u@h",
        "account": "Alice",
        "command": "PRIVMSG",
        "params": ["#Tea", "green tea"],
    }
    assert acted["params"] == ["#Tea", "\x01ACTION pours\x01"]
    assert done["command"] == "TOPIC"


def test_a_log_is_one_line_each_and_harmless(talk: Site) -> None:
    assert talk.run("export", "--all", "--format", "txt") == [
        "--- #Tea",
        "2020-09-13 12:26:40  <alice> green tea",
        "2020-09-14 12:26:40  * bob pours",
        "2020-09-16 12:26:40  *** bob TOPIC #Tea hot[2J",
        "--- #chai",
        "2020-09-15 12:26:40  -alice- strong tea",
        "2020-09-15 12:26:40  -alice- and milk",
        "--- Alice and bob",
        "2020-09-15 12:26:40  <alice> tea for two",
    ]


def test_a_conversation_is_taken_out(talk: Site) -> None:
    (said,) = talk.objects("export", "--private", "bob", "alice")
    assert (said["between"], said["params"]) == (["Alice", "bob"], ["bob", "tea for two"])


def test_what_has_ended_is_taken_out_if_it_is_wanted(talk: Site) -> None:
    assert talk.run("export", "--room", "#den") == []
    (said,) = talk.objects("export", "--room", "#den", "--ended")
    assert said["params"] == ["#den", "secret tea"]
    assert "ended" in said
    (title, _) = talk.run("export", "--room", "#den", "--ended", "--format", "txt")
    assert title.startswith("--- #den, ended 20")


def test_times_are_kept_to(talk: Site) -> None:
    def commands(*words: str) -> list[str]:
        return [each["command"] for each in talk.objects("export", "--room", "#tea", *words)]

    assert commands("--since", "2020-09-14") == ["PRIVMSG", "TOPIC"]
    assert commands("--until", "2020-09-14") == ["PRIVMSG", "PRIVMSG"]
    assert commands("--since", "2020-09-14T14:26:41+02:00", "--until", "2020-09-15") == []
    assert commands("--since", "2021-01-01") == []


def test_a_file_is_written_that_nobody_else_may_read(talk: Site, tmp_path: Path) -> None:
    file = tmp_path / "tea.jsonl"
    assert talk.run("export", "--room", "#tea", "-o", str(file)) == []
    assert len(file.read_text().splitlines()) == 3
    assert file.stat().st_mode & 0o777 == 0o600
    again = talk.run("export", "--room", "#tea", "-o", str(file), status=1)
    assert again == [f"trio-chat: {file} is there already; it was left as it is"]
    nowhere = tmp_path / "none" / "tea.jsonl"
    assert "cannot write" in talk.run("export", "--all", "-o", str(nowhere), status=1)[0]


@pytest.mark.parametrize(
    "words",
    [
        ("export",),
        ("export", "--room", "#tea", "--all"),
        ("export", "--all", "--since", "yesterday"),
        ("search", "tea", "--limit", "0"),
        ("search", "tea", "--limit", "many"),
    ],
)
def test_mistakes_are_refused(site: Site, words: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit):
        site.run(*words)


# -- bringing in


def file_of(tmp_path: Path, *lines: object) -> str:
    path = tmp_path / "in.jsonl"
    path.write_text(
        "".join(f"{each if isinstance(each, str) else json.dumps(each)}\n" for each in lines)
    )
    return str(path)


def said(text: str, at: str = "2001-01-01T00:00:00Z", **more: object) -> dict[str, object]:
    return {
        "room": "#tea",
        "time": at,
        "source": "zoe!z@h",
        "command": "PRIVMSG",
        "params": ["#tea", text],
        **more,
    }


def test_what_was_taken_out_is_brought_in(talk: Site, other: Site, tmp_path: Path) -> None:
    file = str(tmp_path / "all.jsonl")
    talk.run("export", "--all", "-o", file)
    other.have("Alice", "bob")
    assert other.run("import", file) == [
        "brought in 4 messages",
        "left out 1 that tell what was done and not said",
    ]
    assert other.texts("#tea") == ["green tea", "\x01ACTION pours\x01"]
    assert other.texts("#chai") == ["strong tea\nand milk"]
    assert other.texts(TALK) == ["tea for two"]
    assert other.found("#tea", "green") == ["green tea"]
    assert talk.run("export", "--room", "#chai", "--format", "txt") == other.run(
        "export", "--room", "#chai", "--format", "txt"
    )
    (said,) = other.objects("export", "--private", "alice", "bob")
    assert said["account"] == "Alice"
    assert said["msgid"].startswith("0-")


def test_it_is_brought_in_once(talk: Site, other: Site, tmp_path: Path) -> None:
    file = str(tmp_path / "all.jsonl")
    talk.run("export", "--all", "-o", file)
    other.have("Alice", "bob")
    other.run("import", file)
    for site in (other, talk):  # from elsewhere, and its own
        before = site.run("export", "--all")
        assert site.run("import", file)[:2] == [
            "brought in 0 messages",
            "left out 4 that are there already",
        ]
        assert site.run("export", "--all") == before


def test_as_often_as_it_was_said(site: Site, tmp_path: Path) -> None:
    file = file_of(tmp_path, said("ok"), said("ok"), said("ok?"), said("ok"))
    assert site.run("import", file) == ["brought in 4 messages"]
    assert site.texts("#tea") == ["ok", "ok", "ok?", "ok"]
    file = file_of(tmp_path, *[said("ok")] * 5)
    assert site.run("import", file) == [
        "brought in 2 messages",
        "left out 3 that are there already",
    ]


def test_files_may_come_in_any_order(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "LOT", 2)
    later = [said(f"b{number}", "2002-01-01") for number in range(5)]
    assert site.run("import", file_of(tmp_path, *later)) == ["brought in 5 messages"]
    earlier = [said(f"a{number}", "2001-01-01") for number in range(5)]
    site.run(
        "import", file_of(tmp_path, *earlier, said("z", "1970-01-01"), said("c", "2003-01-01"))
    )
    assert site.texts("#tea") == ["z", *(f"{x}{n}" for x in "ab" for n in range(5)), "c"]


def test_many_places_of_one_second_are_not_mixed_up(site: Site, tmp_path: Path) -> None:
    lines = [
        {**said(str(number)), "room": room, "params": [room, str(number)]}
        for number in range(30)
        for room in ("#tea", "#chai")
    ]
    site.run("import", file_of(tmp_path, *lines))
    for room in ("#tea", "#chai"):
        assert site.texts(room) == [str(number) for number in range(30)]
    site.run("import", file_of(tmp_path, *lines))
    assert len(site.texts("#tea")) == 30


def test_what_the_server_has_itself_stays_as_it_is(site: Site, tmp_path: Path) -> None:
    site.write(site.say("#tea", "own", AT))
    file = file_of(
        tmp_path, said("before", "2020-09-13T12:26:39Z"), said("at", "2020-09-13T12:26:40Z")
    )
    assert site.run("import", file) == [
        "brought in 1 messages",
        "left out 1 that are later than the first of their room's own",
    ]
    assert site.texts("#tea") == ["before", "own"]


def test_it_goes_into_another_room_if_that_is_wanted(site: Site, tmp_path: Path) -> None:
    site.write(site.say("#chai", "own"))
    file = file_of(tmp_path, said("one"), said("two", params=["@#tea", "two"]))
    site.run("import", file, "--room", "#CHAI")
    assert [each["params"] for each in site.objects("export", "--room", "#chai")] == [
        ["#chai", "one"],
        ["@#CHAI", "two"],
        ["#chai", "own"],
    ]
    assert site.run("import", file, "--room", "chai", status=1) == [
        "trio-chat: chai cannot be the name of a room"
    ]


def test_answers_find_what_they_answer(site: Site, tmp_path: Path) -> None:
    file = file_of(
        tmp_path,
        said("why?", msgid="5-1"),
        said("because", msgid="5-2", tags={"+draft/reply": "5-1", "+x": "y"}),
        said("lost", tags={"+draft/reply": "4-1"}),
    )
    site.run("import", file)
    first, second, third = site.objects("export", "--room", "#tea")
    assert second["tags"] == {"+draft/reply": first["msgid"], "+x": "y"}
    assert third["tags"] == {"+draft/reply": "4-1"}


def test_of_too_many_the_first_are_forgotten(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "REMEMBERED", 1)
    file = file_of(
        tmp_path,
        said("1", msgid="5-1"),
        said("2", msgid="5-2"),
        said("3", tags={"+reply": "5-1"}),
    )
    site.run("import", file)
    assert site.objects("export", "--room", "#tea")[2]["tags"] == {"+reply": "5-1"}


def test_what_is_nobodys_is_left_out(site: Site, tmp_path: Path) -> None:
    site.have("Alice")
    line = {**said("hi", params=["bob", "hi"]), "room": None, "between": ["alice", "bob"]}
    assert site.run("import", file_of(tmp_path, line)) == [
        "brought in 0 messages",
        "left out 1 that are between accounts that are not here",
    ]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{", "Expecting"),
        ("[]", "this is no object"),
        ({"time": "2001-01-01"}, "source and command must be texts"),
        (said("x", source=5), "source and command must be texts"),
        (said("x", params="hi"), "params must be texts"),
        (said("x", params=["#tea"]), "a message has two params"),
        (said("x", params=["#chai", "x"]), "the target must be the room"),
        (said("x", tags={"a": 1}), "tags must be texts"),
        (said("x", tags={"a b": "c"}), "not a tag"),
        (said("x", source="a b"), "not a source"),
        (said("x\0"), "a line cannot hold"),
        (said("x", room="tea"), "there must be a room"),
        (said("x", time=5), "there must be a time"),
        (said("x", time="noon"), "'noon' is no time"),
        (said("x", time="2999-01-01"), "is yet to come"),
    ],
)
def test_a_file_with_a_mistake_is_not_brought_in(
    site: Site, tmp_path: Path, line: object, why: str
) -> None:
    (complaint,) = site.run("import", file_of(tmp_path, said("good"), "", line), status=1)
    assert "in.jsonl, line 3: " in complaint
    assert why in complaint
    assert complaint.endswith("; nothing was brought in")
    assert site.run("search") == []


def test_a_file_that_cannot_be_read_is_told(site: Site, tmp_path: Path) -> None:
    assert "cannot read" in site.run("import", str(tmp_path / "none"), status=1)[0]
    (tmp_path / "latin").write_bytes(b"\xff\xfe\n")
    assert "is not UTF-8" in site.run("import", str(tmp_path / "latin"), status=1)[0]


def test_nothing_is_brought_in_while_a_server_runs(site: Site, tmp_path: Path) -> None:
    with locked(site.directory):
        (complaint,) = site.run("import", file_of(tmp_path, said("x")), status=1)
    assert "a server must not be running meanwhile" in complaint
    assert site.run("search") == []


def test_what_is_in_the_journal_alone_is_there(site: Site) -> None:
    site.have("Alice", "bob")
    site.write(site.say("#tea", "green tea"), site.say(TALK, "tea for two"))
    assert site.run("search", "tea") == ["#tea  2020-09-13 12:26:40  <alice> green tea"]
    assert site.run("search", "two", "--private", "bob", "Alice") == [
        "alice/bob  2020-09-13 12:26:40  <alice> tea for two"
    ]
    assert len(site.objects("export", "--all")) == 2


def test_a_conversation_with_an_account_that_is_gone_is_nobodys(site: Site) -> None:
    site.have("Alice", "bob")
    site.write(site.say(TALK, "tea for two"), filed=True)
    with Store(site.directory) as store, store.writing() as db:
        db.execute("DELETE FROM accounts WHERE name = 'bob'")
    assert site.objects("export", "--all") == []


def test_a_long_history_is_taken_out_whole(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "AT_ONCE", 2)
    site.write(*(site.say("#tea", str(number)) for number in range(5)), filed=True)
    texts = [each["params"][1] for each in site.objects("export", "--room", "#tea")]
    assert texts == ["0", "1", "2", "3", "4"]


def test_what_is_out_of_order_by_a_moment_is_brought_in(site: Site, tmp_path: Path) -> None:
    first, second = "2001-01-01T00:00:00.000Z", "2001-01-01T00:00:00.002Z"
    file = file_of(tmp_path, said("a", first), said("b", second), said("c", first))
    assert site.run("import", file) == ["brought in 3 messages"]
    assert site.texts("#tea") == ["a", "b", "c"]
