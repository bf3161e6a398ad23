"""The real daemon, from the build directory that GODWIT_BUILD names, in a directory of its own."""
import os
import pathlib
import pwd
import re
import shutil
import subprocess

from .client import SmtpClient
from .console import Console
from .logs import LogReader
from .process import SANITIZER_EXIT, Process

ROOT = pathlib.Path(__file__).resolve().parents[2]
USER = "nobody"


def build_directory():
    build = pathlib.Path(os.environ.get("GODWIT_BUILD", "build/dev"))
    return build if build.is_absolute() else ROOT / build


def sanitizers():
    """What the build directory was configured with for -fsanitize=."""
    cache = (build_directory() / "CMakeCache.txt").read_text()
    return re.search(r"^GODWIT_SANITIZE:\w+=(.*)$", cache, re.M)[1]


def binary(name="godwitd"):
    return build_directory() / "bin" / name


def daemon_environment(extra=None):
    env = {k: v for k, v in os.environ.items() if not k.startswith("KUMO")}
    for tool, options in (("ASAN", "detect_leaks=1:abort_on_error=0"), ("UBSAN", "print_stacktrace=1"),
                          ("TSAN", "second_deadlock_stack=1:ignore_noninstrumented_modules=1")):
        parts = [os.environ.get(f"{tool}_OPTIONS", ""), options, f"exitcode={SANITIZER_EXIT}"]
        env[f"{tool}_OPTIONS"] = ":".join(p for p in parts if p)
    env.update(extra or {})
    return env


def preload(daemon, library):
    """Under a daemon before it starts; the last one is the first to be called."""
    below = daemon.env.get("LD_PRELOAD")
    daemon.env["LD_PRELOAD"] = f"{library}:{below}" if below else str(library)


def variant():
    """Settings that the whole suite runs under: the TOML file that GODWIT_TEST_CONFIG names, see tests/configs."""
    name = os.environ.get("GODWIT_TEST_CONFIG")
    return (ROOT / name).read_text() if name else None


class Godwitd:
    """One daemon. `policy` is Lua text in which @DIR@ stands for the daemon's directory; `config` is TOML text."""

    def __init__(self, directory, policy=None, config=None, env=None, name="godwitd"):
        self.dir = pathlib.Path(directory)
        self.name = name
        self.env = daemon_environment(env)
        self.program = binary()  # another one before start()
        self.process = None
        self.listeners = []
        self.console = Console(self.dir / "control.sock", self.env)
        self.log = LogReader(self.dir / "log")
        self._expected_exit = 0
        self._is_to_crash = False
        self.dir.mkdir(parents=True, exist_ok=True)
        for part in ("spool/data", "spool/meta", "log"):
            (self.dir / part).mkdir(parents=True, exist_ok=True)
        self.policy_file = self._write("policy.lua", policy)
        self.config_file = self._write("godwit.toml", self._with_variant(config))
        self._give_away()

    def _with_variant(self, config):
        fragment = variant()
        if config is not None or fragment is None:
            return config
        # A bare policy gets these modules by itself; a configuration names them.
        modules = "".join(f"[modules.{name}]\nenabled = true\n" for name in ("dkim", "log_json"))
        return f'policy = "{self.policy_file}"\n{fragment}\n{modules}'

    def _write(self, name, text):
        if text is None:
            return None
        path = self.dir / name
        path.write_text(text.replace("@DIR@", str(self.dir)))
        return path

    def _give_away(self):
        """Root starts the daemon, which becomes another user and must own its directory."""
        if os.geteuid() != 0:
            return
        uid, gid = pwd.getpwnam(USER)[2:4]
        for root, dirs, files in os.walk(self.dir):
            for entry in [".", *dirs, *files]:
                os.chown(os.path.join(root, entry), uid, gid)

    def set_policy(self, policy):
        """For the next start."""
        self.policy_file = self._write("policy.lua", policy)
        self._give_away()

    def command(self, *extra, user=USER):
        """`user` None: whom the configuration names."""
        command = [self.program, "--control-socket", self.console.socket, *extra]
        if self.config_file:
            command += ["--config", self.config_file]
        elif self.policy_file:
            command += ["--policy", self.policy_file]
        if os.geteuid() == 0 and user:
            command += ["--user", user]
        return [str(c) for c in command]

    def start(self):
        self.process = Process(self.name, self.command(), self.dir / "stderr", env=self.env, cwd=self.dir)
        self.process.wait_for_output("initialization complete")
        found = re.findall(r"smtp listener on (\S+):(\d+)", self.process.own_output())
        self.listeners = [(host.strip("[]"), int(port)) for host, port in found]
        return self

    def run_once(self, *extra, seconds=30, user=USER):
        """Runs the program to its end (for --validate and starts that fail)."""
        return subprocess.run(self.command(*extra, user=user), env=self.env, cwd=self.dir, timeout=seconds, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, check=False)

    @property
    def address(self):
        return self.listeners[0]

    @property
    def port(self):
        return self.address[1]

    def smtp(self, address=None, **kwargs):
        """A client that has not read the greeting yet."""
        return SmtpClient(address or self.address, **kwargs)

    def session(self, ehlo="client.test", **kwargs):
        """A client after greeting and EHLO; `address` is another listener's."""
        client = self.smtp(**kwargs)
        client.expect("220")
        client.expect("250", f"EHLO {ehlo}")
        return client

    def diagnostics(self):
        return self.process.output() if self.process else ""

    def wait_for_diagnostic(self, pattern, seconds=10):
        return self.process.wait_for_output(pattern, seconds)

    def kill(self):
        """SIGKILL: what a crash or power cut leaves behind."""
        self.process.kill()
        self._expected_exit = None

    def dies(self, of=None):
        """The exit code of a daemon that is to crash, by itself or at this signal; nothing more is asked of it."""
        self._is_to_crash = True
        if of is not None:
            self.process.child.send_signal(of)
        return self.process.wait()

    def restart(self):
        if self.process.is_running():
            self.stop()
        self._expected_exit = 0
        return self.start()

    def stop(self):
        if not self.process or self._is_to_crash:
            return
        code = self.process.stop()
        if code == SANITIZER_EXIT or "Sanitizer" in self.process.own_output():
            raise AssertionError(f"{self.name}: a sanitizer objects:\n{self.process.own_output()[-8000:]}")
        if self._expected_exit is not None and code != self._expected_exit:
            raise AssertionError(f"{self.name} ended with {code}:\n{self.process.own_output()[-4000:]}")

    def end(self):
        """Whatever state it is in."""
        if self.process and self.process.is_running():
            self.process.kill()


def is_built():
    return shutil.which(str(binary())) is not None
