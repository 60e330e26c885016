"""The way under SQLite: a VFS of ours between the sqlite3 of the standard library and the disk.

SQLite asks a VFS for all that it wants of the operating system (SQLite, "The SQLite OS Interface").
Ours is a copy of the native one. What it opens the native one has opened; then the table of methods
of that file is changed for a copy in which writing, truncating, syncing and closing are functions
of Python. Locks and shared memory, and so the WAL, stay what they are.

Laws:

* Files that no volume holds are left to the native VFS, and are not touched here.
* An exception in here is an I/O error to SQLite, which is C and knows none; it is raised when the
  volume goes. What it did not stop has happened: nothing is recorded that the file does not hold.
* What SQLite has a pointer to stays as long as the process: connections may outlive all else.
"""

from __future__ import annotations

import _thread
import ctypes
import os
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from ctypes import CFUNCTYPE, POINTER, c_char_p, c_int, c_longlong, c_void_p
from functools import cache
from random import Random
from typing import Any, Protocol

import outcome

OK = sqlite3.SQLITE_OK

# sqlite3.h, "Flags For File Open Operations"; Python does not have them.
OPEN_CREATE = 0x4
OPEN_JOURNALS = 0x800 | 0x4000 | 0x80000
"""SQLITE_OPEN_MAIN_JOURNAL, _SUPER_JOURNAL and _WAL."""

_DIALECT = 3
"""Of the structures: the version of `sqlite3_io_methods` and `sqlite3_vfs` that is known here, and
has been the latest since SQLite 3.7.17. Later ones may only have more at their ends."""


class Unsupported(Exception):
    """There is no way under the SQLite of this Python; the text says why."""


class Volume(Protocol):
    """Files whose changes are watched. What returns an int is asked first, and answers with a code
    of SQLite: `OK` if it may happen."""

    @property
    def watches_reads(self) -> bool:
        """Whether `reading` is to be asked; who changes it calls `Shim.watch_reads`."""
        ...

    def holds(self, path: str) -> bool:
        """Whether a file of this name is one of them."""
        ...

    def opening(self, path: str, is_new: bool) -> int: ...

    def opened(
        self, path: str, is_new: bool, syncs_directory: bool, content: Callable[[], bytes]
    ) -> object:
        """A file was opened; what it returns stands for it.

        With `syncs_directory`, its first sync is to be one of its directory, too.
        """
        ...

    def reading(self, file: Any, offset: int, size: int) -> int: ...

    def writing(self, file: Any, offset: int, data: bytes) -> tuple[int, int]:
        """The code, and how many of the bytes are to be written, be it an error or not."""
        ...

    def wrote(self, file: Any, offset: int, data: bytes) -> None:
        """What was to be written was."""
        ...

    def syncing(self, file: Any) -> int:
        """The operating system is not asked to: that is slow, and proves nothing here."""
        ...

    def truncate(self, file: Any, size: int, act: Callable[[], int]) -> int:
        """`act` does it; what this returns is what SQLite is told."""
        ...

    def delete(self, path: str, is_synced: bool, act: Callable[[], int]) -> int:
        """As `truncate`; with `is_synced` the directory is synced then."""
        ...


class _Methods(ctypes.Structure):
    """sqlite3_io_methods (sqlite3.h, "OS Interface File Virtual Methods Object")."""

    _fields_ = (
        ("iVersion", c_int),
        *(
            (name, c_void_p)
            for name in (
                *("xClose", "xRead", "xWrite", "xTruncate", "xSync", "xFileSize", "xLock"),
                *("xUnlock", "xCheckReservedLock", "xFileControl", "xSectorSize"),
                *("xDeviceCharacteristics", "xShmMap", "xShmLock", "xShmBarrier", "xShmUnmap"),
                *("xFetch", "xUnfetch"),
            )
        ),
    )


