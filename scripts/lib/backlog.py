"""A queue of many messages: what one costs in memory, how soon a restarted server sends again, how fast it drains. See
scripts/bench backlog."""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

from bench import ROOT, Godwit, Group, Sink


class Held(Godwit):
    """A server that keeps its directory over a restart."""

    def __init__(self, work, options):
        super().__init__(work, options)
        self.policy = ROOT / "tests/bench/backlog.lua"
        os.environ.update(BENCH_POLICIES=str(ROOT / "tests/bench"), BENCH_HOLD=str(options.hold))
        self.is_fresh = True

    def prepare(self):
        if self.is_fresh:
            super().prepare()
        self.is_fresh = False


def resident(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text()).group(1)) * 1024


def inject(port, count, options):
    began = time.monotonic()
    subprocess.run(["/usr/sbin/smtp-source", "-s", "20", "-m", str(count), "-l", str(options.size), "-d", "-f",
                    "sender@source.test", "-t", "recipient@sink.test", f"inet:127.0.0.1:{port}"], check=True)
    return time.monotonic() - began


def settled(pid):
    """Resident bytes once they stay."""
    before = resident(pid)
    while True:
        time.sleep(1)
        now = resident(pid)
        if abs(now - before) < 1 << 20:
            return now
        before = now


def fill(server, options, group):
    """Bytes of memory a message, from the growth between half and all: what a server has anyway does not count."""
    first = options.messages // 2  # by then caches and write buffers are full
    inject(20000, first, options)
    low = settled(server.child.pid)
    seconds = inject(20000, options.messages - first, options)
    high = settled(server.child.pid)
    rest = options.messages - first
    print(f"accepted {rest / seconds:.0f}/s; resident {low >> 20} MiB with {first}, {high >> 20} MiB with {options.messages} queued: "
          f"{(high - low) / rest:.0f} bytes a message", flush=True)


def first_of(sink, count, seconds):
    began = time.monotonic()
    while sink.received() < count:
        if time.monotonic() - began > seconds:
            sys.exit(f"backlog: {sink.received()} of {count} arrived in {seconds} s")
        time.sleep(0.01)
    return time.monotonic()


def drain(server, options, group, work):
    sink = Sink(20001, work)
    try:
        began = time.monotonic()
        server.start(20000, 20001, group)
        ready = time.monotonic()
        first = first_of(sink, 1, options.limit)
        cpu = group.cpu_seconds()
        last = first_of(sink, options.messages, options.limit)
        print(f"restart with {options.messages} queued: ready after {ready - began:.2f} s, first message sent after "
              f"{first - began:.2f} s, drained at {options.messages / (last - first):.0f}/s, "
              f"{1000 * (group.cpu_seconds() - cpu) / options.messages:.3f} CPU s per 1000", flush=True)
        server.stop()
    finally:
        sink.stop()


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench backlog")
    parser.add_argument("--messages", type=int, default=20000)
    parser.add_argument("--size", type=int, default=1024)
    parser.add_argument("--hold", type=int, default=60, help="seconds until the first attempt: longer than filling takes")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    parser.add_argument("--user", default="nobody")
    parser.add_argument("--limit", type=int, default=600, help="seconds until draining is given up")
    options = parser.parse_args()
    options.policy = None
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    work = pathlib.Path(tempfile.mkdtemp(prefix="bench.", dir=ROOT / "build"))
    work.chmod(0o755)
    group, server = Group("backlog"), Held(work, options)
    try:
        until = time.monotonic() + options.hold
        server.start(20000, 20001, group)
        fill(server, options, group)
        until = max(until, time.monotonic() + 1) + options.hold
        server.stop()
        time.sleep(max(0.0, until - time.monotonic()))
        drain(server, options, group, work)
    finally:
        group.remove()
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
