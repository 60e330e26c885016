"""The arguments of `trio-chat client`, and the options that they, the profiles and the answers of
the person come to.

Laws: an argument goes before the profile, and the profile before what goes without saying; what a
profile says of one server is never told to another.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

from trio_chat.client.login import Login
from trio_chat.client.pins import Pins, server_name
from trio_chat.client.setup import address as addresses
from trio_chat.client.setup.address import Address, completed, is_here
from trio_chat.client.setup.options import Mode, Options
from trio_chat.client.setup.passwords import (
    Asked,
    FromCommand,
    FromFile,
    FromKeyring,
    Source,
    ask,
    fetch,
    value_of,
)
from trio_chat.client.setup.profiles import (
    DEFAULT,
    Kept,
    Profile,
    ProfileFile,
    Profiles,
    check_name,
)
from trio_chat.client.setup.questions import (
    DEFAULT_ROOM,
    SUGGESTED_SERVER,
    ask_all,
    ask_nick,
    check_nick,
    check_room,
    has_terminal,
    likely_nick,
    shown,
)
from trio_chat.client.text import clean
from trio_chat.client.tls import TLS

SERVER_USER = "(server)"
"""The user in a keyring for the password of a server itself: no account can be called so."""

SECRETS = ("login", "password", "server_password", "fingerprint", "cert", "key")
"""Keys of a profile that are about its server alone, and go when it gets another."""

_LOOKS = frozenset({"run", "full", "plain", "json", "no_color"})
"""Arguments that are not about where to go: who gives one alone is asked all the same."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `trio-chat client`."""
    parser.add_argument(
        "address",
        metavar="SERVER",
        nargs="?",
        type=_address,
        help="a profile, HOST[:PORT] (IPv6 as [::1]:8080), or an irc:// or ircs:// URL (default: "
        f"the profile `{DEFAULT}`, or {SUGGESTED_SERVER})",
    )
    _add_person(parser.add_argument_group("who to be, and where"))
    _add_tls(parser.add_argument_group("the connection"))
    _add_login(parser.add_argument_group("passwords, which never stand in the command itself"))
    _add_profiles(parser.add_argument_group("profiles"))
    _add_look(parser.add_argument_group("how it looks"))


def _add_look(group: argparse._ArgumentGroup) -> None:
    which = group.add_mutually_exclusive_group()
    which.add_argument(
        "--full", action="store_true", help="on the whole screen, with the rooms and the members"
    )
    which.add_argument(
        "--plain",
        action="store_true",
        help="a line for each thing that happens, and nothing that moves: for screen readers and "
        "pipes (what goes without saying where there is no terminal)",
    )
    group.add_argument(
        "--tail",
        action="append",
        metavar="ROOM",
        help="only print what is said in this room, and say nothing; repeatable",
    )
    group.add_argument(
        "--json", action="store_true", help="print each thing as an object of JSON, a line each"
    )
    group.add_argument(
        "--no-color", "--no-colour", action="store_true", help="no colours, as with NO_COLOR"
    )


