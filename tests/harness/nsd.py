"""A real name server for zones in master file format."""
import os
import pathlib
import shutil

from .ports import free_port
from .process import Process

PROGRAM = shutil.which("nsd", path="/usr/sbin:/usr/bin")


class NameServer:
    """`zones` maps names to master file texts; @ORIGIN is the zone's name. In a PrivateNetwork it has port 53."""

    def __init__(self, directory, zones, network=None):
        self.dir = pathlib.Path(directory)
        self.dir.mkdir(parents=True)
        self.port = 53 if network else free_port()
        config = f"""server:
  ip-address: 127.0.0.1@{self.port}
  username: ""
  zonesdir: "{self.dir}"
  zonelistfile: "{self.dir}/zone.list"
  xfrdfile: "{self.dir}/xfrd.state"
  xfrdir: "{self.dir}"
  database: ""
  pidfile: ""
  server-count: 1
remote-control:
  control-enable: no
"""
        for name, text in zones.items():
            file = self.dir / f"{name}.zone"
            file.write_text(f"$ORIGIN {name}.\n$TTL 60\n@ SOA ns hostmaster 1 3600 600 86400 60\n@ NS ns\nns A 127.0.0.1\n{text}")
            config += f'zone:\n  name: "{name}"\n  zonefile: "{file}"\n'
        (self.dir / "nsd.conf").write_text(config)
        command = [PROGRAM, "-d", "-c", str(self.dir / "nsd.conf")]
        self.process = Process("nsd", network.command(*command) if network else command, self.dir / "stderr", env=dict(os.environ))
        self.process.wait_for_output("nsd started")  # it listens already; a question that comes early is answered late

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def close(self):
        if self.process.is_running():
            self.process.stop()
