"""The HTTP listener: what is served, to whom, within which limits."""
import gzip
import os
import select
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
import zlib

import pytest

from harness import http
from harness.certificate import shared_certificate
from harness.configuration import configuration
from harness.policy import policy
from harness.ports import free_port
from harness.waiting import PATIENCE, stays_false, wait_until


def serve(start, fields="", **kwargs):
    return start(policy(init=http.listener(fields), **kwargs))


def raw(daemon, data, seconds=10):
    """Everything the server sends in answer to `data` until it closes."""
    with socket.create_connection(http.addresses(daemon)[0], timeout=seconds * PATIENCE) as s:
        s.sendall(data)
        received = b""
        while chunk := s.recv(65536):
            received += chunk
        return received


def test_liveness(start):
    daemon = serve(start)
    with http.client(daemon) as c:
        reply = c.get("/api/check-liveness/v1")
        assert (reply.status, reply.text) == (200, "OK")


def test_liveness_says_why_not(start):
    daemon = start(policy(init=http.listener() + "  kumo.set_memory_soft_limit(1024)\n"))
    with http.client(daemon) as c:
        wait_until(lambda: c.get("/api/check-liveness/v1").status == 503, "load shedding")
        assert c.get("/api/check-liveness/v1").text == "load shedding"


def test_toml_starts_one_as_well(daemons):
    daemon = daemons.start(config=configuration('[http.admin]\nlisten = "127.0.0.1:0"'))
    with http.client(daemon) as c:
        assert c.get("/api/check-liveness/v1").status == 200


def test_unknown_option_names_the_nearest(daemons):
    daemon = daemons.make(policy(init="  kumo.start_http_listener { trusted_host = {} }\n"))
    done = daemon.run_once("--validate")
    assert done.returncode == 1
    assert "trusted_hosts" in done.stdout


def test_validating_binds_nothing(daemons):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"  kumo.start_http_listener {{ listen = '127.0.0.1:{taken.getsockname()[1]}' }}\n"
        assert daemons.make(policy(init=listen)).run_once("--validate").returncode == 0
        started = daemons.make(policy(init=listen)).run_once()
        assert started.returncode == 1
        assert "http: cannot listen on 127.0.0.1:" in started.stdout


def test_outside_init(start):
    daemon = serve(start, events="kumo.on('smtp_server_ehlo', function() kumo.start_http_listener {} end)")
    with daemon.smtp() as client:
        client.expect("220")
        client.expect("421", "EHLO x.test")
    daemon.wait_for_diagnostic("kumo.start_http_listener may be called from pre_init and init only")


def test_tls_with_a_generated_certificate(start):
    daemon = serve(start, "use_tls = true, hostname = 'admin.test'")
    daemon.wait_for_diagnostic("https listener on 127.0.0.1:")
    with http.client(daemon, tls=True) as c:
        assert c.get("/api/check-liveness/v1").status == 200
        assert c.get("/metrics").status == 200


def test_a_renewed_certificate_is_used_after_a_reload(daemons):
    old, new = shared_certificate("old.test"), shared_certificate("new.test")
    used = daemons.dir / "used.pem", daemons.dir / "used.key"

    def put(certificate):
        shutil.copy(certificate.certificate, used[0])
        shutil.copy(certificate.key, used[1])
        for file in used:
            file.chmod(0o644)

    put(old)
    daemon = daemons.start(policy(init=http.listener(
        f"use_tls = true, tls_certificate = '{used[0]}', tls_private_key = '{used[1]}'")))

    def shown():
        return ssl.get_server_certificate(http.addresses(daemon)[0]).split()

    assert shown() == old.certificate.read_text().split()
    with http.client(daemon, tls=True) as before:
        assert before.get("/api/check-liveness/v1").status == 200
        put(new)
        daemon.process.child.send_signal(signal.SIGHUP)
        wait_until(lambda: shown() == new.certificate.read_text().split(), "the renewed certificate", 20)
        assert before.get("/api/check-liveness/v1").status == 200
    used[0].write_text("not a certificate")
    daemon.process.child.send_signal(signal.SIGHUP)
    daemon.wait_for_diagnostic("the policy was loaded again(?s:.*)the policy was loaded again")
    assert shown() == new.certificate.read_text().split()
    daemon.wait_for_diagnostic("the certificate in use stays: tls_certificate")


