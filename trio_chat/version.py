"""The version, where every floor that tells it may read it."""

__version__ = "0.1.0"
