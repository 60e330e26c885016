"""Floor 1: SQLite under the data directory. Imports `wire` alone."""
