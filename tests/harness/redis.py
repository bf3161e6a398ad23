"""Real Redis servers on loopback ports: one alone, and a cluster."""
import os
import pathlib
import re
import shutil
import subprocess

from .ports import free_port
from .process import Process
from .waiting import wait_until

PROGRAM = shutil.which("redis-server", path="/usr/bin:/usr/local/bin")


class RedisServer:
    """`settings`: lines of redis.conf. With a `certificate` its port speaks TLS alone."""

    def __init__(self, directory, settings="", password=None, certificate=None):
        self.dir = pathlib.Path(directory)
        self.dir.mkdir(parents=True)
        self.port, self.bus_port = free_port(), free_port()
        self.password, self.certificate = password, certificate
        self.socket = self.dir / "redis.sock"
        port = f"port {self.port}"
        if certificate:
            port = (f"port 0\ntls-port {self.port}\ntls-cert-file {certificate.certificate}\n"
                    f"tls-key-file {certificate.key}\ntls-ca-cert-file {certificate.certificate}\ntls-auth-clients no")
        (self.dir / "redis.conf").write_text(
            f"bind 127.0.0.1\n{port}\ndir {self.dir}\nsave \"\"\nappendonly no\nunixsocket {self.socket}\nunixsocketperm 777\n"
            f"{f'requirepass {password}' if password else ''}\n{settings}\n")
        self.process = None
        self.start()

    def start(self):
        self.process = Process("redis-server", [PROGRAM, self.dir / "redis.conf"], self.dir / "stderr", env=dict(os.environ))
        self.process.wait_for_output("Ready to accept connections")

    @property
    def url(self):
        return f"{'rediss' if self.certificate else 'redis'}://127.0.0.1:{self.port}"

    def command(self, *words):
        """What redis-cli prints."""
        login = ["-a", self.password, "--no-auth-warning"] if self.password else []
        done = subprocess.run(["redis-cli", "-s", str(self.socket), *login, *map(str, words)], capture_output=True, text=True,
                              timeout=30, check=True)
        return done.stdout.strip()

    def statistic(self, name):
        """A number of INFO stats."""
        return int(re.search(rf"^{name}:(\d+)", self.command("INFO", "stats"), re.M)[1])

    def calls(self, command):
        """How often the command has been carried out."""
        for line in self.command("INFO", "commandstats").splitlines():
            if line.startswith(f"cmdstat_{command}:"):
                return int(line.split("calls=")[1].split(",")[0])
        return 0

    def kill(self):
        self.process.kill()

    def close(self):
        if self.process.is_running():
            self.process.stop()


class RedisCluster:
    """Three primaries that share the slots, and replicas of the first."""

    SLOTS = ((0, 5460), (5461, 10922), (10923, 16383))

    def __init__(self, directory, replicas=0, **options):
        directory = pathlib.Path(directory)
        self.all = [self._make(directory / f"node{i}", **options) for i in range(len(self.SLOTS) + replicas)]
        self.nodes, self.replicas = self.all[:len(self.SLOTS)], self.all[len(self.SLOTS):]
        for node, (first, last) in zip(self.nodes, self.SLOTS):
            node.command("CLUSTER", "ADDSLOTSRANGE", first, last)
        for node in self.all[1:]:
            node.command("CLUSTER", "MEET", "127.0.0.1", self.nodes[0].port, self.nodes[0].bus_port)
        for node in self.all:
            wait_until(lambda n=node: n.command("CLUSTER", "NODES").count("connected") == len(self.all), "all nodes know each other", 30)
        for replica in self.replicas:
            replica.command("CLUSTER", "REPLICATE", self.id_of(self.nodes[0]))
            wait_until(lambda r=replica: "master_link_status:up" in r.command("INFO", "replication"), "the replica follows", 30)
        for node in self.all:
            wait_until(lambda n=node: "cluster_state:ok" in n.command("CLUSTER", "INFO"), "the cluster is complete", 30)
            wait_until(lambda n=node: n.command("CLUSTER", "SLOTS").count("127.0.0.1") >= len(self.all), "the map is complete", 30)

    @staticmethod
    def _make(directory, password=None, certificate=None):
        bus = free_port()
        server = RedisServer(directory, f"cluster-enabled yes\ncluster-port {bus}\ncluster-node-timeout 2000\n"
                             f"cluster-require-full-coverage no\n{f'masterauth {password}' if password else ''}\n"
                             f"{'tls-cluster yes' if certificate else ''}", password, certificate)
        server.bus_port = bus
        return server

    @staticmethod
    def id_of(node):
        return node.command("CLUSTER", "MYID")

    def slot_of(self, key):
        return int(self.nodes[0].command("CLUSTER", "KEYSLOT", key))

    def owner_of(self, key):
        slot = self.slot_of(key)
        return next(n for n, (first, last) in zip(self.nodes, self.SLOTS) if first <= slot <= last)

    def begin_migration(self, slot, source, target):
        target.command("CLUSTER", "SETSLOT", slot, "IMPORTING", self.id_of(source))
        source.command("CLUSTER", "SETSLOT", slot, "MIGRATING", self.id_of(target))

    def end_migration(self, slot, source, target):
        for key in source.command("CLUSTER", "GETKEYSINSLOT", slot, 100).split():
            assert source.command("MIGRATE", "127.0.0.1", target.port, key, 0, 5000) == "OK"
        for node in (target, source, *(n for n in self.nodes if n not in (source, target))):
            node.command("CLUSTER", "SETSLOT", slot, "NODE", self.id_of(target))

    def close(self):
        for node in self.all:
            node.close()
