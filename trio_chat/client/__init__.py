"""The client: a connection and what it knows, and the terminal client on top of it.

Laws: of the rest of trio-chat it imports `wire` alone; what knows of the screen (`view`, `app`,
`inline`) is imported by nothing below it.
"""
