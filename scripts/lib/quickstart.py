"""The main job to look at: DNS, sender and sink on loopback ports, 1,000 signed messages, and what became of them."""
import argparse
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

import zstandard

ROOT = pathlib.Path(__file__).resolve().parents[2]
NSD = shutil.which("nsd", path="/usr/sbin:/usr/bin:/sbin") or "nsd"


def free_port():
    """A port that is free for both TCP and UDP on 127.0.0.1."""
    while True:
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            tcp.bind(("127.0.0.1", 0))
            port = tcp.getsockname()[1]
            try:
                udp.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def fail(text):
    sys.exit(f"quickstart: {text}")


class Process:
    """A child that is ended by its own pid."""

    def __init__(self, name, command, log, env=None):
        self.name, self.log = name, log
        with open(log, "wb") as out:
            self.child = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, env=env,
                                          stdin=subprocess.DEVNULL)

    def wait_for(self, pattern, seconds=30):
        """The first match of a regular expression in the child's output."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            text = pathlib.Path(self.log).read_text(errors="replace")
            if match := re.search(pattern, text):
                return match
            if self.child.poll() is not None:
                fail(f"{self.name} ended early with status {self.child.returncode}:\n{text[-2000:]}")
            time.sleep(0.05)
        fail(f"{self.name} did not say {pattern!r} within {seconds} s; see {self.log}")

    def stop(self):
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
            try:
                self.child.wait(20)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()


def start_name_server(work, port):
    key = subprocess.run(["openssl", "rsa", "-in", work / "dkim.key", "-pubout", "-outform", "DER"], check=True,
                         capture_output=True).stdout
    import base64
    public = base64.b64encode(key).decode()
    chunks = " ".join(f'"{part}"' for part in re.findall(".{1,200}", f"v=DKIM1; k=rsa; p={public}"))
    zone = work / "test.zone"
    zone.write_text(f"""$ORIGIN test.
$TTL 60
@ SOA ns.test. hostmaster.test. 1 3600 600 86400 60
@ NS ns.test.
ns A 127.0.0.1
destination MX 10 mx.destination
busy MX 10 mx.destination
mx.destination A 127.0.0.1
godwit._domainkey.sender TXT {chunks}
""")
    config = work / "nsd.conf"
    config.write_text(f"""server:
  ip-address: 127.0.0.1@{port}
  username: ""
  zonesdir: "{work}"
  pidfile: "{work}/nsd.pid"
  database: ""
  zonelistfile: "{work}/nsd.zonelist"
  xfrdfile: "{work}/nsd.xfrd"
  xfrdir: "{work}"
  logfile: ""
  server-count: 1
remote-control:
  control-enable: no
zone:
  name: test.
  zonefile: "{zone}"
