"""A SOCKS5 proxy as the egress of mail uses one: BIND names the source address, CONNECT on the same stream opens the
connection from it. General proxies do not know that order, so this one is here: it relays real bytes over real sockets.
"""
import ipaddress
import socket
import struct
import threading

NO_AUTHENTICATION, USER_AND_PASSWORD, NOTHING_FITS = 0, 2, 0xFF
CONNECT, BIND = 1, 2
SUCCEEDED, FAILED = 0, 1


class Socks5Proxy:
    """`login` is (user, password) when the proxy asks for one. `requests` are (command, address, port) as they came."""

    def __init__(self, login=None, port=0):
        self.login, self.requests, self.logins = login, [], []
        self._sockets = []
        self._socket = socket.create_server(("127.0.0.1", port))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def _accept(self):
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            self._sockets.append(client)
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        stream = client.makefile("rb", buffering=0)
        try:
            if not self._greet(client, stream):
                return
            source = self._request(client, stream)
            self._reply(client, SUCCEEDED, source)
            destination = self._request(client, stream)
            try:
                peer = socket.create_connection(destination, 10, source_address=(source[0], 0))
            except OSError:
                self._reply(client, FAILED, destination)
                return
            self._sockets.append(peer)
            self._reply(client, SUCCEEDED, peer.getsockname())
            threading.Thread(target=self._copy, args=(client, peer), daemon=True).start()
            self._copy(peer, client)
        except (OSError, EOFError):
            pass
        finally:
            client.close()

    @staticmethod
    def _exactly(stream, size):
        data = b""
        while len(data) < size:
            got = stream.read(size - len(data))
            if not got:
                raise EOFError
            data += got
        return data

    def _greet(self, client, stream):
        _, count = self._exactly(stream, 2)
        offered = self._exactly(stream, count)
        wanted = USER_AND_PASSWORD if self.login else NO_AUTHENTICATION
        client.sendall(bytes([5, wanted if wanted in offered else NOTHING_FITS]))
        if wanted not in offered:
            return False
        if not self.login:
            return True
        _, size = self._exactly(stream, 2)
        user = self._exactly(stream, size).decode()
        password = self._exactly(stream, self._exactly(stream, 1)[0]).decode()
        self.logins.append((user, password))
        client.sendall(bytes([1, 0 if (user, password) == self.login else 1]))
        return (user, password) == self.login

    def _request(self, client, stream):
        _, command, _, kind = self._exactly(stream, 4)
        host = str(ipaddress.ip_address(self._exactly(stream, 4 if kind == 1 else 16)))
        [port] = struct.unpack("!H", self._exactly(stream, 2))
        self.requests.append((command, host, port))
        return host, port

    @staticmethod
    def _reply(client, code, address):
        packed = ipaddress.ip_address(address[0]).packed
        client.sendall(bytes([5, code, 0, 1 if len(packed) == 4 else 4]) + packed + struct.pack("!H", address[1]))

    @staticmethod
    def _copy(source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
        except OSError:
            pass
        try:
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self):
        self._socket.close()
        for one in self._sockets:
            one.close()
