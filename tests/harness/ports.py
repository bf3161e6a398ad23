"""Loopback ports for programs that cannot choose their own."""
import contextlib
import socket


def free_port(host="127.0.0.1", *others):
    """A port that is free for TCP and UDP at this moment, at all of these addresses."""
    while True:
        with contextlib.ExitStack() as taken:
            port = 0
            try:
                for address in (host, *others):
                    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                        s = taken.enter_context(socket.socket(type=kind))
                        s.bind((address, port))
                        port = s.getsockname()[1]
            except OSError:
                continue
            return port


def accepts(port, host="127.0.0.1"):
    try:
        socket.create_connection((host, port), 1).close()
    except OSError:
        return False
    return True
