"""A directory of the daemon on a small file system of its own (tmpfs), which it alone sees: it can be filled, and made read-only.

The daemon starts in a mount namespace; the mount goes with the daemon. Tests reach it through /proc/PID/root.
"""
import pathlib
import subprocess

from .godwitd import Godwitd

_MOUNT = 'mount -t tmpfs -o "size=$1,mode=0777" small "$2" && shift 2 && exec "$@"'


class SmallDiskGodwitd(Godwitd):
    def __init__(self, *args, where="spool", size="48m", **kwargs):
        super().__init__(*args, **kwargs)
        self.size = size
        self.disk = self.dir / where
        self.disk.mkdir(exist_ok=True)

    @staticmethod
    def why_not():
        """Why this system gives no such namespace, or None."""
        tried = subprocess.run(["unshare", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, text=True,
                               check=False)
        return tried.stderr.strip() if tried.returncode else None

    def command(self, *extra):
        return ["unshare", "--mount", "--propagation", "private", "sh", "-c", _MOUNT, "sh", self.size, str(self.disk),
                *super().command(*extra)]

    def inside(self, name=""):
        return pathlib.Path(f"/proc/{self.process.pid}/root{self.disk}") / name

    def fill(self, leave=0):
        """Until nothing more fits; then `leave` bytes are given back."""
        with open(self.inside("filler"), "wb", buffering=0) as filler:
            chunk = b"x" * 65536
            try:
                while chunk:
                    filler.write(chunk)
            except OSError:
                pass
            filler.truncate(max(0, filler.tell() - leave))

    def empty(self):
        self.inside("filler").unlink()

    def remount(self, options):
        subprocess.run(["nsenter", "--target", str(self.process.pid), "--mount", "mount", "-o", f"remount,{options}",
                        str(self.disk)], check=True, capture_output=True, text=True)
