"""Floor 2: what outlives a server. Answers the chat's questions about accounts from the store.

Laws: everything here runs in threads and may block; it knows no trio, and of the core only its
questions, accounts and records.
"""
