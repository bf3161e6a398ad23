"""Postfix's smtp-sink for bulk: takes everything, dumps each message into a file of its own."""
import os
import pathlib

from .ports import accepts, free_port
from .process import Process
from .waiting import wait_until

PROGRAM = "/usr/sbin/smtp-sink"


class SmtpSink:
    def __init__(self, directory):
        self.dir = pathlib.Path(directory)
        self.dir.mkdir(parents=True)
        self.port = free_port()
        # One file per message (-d); -u as Postfix refuses to serve as root.
        user = ["-u", "nobody"] if os.geteuid() == 0 else []
        if user:
            self.dir.chmod(0o777)
        self.process = Process("smtp-sink", [PROGRAM, *user, "-d", "%Y%m%d.", f"inet:127.0.0.1:{self.port}", "2000"],
                               self.dir.parent / f"{self.dir.name}.log", cwd=self.dir)
        wait_until(lambda: accepts(self.port), "smtp-sink listens")

    @property
    def mx(self):
        return f"127.0.0.1:{self.port}"

    def files(self):
        return sorted(p for p in self.dir.iterdir() if p.is_file())

    def count(self):
        return len(self.files())

    def contents(self):
        """Complete message files: headers X-Client-…, X-Mail-Args, X-Rcpt-Args, then the message."""
        return [p.read_bytes() for p in self.files()]

    def wait(self, count, seconds=60):
        wait_until(lambda: self.count() >= count, lambda: f"{count} messages at smtp-sink, which has {self.count()}", seconds, 0.1)

    def close(self):
        self.process.kill()