class _Vfs(ctypes.Structure):
    """sqlite3_vfs (sqlite3.h, "OS Interface Object")."""

    _fields_ = (
        ("iVersion", c_int),
        ("szOsFile", c_int),
        ("mxPathname", c_int),
        ("pNext", c_void_p),
        ("zName", c_char_p),
        *(
            (name, c_void_p)
            for name in (
                *("pAppData", "xOpen", "xDelete", "xAccess", "xFullPathname", "xDlOpen"),
                *("xDlError", "xDlSym", "xDlClose", "xRandomness", "xSleep", "xCurrentTime"),
                *("xGetLastError", "xCurrentTimeInt64", "xSetSystemCall", "xGetSystemCall"),
                "xNextSystemCall",
            )
        ),
    )


_TYPES: dict[str, Any] = {
    "xClose": CFUNCTYPE(c_int, c_void_p),
    "xRead": CFUNCTYPE(c_int, c_void_p, c_void_p, c_int, c_longlong),
    "xWrite": CFUNCTYPE(c_int, c_void_p, c_void_p, c_int, c_longlong),
    "xTruncate": CFUNCTYPE(c_int, c_void_p, c_longlong),
    "xSync": CFUNCTYPE(c_int, c_void_p, c_int),
    "xFileSize": CFUNCTYPE(c_int, c_void_p, POINTER(c_longlong)),
    "xOpen": CFUNCTYPE(c_int, c_void_p, c_void_p, c_void_p, c_int, c_void_p),
    "xDelete": CFUNCTYPE(c_int, c_void_p, c_void_p, c_int),
    "xRandomness": CFUNCTYPE(c_int, c_void_p, c_int, c_void_p),
}

_OF_FILES = ("xClose", "xWrite", "xTruncate", "xSync")
"""The methods of a file that are always ours."""

_FAILURES = {
    "xClose": sqlite3.SQLITE_IOERR_CLOSE,
    "xRead": sqlite3.SQLITE_IOERR_READ,
    "xWrite": sqlite3.SQLITE_IOERR_WRITE,
    "xTruncate": sqlite3.SQLITE_IOERR_TRUNCATE,
    "xSync": sqlite3.SQLITE_IOERR_FSYNC,
    "xOpen": sqlite3.SQLITE_CANTOPEN,
    "xDelete": sqlite3.SQLITE_IOERR_DELETE,
    "xRandomness": 0,
}
"""What a call returns that an exception has ended."""


class _Native:
    """The methods of a kind of file as the native VFS has them, and our table in their place."""

    def __init__(self, address: int, ours: dict[str, Any]) -> None:
        table = _Methods.from_address(address)
        self.close = _TYPES["xClose"](table.xClose)
        self.read = _TYPES["xRead"](table.xRead)
        self.write = _TYPES["xWrite"](table.xWrite)
        self.truncate = _TYPES["xTruncate"](table.xTruncate)
        self.file_size = _TYPES["xFileSize"](table.xFileSize)
        self.table = _Methods.from_buffer_copy(table)
        for name in _OF_FILES:
            setattr(self.table, name, ctypes.cast(ours[name], c_void_p).value)
        self._reads = (table.xRead, ctypes.cast(ours["xRead"], c_void_p).value)

    def watch_reads(self, is_watching: bool) -> None:
        """Have what is read from files of this kind, open ones too, go by us or not."""
        self.table.xRead = self._reads[is_watching]


