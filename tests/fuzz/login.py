"""AUTHENTICATE in the core: however it is used, nobody is who they have not proved to be.

The archive is made up: it knows a few accounts, and answers truly, late, or that it cannot say.
"""

from __future__ import annotations

from dataclasses import replace

from tests.core.language import HOST, START, Chat, Client
from trio_chat.core.account_questions import (
    CheckCertificate,
    CheckLogin,
    CheckToken,
    FinishScram,
    Scram,
    StartScram,
    Verdict,
)
from trio_chat.core.account_rules import AccountRules
from trio_chat.core.accounts import Account
from trio_chat.core.effects import Ask
from trio_chat.core.events import AccountsChanged, Answered
from trio_chat.core.questions import Question
from trio_chat.core.settings import Limits, Settings
from trio_chat.wire.sasl import (
    MECHANISMS,
    MESSAGE_BYTES,
    chunks,
    parse_scram_first,
    split_device,
)

from .tape import Tape

PASSWORD = "sesame"
PRINT = "ab" * 32
TOKEN = "alices"
PROOF = "cHJvb2Y="

ACCOUNTS = (
    Account("alice", START, nicks=("al",)),
    Account("bob", START),
    Account("carol", START, disabled=True),
    Account("dan", START, verified=False),
)

SETTINGS = Settings(
    accounts=AccountRules(mechanisms=MECHANISMS),
    limits=Limits(password_tries=4, login_failures_per_address=8),
)

WORDS = (
    *(name.encode() for name in MECHANISMS),
    *(b"\0alice\0sesame\n", b"n,,n=alice,r=abc\n", b"n,a=bob,", b"@phone", b"AUTHENTICATE "),
    *(b"n,,\x01auth=Bearer alices\x01\x01\n", b"CAP END\n", b"NICK alice\n", b"USER u 0 * :U\n"),
    *(b"CAP REQ -sasl\n", b"PRIVMSG NickServ :", b"IDENTIFY sesame\n", b"QUIT\n", b"\xff"),
)

LATE = 0x80
"""Set in the byte of a step, for a question that is not answered at once."""


def check(data: bytes) -> None:
    """Steps: a byte for what and who, then what it takes, up to an LF."""
    tape = Tape(data)
    run = _Run()
    while not tape.is_over:
        step = tape.byte()
        client = run.clients[(step >> 3) % len(run.clients)]
        run.act(step & 7, client, tape, at_once=not step & LATE)
        run.check()


class _Run:
    """The chat, its archive, and who has proved what."""

    def __init__(self) -> None:
        self.accounts = {account.name: account for account in ACCOUNTS}
        self.chat = chat = Chat(SETTINGS, ACCOUNTS)
        self.clients = [chat.open(), chat.open("::1", fingerprint=PRINT), chat.open(HOST)]
        for client in self.clients:
            client.sends("CAP REQ :sasl labeled-response batch")
        for line in ("NICK eve", "USER e 0 * :E", "CAP END", "JOIN #tea"):
            self.clients[2].sends(line)
        self.pending: dict[int, Question] = {}
        self.proved: dict[int, set[str]] = {client.session.id: set() for client in self.clients}
        chat.forget()

    def act(self, kind: int, client: Client, tape: Tape, *, at_once: bool) -> None:
        match kind:
            case 0:
                self._says(client, b"AUTHENTICATE " + tape.line(), at_once)
            case 1 | 2:
                for chunk in chunks(tape.line()):
                    self._says(client, b"AUTHENTICATE " + chunk.encode(), at_once)
            case 3:
                self._says(client, tape.line(), at_once)
            case 4:
                nonce = "" if client.session.sasl is None else client.session.sasl.nonce
                for chunk in chunks(f"c=biws,r={nonce},p={PROOF}".encode()):
                    self._says(client, b"AUTHENTICATE " + chunk.encode(), at_once)
            case 5:
                self._answer(client, truly=at_once)
            case 6:
                self.chat.passes(tape.byte())
            case _:
                self._change(tape.byte())

    def _says(self, client: Client, line: bytes, at_once: bool) -> None:
        if client.closed:
            return
        waits = client.session.asked is not None
        client.lines.clear()
        client.sends(line)
        self._take_questions()
        if not waits:
            self._check_heard(client, line)
        while at_once and client.session.id in self.pending:
            self._answer(client, truly=True)

    def _check_heard(self, client: Client, line: bytes) -> None:
        """Of AUTHENTICATE either the exchange goes on, or its end was told, or one may not yet."""
        session = client.session
        if line.startswith(b"AUTHENTICATE ") and session.sasl is None and not client.closed:
            heard = [message.command for message in client.take()]
            assert session.asked is not None or heard, line

    def _take_questions(self) -> None:
        for effect in self.chat.effects:
            if isinstance(effect, Ask):
                assert effect.session.id not in self.pending, "two questions at a time"
                self.pending[effect.session.id] = effect.question

    def _answer(self, client: Client, *, truly: bool) -> None:
        number = client.session.id
        question = self.pending.pop(number, None)
        if question is not None:
            answer = self._truth(number, question) if truly else None
            self.chat.happens(Answered(number, answer, self.chat.at))
            self._take_questions()

    def _change(self, choice: int) -> None:
        """An account is deleted, made anew, disabled or enabled."""
        account = ACCOUNTS[choice % len(ACCOUNTS)]
        known = self.accounts.get(account.name)
        if known is None or choice & 4:
            account = replace(account, created=self.chat.at, disabled=bool(choice & 8))
            self.accounts[account.name] = account
            change = AccountsChanged((account,), (), self.chat.at)
        else:
            del self.accounts[account.name]
            change = AccountsChanged((), (account.name,), self.chat.at)
        self.chat.happens(change)
        self._take_questions()

    def _truth(self, session: int, question: Question) -> Verdict | Scram | None:
        match question:
            case CheckLogin(account, password):
                return self._verdict(session, account if password == PASSWORD else "")
            case CheckCertificate(fingerprint, account):
                is_alices = fingerprint == PRINT and account.lower() in ("", "alice")
                return self._verdict(session, "alice" if is_alices else "")
            case CheckToken(token, account):
                is_alices = token == TOKEN and account.lower() in ("", "alice")
                return self._verdict(session, "alice" if is_alices else "")
            case StartScram(first):
                return Scram(f"r={first[-8:]}server,s=c2FsdA==,i=4096", nonce=f"{len(first)}server")
            case FinishScram(first, nonce, final):
                name, _ = split_device(parse_scram_first(first.encode()).username)
                is_right = final == f"c=biws,r={nonce},p={PROOF}"
                verdict = self._verdict(session, name if is_right else "")
                return Scram("v=cw==", why=verdict.why, account=verdict.account)
        return None

    def _verdict(self, session: int, name: str) -> Verdict:
        account = self.accounts.get(name.lower())
        if account is None:
            return Verdict("wrong")
        if account.disabled:
            return Verdict("disabled")
        if not account.verified:
            return Verdict("unverified")
        self.proved[session].add(account.name)
        return Verdict(account=account)

    def check(self) -> None:
        for session in self.chat.world.sessions.values():
            name = session.user.account
            assert not name or name in self.proved[session.id], f"{session.id} is {name}"
            if session.sasl is not None:
                assert sum(map(len, session.sasl.incoming.parts)) <= MESSAGE_BYTES
        for client in self.clients:
            client.lines.clear()
