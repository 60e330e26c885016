"""Floor 1: the chat as plain function calls, without any network."""
