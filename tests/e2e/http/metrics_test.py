"""What /metrics says agrees with what happened, in both formats, under documented names."""
import gzip
import json
import re

import pytest

from harness import http
from harness.configuration import configuration
from harness.configuration import route as configured_route
from harness.dkim_keys import DkimKey
from harness.names import SILENT, ScriptedNames
from harness.policy import policy, queue_events, route
from harness.waiting import wait_until


def serve(start, listener="", events="", **kwargs):
    return start(policy(listener, init=http.listener(), events=events, **kwargs))


def metadata(daemon):
    return {m["name"]: m for m in json.loads(daemon.run_once("--dump-metric-metadata", user=None).stdout)}


def test_mail_is_counted(start, peer):
    daemon = serve(start, events=route(peer.mx))
    smtp = f"{daemon.address[0]}:{daemon.address[1]}"
    with daemon.session() as client:
        for _ in range(3):
            client.deliver("a@example.test", "b@example.test")
        assert http.metric(daemon, "connection_count", service="esmtp_listener") == 1
    wait_until(lambda: http.metric(daemon, "total_messages_delivered", service="smtp_client") == 3, "three deliveries")
    wait_until(lambda: http.metric(daemon, "connection_count", service="esmtp_listener") == 0, "the client has gone")
    values = http.metrics(daemon)

    def value(name, /, **labels):
        return values[(name, tuple(sorted(labels.items())))]

    for service in ("esmtp_listener", smtp):
        assert value("total_messages_received", service=service) == 3
        assert value("total_connection_count", service=service) == 1
        assert value("total_connections_denied", service=service) == 0
    assert value("smtp_server_rejections", service="total") == 0
    assert value("message_count") == 0
    assert value("scheduled_count_total") == 0
    assert value("scheduled_count", queue="example.test") == 0
    assert value("total_messages_fail", service="smtp_client") == 0
    assert value("message_save_latency_count") == 3
    assert value("smtpsrv_transaction_duration_count") == 3
    assert value("smtpsrv_read_data_duration_count") == 3
    assert value("smtpsrv_process_data_duration_count") == 3
    assert value("queue_insert_latency_count") == 3
    assert value("deliver_message_latency_rollup_count", service="smtp_client") == 3
    assert value("lua_event_started", event="get_queue_config") >= 1
    assert value("lua_load_count") >= 1
    assert value("memory_usage") > 0
    assert value("memory_limit") > value("memory_low_thresh") > 0
    assert value("disk_free_bytes", name="data spool") > 0
    assert value("rocks_spool_mem_table_total", path=f"{daemon.dir}/spool/meta") > 0
    assert value("thread_pool_size", pool="loop") >= 1
    assert value("thread_pool_size", pool="blocking") >= value("thread_pool_parked", pool="blocking")
    assert value("total_readyq_runs") >= 1


def test_outcomes(start, peer):
    daemon = serve(start, events=route(peer.mx))
    peer.script["RCPT"] = lambda line: "550 5.1.1 nobody" if "<bad@" in line else "451 4.2.1 later"
    with daemon.session() as client:
        client.deliver("a@example.test", "bad@example.test")
        client.deliver("a@example.test", "later@example.test")
    wait_until(lambda: http.metric(daemon, "total_messages_fail", service="smtp_client") == 1, "a bounce")
    wait_until(lambda: http.metric(daemon, "total_messages_transfail", service="smtp_client") >= 1, "a deferral")
    assert http.metric(daemon, "message_count") == 1


ZONE = """@ MX 10 mx
mx A 127.0.0.1
@ TXT "v=spf1 -all"
1 PTR mx
"""


def resolving(start, server, init="", events=""):
    return start(policy(init=f"{http.listener()}  kumo.dns.configure_resolver {{ name_servers = {{ '{server.address}' }} }}\n{init}",
                        events=events))


def by_type(values, name):
    return {dict(labels)["type"]: n for (metric, labels), n in values.items() if metric == name and n > 0}