def _add_person(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--nick", help="your nick (default: asks, and suggests the login name)")
    group.add_argument("--realname", metavar="TEXT", help="what else you are called")
    group.add_argument(
        "--room",
        action="append",
        metavar="ROOM",
        help=f'a room to join, "ROOM KEY" if it has a key; repeatable (default: {DEFAULT_ROOM}, '
        f"on this machine and on port {addresses.OWN_PORT})",
    )


def _add_tls(group: argparse._ArgumentGroup) -> None:
    which = group.add_mutually_exclusive_group()
    which.add_argument(
        "--tls",
        action="store_true",
        help="TLS, as goes without saying but for servers on this machine; a server that no "
        "authority vouches for is asked about once",
    )
    which.add_argument(
        "--plaintext",
        "--no-tls",
        action="store_true",
        help="no TLS: whoever is on the way reads along",
    )
    group.add_argument(
        "--fingerprint",
        metavar="SHA256",
        help="TLS, to a server whose certificate has this fingerprint",
    )
    group.add_argument("--cert", metavar="FILE", help="TLS, and show the server this certificate")
    group.add_argument("--key", metavar="FILE", help="its key, if that is not in the same file")


def _add_login(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--login",
        metavar="ACCOUNT",
        help="log in to this account: by its password, which is asked for, or else by --cert",
    )
    account = group.add_mutually_exclusive_group()
    account.add_argument(
        "--password-command",
        metavar="COMMAND",
        help="a command of the shell that prints the account's password",
    )
    account.add_argument(
        "--keyring",
        action="store_true",
        help="the account's password is in the system's keyring; asks for it once",
    )
    server = group.add_mutually_exclusive_group()
    server.add_argument(
        "--password-file", type=Path, metavar="FILE", help="read the server's password from FILE"
    )
    server.add_argument("--ask-password", action="store_true", help="ask for the server's password")


def _add_profiles(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--list", action="store_true", help="list the profiles, and end")
    group.add_argument(
        "--save", metavar="NAME", help="keep what is said here as the profile NAME, and go on"
    )
    group.add_argument(
        "--ask",
        action="store_true",
        help="ask for server, nick and room, as the first run does, and keep the answers",
    )


def _address(text: str) -> Address:
    try:
        return addresses.parse_address(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def is_bare(args: argparse.Namespace) -> bool:
    """Whether nothing was said of server and person."""
    return all(
        value is None or value is False for name, value in vars(args).items() if name not in _LOOKS
    )


@dataclass(frozen=True, slots=True)
class _Start:
    """What there is to start from: a profile by its name, or none."""

    file: ProfileFile
    profiles: Profiles
    name: str
    profile: Profile


def choose(args: argparse.Namespace, file: ProfileFile | None = None) -> Options:
    """The options that arguments, profiles and answers come to.

    Raises `ValueError` and `OSError`; `EOFError` and `KeyboardInterrupt` from who is asked.
    """
    mode = _mode(args)
    file = file or ProfileFile()
    start = _start(args, file, file.read())
    address = None if start.name else args.address
    if args.ask and not has_terminal():
        raise ValueError("--ask needs a terminal")
    if args.ask or (is_bare(args) and not start.name and has_terminal()):
        _merged(args, address, start.profile)  # what contradicts itself is told before
        start, address = _asked(args, start), None
    profile = _merged(args, address, start.profile)
    port, by_tls = completed(profile.host, profile.port, profile.tls)
    nick = profile.nick or _nick(start.profiles)
    profile = replace(profile, nick=nick)
    if args.save is not None:
        _save(args.save, start, profile)
    return replace(_options(args, start, profile, port, by_tls), mode=mode)


def _mode(args: argparse.Namespace) -> Mode:
    """How the chat is shown; without a terminal it is plain."""
    if args.full:
        if args.tail or args.json:
            raise ValueError("--tail and --json are for the plain mode, and not for --full")
        if not has_terminal():
            raise ValueError("--full needs a terminal")
        return "full"
    is_plain = args.plain or args.tail or args.json or not has_terminal()
    return "plain" if is_plain else "inline"


def _start(args: argparse.Namespace, file: ProfileFile, profiles: Profiles) -> _Start:
    name = DEFAULT if args.address is None else args.address.name
    if args.save is not None:
        check_name(args.save)
    if name not in profiles.profiles:
        return _Start(file, profiles, "", Profile())
    return _Start(file, profiles, name, profiles.profiles[name])


def _asked(args: argparse.Namespace, start: _Start) -> _Start:
    """Ask the three questions, and keep the answers in a profile."""
    before = start.profile
    where = Address(before.host, before.port) if start.name else args.address
    rooms = args.room or before.rooms or (where.rooms if where else ()) or (DEFAULT_ROOM,)
    answers = ask_all(
        SUGGESTED_SERVER if where is None else shown(where),
        args.nick or before.nick or likely_nick(),
        rooms[0],
    )
    name = start.name or DEFAULT
    address = answers.address
    values: dict[str, object] = {"host": address.host, "nick": answers.nick}
    values["rooms"] = [answers.room] if answers.room else []
    values |= {} if address.port is None else {"port": address.port}
    values |= {} if address.tls is None else {"tls": address.tls}
    is_other = name in start.profiles.profiles and (address.host, address.port) != (
        start.profiles.profiles[name].host,
        start.profiles.profiles[name].port,
    )
    gone = {"port", "tls", *SECRETS} - values.keys() if is_other else ()
    start.file.set_values(("profiles", name), values, gone)
    sys.stdout.write(f"kept as the profile {name} in {clean(str(start.file.path))}\n")
    profiles = start.file.read()
    return _Start(start.file, profiles, name, profiles.profiles[name])


def _merged(args: argparse.Namespace, address: Address | None, profile: Profile) -> Profile:
    """The profile with what the address and the arguments say over it."""
    if address is not None:
        profile = replace(
            profile,
            host=address.host,
            port=address.port,
            tls=address.tls,
            nick=address.nick,
            rooms=address.rooms or None,
        )
    given = {
        name: value
        for name in ("nick", "realname", "fingerprint", "cert", "key", "login")
        if (value := getattr(args, name)) is not None
    }
    if args.login is not None and args.login != profile.login:
        given["password"] = None  # that one is another account's
    rooms = (*(args.room or ()), *(args.tail or ()))
    given |= {"rooms": rooms} if rooms else {}
    given |= {"tls": True} if args.tls else {}
    given |= {"tls": False} if args.plaintext else {}
    profile = replace(profile, **given)
    # An empty fingerprint (of a variable that is not set, say) must not mean: without TLS.
    if (profile.fingerprint, profile.cert, profile.key) != (None, None, None):
        if profile.tls is False:
            raise ValueError("plain text goes with no fingerprint, certificate or key")
        profile = replace(profile, tls=True)
    if profile.nick:
        check_nick(profile.nick)
    if profile.rooms is not None:
        profile = replace(profile, rooms=tuple(map(check_room, profile.rooms)))
    return _with_sources(args, profile)


def _with_sources(args: argparse.Namespace, profile: Profile) -> Profile:
    """The profile with where the arguments say that passwords come from."""
    password: Source | None = profile.password
    if args.password_command is not None:
        password = FromCommand(args.password_command)
    elif args.keyring:
        password = FromKeyring()
    if profile.login is None and password is not None:
        raise ValueError("--password-command and --keyring are for --login")
    server = profile.server_password
    if args.password_file is not None:
        server = FromFile(str(args.password_file.expanduser().absolute()))
    elif args.ask_password:
        server = Asked()
    return replace(profile, password=password, server_password=server)


def _nick(profiles: Profiles) -> str:
    usual = profiles.profiles.get(DEFAULT, Profile()).nick or likely_nick()
    return ask_nick(usual) if has_terminal() else usual


def _save(name: str, start: _Start, profile: Profile) -> None:
    """Keep a profile by this name, beside what there is of it already."""
    if name in start.profiles.profiles and name != start.name:
        raise ValueError(
            f"there is a profile {name} already: `trio-chat client {name} --save {name}`, with "
            "what is to be else, changes it"
        )
    start.file.set_values(("profiles", name), _values(profile))


def _values(profile: Profile) -> Mapping[str, object]:
    """What to write of a profile: all but its settings, which stay where they are."""
    values: dict[str, object] = {"host": profile.host}
    for key in ("port", "tls", "fingerprint"):
        values[key] = getattr(profile, key)
    for key in ("cert", "key"):
        path = getattr(profile, key)
        values[key] = None if path is None else os.path.abspath(path)
    for key in ("nick", "realname", "login", "rooms"):
        values[key] = getattr(profile, key)
    for key in ("password", "server_password"):
        source = getattr(profile, key)
        values[key] = None if source is None else value_of(source)
    return {key: value for key, value in values.items() if value not in (None, "")}


def _options(
    args: argparse.Namespace, start: _Start, profile: Profile, port: int, by_tls: bool
) -> Options:
    settings = start.profiles.settings_of(start.name)
    if args.no_color:
        settings = replace(settings, colour="never")
    tls = _tls(profile) if by_tls else None
    server = server_name(profile.host, port)
    has_lobby = is_here(profile.host) or port == addresses.OWN_PORT
    rooms = profile.rooms if profile.rooms is not None else (DEFAULT_ROOM,) * has_lobby
    known = tls is not None and tls.fingerprint is None
    return Options(
        profile.host,
        port,
        profile.nick,
        rooms,
        _server_password(profile, server),
        _login(profile, server),
        tls,
        Pins().find(profile.host, port) if known else None,
        tail=tuple(check_room(room).partition(" ")[0] for room in args.tail or ()),
        json=args.json,
        realname=profile.realname,
        settings=settings,
        kept=Kept(start.file, args.save or start.name),
        has_password_in_keyring=isinstance(profile.password, FromKeyring),
    )


def _server_password(profile: Profile, server: str) -> str | None:
    if profile.server_password is None:
        return None
    what = f"Password of the server {server}"
    return fetch(profile.server_password, what, server=server, user=SERVER_USER)


def _login(profile: Profile, server: str) -> Login | None:
    account = profile.login
    if account is None:
        return None
    if profile.password is None and profile.cert is not None:
        return Login(account)
    source = profile.password or Asked()
    what = f"Password of the account {account}"
    return Login(account, fetch(source, what, server=server, user=account))


def _tls(profile: Profile) -> TLS:
    # Asked for at most once: here, where the terminal is still its own.
    key_password = cache(partial(ask, f"Password of {profile.key or profile.cert}: "))
    return TLS(
        fingerprint=profile.fingerprint,
        cert=profile.cert,
        key=profile.key,
        key_password=key_password,
    )
