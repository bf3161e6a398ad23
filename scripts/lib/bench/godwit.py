"""godwitd under measurement, with a policy of tests/bench."""
import os
import shutil
import signal
import subprocess
import sys
import time

from workplace import ROOT

POLICIES = ROOT / "tests/bench"


class Godwit:
    """`keep`: its directory survives a restart. `under`: the command of a tool that runs it. `control`: its control socket."""

    def __init__(self, work, options, variant="godwit", keep=False, under=(), **env):
        self.name, self.work = variant, work / variant
        self.control = self.work / "control.sock"
        self.policy = POLICIES / f"{variant}.lua"
        self.build, self.user = options.build.resolve(), options.user
        self.keep, self.under, self.env = keep, under, env

    def prepare(self):
        if self.keep and self.work.exists():
            return
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir()
        shutil.chown(self.work, self.user)
        # Every variant has a key, so that they differ by their policy alone.
        key = self.work / "dkim.key"
        subprocess.run(["openssl", "genrsa", "-traditional", "-out", str(key), "2048"], check=True, capture_output=True)
        shutil.chown(key, self.user)

    def start(self, port, sink, group, patience=20):
        self.prepare()
        env = dict(os.environ, BENCH_DIR=str(self.work), BENCH_PORT=str(port), BENCH_SINK=str(sink),
                   BENCH_POLICIES=str(POLICIES), **self.env)
        self.log = self.work / "daemon.log"
        self.child = subprocess.Popen(
            [*self.under, str(self.build / "bin/godwitd"), "--policy", str(self.policy), "--user", self.user,
             "--control-socket", str(self.control)],
            env=env, preexec_fn=group.join, stdout=open(self.log, "wb"), stderr=subprocess.STDOUT)
        deadline = time.monotonic() + patience
        while "initialization complete" not in self.log.read_text(errors="replace"):
            if self.child.poll() is not None or time.monotonic() > deadline:
                self.child.kill()
                sys.exit(f"bench: godwitd did not start:\n{self.log.read_text(errors='replace')}")
            time.sleep(0.05)

    def stop(self):
        if self.child.poll() is not None:
            sys.exit(f"bench: godwitd ended by itself:\n{self.log.read_text(errors='replace')[-4000:]}")
        self.child.send_signal(signal.SIGTERM)
        try:
            self.child.wait(60)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