def test_name_lookups_are_counted(start, peer, make_name_server):
    server = make_name_server({"names.test": ZONE})
    daemon = resolving(start, server, events=queue_events(path=f"smtp_port = {peer.port}"))
    assert by_type(http.metrics(daemon), "godwit_dns_queries_total") == {}
    with daemon.session() as client:
        client.deliver("a@example.test", "b@names.test")
    peer.wait_messages()
    assert by_type(http.metrics(daemon), "godwit_dns_queries_total") == {"MX": 1, "A": 1, "AAAA": 1}
    for line in ("dig names.test", "dns_cache submit mx.names.test A", "dns_cache submit names.test TXT",
                 "dns_cache submit 1.names.test PTR", "dns_cache submit 1.0.0.127.in-addr.arpa PTR", "dns_cache submit names.test TXT"):
        daemon.console.run(line)  # the first two and the last are in the cache
    daemon.console.fails("dns_cache submit mail.elsewhere.test A")  # refused: the server knows one zone
    values = http.metrics(daemon)
    asked = {"MX": 1, "A": 2, "AAAA": 1, "TXT": 1, "PTR": 1, "arpa IPv4": 1}
    assert by_type(values, "godwit_dns_queries_total") == asked
    assert values[("godwit_dns_responses_total", ())] == sum(asked.values())
    assert values[("godwit_dns_bad_responses_total", ())] == 1
    assert values[("godwit_dns_pending_queries", ())] == 0
    assert values[("godwit_dns_response_latency_count", ())] == sum(asked.values())
    assert values[("godwit_dns_response_latency_sum", ())] > 0
    assert by_type(values, "godwit_dns_timeouts_total") == {}


def test_names_nobody_answers_for_are_pending_and_time_out(start, daemons):
    server = daemons.keep(ScriptedNames({}, trouble=SILENT))
    daemon = resolving(start, server, init="  kumo.dns.set_mx_timeout('100ms')\n")
    daemon.console.fails("dig names.test")
    values = http.metrics(daemon)
    assert by_type(values, "godwit_dns_timeouts_total") == {"MX": 1}
    assert by_type(values, "godwit_dns_queries_total") == {"MX": 1}
    assert values[("godwit_dns_pending_queries", ())] == 1
    assert values[("godwit_dns_responses_total", ())] == 0


PROVIDER = """
kumo.on('get_egress_pool', function(name)
  return kumo.make_egress_pool { name = name, entries = { { name = 'ip1' } } }
end)
kumo.on('get_egress_source', function(name) return kumo.make_egress_source { name = name } end)
"""


def test_mail_is_counted_by_provider(start, make_peer):
    peer = make_peer({"RCPT": lambda line: "550 5.1.1 nobody" if "<bad@" in line else "451 4.2.1 later" if "<later@" in line else "250 ok"})
    daemon = serve(start, events=PROVIDER + route(peer.mx, queue="provider_name = 'big', egress_pool = 'pool0', retry_interval = '1h'",
                                                  path="provider_name = 'big', idle_timeout = '1m'"))
    with daemon.session() as client:
        for who in ("good", "bad", "later"):
            client.deliver("a@example.test", f"{who}@example.test")
    pool, source = {"provider": "big", "pool": "pool0"}, {"provider": "big", "source": "ip1", "pool": "pool0"}
    for what in ("delivered", "fail", "transfail"):
        for suffix, labels in (("", {"provider": "big"}), ("_and_source", source)):
            name = f"total_messages_{what}_by_provider{suffix}"
            wait_until(lambda: http.metric(daemon, name, **labels) == 1, f"{name} is 1")
    wait_until(lambda: http.metric(daemon, "queued_count_by_provider", provider="big") == 1, "one is left")
    assert http.metric(daemon, "queued_count_by_provider_and_pool", **pool) == 1
    open_now = http.metric(daemon, "connection_count", service="smtp_client")
    assert open_now >= 1
    assert http.metric(daemon, "connection_count_by_provider", provider="big") == open_now
    assert http.metric(daemon, "connection_count_by_provider_and_pool", **pool) == open_now