def test_listeners_on_one_port_of_two_addresses_have_their_own_settings(start):
    certificates = shared_certificate("first.test"), shared_certificate("second.test")
    port, limits = free_port("127.0.0.1", "127.0.0.2"), ("500ms", "60s")
    listeners = [f"  kumo.start_http_listener {{ listen = '127.0.0.{i + 1}:{port}', use_tls = true, client_timeout = '{limit}',\n"
                 f"    tls_certificate = '{c.certificate}', tls_private_key = '{c.key}' }}\n"
                 for i, (c, limit) in enumerate(zip(certificates, limits, strict=True))]
    daemon = start(policy(init="".join(listeners)))
    places = http.addresses(daemon)
    for place, certificate in zip(places, certificates, strict=True):
        assert ssl.get_server_certificate(place).split() == certificate.certificate.read_text().split()
    patient, hasty = [socket.create_connection(place, timeout=20 * PATIENCE) for place in reversed(places)]
    with patient, hasty:
        assert hasty.recv(1) == b""  # its handshake took too long
        assert not select.select([patient], [], [], 0)[0]


ASK_AS_A_CLIENT = """
import socket, ssl, sys
place = ("127.0.0.1", int(sys.argv[1]))
print(ssl.get_server_certificate(place))
with socket.create_connection(place, timeout=60) as silent:
    print("closed" if silent.recv(1) == b"" else "open")
"""


@pytest.mark.skipif(subprocess.run(["unshare", "--net", "true"], check=False, capture_output=True).returncode != 0,
                    reason="needs a network namespace of its own")
def test_a_listener_on_all_addresses_has_its_settings_at_each(daemons):
    used = shared_certificate("everywhere.test")
    daemon = daemons.make(policy(init=f"  kumo.start_http_listener {{ listen = '0.0.0.0:0', use_tls = true, client_timeout = '500ms',\n"
                                      f"    tls_certificate = '{used.certificate}', tls_private_key = '{used.key}' }}\n"))
    plain = daemon.command
    daemon.command = lambda *extra: ["unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh", *plain(*extra)]
    daemon.start()
    [(_, port)] = http.addresses(daemon)
    asked = subprocess.run(["nsenter", "--target", str(daemon.process.pid), "--net", sys.executable, "-c", ASK_AS_A_CLIENT, str(port)],
                           check=True, capture_output=True, text=True, timeout=60 * PATIENCE)
    assert asked.stdout.split() == [*used.certificate.read_text().split(), "closed"]


def test_keep_alive_and_close(start):
    daemon = serve(start)
    with http.client(daemon) as c:
        c.get("/api/check-liveness/v1")
        first = c.connection.sock
        c.get("/api/check-liveness/v1")
        assert c.connection.sock is first
    answer = raw(daemon, b"GET /api/check-liveness/v1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n") and answer.endswith(b"\r\n\r\nOK")


def test_head(start):
    daemon = serve(start)
    answer = raw(daemon, b"HEAD /api/check-liveness/v1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n") and answer.endswith(b"\r\n\r\n")
    assert b"Content-Length: 2\r\n" in answer


def test_upgrade_is_answered_once(start):
    daemon = serve(start)
    answer = raw(daemon, b"GET /api/check-liveness/v1 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
                         b"Connection: Upgrade\r\n\r\n")
    assert answer.count(b"HTTP/1.1 ") == 1


def test_unknown_path_and_method(start):
    daemon = serve(start)
    with http.client(daemon) as c:
        assert c.get("/nowhere").status == 404
        reply = c.request("POST", "/metrics")
        assert (reply.status, reply.headers["Allow"]) == (405, "GET")
        assert c.get("/metrics?a=%zz").status == 400


@pytest.mark.parametrize("coding, decode", [("gzip", gzip.decompress), ("deflate", zlib.decompress)])
def test_compressed_response(start, coding, decode):
    daemon = serve(start)
    with http.client(daemon) as c:
        reply = c.get("/metrics", Accept_Encoding=coding)
        assert reply.headers["Content-Encoding"] == coding
        assert b"# TYPE connection_count gauge" in decode(reply.body)
        assert "Content-Encoding" not in c.get("/metrics", Accept_Encoding=f"{coding};q=0").headers


