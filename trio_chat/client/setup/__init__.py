"""How a run of the terminal client comes about."""
