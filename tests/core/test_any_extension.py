"""Whatever is sent to the commands of the extensions: every answer is sound, and limits hold."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from trio_chat.core.settings import Limits, Settings

from .historian import KeptChat
from .language import ALL_CAPS, Chat

# The same runs everywhere and every time: a failure is never a matter of luck.
thorough = settings(derandomize=True, deadline=None, max_examples=80)

TIGHT = Settings(
    limits=Limits(
        monitored=3,
        metadata_keys=2,
        metadata_subscriptions=3,
        metadata_value_bytes=20,
        metadata_sync_members=2,
        multiline_lines=3,
        multiline_bytes=40,
        batch_seconds=60,
        read_markers=2,
        recent_messages=3,
        redact_seconds=60,
        edit_seconds=30,
        pins_per_room=1,
    )
)

NAMES = ["a", "b", "C", "nobody", "#r", "#R", "@#r", "#new", "*", "$$*", ""]
WORDS = ["x", "é" * 9, "a b", ":", "", "\x01ACTION x", "y" * 420, "\u202e"]
KEYS = ["url", "k1", "k2", "k3", "$x", "", "x" * 65, "A"]
IDS = [f"1-{number:x}" for number in (1, 2, 3, 5, 8)] + ["nonsense"]
TIMES = ["timestamp=2020-01-01T00:00:00.000Z", "timestamp=2021-13-01T00:00:00.000Z", "*", "x"]

POINTS = [*TIMES, *(f"msgid={msgid}" for msgid in IDS[:3]), "msgid=x", "number=1"]

names, words, keys = (st.sampled_from(each) for each in (NAMES, WORDS, KEYS))
own = st.sampled_from(["*", "*", "#r", "#r", "a", "b", "nobody"])
target_lists = st.lists(names, min_size=1, max_size=5).map(",".join)
labels = st.sampled_from(["", "", "label=1", "label=2", "+x=y;label=1"])
batch_tags = st.sampled_from(["batch=1", "batch=1", "batch=2", "batch=1;draft/multiline-concat"])


def line(tags: str, command: str, *params: str) -> str:
    middle = " ".join(param.replace(" ", "_") or "*" for param in params[:-1])
    return (
        f"@{tags} {command} {middle} :{params[-1]}" if tags else f"{command} {middle} :{params[-1]}"
    )


def lines_of(command: str, *params: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(line, labels, st.just(command), *params)


LINES = st.one_of(
    lines_of("MONITOR", st.sampled_from("+-"), target_lists),
    lines_of("MONITOR", st.sampled_from("CLSX")),
    lines_of("METADATA", st.just("*"), st.sampled_from(["SUB", "UNSUB"]), keys),
    lines_of("METADATA", own, st.sampled_from(["GET", "SUB", "SET"]), keys),
    lines_of("METADATA", names, st.sampled_from(["LIST", "CLEAR", "SYNC", "SUBS", "FROB"])),
    lines_of("METADATA", own, st.just("SET"), keys, words),
    lines_of("CHATHISTORY", st.just("LATEST"), names, st.just("*"), st.sampled_from("019x")),
    lines_of(
        "CHATHISTORY",
        st.sampled_from(["BETWEEN", "BETWEEN", "LATEST", "TARGETS", "FROB"]),
        *(names, st.sampled_from(POINTS), st.sampled_from(POINTS), st.sampled_from("12")),
    ),
    lines_of(
        "CHATHISTORY",
        st.sampled_from(["BEFORE", "AFTER", "AROUND", "TARGETS"]),
        *(st.sampled_from(["#r", *TIMES]), st.sampled_from(POINTS), st.sampled_from("12")),
    ),
    lines_of("MARKREAD", names, st.sampled_from(TIMES)),
    lines_of("REDACT", names, st.sampled_from(IDS), words),
    lines_of("EDIT", names, st.sampled_from(IDS), words),
    *(lines_of(each, st.just("#r"), st.sampled_from(IDS)) for each in ("PIN", "UNPIN", "PINS")),
    lines_of("BATCH", st.sampled_from(["+1", "+2", "+_"]), st.just("draft/multiline"), names),
    lines_of("BATCH", st.just("+1"), st.just("draft/multiline"), st.just("#r")),
    lines_of("BATCH", st.sampled_from(["-1", "-1", "-2", "+1", "1", ""])),
    st.builds(line, batch_tags, st.sampled_from(["PRIVMSG", "NOTICE", "BATCH"]), names, words),
    st.builds(line, batch_tags, st.just("PRIVMSG"), st.just("#r"), words),
    lines_of("PRIVMSG", own, words),
    lines_of("NICK", st.sampled_from(["a", "b", "c", "d"])),
    lines_of("JOIN", st.sampled_from(["#r", "#new"])),
    lines_of("PART", st.sampled_from(["#r", "#new"])),
    lines_of("AWAY", words),
    lines_of("CAP", st.just("REQ"), st.sampled_from(["-batch", "batch", "-draft/multiline"])),
    lines_of("ISUPPORT", words),
    lines_of("WEBIRC", words, words, names, names),
)
# A whole message of several lines: one after another in random order would seldom make one.
SPEECHES = st.builds(
    lambda label, target, said: (
        line(label, "BATCH", "+1", "draft/multiline", target),
        *(line(tags, "PRIVMSG", target, text) for tags, text in said),
        "BATCH -1",
    ),
    labels,
    st.sampled_from(["#r", "@#r", "a", "b", "nobody"]),
    st.lists(st.tuples(batch_tags, words), max_size=4),
)
EVENTS = st.one_of(
    *[st.tuples(st.integers(0, 4), st.tuples(LINES))] * 8,
    st.tuples(st.integers(0, 4), SPEECHES),
    st.sampled_from(["open", "vanish", "wait"]),
)


def crowd() -> Chat:
    chat = KeptChat(TIGHT)
    chat.user("a", "#r", caps=ALL_CAPS, account="acc")
    chat.device("a", caps=ALL_CAPS.replace("metadata-3", "metadata-2"))
    chat.user("b", "#r", caps=ALL_CAPS.replace("metadata-3", "metadata-2"))
    chat.user("c", "#r")
    chat.open().sends(f"CAP REQ :{ALL_CAPS}")
    return chat


def check_limits(chat: Chat) -> None:
    limits = TIGHT.limits
    monitors = chat.world.monitors
    for session in chat.world.sessions.values():
        watched = monitors.list_of(session)
        assert len(watched) <= limits.monitored
        assert all(session in monitors.watchers(nick) for nick in watched)
        assert len(session.subscriptions) <= limits.metadata_subscriptions
        assert len(session.user.metadata) <= limits.metadata_keys
        assert len(session.user.read) <= limits.read_markers
        if session.batch is not None:
            assert len(session.batch.lines) <= limits.multiline_lines
    for nick in NAMES:
        assert all(each.id in chat.world.sessions for each in monitors.watchers(nick))


def check_batches(chat: Chat) -> None:
    """Every batch somebody hears of is opened, filled and closed, and labels stand once."""
    for client in chat.clients.values():
        opened: list[str] = []
        labels: list[str] = []
        for message in client.take():
            if "label" in message.tags:
                labels.append(message.tags["label"])
            inside = message.tags.get("batch")
            assert inside is None or inside in opened
            if message.command == "BATCH" and message.params[0][0] == "+":
                opened.append(message.params[0][1:])
            elif message.command == "BATCH":
                opened.remove(message.params[0][1:])
        assert not opened
        assert len(labels) <= 1


@thorough
@given(st.lists(EVENTS, min_size=30, max_size=80))
@example([(0, ("@label=1 BATCH +1 draft/multiline #r", "CAP REQ -batch", "BATCH -1"))])
@example(
    [
        (0, ("@label=1 BATCH +1 draft/multiline #r",)),
        (0, ("CAP REQ -draft/multiline", "@label=1 BATCH +1 draft/multiline #r", "BATCH -1")),
    ]
)
@example([(0, ("BATCH +1 draft/multiline a", "@batch=1 PRIVMSG a x", "BATCH -1"))])
def test_no_use_of_the_extensions_breaks_the_chat(
    events: list[tuple[int, tuple[str, ...]] | str],
) -> None:
    chat = crowd()
    chat.forget()
    for event in events:
        here = [client for client in chat.clients.values() if not client.closed]
        match event:
            case (int(who), tuple(lines)) if here:
                speaker = here[who % len(here)]
                for said in lines:
                    if not speaker.closed:
                        speaker.sends(said)
                        check_batches(chat)  # each line has an answer of its own
            case "open":
                chat.open("::1")
            case "vanish" if here:
                here[-1].vanishes()
            case "wait":
                chat.passes(40)
            case _:
                pass
        check_batches(chat)
        check_limits(chat)
