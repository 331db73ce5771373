"""A folder anywhere that fsspec reaches (a disk, an object store), written whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from budgetkit.errors import SourceError

__all__ = ["OutputError", "Store", "absolute", "open_address"]

_BLOCK = 2**20


class OutputError(SourceError):
    """The output cannot be written: no document is to blame, and the run stops."""


def absolute(address: str | Path) -> str:
    """The address as other processes and machines understand it: a local path from the root."""
    text = os.fspath(address)
    return text if "://" in text or "::" in text else os.path.abspath(text)


def open_address(address: str) -> tuple[Any, str]:
    """The file system of an address and the path in it.

    Raises SourceError where the protocol is unknown or its package is not installed.
    """
    import fsspec

    try:
        system, path = fsspec.core.url_to_fs(address)
    except (ImportError, ValueError) as error:
        raise SourceError(
            f"{address}: this kind of address cannot be opened ({' '.join(str(error).split())}); "
            "install the package it names, or give a local folder"
        ) from error
    return system, path


class Store:
    """The output folder of a corpus run.

    `local` is the folder as a Path where it is on this machine's own file systems, else None.
    Every method that writes raises OutputError where it cannot.
    """

    def __init__(self, address: str | Path) -> None:
        self.address = absolute(address)
        self._system, self._root = open_address(self.address)
        protocol = self._system.protocol
        names = {protocol} if isinstance(protocol, str) else set(protocol)
        self.local = Path(self._root) if "file" in names else None

    def path(self, name: str) -> str:
        """The path of a file in this folder, for its file system."""
        return f"{self._root.rstrip('/')}/{name}"

    def create(self) -> None:
        """Makes the folder where it is missing, and tries whether it can be written."""
        with self._writing(""):
            if self.local is not None:
                self.local.mkdir(parents=True, exist_ok=True)
                with tempfile.TemporaryFile(dir=self.local):
                    return
            self._system.makedirs(self._root, exist_ok=True)

    def make_folder(self, name: str) -> None:
        """Makes a folder in this one; there may be one already."""
        with self._writing(name):
            if self.local is not None:
                (self.local / name).mkdir(exist_ok=True)
            else:
                self._system.makedirs(self.path(name), exist_ok=True)

    def exists(self, name: str) -> bool:
        """Whether there is a file or folder of this name."""
        return bool(self._system.exists(self.path(name)))

    def read(self, name: str) -> bytes | None:
        """The bytes of a file, None where there is none."""
        try:
            data: bytes = self._system.cat_file(self.path(name))
        except (FileNotFoundError, NotADirectoryError):
            return None
        return data

    def write(self, name: str, data: bytes) -> None:
        """Writes a file: beside the old one first, so that it is there whole or not at all.

        The folder it lies in must be there: one that somebody removed is not made again, because
        what else lay in it is lost.
        """
        with self._writing(name):
            if self.local is None:
                self._system.pipe_file(self.path(name), data)  # object stores put whole objects
                return
            final = self.local / name
            descriptor, fresh = tempfile.mkstemp(prefix=".", suffix=".new", dir=final.parent)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                os.chmod(fresh, 0o644)
                os.replace(fresh, final)
            except BaseException:
                with contextlib.suppress(OSError):
                    os.unlink(fresh)
                raise

    def names(self, folder: str) -> list[str]:
        """The names in a folder, in order; none where there is no such folder."""
        try:
            found = self._system.ls(self.path(folder), detail=False)
        except (FileNotFoundError, NotADirectoryError):
            return []
        return sorted(str(name).rstrip("/").rpartition("/")[2] for name in found)

    def remove(self, name: str) -> None:
        """Removes a file or a folder with all that is in it; there may be none."""
        with self._writing(name):
            if not self.exists(name):
                return
            if self.local is not None:
                path = self.local / name
                if path.is_dir():
                    shutil.rmtree(path)
                else:
                    path.unlink()
            else:
                self._system.rm(self.path(name), recursive=True)

    def move(self, name: str, to: str) -> None:
        """Renames a file or folder; what has the new name must be gone before."""
        with self._writing(to):
            if self.local is not None:
                os.rename(self.local / name, self.local / to)
            else:
                self._system.mv(self.path(name), self.path(to), recursive=True)

    def put_folder(self, name: str, files: Mapping[str, bytes], mark: str) -> None:
        """A folder with just these files; `mark`, one of them, is written last."""
        from budgetkit.package import replace_folder

        if self.local is not None:
            try:
                replace_folder(self.local / name, files, mark)
            except SourceError as error:
                raise OutputError(str(error)) from error
            return
        self.remove(name)
        with self._writing(name):
            for path in sorted(files, key=lambda path: (path == mark, path)):
                self._system.pipe_file(self.path(f"{name}/{path}"), files[path])

    def open_output(self, name: str) -> Any:
        """An open binary file to write to; whoever opens it sees to its being whole."""
        with self._writing(name):
            return self._system.open(self.path(name), "wb")

    @contextlib.contextmanager
    def _writing(self, name: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            where = f"{self.address}/{name}" if name else self.address
            raise OutputError(
                f"{where}: cannot be written ({error.strerror or error}); check the folder, its "
                "permissions and the space on the disk, then run the same command again"
            ) from error

    @contextlib.contextmanager
    def locked(self, name: str) -> Iterator[None]:
        """While it lasts no other run on this machine writes here. Raises OutputError if one does.

        The system takes the lock back when its process ends, however it ends. On an object store,
        and where the system has no such locks, nothing is locked.
        """
        try:
            import fcntl
        except ImportError:
            yield
            return
        if self.local is None:
            yield
            return
        with self._writing(name):
            file = (self.local / name).open("wb")
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise OutputError(
                    f"{self.address}: another run is writing here; wait for it, or give another --out"
                ) from error
            yield


def digest_of(system: Any, path: str, most: int) -> str:
    """The SHA-256 of a file, read in blocks. Raises OSError where it cannot be read or is larger
    than `most` bytes."""
    found, size = hashlib.sha256(), 0
    with system.open(path, "rb", block_size=_BLOCK) as file:
        while block := file.read(_BLOCK):
            size += len(block)
            if size > most:
                raise OSError(f"larger than {most // _BLOCK} MB")
            found.update(block)
    return found.hexdigest()
