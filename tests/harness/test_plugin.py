"""The pytest plugin, as the project of a bot's author has it."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points

import pytest

from trio_chat.testing import plugin

BOT_TEST = """
    import trio
    from trio_chat.testing import joined, said

    async def greet():
        stream = await trio.open_tcp_stream("127.0.0.1", 8080)
        await stream.send_all(b"NICK bot\\r\\nUSER b 0 * :B\\r\\nJOIN #tea\\r\\n")
        async for data in stream:
            if b"carol" in data:
                await trio.sleep(60)
                await stream.send_all(b"PRIVMSG #tea :welcome\\r\\n")

    async def test_bot(chat):
        (alice,) = await chat.users("alice", room="#tea")
        chat.run(greet)
        await alice.expect(joined("bot"))
        await chat.user("carol", room="#tea")
        await alice.expect(said("welcome", by="bot"), within=61)
"""


def is_installed() -> bool:
    """Whether pytest finds the plugin by itself; beside a bare checkout it has to be named."""
    return any(entry.value == plugin.__name__ for entry in entry_points(group="pytest11"))


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """Another project, which has nothing but the plugins."""
    if not is_installed():
        pytester.makeconftest(f"pytest_plugins = [{plugin.__name__!r}]")
    return pytester


@pytest.mark.parametrize("mode", ["true", "false"])
def test_a_test_asks_for_chat_and_needs_nothing_else(project: pytest.Pytester, mode: str) -> None:
    project.makepyfile(BOT_TEST)
    project.makeini(f"[pytest]\ntrio_mode = {mode}\nfilterwarnings = error")
    result = project.runpytest_inprocess()
    result.assert_outcomes(passed=1)


def test_what_was_received_instead_is_in_the_report(project: pytest.Pytester) -> None:
    project.makepyfile(BOT_TEST.replace('said("welcome"', 'said("go away"'))
    result = project.runpytest_inprocess()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*alice did not receive PRIVMSG <anything> 'go away' by bot*", "*JOIN #tea*"]
    )


def test_a_test_may_configure_its_server(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        import pytest
        from trio_chat.config import Config
        from trio_chat.core.settings import Settings

        @pytest.fixture
        def chat_config():
            return Config(chat=Settings(motd="Tea is served"))

        async def test_motd(chat):
            alice = await chat.newcomer()
            await alice.send("NICK alice", "USER a 0 * :A")
            assert "Tea is served" in (await alice.expect("372")).params[-1]
        """
    )
    project.runpytest_inprocess().assert_outcomes(passed=1)


def test_a_fixture_of_ones_own_may_stand_on_chat(project: pytest.Pytester) -> None:
    project.makeini("[pytest]\ntrio_mode = true")
    project.makepyfile(
        """
        import pytest
        from trio_chat.testing import said

        @pytest.fixture
        async def alice(chat):
            return await chat.user("alice", room="#tea")

        async def test_it(chat, alice):
            bob = await chat.user("bob", room="#tea")
            await bob.say("#tea", "hello")
            await alice.expect(said("hello"))
        """
    )
    project.runpytest_inprocess().assert_outcomes(passed=1)


def test_a_clock_of_the_tests_own_is_kept(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        import trio

        async def test_it(chat, mock_clock):
            begin = trio.current_time()
            mock_clock.jump(100)
            assert trio.current_time() - begin == 100
        """
    )
    project.runpytest_inprocess().assert_outcomes(passed=1)


def test_a_bug_of_the_bot_fails_the_test(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        import trio

        async def test_it(chat):
            async def bot():
                raise RuntimeError("the bot is broken")
            chat.run(bot)
            await trio.sleep(1)
        """
    )
    result = project.runpytest_inprocess()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*RuntimeError: the bot is broken*"])


def test_somebody_elses_fixture_named_chat_is_left_alone(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        import pytest

        @pytest.fixture
        def chat():
            return "mine"

        def test_it(chat):
            assert chat == "mine"
        """
    )
    project.runpytest_inprocess().assert_outcomes(passed=1)


def test_a_test_that_is_not_async_is_told_so(project: pytest.Pytester) -> None:
    project.makepyfile("def test_it(chat): pass")
    result = project.runpytest_inprocess()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*is marked trio but is not async*"])


@pytest.mark.slow
def test_the_plugin_costs_nothing_where_it_is_not_used() -> None:
    code = (
        "import sys, trio_chat.testing.plugin\n"
        "heavy = {'trio', 'msgspec', 'sqlite3', 'prompt_toolkit', 'trio_chat.server'}\n"
        "sys.exit(sorted(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
