"""The remote side of a delivery, playing by a script: refusals, silence, broken connections, STARTTLS.

    peer = ScriptedPeer({"RCPT": "550 5.1.1 no such user"})
    peer = ScriptedPeer({"MAIL": ["451 4.3.0 later", "250 ok"]})       # one after the other; the last one stays
    peer = ScriptedPeer({"dot": DROP})                                 # closes instead of answering
    peer = ScriptedPeer({"RCPT": lambda line: "550 no" if "bad@" in line else "250 ok"})

Steps: connect, EHLO, HELO, LHLO, STARTTLS, handshake (in place of it), AUTH, MAIL, RCPT, DATA, body (when some of it has come), dot,
BDAT, RSET, NOOP, QUIT.
"""
import dataclasses
import re
import socket
import ssl
import threading
import time

from .waiting import stays_false, wait_until

DROP = object()    # close the connection
RESET = object()   # close it with a TCP reset
SILENT = object()  # say nothing and wait for the client to go
GO_ON = object()   # say nothing and go on


@dataclasses.dataclass
class After:
    """A reply that takes its time."""
    seconds: float
    reply: object


@dataclasses.dataclass(eq=False)
class Received:
    sender: str
    recipients: list  # those that were accepted
    data: bytes       # dot-stuffing removed
    session: "PeerSession"
    at: float         # by the peer's clock

    @property
    def headers(self):
        return self.data.split(b"\r\n\r\n", 1)[0].decode("utf-8", "replace")

    @property
    def body(self):
        return self.data.partition(b"\r\n\r\n")[2]


DEFAULTS = {
    "connect": "220 peer.test ready", "HELO": "250 peer.test", "MAIL": "250 2.1.0 sender ok", "RCPT": "250 2.1.5 recipient ok",
    "DATA": "354 go ahead", "dot": "250 2.0.0 accepted", "BDAT": "250 2.0.0 chunk ok", "RSET": "250 2.0.0 reset",
    "NOOP": "250 2.0.0 ok", "QUIT": "221 2.0.0 bye", "STARTTLS": "220 2.0.0 go ahead", "AUTH": "235 2.7.0 welcome",
}
EXTENSIONS = ("PIPELINING", "8BITMIME", "ENHANCEDSTATUSCODES", "SMTPUTF8")


class Closed(Exception):
    pass