class Shim:
    """The VFS of ours; there is one in a process, made by `shim`."""

    def __init__(self) -> None:
        self._library = _library()
        found = self._library.sqlite3_vfs_find(None)
        if not found:
            raise Unsupported("this SQLite has no VFS")
        self._native_address: int = found
        self._native = _Vfs.from_address(found)
        if self._native.iVersion < _DIALECT:
            raise Unsupported("the VFS of this SQLite is an old one")
        self._native_open = _TYPES["xOpen"](self._native.xOpen)
        self._native_delete = _TYPES["xDelete"](self._native.xDelete)
        self._volumes: list[Volume] = []
        self._random = Random()
        self._files: dict[int, tuple[_Native, Volume, Any]] = {}
        """Every open file of a volume, by its address."""
        self._natives: dict[int, _Native] = {}
        """By the address of the native table of methods."""
        self._watches_reads = False
        self._failed: list[BaseException] = []
        ours = {
            name: self._callback(name, function)
            for name, function in (
                ("xClose", self._close),
                ("xRead", self._read),
                ("xWrite", self._write),
                ("xTruncate", self._truncate),
                ("xSync", self._sync),
                ("xOpen", self._open),
                ("xDelete", self._delete),
                ("xRandomness", self._randomness),
            )
        }
        vfs = _Vfs.from_buffer_copy(self._native)
        vfs.zName = b"trio-chat-disk"
        vfs.pNext = None
        for name in ("xOpen", "xDelete", "xRandomness"):
            setattr(vfs, name, ctypes.cast(ours[name], c_void_p).value)
        self._vfs = vfs
        self._functions = ours
        """Those of a VFS and those of a file: C has pointers to them."""

    @contextmanager
    def under(self, volume: Volume, random: Random) -> Iterator[None]:
        """Have a volume under all connections that are opened until the block ends.

        What SQLite draws at random meanwhile it draws from `random`, that of the first volume if
        there are several. Raises at the end what was raised in here.
        """
        self._volumes.append(volume)
        if len(self._volumes) == 1:
            self._random = random
            self._register(ctypes.addressof(self._vfs))
        self.watch_reads()
        try:
            yield
        finally:
            self._volumes.remove(volume)
            self.watch_reads()
            if not self._volumes:
                self._register(self._native_address)
                self._library.sqlite3_vfs_unregister(ctypes.addressof(self._vfs))
            failed, self._failed = self._failed, []
        if failed:
            raise failed[0]

    def watch_reads(self) -> None:
        """Look whether any volume wants to be asked before something is read.

        To look at a page takes 16 us then, and 6 if SQLite reads it by itself.
        """
        wanted = any(volume.watches_reads for volume in self._volumes)
        if wanted is not self._watches_reads:
            self._watches_reads = wanted
            for methods in self._natives.values():
                methods.watch_reads(wanted)

    def _register(self, vfs: int) -> None:
        self._library.sqlite3_vfs_register(vfs, 1)
        # It takes its seed of the default VFS once (SQLite, "Pseudo-Random Number Generator"), and
        # another one after it was told to forget it.
        self._library.sqlite3_randomness(0, None)

    def _callback(self, name: str, function: Callable[..., int]) -> Any:
        failure = _FAILURES[name]

        def guarded(*args: Any) -> int:
            result = outcome.capture(function, *args)
            if isinstance(result, outcome.Value):
                return result.value
            if isinstance(result.error, KeyboardInterrupt):
                _thread.interrupt_main()  # once more, where it can be raised
            else:
                self._failed.append(result.error)
            return failure

        return _TYPES[name](guarded)

    # -- what SQLite calls

    def _open(self, vfs: int, name: int, file: int, flags: int, out: int) -> int:
        native = self._native_address
        path = "" if not name else ctypes.string_at(name).decode(errors="surrogateescape")
        volume = next((it for it in self._volumes if path and it.holds(path)), None)
        if volume is None:
            return int(self._native_open(native, name, file, flags, out))
        c_void_p.from_address(file).value = None  # no methods: it is not to be closed
        is_new = bool(flags & OPEN_CREATE) and not os.path.exists(path)
        if code := volume.opening(path, is_new):
            return code
        if code := self._native_open(native, name, file, flags, out):
            return int(code)
        pointer = c_void_p.from_address(file)
        address = pointer.value
        assert address is not None
        methods = self._natives.get(address)
        if methods is None:
            methods = self._natives[address] = _Native(address, self._functions)
            methods.watch_reads(self._watches_reads)
        # As the native one has it, whoever has made the file (`unixOpen`, UNIXFILE_DIRSYNC).
        syncs = bool(flags & OPEN_CREATE and flags & OPEN_JOURNALS)
        kept = volume.opened(path, is_new, syncs, lambda: _content(methods, file))
        self._files[file] = (methods, volume, kept)
        pointer.value = ctypes.addressof(methods.table)
        return OK

    def _close(self, file: int) -> int:
        return int(self._files.pop(file)[0].close(file))

    def _read(self, file: int, buffer: int, size: int, offset: int) -> int:
        native, volume, kept = self._files[file]
        return volume.reading(kept, offset, size) or int(native.read(file, buffer, size, offset))

    def _write(self, file: int, buffer: int, size: int, offset: int) -> int:
        native, volume, kept = self._files[file]
        data = ctypes.string_at(buffer, size)
        code, taken = volume.writing(kept, offset, data)
        if taken:
            if failed := native.write(file, buffer, taken, offset):
                return int(failed)
            volume.wrote(kept, offset, data[:taken])
        return code

    def _truncate(self, file: int, size: int) -> int:
        native, volume, kept = self._files[file]
        return volume.truncate(kept, size, lambda: int(native.truncate(file, size)))

    def _sync(self, file: int, flags: int) -> int:
        _, volume, kept = self._files[file]
        return volume.syncing(kept)

    def _delete(self, vfs: int, name: int, is_synced: int) -> int:
        path = ctypes.string_at(name).decode(errors="surrogateescape")
        volume = next((it for it in self._volumes if it.holds(path)), None)
        if volume is None:
            return int(self._native_delete(self._native_address, name, is_synced))
        return volume.delete(
            path,
            bool(is_synced),
            lambda: int(self._native_delete(self._native_address, name, 0)),
        )

    def _randomness(self, vfs: int, size: int, buffer: int) -> int:
        ctypes.memmove(buffer, self._random.randbytes(size), size)
        return size


