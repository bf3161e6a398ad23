"""A real name server for zones in master file format."""
import os
import pathlib
import shutil

from .ports import accepts, free_port
from .process import Process
from .waiting import wait_until

PROGRAM = shutil.which("nsd", path="/usr/sbin:/usr/bin")


class NameServer:
    """`zones` maps names to master file texts; @ORIGIN is the zone's name."""

    def __init__(self, directory, zones):
        self.dir = pathlib.Path(directory)
        self.dir.mkdir(parents=True)
        self.port = free_port()
        config = f"""server:
  ip-address: 127.0.0.1@{self.port}
  username: ""
  zonesdir: "{self.dir}"
  zonelistfile: "{self.dir}/zone.list"
  xfrdfile: "{self.dir}/xfrd.state"
  xfrdir: "{self.dir}"
  database: ""
  pidfile: ""
  logfile: "{self.dir}/log"
  server-count: 1
remote-control:
  control-enable: no
"""
        for name, text in zones.items():
            file = self.dir / f"{name}.zone"
            file.write_text(f"$ORIGIN {name}.\n$TTL 60\n@ SOA ns hostmaster 1 3600 600 86400 60\n@ NS ns\nns A 127.0.0.1\n{text}")
            config += f'zone:\n  name: "{name}"\n  zonefile: "{file}"\n'
        (self.dir / "nsd.conf").write_text(config)
        self.process = Process("nsd", [PROGRAM, "-d", "-c", self.dir / "nsd.conf"], self.dir / "stderr", env=dict(os.environ))
        wait_until(lambda: accepts(self.port), "nsd listens")

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def close(self):
        if self.process.is_running():
            self.process.stop()
