"""A deterministic trio: one seed, one run, the same to the byte in every process.

It knows nothing of chat: `Runtime(seed).run(main)` runs any program on trio. See `runtime`.
"""

from trio_chat.testing.runtime.hooks import HookFailed
from trio_chat.testing.runtime.runtime import EPOCH, Runtime, Stuck
from trio_chat.testing.runtime.schedule import POLICIES
from trio_chat.testing.runtime.stacks import NeedsStack, Unreturned
from trio_chat.testing.runtime.streams import Streams
from trio_chat.testing.runtime.trace import Trace

__all__ = [
    "EPOCH",
    "POLICIES",
    "HookFailed",
    "NeedsStack",
    "Runtime",
    "Streams",
    "Stuck",
    "Trace",
    "Unreturned",
]
