"""A mount and network namespace of its own, for programs that ask only the system's resolver.

Inside, the loopback interface is the only one, /etc/resolv.conf names 127.0.0.1, and every port is free, 53 too.
"""
import os
import pathlib
import subprocess

from .process import Process

_RESOLV_CONF = "nameserver 127.0.0.1\noptions timeout:2 attempts:3\n"
# Other users than root get these rights in a user namespace, where the system allows it.
_OWN_USER = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
_JOIN_USER = [] if os.geteuid() == 0 else ["--user", "--preserve-credentials"]


def _enter(resolv_conf, then):
    script = 'ip link set lo up && mount --bind "$0" "$(readlink -f /etc/resolv.conf)" && ' + then
    return ["unshare", *_OWN_USER, "--mount", "--net", "sh", "-c", script, str(resolv_conf)]


class PrivateNetwork:
    def __init__(self, directory):
        self.dir = pathlib.Path(directory)
        self.dir.mkdir(parents=True)
        self._holder = Process("private network", _enter(self._resolv_conf(self.dir), "echo ready && exec sleep infinity"),
                               self.dir / "holder.log")
        self._holder.wait_for_output("^ready$")

    @staticmethod
    def _resolv_conf(directory):
        file = pathlib.Path(directory) / "resolv.conf"
        file.write_text(_RESOLV_CONF)
        return file

    @classmethod
    def why_not(cls, directory):
        """Why this system gives no such namespace, or None."""
        tried = subprocess.run(_enter(cls._resolv_conf(directory), "true"), capture_output=True, text=True, check=False)
        return tried.stderr.strip() if tried.returncode else None

    def command(self, *command):
        """`command`, to be started inside. Its working directory is the root: paths must be absolute."""
        return ["nsenter", "--target", str(self._holder.pid), *_JOIN_USER, "--mount", "--net", "--root", *command]

    def close(self):
        self._holder.kill()