@cache
def shim() -> Shim:
    """The one of this process. Raises `Unsupported`."""
    return Shim()


def _content(methods: _Native, file: int) -> bytes:
    """All that is in a file; raises `OSError`.

    By SQLite's own descriptor: who opens a file and closes it again gives up all locks that the
    process has on it (fcntl(2)).
    """
    size = c_longlong()
    if methods.file_size(file, ctypes.byref(size)):
        raise OSError("a file has no size")
    buffer = ctypes.create_string_buffer(max(1, size.value))
    if size.value and methods.read(file, buffer, size.value, 0):
        raise OSError("a file cannot be read")
    return buffer.raw[: size.value]


def _library() -> ctypes.CDLL:
    """The very SQLite that Python's sqlite3 uses. Raises `Unsupported`."""
    if sys.platform == "win32":
        raise Unsupported("the server does not run on Windows")
    import _sqlite3

    try:
        # Built in, it is the program itself (dlopen(3), NULL); else what it is linked to is found.
        library = ctypes.CDLL(getattr(_sqlite3, "__file__", None))
        library.sqlite3_vfs_find.restype = c_void_p
        library.sqlite3_vfs_find.argtypes = [c_char_p]
        library.sqlite3_vfs_register.argtypes = [c_void_p, c_int]
        library.sqlite3_vfs_unregister.argtypes = [c_void_p]
        library.sqlite3_randomness.argtypes = [c_int, c_void_p]
        library.sqlite3_sourceid.restype = c_char_p
    except (OSError, AttributeError) as error:
        raise Unsupported(f"the SQLite of this Python cannot be reached: {error}") from error
    with closing(sqlite3.connect(":memory:")) as db:
        (source,) = db.execute("SELECT sqlite_source_id()").fetchone()
    if library.sqlite3_sourceid().decode() != source:
        raise Unsupported("the SQLite that is found is not that of Python's sqlite3")
    return library
