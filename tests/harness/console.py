"""The operator's side: `godwit console` as a program, and the control socket as bytes."""
import json
import os
import pathlib
import socket
import subprocess

from .waiting import PATIENCE


class Console:
    def __init__(self, path, env=None):
        self.socket = pathlib.Path(path)
        self.env = env

    def command(self, *arguments):
        from .godwitd import binary  # which imports this module
        return [str(binary("godwit")), "console", "--socket", str(self.socket), *arguments]

    def program(self, *arguments, text=None, user=None, group=None, extra_groups=None, seconds=30):
        """The finished program."""
        return subprocess.run(self.command(*arguments), env=self.env, input=text, text=True, capture_output=True,
                              timeout=seconds * PATIENCE, user=user, group=group, extra_groups=extra_groups, check=False)

    def run(self, *lines):
        """What the commands print; they must succeed."""
        done = self.program(*(part for line in lines for part in ("-e", line)))
        assert done.returncode == 0, f"{lines}: {done.stdout}{done.stderr}"
        return done.stdout

    def fails(self, line):
        """What a command that must fail complains about."""
        done = self.program("-e", line)
        assert done.returncode == 1, f"{line}: {done.returncode} {done.stdout}{done.stderr}"
        return done.stderr

    def json(self, line):
        """The answer as a document."""
        done = self.program("--json", "-e", line)
        assert done.returncode == 0, f"{line}: {done.stdout}{done.stderr}"
        return json.loads(done.stdout)

    def record(self, line):
        return self.json(line)["record"]

    def rows(self, line):
        return self.json(line).get("rows", [])

    def connect(self):
        return RawConsole(self.socket)


class RawConsole:
    """Frames of the control socket, for what the program would never send."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(10 * PATIENCE)
        self.socket.connect(os.fspath(path))
        self.input = self.socket.makefile("rb")

    def send(self, frame):
        self.send_bytes(json.dumps(frame).encode() + b"\n")

    def send_bytes(self, data):
        self.socket.sendall(data)

    def receive(self):
        """The next frame, None when the server has closed (a reset: it had not read everything)."""
        try:
            line = self.input.readline()
        except ConnectionResetError:
            return None
        return json.loads(line) if line else None

    def until_done(self, request):
        """Frames of a request's answer, with the last one."""
        frames = []
        while not frames or "done" not in frames[-1]:
            frame = self.receive()
            assert frame is not None, f"the server closed after {frames}"
            if frame.get("id") == request:
                frames.append(frame)
        return frames

    def close(self):
        self.input.close()
        self.socket.close()
