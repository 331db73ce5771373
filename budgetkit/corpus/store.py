"""A folder anywhere that fsspec reaches (a disk, an object store), written whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from budgetkit.errors import SourceError

__all__ = ["OutputError", "Store", "absolute", "open_address", "shown", "too_large", "why"]

_BLOCK = 2**20
_NO_LOCKS = frozenset({errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP})


def shown(name: str) -> str:
    """A file's name as text for people, on one line: what cannot be shown is replaced."""
    return "".join(c if c.isprintable() else " " if c.isspace() else "\ufffd" for c in name)


def why(error: Exception) -> str:
    """In one line what an error says."""
    said = getattr(error, "strerror", None)
    if said is None and isinstance(error, FileNotFoundError):  # some file systems say only where
        said = os.strerror(errno.ENOENT)
    text = " ".join(str(said or error).split())
    return text or type(error).__name__


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
        with self._reading(name):
            return bool(self._fresh().exists(self.path(name)))

    def read(self, name: str) -> bytes | None:
        """The bytes of a file, None where there is none."""
        with self._reading(name):
            try:
                data: bytes = self._system.cat_file(self.path(name))
            except (FileNotFoundError, NotADirectoryError):
                return None
            return data

    def size(self, name: str) -> int | None:
        """The bytes of a file, None where there is none."""
        with self._reading(name):
            try:
                return int(self._fresh().size(self.path(name)) or 0)
            except (FileNotFoundError, NotADirectoryError):
                return None

    def sizes(self, folder: str) -> dict[str, int]:
        """The files below a folder by their path in it, with their bytes; none where it is not there."""
        with self._reading(folder):
            if self.local is not None:
                return dict(_walked(os.fspath(self.local / folder)))
            root = self.path(folder)
            found = self._fresh().find(root, detail=True)
            return {
                str(name)[len(root) :].lstrip("/"): int(entry.get("size") or 0)
                for name, entry in found.items()
            }

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
        with self._reading(folder):
            try:
                found = self._fresh().ls(self.path(folder), detail=False)
            except (FileNotFoundError, NotADirectoryError):
                return []
        return sorted(str(name).rstrip("/").rpartition("/")[2] for name in found)

    def remove(self, name: str) -> None:
        """Removes a file or a folder with all that is in it; there may be none."""
        with self._writing(name):
            if self.local is not None:
                path = self.local / name
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                else:
                    path.unlink(missing_ok=True)
            elif self.exists(name):
                self._system.rm(self.path(name), recursive=True)

    def move(self, name: str, to: str) -> None:
        """Renames a file or folder; what has the new name must be gone before."""
        with self._writing(to):
            if self.local is not None:
                os.rename(self.local / name, self.local / to)
            else:
                self._system.mv(self.path(name), self.path(to), recursive=True)

    def put_folder(self, name: str, files: Mapping[str, bytes], mark: str) -> None:
        """A folder with just these files; `mark`, one of them, is written last. What it lies in
        must be there, as with `write`."""
        from budgetkit.package import replace_folder

        if self.local is not None:
            try:
                replace_folder(self.local / name, files, mark)
            except SourceError as error:
                raise OutputError(str(error)) from error
            return
        self.remove(name)
        for folder in sorted({name, *(f"{name}/{path}".rpartition("/")[0] for path in files)}):
            self.make_folder(folder)
        with self._writing(name):
            for path in sorted(files, key=lambda path: (path == mark, path)):
                self._system.pipe_file(self.path(f"{name}/{path}"), files[path])

    @contextlib.contextmanager
    def open_output(self, name: str) -> Iterator[Any]:
        """An open binary file to write to, which is on the disk at the end. Where that cannot be,
        a part of it may be there: whoever opens it sees to its being whole."""
        with self._writing(name), self._system.open(self.path(name), "wb") as file:
            yield file
            if self.local is not None:
                file.flush()
                os.fsync(file.fileno())

    def _fresh(self) -> Any:
        """The file system, without what it remembers: other processes write here too."""
        if self.local is None:
            self._system.invalidate_cache()
        return self._system

    @contextlib.contextmanager
    def _writing(self, name: str) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            self._pass_on(error)
            raise OutputError(
                f"{self._where(name)}: cannot be written ({why(error)}); check the folder, its "
                "permissions and the space on the disk, then run the same command again"
            ) from error

    @contextlib.contextmanager
    def _reading(self, name: str) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            self._pass_on(error)
            raise OutputError(
                f"{self._where(name)}: cannot be read ({why(error)}); check the folder and its "
                "permissions, then run the same command again"
            ) from error

    def _pass_on(self, error: Exception) -> None:
        """Raises what is no failure of the file system. Those of other machines fail in their own ways."""
        if isinstance(error, SourceError) or (
            self.local is not None and not isinstance(error, OSError)
        ):
            raise error

    def _where(self, name: str) -> str:
        return f"{self.address.rstrip('/')}/{name}" if name else self.address

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
            except BlockingIOError as error:
                raise OutputError(
                    f"{self.address}: another run is writing here; wait for it, or give another --out"
                ) from error
            except OSError as error:
                if error.errno not in _NO_LOCKS:
                    raise OutputError(
                        f"{self._where(name)}: cannot be locked ({error.strerror}); check the folder"
                    ) from error
            yield


def _walked(folder: str, below: str = "") -> Iterator[tuple[str, int]]:
    try:
        entries = list(os.scandir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _walked(entry.path, f"{below}{entry.name}/")
        else:
            yield f"{below}{entry.name}", entry.stat(follow_symlinks=False).st_size


def digest_of(system: Any, path: str, most: int) -> str:
    """The SHA-256 of a file, read in blocks. Raises OSError where it cannot be read, SourceError
    where it is larger than `most` bytes."""
    found, size = hashlib.sha256(), 0
    check_file(system, path)
    with system.open(path, "rb", block_size=_BLOCK) as file:
        while block := file.read(_BLOCK):
            size += len(block)
            if size > most:
                raise too_large(most)
            found.update(block)
    return found.hexdigest()


def too_large(most: int) -> SourceError:
    """What is said of a file of more than `most` bytes."""
    return SourceError(
        f"larger than {most // _BLOCK} MB, more than a disclosure can be; give the disclosure alone"
    )


def check_file(system: Any, path: str) -> None:
    """Raises OSError where a path is no file, as a pipe or device, whose reading may never end."""
    local = "file" in system.protocol or system.protocol == "file"
    if local and os.path.exists(path) and not os.path.isfile(path):
        raise OSError("this is no file")
