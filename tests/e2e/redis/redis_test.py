"""Policies that keep data in one Redis server: replies, logins, TLS, time-outs, shared connections."""
import os
import re
import signal

import pytest

from harness import http
from harness.certificate import Certificate
from harness.policy import policy, route
from harness.scripts import Script, run, scripts
from harness.waiting import wait_until


def opened(url, fields=""):
    return f"local redis = require 'redis'\nlocal conn = redis.open {{ node = '{url}', {fields} }}\n"


def start_scripts(start, head, env=None, **bodies):
    return start(policy(head=head, events=scripts(**bodies)), env=env)


def test_a_policy_counts(start, peer, redis):
    daemon = start(policy(head=opened(redis.url), events=route(peer.mx) + """
kumo.on('smtp_server_rcpt_to', function(address)
  if conn:query('INCR', 'seen:' .. tostring(address)) > 2 then kumo.reject(450, '4.7.1 too many') end
end)"""))
    for _ in range(2):
        with daemon.session() as client:
            client.deliver("a@example.test", "b@example.test")
    with daemon.session() as client:
        client.expect("250", "MAIL FROM:<a@example.test>")
        client.expect("450 4.7.1 too many", "RCPT TO:<b@example.test>")
    assert redis.command("GET", "seen:b@example.test") == "3"
    peer.wait_messages(2)


def test_latency_is_seen_at_metrics(start, peer, redis):
    daemon = start(policy(head=opened(redis.url), init=http.listener(),
                          events=route(peer.mx) + """
kumo.on('smtp_server_rcpt_to', function()
  conn:query('PING')
  pcall(conn.query, conn, 'NONSENSE')
end)"""))
    with daemon.session() as client:
        client.deliver("a@example.test", "b@example.test")
    counts = {dict(labels)["status"]: value for (name, labels), value in http.metrics(daemon).items()
              if name == "redis_operation_latency_count" and dict(labels)["operation"] == "query"}
    assert counts == {"ok": 1, "error": 1}, counts


REPLIES = """
  assert(conn:query('SET', 'k', 'v') == true)
  assert(conn:query('GET', 'k') == 'v')
  assert(conn:query('GET', 'absent') == nil)
  assert(conn:query('INCRBY', 'n', 41) == 41)
  assert(conn:query('PING') == 'PONG')
  assert(conn:query('ECHO', string.char(0, 13, 10, 255)) == string.char(0, 13, 10, 255))
  assert(conn:query('RPUSH', 'list', { 'a', 'b', 'c' }) == 3)
  local list = conn:query('LRANGE', 'list', 0, -1)
  assert(#list == 3 and list[1] == 'a' and list[3] == 'c')
  local some = conn:query('MGET', 'k', 'absent', 'n')
  assert(some[1] == 'v' and some[2] == nil and some[3] == '41')
  assert(conn:query('HSET', 'h', { f = 1, g = 2.5 }) == 2)
  assert(conn:query('HGET', 'h', 'g') == '2.5')
  local nested = conn:query('EVAL', 'return {1, {"x", {}}, redis.status_reply("fine")}', 0)
  assert(nested[1] == 1 and nested[2][1] == 'x' and #nested[2][2] == 0 and nested[3] == 'fine')
  local ok, why = pcall(conn.query, conn, 'LPUSH', 'k', 'x')
  assert(not ok and tostring(why):find 'WRONGTYPE Operation against a key', tostring(why))
  ok, why = pcall(conn.query, conn, 'NONSENSE')
  assert(not ok and tostring(why):find 'ERR unknown command', tostring(why))
  ok, why = pcall(conn.query, conn, 'EVAL', 'return {1, redis.error_reply("MY own")}', 0)
  assert(not ok and tostring(why):find 'MY own', tostring(why))
"""


def test_replies(start, redis):
    daemon = start_scripts(start, opened(redis.url), all=REPLIES + """
  assert(#conn:query('HGETALL', 'h') == 4)
  return 'done'""")
    assert run(daemon, "all") == "returned done"


def test_replies_of_resp3(start, make_redis):
    redis = make_redis(settings="enable-debug-command local")
    daemon = start_scripts(start, opened(redis.url + "?protocol=resp3"), all=REPLIES + """
  local map = conn:query('HGETALL', 'h')
  assert(map.f == '1' and map.g == '2.5')
  conn:query('ZADD', 'z', 1.5, 'm')
  assert(conn:query('ZSCORE', 'z', 'm') == 1.5)
  conn:query('SADD', 's', 'one')
  assert(conn:query('SMEMBERS', 's')[1] == 'one')
  assert(conn:query('DEBUG', 'PROTOCOL', 'true') == true)
  assert(conn:query('DEBUG', 'PROTOCOL', 'verbatim').format == 'txt')
  assert(conn:query('DEBUG', 'PROTOCOL', 'bignum') == '1234567999999999999999999999999999999')
  return 'done'""")
    assert run(daemon, "all") == "returned done"


