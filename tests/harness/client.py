"""A client on a raw socket: sends exactly the bytes it is given and reads replies line by line."""
import dataclasses
import re
import socket
import ssl

from .waiting import PATIENCE


@dataclasses.dataclass
class Reply:
    code: int
    lines: list  # texts without code

    @property
    def text(self):
        return "\n".join(self.lines)

    def __str__(self):
        last = len(self.lines) - 1
        return "\n".join(f"{self.code}{' ' if i == last else '-'}{line}" for i, line in enumerate(self.lines))


class Disconnected(AssertionError):
    pass


class SmtpClient:
    def __init__(self, address, timeout=15, source=None):
        self.timeout = timeout * PATIENCE
        self.socket = socket.create_connection(address, self.timeout, source_address=source)
        self._buffer = b""
        self.transcript = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def reset(self):
        """Goes without a word: RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.socket.close()

    def send(self, data):
        """Exactly these bytes."""
        data = data.encode() if isinstance(data, str) else data
        self.transcript.append(f"C: {data!r}")
        self.socket.sendall(data)

    def send_quietly(self, data):
        """Bulk, of which the transcript need not tell."""
        self.socket.sendall(data)

    def line(self):
        """One line without its end. A bare LF is a mistake of the server."""
        while b"\n" not in self._buffer:
            try:
                got = self.socket.recv(65536)
            except socket.timeout:
                raise AssertionError(f"no answer within {self.timeout:g} s\n{self.history()}") from None
            except (ConnectionResetError, ssl.SSLError):
                got = b""
            if not got:
                raise Disconnected(f"the server closed the connection; unread: {self._buffer!r}\n{self.history()}")
            self._buffer += got
        raw, self._buffer = self._buffer.split(b"\n", 1)
        self.transcript.append(f"S: {raw!r}")
        assert raw.endswith(b"\r"), f"a reply line ends in a bare LF: {raw!r}"
        return raw[:-1].decode("utf-8", "replace")

    def reply(self):
        lines = []
        while True:
            line = self.line()
            match = re.fullmatch(r"(\d{3})(?:([ -])(.*))?", line)
            assert match, f"not a reply line: {line!r}\n{self.history()}"
            lines.append(match[3] or "")
            if match[2] != "-":
                return Reply(int(match[1]), lines)

    def command(self, text):
        self.send(text.encode() + b"\r\n")
        return self.reply()

    def expect(self, pattern, text=None):
        """Sends `text` as a line if given; the reply must match the regular expression from its start to its end or to
        a space (so that "250" fits every 250)."""
        reply = self.command(text) if text is not None else self.reply()
        assert re.fullmatch(rf"(?:{pattern})(?:[ -](?s:.*))?", str(reply)), (
            f"expected {pattern!r}, got {str(reply)!r}\n{self.history()}")
        return reply

    def starttls(self, context=None):
        """The handshake after a 220; verifies nothing unless given a context."""
        if context is None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        assert not self._buffer, f"the server spoke before the handshake: {self._buffer!r}"
        self.socket = context.wrap_socket(self.socket)

    def envelope(self, sender, *recipients):
        self.expect("250", f"MAIL FROM:<{sender}>")
        for recipient in recipients:
            self.expect("250", f"RCPT TO:<{recipient}>")

    def data(self, content):
        """DATA with dot-stuffing; the reply to the final dot. `content` has LF or CRLF line ends."""
        content = content.encode() if isinstance(content, str) else content
        self.expect("354", "DATA")
        body = content.replace(b"\r\n", b"\n").removesuffix(b"\n").replace(b"\n.", b"\n..").replace(b"\n", b"\r\n")
        self.send((b"." if body.startswith(b".") else b"") + body + b"\r\n.\r\n")
        return self.reply()

    def deliver(self, sender, recipients, content="Subject: test\n\nbody\n"):
        """A whole transaction that must be accepted; the ids in the reply."""
        recipients = [recipients] if isinstance(recipients, str) else recipients
        self.envelope(sender, *recipients)
        reply = self.data(content)
        assert reply.code == 250, f"not accepted: {reply}\n{self.history()}"
        return re.findall(r"\b[0-9a-f]{32}\b", reply.text)

    def is_closed(self, seconds=5):
        """True when the server closes within that time, False when it says something or stays."""
        self.socket.settimeout(seconds * PATIENCE)
        try:
            return not self._buffer and self.socket.recv(1) == b""
        except socket.timeout:
            return False
        except (ConnectionResetError, ssl.SSLError):
            return True
        finally:
            self.socket.settimeout(self.timeout)

    def history(self):
        return "\n".join(self.transcript[-20:])
