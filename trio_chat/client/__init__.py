"""The client: a connection and what it knows, and the terminal client on top of it.

Laws: of the rest of trio-chat it imports `wire` alone. The modules of this folder are the async
client, which bots use, and know of none of its folders. Of those, each knows what stands above it:

    model/     what a person has before them: conversations, entries, what is unread
    commands/  what a person can do: a line they enter becomes something said, or a command
    screen/    how it looks: inline, full-screen or plain; the one place that knows prompt_toolkit
    setup/     profiles, questions and arguments: how a run of the client comes about

`terminal` puts them together.
"""