def test_passwords_users_and_databases(start, make_redis):
    redis = make_redis(password="secret")
    redis.command("ACL", "SETUSER", "policy", "on", ">pa:ss", "~*", "+@all")
    daemon = start_scripts(
        start, "local redis = require 'redis'",
        none=f"return redis.open({{ node = '{redis.url}' }}):query('GET', 'k')",
        wrong=f"return redis.open({{ node = '{redis.url}', password = 'wrong-one' }}):query('GET', 'k')",
        option=f"return redis.open({{ node = '{redis.url}/3', password = 'secret' }}):query('SET', 'k', 'three')",
        url=f"return redis.open({{ node = 'redis://policy:pa%3Ass@127.0.0.1:{redis.port}/3' }}):query('GET', 'k')",
        user=f"return redis.open({{ node = '{redis.url}?protocol=resp3', username = 'policy', password = 'pa:ss' }}):query('ACL', 'WHOAMI')")
    assert "NOAUTH Authentication required" in run(daemon, "none")
    refused = run(daemon, "wrong")
    assert re.search(rf"raised .*redis://127.0.0.1:{redis.port}: AUTH: WRONGPASS", refused)
    assert "wrong-one" not in refused
    assert run(daemon, "option") == "returned true"
    assert run(daemon, "url") == "returned three"
    assert run(daemon, "user") == "returned policy"
    assert "secret" not in daemon.diagnostics() and "pa:ss" not in daemon.diagnostics()


def test_tls(start, make_redis, daemons):
    redis = make_redis(certificate=Certificate(daemons.dir, "localhost"))
    bodies = {
        "named": f"return redis.open({{ node = 'rediss://localhost:{redis.port}' }}):query('PING')",
        "numbered": f"return redis.open({{ node = '{redis.url}' }}):query('PING')",
        "insecure": f"return redis.open({{ node = '{redis.url}#insecure' }}):query('PING')",
        "plain": f"return redis.open({{ node = 'redis://127.0.0.1:{redis.port}', response_timeout = '5s' }}):query('PING')",
    }
    head = "local redis = require 'redis'"
    stranger = start_scripts(start, head, **bodies)
    assert re.search(r"raised .*TLS: the server's certificate: self.signed certificate", run(stranger, "named"))
    assert run(stranger, "insecure") == "returned PONG"
    assert run(stranger, "plain").startswith("raised ")
    trusting = start_scripts(start, head, env={"SSL_CERT_FILE": str(redis.certificate.certificate)}, **bodies)
    assert run(trusting, "named") == "returned PONG"
    assert re.search(r"raised .*TLS: the server's certificate: IP address mismatch", run(trusting, "numbered"))


def test_unix_socket(start, redis):
    daemon = start_scripts(start, opened(f"unix://{redis.socket}?db=2"), put="return conn:query('SET', 'k', 'v')")
    assert run(daemon, "put") == "returned true"
    assert redis.command("-n", "2", "GET", "k") == "v"


def clients_that_called(redis, command):
    return [c for c in redis.command("CLIENT", "LIST").splitlines() if f"cmd={command}" in c]


def test_many_scripts_share_few_connections(start, redis):
    daemon = start_scripts(start, opened(redis.url, "pool_size = 2"), count="return conn:query('INCR', 'n')")
    running = [Script(daemon, "count") for _ in range(40)]
    assert sorted(int(s.result().removeprefix("returned ")) for s in running) == list(range(1, 41))
    assert len(clients_that_called(redis, "incr")) <= 2


def open_calls(daemon):
    [module] = [row for row in daemon.console.rows("module list") if row["module"] == "redis"]
    return int(module["open"])


def test_commands_that_wait_go_out_together(start, redis):
    daemon = start_scripts(start, opened(redis.url, "pool_size = 1"), slow="return conn:query('BLPOP', 'list', 0)[2]",
                           count="return conn:query('INCR', 'n')")
    slow = Script(daemon, "slow")
    wait_until(lambda: clients_that_called(redis, "blpop"), "the command waits")
    waiting = [Script(daemon, "count") for _ in range(30)]
    wait_until(lambda: open_calls(daemon) > len(waiting), "the others wait in line")
    before = redis.statistic("total_reads_processed")
    redis.command("RPUSH", "list", "there")
    assert slow.result() == "returned there"
    assert sorted(int(s.result().removeprefix("returned ")) for s in waiting) == list(range(1, 31))
    assert redis.statistic("total_reads_processed") - before < 15


def test_a_slow_command_keeps_only_its_script(start, redis):
    daemon = start_scripts(start, opened(redis.url), slow="return conn:query('BLPOP', 'list', 0)[2]", quick="return conn:query('PING')")
    slow = Script(daemon, "slow")
    wait_until(lambda: clients_that_called(redis, "blpop"), "the command waits")
    for _ in range(3):
        assert run(daemon, "quick") == "returned PONG"
    redis.command("RPUSH", "list", "there")
    assert slow.result() == "returned there"