LIMIT = "Failed to buffer the request body: length limit exceeded"


def test_body_limit(start):
    daemon = serve(start, "request_body_limit = 1000")
    with http.client(daemon) as c:
        for body in (b"x" * 1001, b"x" * 300000):
            reply = c.request("GET", "/metrics", body=body)
            assert (reply.status, reply.text) == (413, LIMIT)
        assert c.request("GET", "/metrics", body=b"x" * 1000).status == 200
        chunked = c.request("GET", "/metrics", body=iter([b"x" * 600, b"y" * 600]))
        assert (chunked.status, chunked.text) == (413, LIMIT)


def test_body_limit_holds_after_decompression(start):
    daemon = serve(start, "request_body_limit = 1000")
    with http.client(daemon) as c:
        bomb = c.request("GET", "/metrics", body=gzip.compress(b"x" * 1001), headers={"Content-Encoding": "gzip"})
        assert (bomb.status, bomb.text) == (413, LIMIT)
        fits = c.request("GET", "/metrics", body=zlib.compress(b"x" * 1000), headers={"Content-Encoding": "deflate"})
        assert fits.status == 200
        broken = c.request("GET", "/metrics", body=b"not gzip", headers={"Content-Encoding": "gzip"})
        assert broken.status == 400
        assert c.request("GET", "/metrics", body=b"x", headers={"Content-Encoding": "br"}).status == 415


def test_silent_and_slow_clients_are_closed(start):
    daemon = serve(start, "client_timeout = '1s'")
    assert raw(daemon, b"") == b""
    with socket.create_connection(http.addresses(daemon)[0], timeout=15 * PATIENCE) as slow:
        slow.settimeout(0.3)
        until = time.monotonic() + 15 * PATIENCE
        closed = False
        while not closed and time.monotonic() < until:  # a byte now and then must not keep it open
            try:
                slow.sendall(b"G")
                closed = slow.recv(1) == b""
            except TimeoutError:
                pass
            except ConnectionError:
                closed = True
        assert closed
    wait_until(lambda: http.metric(daemon, "connection_count", service="http_listener") == 1, "only the reader is left")


def test_silent_tls_client_is_closed(start):
    daemon = serve(start, "use_tls = true, client_timeout = '1s'")
    assert raw(daemon, b"") == b""
    assert raw(daemon, b"this is no handshake\r\n\r\n")[:1] in (b"", b"\x15")


@pytest.mark.parametrize("request_text", [
    b"GARBAGE\r\n\r\n",
    b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\n\r\n",
    b"GET /metrics HTTP/1.1\r\n" + b"X-Y: z\r\n" * 200 + b"\r\n",
    b"GET /metrics HTTP/1.1\r\nX: " + b"z" * 20000 + b"\r\n\r\n",
], ids=["garbage", "long target", "many headers", "long header"])
def test_excess_ends_the_connection(start, request_text):
    daemon = serve(start)
    try:
        assert raw(daemon, request_text) == b""
    except ConnectionResetError:
        pass
    with http.client(daemon) as c:
        assert c.get("/api/check-liveness/v1").status == 200


def test_connection_limit(start):
    daemon = serve(start, "max_connections = 1, client_timeout = '60s'")
    # One connection a loop is served; whoever comes after that waits to be accepted and gets a turn.
    *idle, last = [socket.create_connection(http.addresses(daemon)[0], timeout=20 * PATIENCE) for _ in range(16 * os.cpu_count())]
    try:
        last.sendall(b"GET /api/check-liveness/v1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert stays_false(lambda: select.select([last], [], [], 0)[0], 0.5)
        for s in idle:
            s.close()
        assert last.recv(100).startswith(b"HTTP/1.1 200 OK")
    finally:
        for s in (*idle, last):
            s.close()


def test_stop_with_an_idle_connection(start):
    daemon = serve(start)
    with http.client(daemon) as c:
        c.get("/api/check-liveness/v1")
        daemon.stop()


def test_ipv6(start):
    daemon = start(policy(init="  kumo.start_http_listener { listen = '[::1]:0' }\n"))
    daemon.wait_for_diagnostic(r"http listener on \[::1\]:")
    with http.client(daemon) as c:
        assert c.get("/metrics").status == 200
