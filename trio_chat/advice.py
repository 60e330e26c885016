"""What a configuration may say but had better not.

Law: advice stops nothing. What cannot work is a mistake, and `config` refuses it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from pathlib import Path

from trio_chat.config import Config, ConfigError, located, parse, read_file
from trio_chat.conversion import Mistake, name_of
from trio_chat.net.tls_settings import Certificate
from trio_chat.toml_lines import Lines, Place


def check(path: Path) -> list[str]:
    """What is unwise in a configuration file, each with its line.

    Raises `ConfigError`, naming all that is wrong.
    """
    text = read_file(path)
    config = parse(text, path)
    lines = Lines(text)
    if config.tls.self_made and not config.tls.certificates:  # the server would make one
        made = replace(config.tls, certificates=(Certificate("its own"),))
        config = replace(config, tls=made)
    if wrong := [located(each, lines, path) for each in config.mistakes()]:
        raise ConfigError(*wrong)
    found = [each for advise in ADVICE for each in advise(config)]
    found.sort(key=lambda each: lines.line(each.place))
    return [located(each, lines, path) for each in found]


def _remark(place: Place, text: str) -> Mistake:
    return Mistake(place, f"warning: {name_of(place)}: {text}")


def _exempts_everyone(config: Config) -> Iterator[Mistake]:
    for family in _covered(config.chat.exempt):
        yield _remark(
            ("chat", "exempt"), f"no throttle is for anybody, for this is every {family} address"
        )


def _believes_everyone(config: Config) -> Iterator[Mistake]:
    for number, gateway in enumerate(config.chat.gateways):
        for family in _covered(gateway.addresses):
            yield _remark(
                ("chat", "gateways", number, "addresses"),
                f"whoever learns the password can feign any host, for this is every {family} "
                "address",
            )


def _lets_anyone_in(config: Config) -> Iterator[Mistake]:
    if config.chat.password:
        return
    for number, each in enumerate(config.listen):
        if not each.is_local:
            yield _remark(
                ("listen", number, "host"),
                "other machines reach this address, and whoever does may join, for chat.password "
                "is empty",
            )


def _is_read_on_the_way(config: Config) -> Iterator[Mistake]:
    for number, each in enumerate(config.listen):
        if not each.is_local and not config.speaks_tls(each):
            yield _remark(
                ("listen", number, "host"),
                "other machines reach this address without TLS: whoever is on the way reads along, "
                "unless something else encrypts",
            )


def _covered(ranges: Iterable[str]) -> Iterator[str]:
    """The families of addresses that are covered as a whole, by all ranges together."""
    networks = [ip_network(each, strict=False) for each in ranges]
    fours = collapse_addresses(each for each in networks if isinstance(each, IPv4Network))
    sixes = collapse_addresses(each for each in networks if isinstance(each, IPv6Network))
    if any(each.prefixlen == 0 for each in fours):
        yield "IPv4"
    if any(each.prefixlen == 0 for each in sixes):
        yield "IPv6"


ADVICE: tuple[Callable[[Config], Iterator[Mistake]], ...] = (
    _is_read_on_the_way,
    _lets_anyone_in,
    _exempts_everyone,
    _believes_everyone,
)
"""All that there is to be warned of."""
