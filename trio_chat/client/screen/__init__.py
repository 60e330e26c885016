"""What a person at a terminal sees, and the keys they press."""
