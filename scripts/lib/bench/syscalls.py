"""System calls of a running process, by strace."""
import collections
import pathlib
import signal
import subprocess
import tempfile
import time


class Trace:
    """Counts the calls of all threads while the block runs: `calls` afterwards, `seconds` it lasted."""

    def __init__(self, pid):
        self._pid, self.calls = pid, collections.Counter()

    def __enter__(self):
        self._output = tempfile.NamedTemporaryFile("r", prefix="strace.")
        self._child = subprocess.Popen(["strace", "-f", "-c", "-U", "calls,name", "-o", self._output.name, "-p",
                                        str(self._pid)], stderr=subprocess.DEVNULL)
        while not self._is_attached():
            if self._child.poll() is not None:
                raise RuntimeError(f"strace ended with {self._child.returncode}")
            time.sleep(0.05)
        self._began = time.monotonic()
        return self

    def _is_attached(self):
        threads = list(pathlib.Path(f"/proc/{self._pid}/task").iterdir())
        return all(f"TracerPid:\t{self._child.pid}\n" in (t / "status").read_text() for t in threads)

    def __exit__(self, *_):
        self.seconds = time.monotonic() - self._began
        self._child.send_signal(signal.SIGINT)
        self._child.wait()
        for line in pathlib.Path(self._output.name).read_text().splitlines():
            fields = line.split()
            if len(fields) == 2 and fields[0].isdigit() and fields[1] != "total":
                self.calls[fields[1]] += int(fields[0])
        self._output.close()


def per_message(busy, idle, messages):
    """{call: times a message} without what the process does anyway."""
    scale = busy.seconds / idle.seconds
    found = {name: (count - idle.calls[name] * scale) / messages for name, count in busy.calls.items()}
    return dict(sorted(found.items(), key=lambda item: -item[1]))