""")
    server = Process("nsd", [NSD, "-d", "-c", str(config)], work / "nsd.log")
    server.wait_for("nsd started")
    return server


class Injector(threading.Thread):
    """One SMTP connection that sends its share of the messages."""

    def __init__(self, address, numbers, done):
        super().__init__()
        self.address, self.numbers, self.done, self.failure = address, numbers, done, None

    def run(self):
        try:
            self.send_all()
        except (OSError, AssertionError) as error:
            self.failure = error

    def send_all(self):
        with socket.create_connection(self.address, timeout=60) as conn:
            lines = conn.makefile("rb")

            def expect(code, text=None):
                if text is not None:
                    conn.sendall(text)
                while True:
                    line = lines.readline()
                    assert line.startswith(code), f"expected {code!r}, got {line!r}"
                    if line[3:4] != b"-":
                        return

            expect(b"220")
            expect(b"250", b"EHLO quickstart\r\n")
            for number in self.numbers:
                domain = "busy.test" if number % 20 == 19 else "destination.test"
                expect(b"250", b"MAIL FROM:<news@sender.test>\r\n")
                expect(b"250", f"RCPT TO:<reader{number}@{domain}>\r\n".encode())
                expect(b"354", b"DATA\r\n")
                expect(b"250", self.message(number, domain))
                self.done.append(number)
            expect(b"221", b"QUIT\r\n")

    @staticmethod
    def message(number, domain):
        stamp = time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime())
        body = "".join(f"This is line {i} of letter {number}.\r\n" for i in range(1, 60))
        return (f"From: News <news@sender.test>\r\nTo: <reader{number}@{domain}>\r\nSubject: Letter {number}\r\n"
                f"Date: {stamp}\r\nMessage-ID: <{number}@sender.test>\r\n\r\n{body}.\r\n").encode()


def inject(address, count):
    """Sends `count` messages over 10 connections under a progress bar; the seconds it took."""
    done, started = [], time.monotonic()
    threads = [Injector(address, range(i, count, 10), done) for i in range(min(10, count))]
    for thread in threads:
        thread.start()
    while any(t.is_alive() for t in threads):
        show_bar("injecting ", len(done), count)
        time.sleep(0.05)
    show_bar("injecting ", len(done), count, end="\n")
    for thread in threads:
        if thread.failure:
            fail(f"injection failed: {thread.failure}")
    return time.monotonic() - started


def show_bar(label, done, total, end=""):
    filled = 40 * done // max(total, 1)
    lead = "\r" if sys.stdout.isatty() else ("" if end else None)
    if lead is not None:
        print(f"{lead}{label}[{'#' * filled}{'.' * (40 - filled)}] {done}/{total}", end=end, flush=True)


def read_log(directory):
    records = []
    for segment in sorted(pathlib.Path(directory).glob("[0-9]*")):
        # Not the zstd program: it withholds the end of a segment that is still being written.
        text = zstandard.ZstdDecompressor().decompressobj().decompress(segment.read_bytes())
        whole = text[:text.rfind(b"\n") + 1]  # the segment is being written: its last line may be half there
        records += [json.loads(line) for line in whole.splitlines() if line.startswith(b"{")]
    return sorted(records, key=lambda r: r["event_time"])


def wait_for_deliveries(log_dir, expected, seconds=120):
    deadline = time.monotonic() + seconds
    while True:
        delivered = sum(r["type"] == "Delivery" for r in read_log(log_dir))
        show_bar("delivering", delivered, expected, end="\n" if delivered >= expected else "")
        if delivered >= expected:
            return
        if time.monotonic() > deadline:
            fail(f"only {delivered} of {expected} messages were delivered within {seconds} s; see {log_dir}")
        time.sleep(0.25)


def show_results(work, sender, elapsed, count):
    message = (work / "delivered.eml").read_text(errors="replace")
    print("\n-- one delivered message, as the sink stored it after verifying its signature")
    print("\n".join(message.splitlines()[:28]), "\n   …")
    verdict = re.search(r"dkim=(\w+)", message)
    if not verdict or verdict.group(1) != "pass":
        fail("the delivered message has no verified DKIM signature")

    print("\n-- the sender's queues (kill -USR1 prints them)")
    sender.child.send_signal(signal.SIGUSR1)
    sender.wait_for(r"queue summary: \d+ message")
    time.sleep(0.2)
    for line in pathlib.Path(sender.log).read_text().splitlines():
        if "queue summary" in line or re.search(r"\b(scheduled|ready) queue ", line):
            print("  ", line.split(" INFO ", 1)[-1])

    print(f"\n-- throughput: {count} messages accepted, signed, spooled (fsync) and sent on in {elapsed:.2f} s: "
          f"{count / elapsed:.0f} messages/s")

    print("\n-- the last log records, decoded from", work / "log")
    for record in read_log(work / "log")[-6:]:
        print(f"   {record['event_time']} {record['type']:<16} {record['recipient']:<30} "
              f"{record['response']['code']} {record['response']['content'][:60]}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--messages", type=int, default=1000)
    parser.add_argument("--keep", action="store_true", help="keep the working directory")
    options = parser.parse_args()

    work = pathlib.Path(tempfile.mkdtemp(prefix="godwit-quickstart."))
    processes = []
    try:
        dns, listen, sink = free_port(), free_port(), free_port()
        env = dict(os.environ, GODWIT_QUICKSTART_DIR=str(work), GODWIT_QUICKSTART_DNS=f"127.0.0.1:{dns}",
                   GODWIT_QUICKSTART_LISTEN=f"127.0.0.1:{listen}", GODWIT_QUICKSTART_SINK=f"127.0.0.1:{sink}",
                   GODWIT_QUICKSTART_SINK_PORT=str(sink))
        subprocess.run(["openssl", "genrsa", "-out", work / "dkim.key", "2048"], check=True, capture_output=True)
        print("   a 2048-bit DKIM key is in", work / "dkim.key")
        processes.append(start_name_server(work, dns))
        print(f"   nsd serves the zone test. on 127.0.0.1:{dns}")
        godwitd = ROOT / options.build / "bin" / "godwitd"
        user = ["--user", "root"] if os.getuid() == 0 else []
        for name in ("sink", "sender"):
            command = [str(godwitd), "--policy", str(ROOT / "conf/quickstart" / f"{name}.lua"), *user]
            server = Process(name, command, work / f"{name}.log", env)
            processes.append(server)
            where = server.wait_for(r"smtp listener on (\S+)").group(1)
            server.wait_for("initialization complete")
            print(f"   the {name} (godwitd) listens on {where}")
        sender = processes[-1]
        started = time.monotonic()
        inject(("127.0.0.1", listen), options.messages)
        deliverable = options.messages - options.messages // 20
        wait_for_deliveries(work / "log", deliverable)
        show_results(work, sender, time.monotonic() - started, deliverable)
    finally:
        for process in reversed(processes):
            process.stop()
        if not options.keep:
            shutil.rmtree(work, ignore_errors=True)
    print("""
What next:
  docs/policy.md            write your own policy; conf/quickstart/sender.lua is the one you just ran
  conf/godwit.toml          every option with its default, for a configuration without Lua
  docs/modules/             write a module
  scripts/test              build and run all tests""")


if __name__ == "__main__":
    main()
