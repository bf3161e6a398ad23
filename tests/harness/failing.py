"""A disk that fails and recovers under a running daemon. See tests/crash/failing_layer.cpp."""
import errno

from .godwitd import build_directory, preload


class FailingLayer:
    """Put under a daemon before it starts. Calls are "write", "read" and "sync"."""

    def __init__(self, daemon):
        self.root = daemon.dir / "spool"
        self._rules = daemon.dir / "failing-rules"
        self.recover()
        preload(daemon, build_directory() / "tests" / "failing_layer.so")
        daemon.env["FAILING_RULES"] = str(self._rules)

    def fail(self, *calls, error=errno.EIO, under=""):
        """These calls on files of the spool, of a part of it, or of another directory with its whole path."""
        text = "".join(f"{call} {error} {self.root / under}\n" for call in calls)
        fresh = self._rules.with_suffix(".new")  # the daemon sees all rules or none
        fresh.write_text(text)
        fresh.chmod(0o644)
        fresh.rename(self._rules)

    def hang(self, *calls, under=""):
        """These calls do not return before the disk recovers."""
        self.fail(*calls, error=-1, under=under)

    def recover(self):
        self.fail()