def test_a_queue_that_gets_another_provider_takes_its_messages_along(start, make_peer):
    peer = make_peer({"RCPT": "451 4.2.1 later"})
    queue = "provider_name = io.open('@DIR@/is_changed') and 'second' or 'first', retry_interval = '1h', refresh_interval = '1s'"
    daemon = serve(start, events=route(peer.mx, queue=queue))
    with daemon.session() as client:
        client.deliver("a@example.test", "b@example.test")
        wait_until(lambda: http.metric(daemon, "queued_count_by_provider", provider="first") == 1, "counted for the first")
        (daemon.dir / "is_changed").touch()

        def is_moved():
            client.deliver("a@example.test", "b@example.test")  # the configuration is asked for when there is something to do
            return http.metrics(daemon).get(("queued_count_by_provider", (("provider", "second"),)), 0) > 1
        wait_until(is_moved, "counted for the second", 30, interval=0.3)
    values = http.metrics(daemon)
    assert values[("queued_count_by_provider", (("provider", "first"),))] == 0
    assert values[("queued_count_by_provider", (("provider", "second"),))] == values[("message_count", ())]


def test_waiting_for_names_is_counted(start, daemons, peer):
    server = daemons.keep(ScriptedNames({("names.test", "MX"): ["10 mx.names.test."], ("mx.names.test", "A"): ["127.0.0.1"]}))
    daemon = resolving(start, server, init="  kumo.dns.set_mx_timeout('1s')\n", events=queue_events(path=f"smtp_port = {peer.port}"))

    def mx_cache(what):
        return http.metric(daemon, f"lruttl_{what}", cache_name="dns_resolver_mx")
    with daemon.session() as client:
        client.deliver("a@example.test", "b@names.test")
    peer.wait_messages()
    assert (mx_cache("populated_count"), mx_cache("error_count"), mx_cache("waiting_populate")) == (1, 0, 0)
    server.trouble = SILENT
    with daemon.session() as client:
        client.deliver("a@example.test", "b@elsewhere.test")
        wait_until(lambda: mx_cache("waiting_populate") == 1, "somebody waits")
    wait_until(lambda: mx_cache("error_count") == 1, "nobody answered")
    assert (mx_cache("populated_count"), mx_cache("waiting_populate")) == (1, 0)


def test_what_is_in_memory_is_counted(start, make_peer):
    peer = make_peer({"RCPT": "451 4.2.1 later"})
    resident = {}
    for shrink in ("NoShrink", "ShrinkData", "ShrinkDataAndMeta"):
        queue = f"retry_interval = '1h', shrink_policy = {{ {{ interval = '0s', policy = '{shrink}' }} }}"
        daemon = serve(start, events=route(peer.mx, queue=queue))
        with daemon.session() as client:
            client.envelope("a@example.test", "b@example.test", "c@example.test")
            assert client.data("Subject: x\n\nbody\n").code == 250
            client.deliver("a@example.test", "b@example.test")
        wait_until(lambda: http.metric(daemon, "scheduled_count_total") == http.metric(daemon, "message_count") > 0, "all wait")
        resident[shrink] = tuple(http.metric(daemon, f"message_{what}_resident_count") for what in ("meta", "data"))
    assert resident == {"NoShrink": (3, 2), "ShrinkData": (3, 0), "ShrinkDataAndMeta": (0, 0)}  # two share a body


def test_the_timer_wheel_is_timed(start, make_peer):
    peer = make_peer({"RCPT": "451 4.2.1 later"})
    daemon = serve(start, events=route(peer.mx, queue="retry_interval = '1s', max_retry_interval = '1s'"))
    assert http.metric(daemon, "timeq_pop_latency_count") == 0
    with daemon.session() as client:
        client.deliver("a@example.test", "b@example.test")
    daemon.log.wait(type="TransientFailure", count=4, seconds=30)
    values = http.metrics(daemon)
    popped = values[("timeq_pop_latency_count", ())]
    assert popped >= 3
    for what in ("pop_tardiness", "reinsert_tardiness"):
        assert values[(f"timeq_{what}_count", ())] == popped
        assert 0 < values[(f"timeq_{what}_sum", ())]
    assert popped - values[("timeq_pop_interval_count", ())] in (1, 2)  # one less on each of two loops at most
    assert values[("timeq_pop_interval_sum", ())] > 1


