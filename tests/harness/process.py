"""A child process with its output in a file, ended by the pid that was started."""
import pathlib
import re
import signal
import subprocess

from .waiting import PATIENCE, wait_until

# What a sanitizer that found something exits with (see godwitd.py).
SANITIZER_EXIT = 99


class Process:
    def __init__(self, name, command, log, env=None, cwd=None, user=None):
        self.name = name
        self.log = pathlib.Path(log)
        self._before = len(self.output())  # a restarted child appends; earlier lines are not its own
        with open(self.log, "ab") as out:
            self.child = subprocess.Popen([str(c) for c in command], stdout=out, stderr=subprocess.STDOUT,
                                          stdin=subprocess.DEVNULL, env=env, cwd=cwd, user=user)

    @property
    def pid(self):
        return self.child.pid

    def output(self):
        """All the child has said, earlier runs included."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def own_output(self):
        return self.output()[self._before:]

    def is_running(self):
        return self.child.poll() is None

    def wait_for_output(self, pattern, seconds=20):
        """The first match of a regular expression in what this child has said."""
        def look():
            if match := re.search(pattern, self.own_output(), re.M):
                return match
            if not self.is_running():
                raise AssertionError(f"{self.name} ended with {self.child.returncode} before it said {pattern!r}:\n"
                                     f"{self.own_output()[-4000:]}")
            return None
        return wait_until(look, lambda: f"{self.name} says {pattern!r}; it said:\n{self.own_output()[-4000:]}", seconds)

    def wait(self, seconds=30):
        """The exit code."""
        return self.child.wait(seconds * PATIENCE)

    def stop(self, seconds=30):
        """SIGTERM, then the exit code; SIGKILL and a failure when that takes too long."""
        if self.is_running():
            self.child.send_signal(signal.SIGTERM)
        try:
            return self.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"{self.name} did not stop within {seconds} s:\n{self.own_output()[-4000:]}") from None

    def kill(self):
        self.child.kill()
        return self.child.wait()
