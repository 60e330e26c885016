"""The commands about the client itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.client.commands.desk import Desk, sitting
from trio_chat.client.commands.command import Trouble
from trio_chat.client.commands.console import Console
from trio_chat.client.model.entries import Entry
from trio_chat.client.model.model import Model
from trio_chat.client.setup.profiles import Kept, ProfileFile
from trio_chat.client.setup.settings import SETTINGS


async def test_settings_are_listed_explained_and_changed() -> None:
    desk = Desk()
    listed = await desk.does("/set")
    assert [line.split()[1] for line in listed] == list(SETTINGS)
    [value, told] = await desk.does("/set TIME")
    assert value == "-- time is 24h"
    assert told.startswith("--   The time before each line")
    assert told.endswith("It may be 24h, 12h or off.")
    assert await desk.does("/set time 12H") == ["-- time is 12h"]
    assert desk.console.settings.time == "12h"
    assert await desk.does("/set time noon") == ["!! time must be 24h, 12h or off, and not 'noon'"]
    assert await desk.does("/set tiem") == ["!! tiem is no setting: did you mean time?"]
    assert desk.console.settings.time == "12h"


async def test_a_setting_is_kept(tmp_path: Path) -> None:
    file = ProfileFile(tmp_path / "client.toml")
    desk = Desk(Kept(file))
    await desk.does("/set highlights green tea, trio")
    assert file.read().settings == {"highlights": ["green tea", "trio"]}


async def test_a_setting_that_cannot_be_kept_holds(tmp_path: Path) -> None:
    path = tmp_path / "client.toml"
    path.write_text("[settings")
    desk = Desk(Kept(ProfileFile(path)))
    [trouble, value] = await desk.does("/set bell off")
    assert trouble.startswith("!! bell holds until you leave, but is not kept: ")
    assert value == "-- bell is off"
    assert not desk.console.settings.bell


async def test_a_password_is_asked_for_where_it_can_be() -> None:
    async with sitting() as desk:
        assert await desk.console.ask_secret("Password:") == "secret"
        desk.secret = None
        with pytest.raises(Trouble, match="nothing was done"):
            await desk.console.ask_secret("Password:")
    mere_lines = Console(Model("me"), _MereLines())
    with pytest.raises(Trouble, match="on a terminal"):
        await mere_lines.ask_secret("Password:")


async def test_the_screen_is_emptied_where_there_is_one() -> None:
    assert await Desk().does("/clear") == ["(clear)"]
    mere_lines = _MereLines()
    console = Console(Model("me"), mere_lines)
    await console.submit("/clear")
    assert mere_lines.shown == ["nothing can be emptied here: this screen shows what there is"]


async def test_the_keys_are_told_where_there_are_some() -> None:
    assert await Desk().does("/help keys") == [f"-- {'Tab':24} complete"]
    mere_lines = _MereLines()
    await Console(Model("me"), mere_lines).submit("/help keys")
    assert mere_lines.shown[0].startswith("there is no command /keys")


class _MereLines:
    """A screen that can do no more than it must."""

    change = switch = lambda self, *_: None

    def __init__(self) -> None:
        self.shown: list[str] = []

    def show(self, entry: Entry) -> None:
        self.shown.append(entry.text)

    async def wait_for_room(self) -> None:
        raise NotImplementedError