LIMITS = {
    "max_message_size = 5000": ["MAIL FROM:<a@example.test> SIZE=6000"],
    "max_recipients_per_message = 1": ["MAIL FROM:<a@example.test>", "RCPT TO:<b@example.test>", "RCPT TO:<c@example.test>"],
    "relay_hosts = {}": ["MAIL FROM:<a@example.test>", "RCPT TO:<b@example.test>"],
    "max_messages_per_connection = 0": ["MAIL FROM:<a@example.test>"],
    "": ["NONSENSE"],
}


@pytest.mark.parametrize("listener", LIMITS)
def test_each_limit_counts_a_rejection(start, listener):
    daemon = serve(start, listener)
    smtp = f"{daemon.address[0]}:{daemon.address[1]}"
    with daemon.session() as client:
        for command in LIMITS[listener]:
            client.send(command.encode() + b"\r\n")
            reply = client.reply()
        assert reply.code >= 400
    for service in ("total", smtp):
        assert http.metric(daemon, "smtp_server_rejections", service=service) == 1


def test_denied_connections(start):
    daemon = serve(start, "max_connections = 1")
    with daemon.session():
        with daemon.smtp() as second:
            second.expect("421")
    assert http.metric(daemon, "total_connections_denied", service="esmtp_listener") == 1


def test_series_of_a_source_that_cannot_bind(start, peer):
    events = route(peer.mx, queue="egress_pool = 'away'") + """
kumo.on('get_egress_pool', function(name)
  return kumo.make_egress_pool { name = name, entries = { { name = 'far' } } }
end)
kumo.on('get_egress_source', function(name)
  return kumo.make_egress_source { name = name, source_address = '192.0.2.77' }
end)
"""
    daemon = serve(start, events=events)
    with daemon.session() as client:
        client.deliver("a@example.test", "b@example.test")
    wait_until(lambda: http.metric(daemon, "bind_failures") >= 1, "the source cannot be bound")


def test_memoize(start):
    events = """
local double = kumo.memoize(function(n) return n * 2 end, { name = 'doubles', ttl = '1 hour', capacity = 10 })
kumo.on('smtp_server_ehlo', function(domain)
  double(1)
  double(1)
  double(2)
end)
"""
    daemon = serve(start, events=events)
    with daemon.session():
        counts = {what: http.metric(daemon, f"memoize_cache_{what}_count", cache_name="doubles")
                  for what in ("lookup", "hit", "miss", "populated")}
    assert counts == {"lookup": 3, "hit": 1, "miss": 2, "populated": 2}


def test_both_formats_agree_with_the_documented_names(start, peer):
    daemon = serve(start, events=route(peer.mx))
    with daemon.session() as client:
        client.deliver("a@example.test", "b@example.test")
    wait_until(lambda: http.metric(daemon, "total_messages_delivered", service="smtp_client") == 1, "a delivery")
    documented = metadata(daemon)
    with http.client(daemon) as c:
        text, shown = c.get("/metrics"), c.get("/metrics.json")
    assert text.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert shown.headers["Content-Type"] == "application/json; charset=utf-8"
    types = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text.text, re.M))
    helps = dict(re.findall(r"^# HELP (\S+) (.*)$", text.text, re.M))
    assert set(types) == set(helps)
    forgotten = [n for n in types if n not in documented and not re.match("(godwit_)?(dkim|log|maildir)_", n)]
    assert forgotten == [], "core/metrics/catalogue.cpp does not have these"
    labels = {}
    for (name, pairs), _ in http.parse_metrics(text.text).items():
        family = name if name in types else re.sub("_(bucket|sum|count)$", "", name)
        labels.setdefault(family, set()).update(k for k, _ in pairs if k != "le")
    for name, kind in types.items():
        if name not in documented:
            continue
        assert documented[name]["type"] == kind
        assert documented[name]["help"] == helps[name]
        assert set(documented[name]["labels"]) == labels.get(name, set()), name
    for name, member in shown.json().items():
        assert member["type"] == types[name]
    assert shown.json()["total_messages_received"]["value"]["service"]["esmtp_listener"] == 1
    assert shown.json()["message_save_latency"]["value"]["count"] == 1
    assert shown.json()["message_save_latency"]["value"]["bucket"][-1][1] <= 1


