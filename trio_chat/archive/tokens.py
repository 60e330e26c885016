"""Bearer tokens: JSON Web Tokens (RFC 7519) that another site has signed.

Law: which algorithms are good is said by the configuration, never by the token (RFC 8725 section
3.1); a token without an end is none.
"""

from __future__ import annotations

from trio_chat.archive.settings import TokenSettings

TOKEN_BYTES = 16 * 1024
"""The longest token that is looked at."""


def account_of(token: str, settings: TokenSettings) -> str | None:
    """The account that a token names; None for a token that is not good, or not any more."""
    if not settings.algorithms or len(token) > TOKEN_BYTES:
        return None
    import jwt

    options = {
        "require": [
            "exp",
            settings.claim,
            *(["iss"] if settings.issuer else []),
            *(["aud"] if settings.audience else []),
        ]
    }
    try:
        claims = jwt.decode(
            token,
            settings.key,
            algorithms=list(settings.algorithms),
            issuer=settings.issuer or None,
            audience=settings.audience or None,
            leeway=settings.leeway_seconds,
            options=options,  # type: ignore[arg-type]
        )
    except (jwt.InvalidTokenError, ValueError, OverflowError):  # no UTF-8; a time without end
        return None
    name = claims.get(settings.claim)
    return name if isinstance(name, str) else None
