"""What a person at a terminal can do."""