def test_series_without_labels_are_there_from_the_start(start):
    daemon = serve(start)
    values = http.metrics(daemon)
    for m in metadata(daemon).values():
        if not m["labels"]:
            assert (m["name"] + ("_count" if m["type"] == "histogram" else ""), ()) in values


def test_signing_is_timed(start, peer, tmp_path):
    key = DkimKey(tmp_path, "ed25519")
    events = f"""
kumo.on('smtp_server_message_received', function(msg)
  msg:dkim_sign(kumo.dkim.ed25519_signer {{ domain = 'a.test', selector = 's', headers = {{ 'From' }}, key = {{ key_data = [[{key.pem}]] }} }})
end)
"""
    daemon = serve(start, events=route(peer.mx) + events)
    with daemon.session() as client:
        for _ in range(3):
            client.deliver("a@example.test", "b@example.test")
    values = http.metrics(daemon)
    counts = {what: values[(f"dkim_signer_{what}", ())] for what in
              ("cache_lookup_count", "cache_hit", "cache_miss", "creation_count", "message_parse_count", "sign_count")}
    assert counts == {"cache_lookup_count": 3, "cache_hit": 2, "cache_miss": 1, "creation_count": 1, "message_parse_count": 3,
                      "sign_count": 3}


def test_keys_of_the_configuration_are_counted(daemons, peer, tmp_path):
    sections = """[http.here]
listen = "127.0.0.1:0"
[modules.dkim]
enabled = true
[modules.dkim.domain."example.test"]
selector = "s"
key = "@DIR@/key.pem"
"""
    daemon = daemons.make(config=configuration(configured_route(peer.mx), sections))
    (daemon.dir / "key.pem").write_text(DkimKey(tmp_path, "rsa_sha256").pem)
    daemon.start()

    def counts():
        values = http.metrics(daemon)
        return [values[(f"dkim_signer_key_{what}", ())] for what in ("cache_lookup_count", "cache_hit", "cache_miss", "fetch_count")]
    lookups, hits, misses, fetched = counts()
    assert fetched == misses == 1 and lookups == hits + misses  # read at the start
    with daemon.session() as client:
        for _ in range(3):
            client.envelope("a@example.test", "b@example.test")
            assert client.data("From: a@example.test\n\nbody\n").code == 250
    assert counts() == [lookups + 3, hits + 3, misses, fetched]


def test_submissions_to_logs_are_timed(start, peer):
    daemon = serve(start, events=route(peer.mx))
    with daemon.session() as client:
        client.deliver("a@example.test", "b@example.test")
    daemon.log.wait(type="Delivery")
    assert http.metric(daemon, "log_submit_latency_count", logger=str(daemon.dir / "log")) == 2  # Reception, Delivery


def test_prefix(start):
    daemon = serve(start)
    with http.client(daemon) as c:
        names = [n for n, _ in http.parse_metrics(c.get("/metrics?prefix=mta1_").text)]
        assert names and all(n.startswith("mta1_") for n in names)
        assert c.get("/metrics?prefix=a%20b").status == 400


def test_labels_are_escaped(start, peer):
    tenant = 'a"b\\\\c'
    events = route(peer.mx) + f"""
kumo.on('smtp_server_message_received', function(msg) msg:set_meta('tenant', '{tenant}') end)
"""
    daemon = serve(start, events=events)
    peer.script["RCPT"] = "451 4.2.1 later"
    with daemon.session() as client:
        client.deliver("a@example.test", "b@example.test")
    wait_until(lambda: any(dict(labels).get("tenant") == 'a"b\\c' for _, labels in http.metrics(daemon)),
               "the tenant's series")
    with http.client(daemon) as c:
        compressed = c.get("/metrics", Accept_Encoding="gzip")
    assert 'tenant="a\\"b\\\\c"' in gzip.decompress(compressed.body).decode()
