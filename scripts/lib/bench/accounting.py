"""What a program used: processor time and memory of a cgroup, flushes and bytes written of a disk."""
import os
import pathlib
import re
import sys
import time


class Group:
    """A cgroup of its own: its CPU time counts children that are gone too. Version 2, or cpuacct of version 1."""

    def __init__(self, name):
        base = pathlib.Path("/sys/fs/cgroup")
        self.v2 = (base / "cgroup.controllers").exists()
        self.path = (base if self.v2 else base / "cpuacct") / f"godwit-bench-{os.getpid()}-{name}"
        self.path.mkdir()

    def join(self):
        (self.path / "cgroup.procs").write_text("0")

    def cpu_seconds(self):
        if self.v2:
            return int(re.search(r"usage_usec (\d+)", (self.path / "cpu.stat").read_text()).group(1)) / 1e6
        return int((self.path / "cpuacct.usage").read_text()) / 1e9

    def pids(self):
        return (self.path / "cgroup.procs").read_text().split()

    def memory(self):
        """Proportional set size of all members, bytes."""
        total = 0
        for pid in self.pids():
            try:
                text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
                total += int(re.search(r"^Pss:\s+(\d+)", text, re.M).group(1)) * 1024
            except (OSError, AttributeError):
                continue  # it has ended
        return total

    def remove(self):
        for _ in range(100):
            try:
                return self.path.rmdir()
            except OSError:
                time.sleep(0.05)


class Disk:
    """Flushes and bytes written of the device below a directory."""

    def __init__(self, directory):
        number = os.stat(directory).st_dev
        self.device = f"{os.major(number):4d} {os.minor(number):7d} "

    def read(self):
        for line in pathlib.Path("/proc/diskstats").read_text().splitlines():
            if line.startswith(self.device):
                fields = line.split()
                return {"flushes": int(fields[18]) if len(fields) > 18 else 0, "bytes": int(fields[9]) * 512}
        sys.exit("bench: the working directory's device is not in /proc/diskstats")


def resident(pid):
    """Resident bytes of one process."""
    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text()).group(1)) * 1024