class PeerSession:
    """One connection; `commands` are its lines as received."""

    def __init__(self, peer, connection, address):
        self.peer, self.socket, self.address = peer, connection, address
        self.commands, self.is_tls, self.is_lmtp, self.is_open = [], False, False, True
        self._buffer = b""
        self._forget()

    def _forget(self):
        self.sender, self.recipients, self._chunks = None, [], b""

    def verbs(self):
        return [c.split(" ")[0].split(":")[0].upper() for c in self.commands]

    # --- what the thread runs
    def run(self):
        try:
            self._say("connect", "")
            while True:
                self._serve(self._line())
        except (Closed, OSError):
            pass
        finally:
            self.is_open = False
            self.socket.close()

    def _receive(self):
        got = self.socket.recv(65536)
        if not got:
            raise Closed
        self._buffer += got

    def _line(self):
        while b"\r\n" not in self._buffer:
            self._receive()
        line, self._buffer = self._buffer.split(b"\r\n", 1)
        return line.decode("utf-8", "replace")

    def _exactly(self, size):
        while len(self._buffer) < size:
            self._receive()
        data, self._buffer = self._buffer[:size], self._buffer[size:]
        return data

    def _serve(self, line):
        self.commands.append(line)
        verb = line.split(" ")[0].split(":")[0].upper()
        handler = getattr(self, f"_{verb.lower()}", None)
        if handler:
            handler(line)
        elif verb in DEFAULTS or verb in self.peer.script:
            self._say(verb, line)
        else:
            self._write("502 5.5.2 what?")
        if verb == "QUIT":
            raise Closed

    def _say(self, step, line):
        """Answers as scripted; true for a 2xx or 3xx."""
        reply = self.peer.next_reply(step, line)
        while isinstance(reply, After):
            time.sleep(reply.seconds)
            reply = reply.reply
        if reply is SILENT:
            while True:
                self._receive()
        if reply is RESET:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            raise Closed
        if reply is DROP:
            raise Closed
        if reply is GO_ON:
            return True
        self._write(reply)
        return reply[0] in "23"

    def _write(self, text):
        if text[:3] == "421":
            self.socket.sendall(text.encode() + b"\r\n")
            raise Closed
        self.socket.sendall("".join(f"{line}\r\n" for line in text.split("\n")).encode())

    def _ehlo(self, line):
        if self.peer.scripted("EHLO"):
            return self._say("EHLO", line)
        extensions = list(self.peer.extensions)
        if self.peer.certificate and not self.is_tls:
            extensions.append("STARTTLS")
        lines = ["peer.test", *extensions]
        return self._write("\n".join(f"250{'-' if i + 1 < len(lines) else ' '}{e}" for i, e in enumerate(lines)))

    def _lhlo(self, line):
        self.is_lmtp = True
        return self._ehlo(line)

    def _starttls(self, line):
        if not self._say("STARTTLS", line):
            return
        if self.peer.scripted("handshake"):
            self._say("handshake", line)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.peer.certificate.certificate, self.peer.certificate.key)
        if self.peer.client_ca:
            context.load_verify_locations(self.peer.client_ca)
            context.verify_mode = ssl.CERT_REQUIRED
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.is_tls = True

    def _mail(self, line):
        if self._say("MAIL", line):
            self.sender = re.match(r"MAIL FROM:<(.*?)>", line, re.I)[1]

    def _rcpt(self, line):
        if self.sender is None:
            return self._write("503 5.5.1 sender first")
        if self._say("RCPT", line):
            self.recipients.append(re.match(r"RCPT TO:<(.*?)>", line, re.I)[1])
        return None

    def _rset(self, line):
        self._forget()
        self._say("RSET", line)

    def _data(self, line):
        if not self.recipients and not self.peer.scripted("DATA"):
            return self._write("503 5.5.1 no valid recipients")
        if not self._say("DATA", line):
            return None
        self._begin_body(line)
        content = b""
        while True:
            while b"\r\n" not in self._buffer:
                self._receive()
            text, self._buffer = self._buffer.split(b"\r\n", 1)
            if text == b".":
                break
            content += (text[1:] if text.startswith(b".") else text) + b"\r\n"
        return self._accept(content, "dot")

    def _begin_body(self, line):
        if self.peer.scripted("body"):
            self._receive()
            self._say("body", line)

    def _bdat(self, line):
        words = line.split()
        self._begin_body(line)
        self._chunks += self._exactly(int(words[1]))
        if words[-1].upper() == "LAST":
            self._accept(self._chunks, "dot")
        else:
            self._say("BDAT", line)

    def _accept(self, content, step):
        received = Received(self.sender, self.recipients, content, self, self.peer.clock())
        self.peer.attempts.append(received)
        is_empty_dot = self.sender is None or not self.recipients
        self._forget()
        if is_empty_dot:  # a pipelining client got 354 after a refused envelope: there is no message (8.3)
            return self._write("554 5.5.1 no valid recipients")
        if self.is_lmtp:  # RFC 2033 4.2: a reply for each recipient
            self.peer.messages.append(received)
            return self._write("\n".join(self.peer.verdicts.get(r, DEFAULTS["dot"]) for r in received.recipients))
        # Counted before the reply is on its way: who hears of the delivery elsewhere finds it here.
        self.peer.messages.append(received)
        accepted = False
        try:
            accepted = self._say(step, "")
        finally:
            if not accepted:
                self.peer.messages.remove(received)


class ScriptedPeer:
    """Listens on a loopback port from construction until close(). One thread per connection."""

    def __init__(self, script=None, extensions=EXTENSIONS, certificate=None, client_ca=None, address=("127.0.0.1", 0),
                 verdicts=None):
        self.script = dict(script or {})
        self.extensions, self.certificate, self.client_ca = extensions, certificate, client_ca
        self.verdicts = dict(verdicts or {})  # of an LMTP server, by recipient
        self.clock = time.monotonic
        self.messages, self.attempts, self.sessions = [], [], []
        self._lock = threading.Lock()
        self._socket = socket.create_server(address, family=socket.AF_INET6 if ":" in address[0] else socket.AF_INET)
        self.host, self.port = self._socket.getsockname()[:2]
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def scripted(self, step):
        return step in self.script

    def next_reply(self, step, line):
        with self._lock:
            reply = self.script.get(step, DEFAULTS.get(step, "250 ok"))
            if isinstance(reply, list):
                reply = reply.pop(0) if len(reply) > 1 else reply[0]
        return reply(line) if callable(reply) else reply

    def _accept(self):
        while True:
            try:
                connection, address = self._socket.accept()
            except OSError:
                return
            session = PeerSession(self, connection, address)
            self.sessions.append(session)
            threading.Thread(target=session.run, daemon=True).start()

    @property
    def mx(self):
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def wait_messages(self, count=1, seconds=15):
        """The first `count` messages (one: itself, more: a list)."""
        wait_until(lambda: len(self.messages) >= count,
                   lambda: f"{count} message(s) at the peer, which has {len(self.messages)}; sessions:\n{self.describe()}", seconds)
        return self.messages[0] if count == 1 else self.messages[:count]

    def wait_sessions(self, count=1, seconds=15):
        wait_until(lambda: len(self.sessions) >= count, f"{count} connection(s) at the peer", seconds)
        return self.sessions[:count]

    def has_none(self, seconds=1.0):
        return stays_false(lambda: self.messages, seconds)

    def describe(self):
        return "\n".join(f"{s.address}: {s.commands}" for s in self.sessions) or "none"

    def close(self):
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for session in self.sessions:
            try:
                session.socket.close()
            except OSError:
                pass
