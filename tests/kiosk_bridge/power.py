"""A power cut, as a disk sees it: every write, truncation and sync that SQLite asks of the system is recorded.

A thin layer is put over SQLite's own file layer (a « VFS », by the C interface of the very library Python uses). From the
record the disk after a cut at any of these calls can be built: what was synced is there; of what came after the last sync
of its file each sector is there or not, by chance, as with a disk that writes in its own order and loses its cache.

What this does not model: a disk that lies about a sync, and sectors that are written half.
"""

import _sqlite3
import ctypes
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SECTOR = 512
OK = 0
SYNC, WRITE, TRUNCATE, DELETE = "sync", "write", "truncate", "delete"

_pointer, _int, _int64 = ctypes.c_void_p, ctypes.c_int, ctypes.c_int64
_WRITE = ctypes.CFUNCTYPE(_int, _pointer, _pointer, _int, _int64)
_TRUNCATE = ctypes.CFUNCTYPE(_int, _pointer, _int64)
_SYNC = ctypes.CFUNCTYPE(_int, _pointer, _int)
# A path stays a pointer: SQLite keeps it, and reads behind its end.
_OPEN = ctypes.CFUNCTYPE(_int, _pointer, _pointer, _pointer, _int, _pointer)
_DELETE = ctypes.CFUNCTYPE(_int, _pointer, _pointer, _int)


class _Methods(ctypes.Structure):
    """`sqlite3_io_methods`, version 3."""

    _fields_ = [
        ("version", _int),
        *((name, _pointer) for name in ("close", "read")),
        ("write", _WRITE),
        ("truncate", _TRUNCATE),
        ("sync", _SYNC),
        *((f"other{place}", _pointer) for place in range(13)),
    ]


class _File(ctypes.Structure):
    """The head of `sqlite3_file`."""

    _fields_ = [("methods", ctypes.POINTER(_Methods))]


class _Vfs(ctypes.Structure):
    """`sqlite3_vfs`, version 3."""

    _fields_ = [
        ("version", _int),
        ("size_of_file", _int),
        ("longest_path", _int),
        ("next", _pointer),
        ("name", ctypes.c_char_p),
        ("data", _pointer),
        ("open", _OPEN),
        ("delete", _DELETE),
        *((f"other{place}", _pointer) for place in range(14)),
    ]


@dataclass(frozen=True, slots=True)
class Call:
    """One thing asked of the disk; `size` is the new length for a truncation."""

    kind: str
    name: str
    offset: int = 0
    data: bytes = b""
    size: int = 0


