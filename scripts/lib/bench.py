"""Measures godwitd and Postfix side by side; see scripts/bench."""
import argparse
import os
import pathlib
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Group:
    """A cgroup of its own: its CPU time counts children that are gone too. Version 2, or cpuacct of version 1."""

    def __init__(self, name):
        base = pathlib.Path("/sys/fs/cgroup")
        self.v2 = (base / "cgroup.controllers").exists()
        self.path = (base if self.v2 else base / "cpuacct") / f"godwit-bench-{os.getpid()}-{name}"
        self.path.mkdir()

    def join(self):
        (self.path / "cgroup.procs").write_text("0")

    def cpu_seconds(self):
        if self.v2:
            return int(re.search(r"usage_usec (\d+)", (self.path / "cpu.stat").read_text()).group(1)) / 1e6
        return int((self.path / "cpuacct.usage").read_text()) / 1e9

    def pids(self):
        return (self.path / "cgroup.procs").read_text().split()

    def memory(self):
        """Proportional set size of all members, bytes."""
        total = 0
        for pid in self.pids():
            try:
                text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
                total += int(re.search(r"^Pss:\s+(\d+)", text, re.M).group(1)) * 1024
            except (OSError, AttributeError):
                continue  # it has ended
        return total

    def remove(self):
        for _ in range(100):
            try:
                return self.path.rmdir()
            except OSError:
                time.sleep(0.05)


class Disk:
    """Flushes and bytes written of the device below a directory."""

    def __init__(self, directory):
        number = os.stat(directory).st_dev
        self.device = f"{os.major(number):4d} {os.minor(number):7d} "

    def read(self):
        for line in pathlib.Path("/proc/diskstats").read_text().splitlines():
            if line.startswith(self.device):
                fields = line.split()
                return {"flushes": int(fields[18]) if len(fields) > 18 else 0, "bytes": int(fields[9]) * 512}
        sys.exit("bench: the working directory's device is not in /proc/diskstats")


class Sink:
    def __init__(self, port, work):
        self.log = work / f"sink-{port}.log"
        self.child = subprocess.Popen(["/usr/sbin/smtp-sink", "-u", "nobody", "-c", f"127.0.0.1:{port}", "1000"],
                                      stdout=open(self.log, "wb"), stderr=subprocess.STDOUT)

    def received(self):
        with open(self.log, "rb") as f:
            f.seek(max(0, os.path.getsize(self.log) - 400))
            found = re.findall(rb"mesg=(\d+)", f.read())
        return int(found[-1]) if found else 0

    def stop(self):
        self.child.kill()
        self.child.wait()


class Godwit:
    name = "godwit"

    def __init__(self, work, options):
        self.work, self.policy, self.user = work / "godwit", options.policy, options.user
        self.build = options.build.resolve()

    def prepare(self):
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir()
        shutil.chown(self.work, self.user)

    def start(self, port, sink, group):
        self.prepare()
        env = dict(os.environ, BENCH_DIR=str(self.work), BENCH_PORT=str(port), BENCH_SINK=str(sink))
        self.log = self.work / "daemon.log"
        self.child = subprocess.Popen(
            [str(self.build / "bin/godwitd"), "--policy", str(self.policy), "--user", self.user],
            env=env, preexec_fn=group.join, stdout=open(self.log, "wb"), stderr=subprocess.STDOUT)
        deadline = time.monotonic() + 20
        while "initialization complete" not in self.log.read_text(errors="replace"):
            if self.child.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"bench: godwitd did not start:\n{self.log.read_text(errors='replace')}")
            time.sleep(0.05)

    def stop(self):
        self.child.send_signal(signal.SIGTERM)
        try:
            self.child.wait(30)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()


class Postfix:
    name = "postfix"

    def __init__(self, work, _options):
        self.work = work / "postfix"

    def start(self, port, sink, group):
        shutil.rmtree(self.work, ignore_errors=True)
        for part in ("conf", "queue", "data"):
            (self.work / part).mkdir(parents=True)
        shutil.chown(self.work / "data", "postfix")
        (self.work / "conf/main.cf").write_text(f"""compatibility_level = 3.6
queue_directory = {self.work}/queue
data_directory = {self.work}/data
mail_owner = postfix
setgid_group = postdrop
myhostname = bench.test
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = loopback-only
inet_protocols = ipv4
default_transport = smtp:[127.0.0.1]:{sink}
relay_transport = smtp:[127.0.0.1]:{sink}
smtpd_recipient_restrictions = permit_mynetworks, reject
smtpd_relay_restrictions = permit_mynetworks, reject
disable_dns_lookups = yes
alias_maps =
local_recipient_maps =
maillog_file = /var/log/godwit-bench-postfix.log
smtp_tls_security_level = none
smtpd_tls_security_level = none
""")
        services = [f"127.0.0.1:{port} inet n - n - - smtpd"]
        public = {"pickup", "cleanup", "qmgr", "showq"}
        services += [f"{name} unix {'n' if name in public else '-'} - n {wake} {most} {program}"
                     for name, wake, most, program in (
            ("pickup", "60", "1", "pickup"), ("cleanup", "-", "0", "cleanup"), ("qmgr", "300", "1", "qmgr"),
            ("rewrite", "-", "-", "trivial-rewrite"), ("bounce", "-", "0", "bounce"), ("defer", "-", "0", "bounce"),
            ("trace", "-", "0", "bounce"), ("proxymap", "-", "-", "proxymap"), ("smtp", "-", "-", "smtp"),
            ("relay", "-", "-", "smtp"), ("showq", "-", "-", "showq"), ("error", "-", "-", "error"),
            ("retry", "-", "-", "error"), ("local", "-", "-", "local"), ("anvil", "-", "1", "anvil"),
            ("scache", "-", "1", "scache"))]
        services.append("postlog unix-dgram n - n - 1 postlogd")
        (self.work / "conf/master.cf").write_text("\n".join(services) + "\n")
        self.command("start", preexec_fn=group.join)
        time.sleep(1)

    def command(self, verb, **kwargs):
        done = subprocess.run(["/usr/sbin/postfix", "-c", str(self.work / "conf"), verb], capture_output=True, text=True,
                              **kwargs)
        if done.returncode != 0:
            sys.exit(f"bench: postfix {verb} failed:\n{done.stdout}{done.stderr}")

    def stop(self):
        self.command("stop")


