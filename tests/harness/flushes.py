"""What a program asks of the disk, seen by strace from outside."""
import pathlib
import re
import shutil

from .process import Process

PROGRAM = shutil.which("strace")
FLUSHES = "fsync,fdatasync,syncfs,sync_file_range"


class FlushCounter:
    """Counts the flushes of a running process and its threads from construction until close()."""

    def __init__(self, pid, directory):
        self.log = pathlib.Path(directory) / "flushes"
        command = [PROGRAM, "-f", "-e", f"trace={FLUSHES}", "-o", self.log, "-p", pid]
        self.process = Process("strace", command, pathlib.Path(directory) / "strace")
        self.process.wait_for_output("attached")

    def count(self):
        return len(re.findall(rf"({FLUSHES.replace(',', '|')})\(", self.log.read_text())) if self.log.exists() else 0

    def close(self):
        if self.process.is_running():
            self.process.stop()
