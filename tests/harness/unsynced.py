"""What a power cut leaves of a directory: only what was flushed. See tests/crash/unsynced_layer.cpp."""
import os
import pathlib
import shutil

from .godwitd import build_directory, preload


class UnsyncedLayer:
    """Put under a daemon before it starts; `cut()` after its SIGKILL takes away what it had not flushed."""

    def __init__(self, daemon, under="spool"):
        """`under`: what the power cut meets, a directory in the daemon's."""
        self.root = daemon.dir / under
        self.copy = daemon.dir / "flushed"
        shutil.rmtree(self.copy, ignore_errors=True)
        owner = os.stat(self.root)
        self.owner = (owner.st_uid, owner.st_gid)
        for directory in (self.copy, self.copy / "files", self.copy / "dirs"):
            directory.mkdir()
            os.chown(directory, *self.owner)
        preload(daemon, self.library())
        daemon.env.update(UNSYNCED_ROOT=str(self.root), UNSYNCED_COPY=str(self.copy))

    @staticmethod
    def library():
        return build_directory() / "tests" / "unsynced_layer.so"

    def cut(self):
        """The directory as flushed."""
        shutil.rmtree(self.root)
        self._make_directory((self.copy / "root").read_text(), self.root)

    def _make_directory(self, key, path):
        path.mkdir()
        os.chown(path, *self.owner)
        listing = self.copy / "dirs" / key
        for line in listing.read_text().splitlines() if listing.exists() else []:
            kind, entry, name = line.split(" ", 2)
            if kind == "d":
                self._make_directory(entry, path / name)
            else:
                self._make_file(entry, path / name)

    def _make_file(self, key, path):
        flushed = self.copy / "files" / key
        # A name that is flushed before its bytes are: an empty file.
        shutil.copyfile(flushed, path) if flushed.exists() else path.touch()
        os.chown(path, *self.owner)


def is_usable():
    """Sanitizers want to be the first library: they and a preloaded one do not go together."""
    return UnsyncedLayer.library().exists() and "san" not in pathlib.Path(build_directory()).name
