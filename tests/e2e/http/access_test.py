"""Who may do what: trusted hosts, Basic and Bearer credentials, access control lists of the policy."""
import pytest

from harness import http
from harness.policy import policy


JUDGES = """
kumo.on('http_server_validate_auth_basic', function(user, password)
  if user == 'broken' then error('no database') end
  if user == 'grouped' then
    return { identities = {}, groups = { 'kumomta:http-listener-trusted-ip' } }
  end
  if user == 'bare' then return password == nil end
  return user == 'daniel' and password == 'secret'
end)
kumo.on('http_server_validate_auth_bearer', function(token)
  return token == 'letmein-0123456789'
end)
"""

ANYBODY_WITH_A_NAME = """
kumo.on('get_acl_definition', function(resource)
  if resource == 'http_listener/*/metrics' then
    return kumo.aaa.make_access_control_list {
      { criteria = { Identity = { Individual = 'mallory' } }, privilege = 'GET', access = 'Deny' },
      { criteria = { Identity = 'Authenticated' }, privilege = 'GET', access = 'Allow' },
    }
  end
end)
"""


def serve(start, fields="trusted_hosts = {}", events=JUDGES):
    return start(policy(init=http.listener(fields), events=events))


def test_trusted_hosts(start):
    daemon = start(policy(init=http.listener() + http.listener("trusted_hosts = { '192.0.2.0/24' }")))
    with http.client(daemon) as c:
        assert c.get("/metrics").status == 200
    host, port = http.addresses(daemon)[1]
    with http.client(daemon, 1) as c:
        reply = c.get("/metrics")
        assert reply.status == 401
        assert reply.text == f"127.0.0.1 not permitted GET on http_listener/{host}:{port}/metrics"
        assert c.get("/api/check-liveness/v1").status == 200


def test_basic(start):
    daemon = serve(start, events=JUDGES + ANYBODY_WITH_A_NAME)
    with http.client(daemon) as c:
        assert c.get("/metrics").status == 401
        assert c.get("/metrics", Authorization=http.basic("daniel", "secret")).status == 200
        assert c.get("/metrics", Authorization=http.basic("bare")).status == 200
        wrong = c.get("/metrics", Authorization=http.basic("daniel", "wrong"))
        assert (wrong.status, wrong.text) == (401, "HttpBasicAuth Authentication Failed for daniel")
        assert wrong.headers["WWW-Authenticate"].startswith("Basic ")


def test_wrong_credentials_count_even_where_nobody_needs_them(start):
    daemon = serve(start, fields="")
    with http.client(daemon) as c:
        assert c.get("/api/check-liveness/v1", Authorization=http.basic("x", "y")).status == 401
        assert c.get("/metrics", Authorization=http.basic("x", "y")).status == 401


def test_groups_of_an_auth_info(start):
    daemon = serve(start)
    with http.client(daemon) as c:
        assert c.get("/metrics", Authorization=http.basic("grouped", "x")).status == 200


def test_bearer(start):
    daemon = serve(start, events=JUDGES + ANYBODY_WITH_A_NAME)
    with http.client(daemon) as c:
        assert c.get("/metrics", Authorization="Bearer letmein-0123456789").status == 200
        wrong = c.get("/metrics", Authorization="Bearer wrong-0123456789")
        assert wrong.status == 401
        assert wrong.text.startswith("BearerToken Authentication Failed for wron")
        assert "0123456789" not in wrong.text


def test_nobody_judges(start):
    daemon = serve(start, events="")
    with http.client(daemon) as c:
        assert c.get("/metrics", Authorization=http.basic("daniel", "secret")).status == 401
        assert c.get("/metrics", Authorization="Bearer x").status == 401


@pytest.mark.parametrize("header, text", [
    ("Digest abc", "Malformed or unsupported Authorization header"),
    ("Basic !!!", "Malformed or unsupported Authorization header"),
    ("Basic", "Malformed or unsupported Authorization header"),
    ("Basic \xe9", "Malformed Authorization header"),
])
def test_malformed_credentials(start, header, text):
    daemon = serve(start)
    with http.client(daemon) as c:
        reply = c.get("/api/check-liveness/v1", Authorization=header)
        assert (reply.status, reply.text) == (400, text)


def test_a_judge_that_fails(start):
    daemon = serve(start)
    with http.client(daemon) as c:
        reply = c.get("/api/check-liveness/v1", Authorization=http.basic("broken", "x"))
        assert (reply.status, reply.text) == (500, "try again later")
    daemon.wait_for_diagnostic("no database")


def test_verdicts_are_kept(start):
    events = """
kumo.on('http_server_validate_auth_basic', function(user, password)
  kumo.log_warn('asked about ' .. user)
  return true
end)
"""
    daemon = serve(start, events=events)
    with http.client(daemon) as c:
        for _ in range(5):
            c.get("/api/check-liveness/v1", Authorization=http.basic("daniel", "x"))
        c.get("/api/check-liveness/v1", Authorization=http.basic("other", "x"))
    daemon.wait_for_diagnostic("asked about other")
    assert daemon.diagnostics().count("asked about daniel") == 1


def test_explicit_denial(start):
    events = """
kumo.on('http_server_validate_auth_basic', function(user, password) return true end)
""" + ANYBODY_WITH_A_NAME
    daemon = serve(start, events=events)
    with http.client(daemon) as c:
        reply = c.get("/metrics", Authorization=http.basic("mallory", "x"))
        assert (reply.status, reply.text) == (401, "mallory at 127.0.0.1 denied GET on http_listener/*/metrics")
        assert c.get("/metrics", Authorization=http.basic("alice", "x")).status == 200


def test_acl_map_file(start):
    events = """
kumo.on('get_acl_definition', function(resource)
  return kumo.aaa.load_acl_map({ key_data = [=[
[[acl."http_listener/*/metrics"]]
allow = true
privileges = ["GET"]
criteria.AllOf = [ { Identity = { Machine = "127.0.0.0/8" } }, { Not = { Identity = "Authenticated" } } ]
]=] }):get(resource)
end)
"""
    daemon = serve(start, events=events)
    with http.client(daemon) as c:
        assert c.get("/metrics").status == 200
        assert c.get("/metrics.json").status == 401


def test_without_the_built_in_map(start):
    daemon = serve(start, fields="", events="kumo.on('pre_init', function() kumo.aaa.set_fall_back_to_acl_map(false) end)")
    with http.client(daemon) as c:
        assert c.get("/metrics").status == 401
        assert c.get("/api/check-liveness/v1").status == 401


def test_acl_event_that_fails(start):
    daemon = serve(start, events="kumo.on('get_acl_definition', function(resource) return { 'nonsense' } end)")
    with http.client(daemon) as c:
        reply = c.get("/metrics")
        assert (reply.status, reply.text) == (500, "try again later")
    daemon.wait_for_diagnostic("get_acl_definition for http_listener/")


def test_acl_that_is_wrong_names_the_rule(start):
    events = """
kumo.on('get_acl_definition', function(resource)
  return kumo.aaa.make_access_control_list { { criteria = { Identity = 'Anyone' }, privilege = 'GET', access = 'Allow' } }
end)
"""
    daemon = serve(start, events=events)
    with http.client(daemon) as c:
        assert c.get("/metrics").status == 500
    daemon.wait_for_diagnostic("make_access_control_list: rule 1: an identity is")
