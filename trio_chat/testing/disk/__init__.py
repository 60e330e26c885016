"""A disk under SQLite that is slow, full or failing, and may lose power; see `Disk`."""

from trio_chat.testing.disk.disk import Disk as Disk
from trio_chat.testing.disk.disk import DiskFaults as DiskFaults
from trio_chat.testing.disk.sqlite import Unsupported as Unsupported