def test_a_busy_pool_is_an_error_after_wait_timeout(start, redis):
    daemon = start_scripts(start, opened(redis.url, "pool_size = 1, wait_timeout = '300ms'"),
                           slow="return conn:query('BLPOP', 'list', 0)[2]", quick="return conn:query('PING')")
    slow = Script(daemon, "slow")
    wait_until(lambda: clients_that_called(redis, "blpop"), "the command waits")
    assert re.search(rf"no connection became free within 300ms \(wait_timeout\): all 1 \(pool_size\) to {redis.url} are busy",
                     run(daemon, "quick"))
    redis.command("RPUSH", "list", "there")
    assert slow.result() == "returned there"
    assert run(daemon, "quick") == "returned PONG"


def idle_seconds(redis):
    return [int(s) for s in re.findall(r" idle=(\d+) .*cmd=incr", redis.command("CLIENT", "LIST"))]


def test_an_idle_connection_that_does_not_answer_is_given_up_after_recycle_timeout(start, redis):
    events = scripts(count="return conn:query('INCR', 'n')")
    daemon = start(policy(head=opened(redis.url, "recycle_timeout = '300ms', response_timeout = '2s'"), events=events), """
policy = "@DIR@/policy.lua"
[log]
filter = "info,redis=debug"
[modules.log_json]
enabled = true
[modules.redis]
enabled = true
""")
    assert run(daemon, "count") == "returned 1"
    wait_until(lambda: all(s >= 2 for s in idle_seconds(redis)), "the connection is idle for more than a moment")
    os.kill(redis.process.pid, signal.SIGSTOP)
    try:
        assert re.search(r"raised .*no response to INCR within 2s \(response_timeout\)", run(daemon, "count"))
        daemon.wait_for_diagnostic(r"an idle connection is closed: no answer to PING within 300ms \(recycle_timeout\)")
    finally:
        os.kill(redis.process.pid, signal.SIGCONT)
    assert run(daemon, "count").startswith("returned ")


def test_a_late_reply_is_an_error_after_response_timeout(start, redis):
    daemon = start_scripts(start, opened(redis.url, "response_timeout = '500ms'"),
                           slow="return conn:query('BLPOP', 'list', 0)", quick="return conn:query('PING')")
    assert re.search(rf"raised .*{redis.url}: no response to BLPOP within 500ms \(response_timeout\)", run(daemon, "slow"))
    # Its connection is not used again: the reply would be the next command's.
    assert run(daemon, "quick") == "returned PONG"


def test_a_connection_that_the_server_closed_is_not_used(start, redis):
    daemon = start_scripts(start, opened(redis.url), ping="return conn:query('PING')")
    assert run(daemon, "ping") == "returned PONG"
    redis.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    assert run(daemon, "ping") == "returned PONG"


def test_an_idle_connection_is_asked_whether_it_lives(start, redis):
    daemon = start_scripts(start, opened(redis.url), count="return conn:query('INCR', 'n')")
    assert run(daemon, "count") == "returned 1"

    def idle_seconds():
        [client] = clients_that_called(redis, "incr")
        return int(re.search(r" idle=(\d+)", client)[1])
    wait_until(lambda: idle_seconds() >= 2, "the connection is idle")
    assert redis.calls("ping") == 0
    assert run(daemon, "count") == "returned 2"
    assert redis.calls("ping") == 1


def test_a_command_changes_no_connection_of_others(start, redis):
    daemon = start_scripts(start, opened(redis.url, "pool_size = 1"), select="return conn:query('SELECT', 3)",
                           multi="return conn:query('MULTI')", put="return conn:query('SET', 'k', 'v')")
    assert run(daemon, "select") == "returned true"
    assert run(daemon, "multi") == "returned true"
    assert run(daemon, "put") == "returned true"
    assert redis.command("GET", "k") == "v"


def test_a_server_that_goes_and_comes_back(start, redis):
    daemon = start_scripts(start, opened(redis.url, "connect_timeout = '5s'"), ping="return conn:query('PING')")
    assert run(daemon, "ping") == "returned PONG"
    redis.kill()
    assert re.search(rf"raised .*{redis.url}: connect: Connection refused", run(daemon, "ping"))
    redis.start()
    assert run(daemon, "ping") == "returned PONG"


@pytest.mark.parametrize("params,why", [
    ("node = 'http://127.0.0.1'", "redis URL: unknown scheme"),
    ("node = 'redis://a', pool_sice = 1", 'did you mean "pool_size"'),
    ("node = 'redis://a', pool_size = 0", "0 is out of range"),
    ("", "node: is required"),
])
def test_mistakes_are_named(start, params, why):
    daemon = start_scripts(start, "local redis = require 'redis'", open=f"return redis.open {{ {params} }}")
    assert why in run(daemon, "open")
