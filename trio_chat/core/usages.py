"""How each command is used: one entry per command, for HELP and for the documentation.

Law: a command stands here if, and only if, it stands in the command table.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Usage:
    """What follows the command (`[x]` may be left out, `,...` may go on), and what it does."""

    params: str
    text: str


USAGES: dict[str, Usage] = {
    "ACCEPT": Usage(
        "<nick>|-<nick>|*,...",
        "Lets the private messages of somebody through though you have user mode g or R; with - no "
        "longer; * shows who is let through.",
    ),
    "ADMIN": Usage("[server]", "Shows who runs the server."),
    "AUTHENTICATE": Usage(
        "<mechanism>|<base64>|+|*",
        "Logs in to an account: begins, goes on with a message, or gives up with *.",
    ),
    "AWAY": Usage("[text]", "Marks you as away; without a text you are back."),
    "BATCH": Usage("+<reference> <type> [params] | -<reference>", "Begins or ends a batch."),
    "CAP": Usage(
        "LS|LIST|REQ|END [capabilities]",
        "Negotiates IRCv3 capabilities: shows those on offer, those enabled, asks for some.",
    ),
    "CHANSERV": Usage("<word> ...", "The same as a message to ChanServ, which registers rooms."),
    "CHATHISTORY": Usage(
        "<subcommand> <room or nick> <point> [point] <limit>",
        "Shows what was said: LATEST, BEFORE, AFTER, AROUND or BETWEEN points, each a msgid=<id> "
        "or timestamp=<time>, or with LATEST a *. CHATHISTORY TARGETS <time> <time> <limit> tells "
        "where something was said.",
    ),
    "CONNECT": Usage("<server> [port [server]]", "There are no other servers to connect to."),
    "CS": Usage("<word> ...", "The same as CHANSERV."),
    "DEFCON": Usage(
        "[level]",
        "Closes the server to strangers, from 5, not at all, to 2, nobody can connect. For "
        "operators.",
    ),
    "DIE": Usage("", "Stops the server. For operators."),
    "DLINE": Usage(
        "[duration] <address or range> [reason]",
        "Bans an address, or a range of them, from the server. For operators.",
    ),
    "EDIT": Usage(
        "<target> <msgid> <text>", "Gives a message of yours another text, which is one line."
    ),
    "HELP": Usage("[subject]", "Shows how a command is used; without a subject, which there are."),
    "HELPOP": Usage("[subject]", "The same as HELP."),
    "INFO": Usage("[server]", "Shows what the server is."),
    "INVITE": Usage(
        "[nick room]",
        "Invites somebody into a room. They may come in whatever bars others. Without parameters: "
        "where you are invited to.",
    ),
    "ISON": Usage("<nick> ...", "Tells which of these nicks are here."),
    "ISUPPORT": Usage("", "Shows what the server supports."),
    "JOIN": Usage(
        "<room>,... [key,...]",
        "Enters rooms, and opens those that are not there yet. JOIN 0 leaves all rooms.",
    ),
    "KICK": Usage("<room> <nick>,... [reason]", "Puts somebody out of a room."),
    "KILL": Usage("<nick> <reason>", "Ends the connection of somebody. For operators."),
    "KLINE": Usage(
        "[duration] <mask> [reason]",
        "Bans users from the server: user@host, nick!user@host, ~account:<name> or "
        "~realname:<text>, with * and ?. A duration is like 1d12h, or minutes. For operators.",
    ),
    "KNOCK": Usage("<room> [text]", "Asks those in a room you may not enter to invite you."),
    "LINKS": Usage("[[server] mask]", "Shows the servers of the network."),
    "LIST": Usage(
        "[room or mask,...] [conditions]",
        "Shows the rooms there are, how many are in them and what about.",
    ),
    "LUSERS": Usage("", "Counts the users, operators and rooms."),
    "MARKREAD": Usage("<room or nick> [timestamp=<time>]", "Shows or sets how far you have read."),
    "METADATA": Usage(
        "<target> <subcommand> [params]", "Shows and sets metadata of users and rooms."
    ),
    "MODE": Usage(
        "<room or your nick> [modes [params]]",
        "Shows or changes the modes of a room, or yours. Yours: B a bot, R private messages from "
        "the logged in alone, g from the accepted alone (see ACCEPT), i invisible to strangers, "
        "o operator, w gets WALLOPS, Z connected by TLS.",
    ),
    "MONITOR": Usage("+|-|C|L|S [nick,...]", "Tells you when these nicks come and go."),
    "MOTD": Usage("[server]", "Shows the message of the day."),
    "NAMES": Usage("<room>,...", "Shows who is in a room."),
    "NICK": Usage("<nick>", "Takes a nick, or another one."),
    "NICKSERV": Usage("<word> ...", "The same as a message to NickServ, which has accounts."),
    "NOTICE": Usage("<target>,... <text>", "Like PRIVMSG, but never answered automatically."),
    "NS": Usage("<word> ...", "The same as NICKSERV."),
    "OPER": Usage("<name> <password>", "Makes you an operator."),
    "PART": Usage("<room>,... [reason]", "Leaves rooms."),
    "PASS": Usage("<password>", "Says the password of the server, before NICK and USER."),
    "PIN": Usage("<room> <msgid>", "Pins a message in a room, for all who come to see."),
    "PING": Usage("<token>", "Is answered with PONG and the same token."),
    "PINS": Usage("<room>", "Shows what is pinned in a room."),
    "PONG": Usage("<token>", "Answers a PING of the server."),
    "PRIVMSG": Usage("<target>,... <text>", "Says something to rooms or users."),
    "QUIT": Usage("[reason]", "Leaves the server."),
    "REDACT": Usage("<target> <msgid> [reason]", "Takes a message back."),
    "REGISTER": Usage(
        "<account>|* <e-mail>|* <password> [invitation]",
        "Makes an account for you; with * it has your nick for a name.",
    ),
    "REHASH": Usage("", "Has the configuration read again. For operators."),
    "RENAME": Usage("<room> <new name> [reason]", "Gives a room another name."),
    "REPORT": Usage("<nick or room> [msgid] <reason>", "Tells those who moderate of something."),
    "REPORTS": Usage("[CLOSE <id>]", "Shows what users have reported. For operators."),
    "RESTART": Usage("", "Stops the server and starts it anew. For operators."),
    "SEARCH": Usage(
        "<attribute>=<value>;...",
        "Looks for what was said in your rooms and to your account: text=<words> in=<room or nick> "
        "from=<nick> after=<time> before=<time> limit=<number>, of which all may be left out.",
    ),
    "SETNAME": Usage("<real name>", "Changes your real name."),
    "SQUIT": Usage("<server> <reason>", "There are no other servers to part from."),
    "STATS": Usage(
        "<letter> [server]",
        "Shows statistics: u how long the server is up, m how often each command was used, p the "
        "operators who are here, and for operators o who may become one, k who is banned by mask "
        "and d by address.",
    ),
    "SUMMON": Usage("<user>", "Is disabled."),
    "TAGMSG": Usage("<target>,...", "Sends client-only tags (IRCv3) without a text."),
    "TIME": Usage("[server]", "Tells the time of the server."),
    "TOPIC": Usage("<room> [text]", "Shows what a room is about, or says so."),
    "UNDLINE": Usage("<address or range>", "Lifts a ban of DLINE. For operators."),
    "UNKLINE": Usage("<mask>", "Lifts a ban of KLINE. For operators."),
    "UNPIN": Usage("<room> <msgid>", "Takes a pin away."),
    "USER": Usage("<username> 0 * <real name>", "Says who you are, on connecting."),
    "USERHOST": Usage("<nick> ...", "Shows from where up to five users come."),
    "USERS": Usage("", "Is disabled."),
    "VERIFY": Usage("<account> <code>", "Confirms the e-mail address of a new account."),
    "VERSION": Usage("[server]", "Shows what the server runs, and what it supports."),
    "WALLOPS": Usage("<text>", "Writes to everyone with user mode w. For operators."),
    "WEBIRC": Usage("<password> <gateway> <host> <address>", "For gateways: who their client is."),
    "WHO": Usage(
        "<room or mask> [o][%<fields>[,token]]",
        "Shows who is in a room, or whose nick, name, user name or host is so. With o operators "
        "alone; after % the fields wanted, out of tcuihsnfdlaor (WHOX).",
    ),
    "WHOIS": Usage("[server] <nick>,...", "Shows who somebody is."),
    "WHOWAS": Usage("<nick>,... [count]", "Shows who had a nick before, the latest first."),
}
