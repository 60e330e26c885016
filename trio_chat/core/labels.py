"""Labels: whatever a labelled command is answered with, made one labelled response.

Laws (IRCv3 labeled-response):

* A label stands on exactly one logical message: the only one, the start of a batch, or an ACK.
* An answer that already is one batch carries the label itself; of several messages a
  `labeled-response` batch is made, in which batches among them are nested.
* A message that would have come anyway, such as the one to oneself, is no answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from trio_chat.core.effects import Chronicle, Deliver, Effect
from trio_chat.core.state import Session, World
from trio_chat.wire.message import Message

LABEL_BYTES = 64
"""The longest label (labeled-response, "Tag value")."""


def label_of(session: Session, tags: Mapping[str, str]) -> str:
    """The label that the answer to a message with these tags is to carry; empty for none."""
    label = tags.get("label", "")
    if not label or not session.takes_labels or len(label.encode()) > LABEL_BYTES:
        return ""
    return label


def gather(
    world: World,
    session: Session,
    label: str,
    effects: Iterable[Effect],
    before: Iterable[Message] = (),
) -> Iterator[Effect]:
    """These effects, the answers among them labelled; the answers `before` belong to them."""
    answers = list(before)
    others: list[Effect] = []
    try:
        for effect in effects:
            if isinstance(effect, Chronicle) and effect.by is session:
                effect = replace(effect, label=label)
            if not isinstance(effect, Deliver) or not _answers(effect, session):
                others.append(effect)
                continue
            answers.append(effect.message)
            if len(effect.audience) > 1:
                others.append(_for_the_others(effect, session))
    except Exception:
        # The others must hear what came about before the failure. No answer is made of it: an ACK
        # would say that all went well.
        yield from others
        raise
    if session.asked is not None:  # there is more to come; all of it is one response
        session.asked.label = label
        session.asked.answers = answers
    elif answers or session.batch is None or session.batch.label != label:
        yield from one_response(world, session, label, answers)
    # else a batch has been opened: the answer comes when it is closed
    yield from others


def _for_the_others(effect: Deliver, session: Session) -> Deliver:
    if effect.omit is None:
        return replace(effect, omit=session)
    return replace(effect, audience=tuple(each for each in effect.audience if each is not session))


def _answers(effect: Deliver, session: Session) -> bool:
    """Whether this message is, for this session, the answer to what it sent."""
    return effect.solicited and session in effect.audience and effect.reaches(session)


def one_response(
    world: World, session: Session, label: str, answers: list[Message]
) -> list[Effect]:
    """These answers as one logical response (labeled-response, "Tags")."""
    name = world.settings.server_name
    if not answers:
        tagged = [Message("ACK", (), name, {"label": label})]
    elif len(answers) == 1 or _is_one_batch(answers):
        tagged = [_with_tag(answers[0], "label", label), *answers[1:]]
    else:
        batch = world.new_id()
        tagged = [
            Message("BATCH", (f"+{batch}", "labeled-response"), name, {"label": label}),
            # What is in a batch of its own already stays there: that batch is nested in this one.
            *(
                answer if "batch" in answer.tags else _with_tag(answer, "batch", batch)
                for answer in answers
            ),
            Message("BATCH", (f"-{batch}",), name),
        ]
    return [Deliver((session,), answer) for answer in tagged]


def _is_one_batch(answers: list[Message]) -> bool:
    first, last = answers[0], answers[-1]
    return (
        first.command == last.command == "BATCH"
        and first.params[0][:1] == "+"
        and last.params[0] == f"-{first.params[0][1:]}"
    )


def _with_tag(message: Message, key: str, value: str) -> Message:
    return replace(message, tags={key: value, **message.tags})
