"""Floor 0: plain functions over bytes and text."""
