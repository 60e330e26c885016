"""What ISUPPORT says is so: every token of the 005 lines is tried out, whatever its value.

A token without a check fails, and so does a check without a token.
"""

from __future__ import annotations

import pytest

from trio_chat.core.settings import Limits, Settings

from . import claims_of_amounts as claims_of_amounts
from . import claims_of_features as claims_of_features
from .claims import CHECKS, Claim, tokens
from .language import Chat

ICON = "https://example.org/icon.svg"
SMALL = Limits(
    nick_length=9,
    username_length=6,
    room_name_bytes=12,
    topic_length=20,
    kick_length=15,
    away_length=13,
    realname_length=11,
    key_length=5,
    rooms_per_user=6,
    bans_per_room=6,
    listed_rooms=5,
    targets=2,
    monitored=2,
    mode_params=3,
    accept_entries=5,
)
LARGE = Limits(
    topic_length=999, kick_length=999, away_length=999, realname_length=999, nick_length=40
)
VARIANTS = {
    "default": Settings(),
    "icon": Settings(icon=ICON, network="Elsewhere"),
    "small": Settings(limits=SMALL, casemapping="rfc1459"),
    "large": Settings(limits=LARGE, casemapping="precis"),
}


TOLD = {name: tokens(settings) for name, settings in VARIANTS.items()}


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_token_has_its_check(variant: str) -> None:
    absent = set() if VARIANTS[variant].icon else {"draft/ICON"}
    assert set(CHECKS) - absent == set(TOLD[variant])


@pytest.mark.parametrize(
    ("variant", "token"), [(variant, token) for variant in VARIANTS for token in TOLD[variant]]
)
def test_it_is_so(variant: str, token: str) -> None:
    settings = VARIANTS[variant]
    CHECKS[token](Claim(TOLD[variant][token], settings, Chat(settings)))
