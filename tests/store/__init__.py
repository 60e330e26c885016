"""The database file under the data directory."""
