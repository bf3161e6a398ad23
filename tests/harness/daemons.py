"""The daemons of one test, in one directory that stays when the test fails."""
import contextlib
import pathlib
import shutil
import sys
import tempfile

from .godwitd import Godwitd


class Daemons:
    def __init__(self, test_name):
        prefix = "".join(c if c.isalnum() else "-" for c in test_name)[:60]
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix=f"godwit-{prefix}-"))
        self.dir.chmod(0o755)  # the daemon enters it as another user
        self.all, self.others = [], []

    def make(self, policy=None, config=None, env=None):
        """Not started yet."""
        name = f"godwitd{len(self.all) or ''}"
        daemon = Godwitd(self.dir / name, policy, config, env, name)
        self.all.append(daemon)
        return daemon

    def start(self, policy=None, config=None, env=None):
        return self.make(policy, config, env).start()

    def keep(self, helper):
        """`helper.close()` is called at the end."""
        self.others.append(helper)
        return helper

    def stop(self):
        """Orderly, with the exit codes checked."""
        for daemon in self.all:
            daemon.stop()

    def end(self, keep):
        with contextlib.ExitStack() as ending:  # all of them, also when one of them fails to close
            for one in self.all:
                ending.callback(one.end)
            for helper in self.others:
                ending.callback(helper.close)
        if keep:
            print(f"kept for inspection: {self.dir}", file=sys.stderr)
            for daemon in self.all:
                print(f"--- {daemon.name}\n{daemon.diagnostics()[-6000:]}", file=sys.stderr)
        else:
            shutil.rmtree(self.dir, ignore_errors=True)
