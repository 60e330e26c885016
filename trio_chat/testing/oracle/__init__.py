"""The oracle: what all users of a chat saw, and what must be true of it whatever the server."""
