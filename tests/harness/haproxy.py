"""A real HAProxy that takes PROXY headers and goes on to the address that they name."""
import os
import pathlib
import shutil

from .ports import accepts, free_port
from .process import Process
from .waiting import wait_until

PROGRAM = shutil.which("haproxy", path="/usr/sbin:/usr/bin")

CONFIG = """defaults
  mode tcp
  timeout connect 10s
  timeout client 1m
  timeout server 1m
listen egress
  bind 127.0.0.1:{port} accept-proxy
  source {source}
  server destination 0.0.0.0:0
"""


class HaProxy:
    """`source` is the address that the peer sees."""

    def __init__(self, directory, source):
        self.dir = pathlib.Path(directory)
        self.dir.mkdir(parents=True)
        self.port = free_port()
        (self.dir / "haproxy.cfg").write_text(CONFIG.format(port=self.port, source=source))
        self.process = Process("haproxy", [PROGRAM, "-db", "-f", self.dir / "haproxy.cfg"], self.dir / "stderr",
                               env=dict(os.environ))
        wait_until(lambda: accepts(self.port), lambda: f"haproxy listens; it said: {self.process.output()}")

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def close(self):
        self.process.kill()
