"""How everything looks by the settings of the moment: theme, colours, the view of entries."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo

from prompt_toolkit.output import ColorDepth
from prompt_toolkit.styles import Style

from trio_chat.client.screen.ansi import Pen, colour_depth
from trio_chat.client.screen.theme import theme_named
from trio_chat.client.screen.view import View
from trio_chat.client.setup.settings import Settings


class Looks:
    """They follow the settings; `view` stays the same object."""

    depth: ColorDepth
    style: Style
    pen: Pen

    def __init__(
        self, settings: Settings, environ: Mapping[str, str], *, zone: tzinfo | None = None
    ) -> None:
        self._environ = environ
        self.view = View(settings, zone=zone)
        self.follow(settings)

    @property
    def settings(self) -> Settings:
        """Those that are followed."""
        return self.view.settings

    def follow(self, settings: Settings) -> None:
        """Look as these settings say."""
        self.view.settings = settings
        self.depth = colour_depth(settings.colour, self._environ)
        self.view.theme = theme_named(settings.theme, self.depth, self._environ)
        self.style = self.view.theme.style
        self.pen = Pen(self.style, self.depth)