def run_once(server, options, work, disk, port):
    """One repetition of one server; figures per message."""
    group, sink = Group(server.name), Sink(port + 1, work)
    peak, done = [0], threading.Event()

    def watch():
        while not done.wait(0.5):
            peak[0] = max(peak[0], group.memory())

    server.start(port, port + 1, group)
    try:
        os.sync()
        watcher = threading.Thread(target=watch)
        watcher.start()
        cpu, io, began = group.cpu_seconds(), disk.read(), time.monotonic()
        source = ["/usr/sbin/smtp-source", "-s", str(options.sessions), "-m", str(options.messages), "-l",
                  str(options.size), "-f", "sender@source.test", "-t", "recipient@sink.test"]
        if not options.reconnect:
            source.append("-d")
        subprocess.run([*source, f"inet:127.0.0.1:{port}"], check=True)
        accepted = time.monotonic()
        while sink.received() < options.messages:
            if time.monotonic() - began > options.limit:
                sys.exit(f"bench: {server.name}: {sink.received()} of {options.messages} arrived in {options.limit} s")
            time.sleep(0.01)
        ended = time.monotonic()
        time.sleep(0.5)  # what trails (removals, log flush) is part of the cost
        used, wrote = group.cpu_seconds() - cpu, disk.read()
        done.set()
        watcher.join()
    finally:
        done.set()
        server.stop()
        sink.stop()
        group.remove()
    n = options.messages
    return {"accept": n / (accepted - began), "rate": n / (ended - began), "cpu": 1000 * used / n,
            "flushes": (wrote["flushes"] - io["flushes"]) / n, "written": (wrote["bytes"] - io["bytes"]) / n / 1024,
            "memory": peak[0] / 2**20}


COLUMNS = [("rate", "messages/s end to end"), ("accept", "messages/s accepted"), ("cpu", "CPU s per 1000 messages"),
           ("flushes", "device flushes per message"), ("written", "KiB written per message"), ("memory", "peak memory MiB")]


def report(results, options):
    medians = {name: {key: statistics.median(r[key] for r in rows) for key, _ in COLUMNS}
               for name, rows in results.items()}
    how = "new connection per message" if options.reconnect else "connections kept"
    print(f"\n{options.messages} messages of {options.size} bytes, {options.sessions} sessions ({how}), "
          f"medians of {options.repeat}\n")
    names = list(medians)
    print(f"| {'':<28} | " + " | ".join(f"{n:>10}" for n in names) + (" | godwit/postfix |" if len(names) == 2 else " |"))
    print("|---" * (len(names) + 1 + (len(names) == 2)) + "|")
    for key, label in COLUMNS:
        row = [f"{medians[n][key]:10.3f}" for n in names]
        if len(names) == 2 and medians["postfix"][key]:
            row.append(f"{medians['godwit'][key] / medians['postfix'][key]:14.3f}")
        print(f"| {label:<28} | " + " | ".join(row) + " |")


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--messages", type=int, default=4000)
    parser.add_argument("--sessions", type=int, default=20)
    parser.add_argument("--size", type=int, default=10240)
    parser.add_argument("--reconnect", action="store_true", help="a connection for each message")
    parser.add_argument("--only", choices=["godwit", "postfix"])
    parser.add_argument("--policy", type=pathlib.Path, default=ROOT / "tests/bench/godwit.lua")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release", help="build of godwitd")
    parser.add_argument("--user", default="nobody", help="user that godwitd runs as")
    parser.add_argument("--limit", type=int, default=180, help="seconds until a repetition is given up")
    options = parser.parse_args()

    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    work = pathlib.Path(tempfile.mkdtemp(prefix="bench.", dir=ROOT / "build"))
    work.chmod(0o755)
    disk = Disk(work)
    servers = [kind(work, options) for kind in (Postfix, Godwit) if options.only in (None, kind.name)]
    results = {s.name: [] for s in servers}
    try:
        for repetition in range(options.repeat):
            order = servers if repetition % 2 == 0 else servers[::-1]
            for server in order:
                figures = run_once(server, options, work, disk, 20000 + 10 * repetition)
                results[server.name].append(figures)
                print(f"{repetition + 1}/{options.repeat} {server.name:<8} {figures['rate']:8.0f}/s "
                      f"cpu {figures['cpu']:.3f} s/1000, {figures['flushes']:.3f} flushes", flush=True)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    report(results, options)


if __name__ == "__main__":
    main()