class Recorder:
    """The calls for the files of one folder, in order, and between them what the program has promised."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.calls: list[Call] = []
        self.promises: list[tuple[int, Any]] = []

    def promise(self, what: Any) -> None:
        """Note that `what` was acknowledged at this point."""
        self.promises.append((len(self.calls), what))

    def promised_before(self, cut: int) -> set[Any]:
        """Return what was acknowledged when the power went at call number `cut`."""
        return {what for place, what in self.promises if place <= cut}

    def rebuild(self, cut: int, chance: random.Random, folder: Path) -> None:
        """Write into `folder` the files as the disk holds them after a cut just before call number `cut`."""
        disks: dict[str, _Disk] = {}
        for call in self.calls[:cut]:
            if call.kind == DELETE:
                disks.pop(call.name, None)
            else:
                disks.setdefault(call.name, _Disk()).take(call)
        for name, disk in disks.items():
            (folder / name).write_bytes(disk.after_cut(chance))


class _Disk:
    """One file: what is safe, and what the disk still has in its cache."""

    def __init__(self) -> None:
        self.safe = bytearray()
        self.cached: list[Call] = []

    def take(self, call: Call) -> None:
        if call.kind == SYNC:
            for known in self.cached:
                apply(self.safe, known)
            self.cached.clear()
        else:
            self.cached.append(call)

    def after_cut(self, chance: random.Random) -> bytes:
        """Of the cached writes any sectors have arrived, in any combination."""
        content, kept = bytearray(self.safe), chance.random()
        for call in self.cached:
            if call.kind == TRUNCATE:
                if chance.random() < kept:
                    apply(content, call)
                continue
            first = call.offset - call.offset % SECTOR
            for start in range(first, call.offset + len(call.data), SECTOR):
                begin, end = max(start, call.offset), min(start + SECTOR, call.offset + len(call.data))
                if chance.random() < kept:
                    part = call.data[begin - call.offset : end - call.offset]
                    apply(content, Call(WRITE, call.name, begin, part))
        return bytes(content)


def apply(content: bytearray, call: Call) -> None:
    """Do to a content what a call asks."""
    if call.kind == TRUNCATE:
        del content[call.size :]
        return
    content.extend(bytes(max(0, call.offset - len(content))))
    content[call.offset : call.offset + len(call.data)] = call.data


@contextmanager
def recording(folder: Path) -> Iterator[Recorder]:
    """Record what SQLite does to the files of `folder`; connections opened meanwhile must be closed before the end."""
    sqlite = ctypes.CDLL(_sqlite3.__file__)
    sqlite.sqlite3_vfs_find.restype = ctypes.POINTER(_Vfs)
    plain = sqlite.sqlite3_vfs_find(None)
    recorder = Recorder(folder)
    layer = _Layer(plain.contents, recorder)
    if sqlite.sqlite3_vfs_register(ctypes.byref(layer.vfs), 1) != OK:
        raise RuntimeError("the recording layer cannot be registered")
    try:
        yield recorder
    finally:
        sqlite.sqlite3_vfs_unregister(ctypes.byref(layer.vfs))
        sqlite.sqlite3_vfs_register(plain, 1)


class _Layer:
    """SQLite's own layer, each call noted on its way; lives as long as its recorder is used."""

    def __init__(self, plain: _Vfs, recorder: Recorder) -> None:
        self.plain, self.recorder = plain, recorder
        self.names: dict[int, str] = {}
        self.methods: dict[int, tuple[_Methods, Any]] = {}
        self.vfs = _Vfs.from_buffer_copy(plain)
        self.vfs.name = b"recording"
        self.vfs.open, self.vfs.delete = _OPEN(self.open), _DELETE(self.delete)

    def note(self, path: str, kind: str, **facts: Any) -> None:
        if Path(path).parent == self.recorder.folder:
            self.recorder.calls.append(Call(kind, Path(path).name, **facts))

    def open(self, vfs: int, path: int | None, file: int, flags: int, flags_out: int) -> int:
        code = int(self.plain.open(vfs, path, file, flags, flags_out))
        opened = ctypes.cast(file, ctypes.POINTER(_File)).contents
        if code == OK and path:
            self.names[file] = ctypes.string_at(path).decode()
            opened.methods = ctypes.pointer(self.cover(opened.methods))
        return code

    def delete(self, vfs: int, path: int, sync_folder: int) -> int:
        self.note(ctypes.string_at(path).decode(), DELETE)
        return int(self.plain.delete(vfs, path, sync_folder))

    def cover(self, original: Any) -> _Methods:
        """Return the methods of a file with the three that change it noted on their way."""
        address = ctypes.addressof(original.contents)
        if address not in self.methods:
            methods = _Methods.from_buffer_copy(original.contents)
            plain = original.contents

            def write(file: int, data: int, length: int, offset: int) -> int:
                self.note(self.names[file], WRITE, offset=offset, data=ctypes.string_at(data, length))
                return int(plain.write(file, data, length, offset))

            def truncate(file: int, size: int) -> int:
                self.note(self.names[file], TRUNCATE, size=size)
                return int(plain.truncate(file, size))

            def sync(file: int, flags: int) -> int:
                # What was written before counts as safe once the disk has answered, which is before the next call.
                self.note(self.names[file], SYNC)
                return int(plain.sync(file, flags))

            methods.write, methods.truncate, methods.sync = _WRITE(write), _TRUNCATE(truncate), _SYNC(sync)
            self.methods[address] = (methods, original)
        return self.methods[address][0]
