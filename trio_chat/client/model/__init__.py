"""What a person at a terminal has before them, whatever it looks like."""
