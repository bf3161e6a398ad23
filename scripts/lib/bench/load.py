"""The two ends of a measurement: Postfix's smtp-source and smtp-sink."""
import dataclasses
import os
import re
import subprocess
import time


@dataclasses.dataclass
class Load:
    messages: int = 4000
    sessions: int = 20
    size: int = 10240  # bytes
    reconnect: bool = False  # a connection for each message

    def __str__(self):
        how = "new connection per message" if self.reconnect else "connections kept"
        return f"{self.messages} messages of {self.size} bytes, {self.sessions} sessions ({how})"

    def send(self, port):
        """Returns when the server has accepted everything; seconds it took."""
        began, left = time.monotonic(), self.messages
        while left > 0:
            some = min(left, 2000 * self.sessions)  # a server may end a connection after 10,000 messages
            source = ["/usr/sbin/smtp-source", "-s", str(self.sessions), "-m", str(some), "-l", str(self.size),
                      "-f", "sender@source.test", "-t", "recipient@sink.test"]
            subprocess.run([*source, *([] if self.reconnect else ["-d"]), f"inet:127.0.0.1:{port}"], check=True)
            left -= some
        return time.monotonic() - began


def add_load_options(parser, messages):
    """`messages` is the default."""
    parser.add_argument("--messages", type=int, default=messages)
    parser.add_argument("--sessions", type=int, default=20)
    parser.add_argument("--size", type=int, default=10240, help="bytes")


class Sink:
    """Takes everything on a port."""

    def __init__(self, port, work):
        self.log = work / f"sink-{port}.log"
        self.child = subprocess.Popen(["/usr/sbin/smtp-sink", "-u", "nobody", "-c", f"127.0.0.1:{port}", "1000"],
                                      stdout=open(self.log, "wb"), stderr=subprocess.STDOUT)

    def received(self):
        with open(self.log, "rb") as f:
            f.seek(max(0, os.path.getsize(self.log) - 400))
            found = re.findall(rb"mesg=(\d+)", f.read())
        return int(found[-1]) if found else 0

    def wait(self, count, seconds):
        """True when `count` messages have come in time."""
        deadline = time.monotonic() + seconds
        while self.received() < count:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.01)
        return True

    def stop(self):
        self.child.kill()
        self.child.wait()
