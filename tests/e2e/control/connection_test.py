"""Commands about connections, configuration, modules and the process."""
import re

from harness.godwitd import sanitizers
from harness.policy import policy, route


def test_show_inbound_and_count(start):
    daemon = start(policy())
    with daemon.session() as client:
        client.expect("250", "MAIL FROM:<a@b.test>")
        line = daemon.console.run("show inbound")
        assert re.match(r"\d+: \[inbound/smtp\] ipv4 127\.0\.0\.1:\d+ waiting after MAIL \(for \d+s\)\n$", line)
        assert daemon.console.rows("count SMTP 127.0.0.0/8") == [{"network": "127.0.0.0/8", "connections": 1}]
        assert daemon.console.rows("count SMTP 8-9") == [{"network": "127.0.0.0/8", "connections": 1},
                                                         {"network": "127.0.0.0/9", "connections": 1}]
        assert daemon.console.rows("count outbound 0") == []
    assert "neither an address" in daemon.console.fails("count SMTP x")


def test_show_outbound(start, make_peer):
    peer = make_peer()
    daemon = start(policy(events=route(peer.mx, path="idle_timeout = '1 minute'")))
    with daemon.session() as client:
        [spool_id] = client.deliver("a@from.test", "b@to.test")
    daemon.log.wait(type="Delivery", id=spool_id)
    assert re.match(rf"\d+: \[outbound/smtp\] \S+ ipv4 127\.0\.0\.1:{peer.port}\n$", daemon.console.run("show outbound"))
    assert daemon.console.rows("count outbound 127.0.0.1")[0]["connections"] == 1


def test_count_by_binding(start, make_peer):
    peer = make_peer()
    sources = """
kumo.on('get_egress_source', function(name) return kumo.make_egress_source { name = name } end)
kumo.on('get_egress_pool', function(name) return kumo.make_egress_pool { name = name, entries = { { name = 'ip1' } } } end)
"""
    daemon = start(policy(events=sources + route(peer.mx, queue="egress_pool = 'pool0'", path="idle_timeout = '1 minute'")))
    with daemon.session() as client:
        [spool_id] = client.deliver("a@from.test", "b@to.test")
    daemon.log.wait(type="Delivery", id=spool_id)
    assert daemon.console.rows("count outbound/ip1 8") == [{"network": "127.0.0.0/8", "connections": 1}]
    assert daemon.console.rows("count outbound/ip2 8") == []
    assert daemon.console.rows("count outbound 8") == [{"network": "127.0.0.0/8", "connections": 1}]
    for unknown in ("inbound", "outbound/", "outboundip1"):
        assert f"'{unknown}' is none of SMTP, outbound, outbound/BINDING" in daemon.console.fails(f"count {unknown} 8")


def test_threads_stats_tells_of_every_pool(start):
    daemon = start(policy())
    pools = {p["pool"]: p for p in daemon.console.rows("threads stats")}
    assert set(pools) == {"blocking", "modules", "policy", "loops"}
    blocking = pools["blocking"]
    assert blocking["invocations"] > 0 and blocking["avg_wallclock_time_per_op"] > 0  # who asks is looked up there
    assert 0 < blocking["saturation"] < blocking["avg_concurrency"] < blocking["num_threads"] == blocking["concurrency"]
    assert blocking["num_inactive_threads"] <= blocking["num_threads"]
    assert (pools["modules"]["invocations"], pools["modules"]["avg_concurrency"]) == (0, 0)
    assert pools["loops"]["num_threads"] == pools["loops"]["concurrency"] > 0
    for title in ("Concurrency", "Total Invocations", "Average Concurrency", "Saturation", "Average Time per Op (ms)", "Inactive Threads"):
        assert title in daemon.console.run("threads stats").splitlines()[0]


def test_jobs_that_wait_for_a_pool(start):
    daemon = start(policy())
    assert daemon.console.run("threads io queue") == "Jobs in the I/O pool\n0 jobs\n"
    assert daemon.console.run("threads cpu queue") == "Jobs in the CPU pool\n0 jobs\n"


def test_config_show(start):
    daemon = start(policy())
    shown = daemon.console.run("config show")
    assert re.search(r'^control\.mode = "0660"$', shown, re.M)
    assert daemon.console.run("config show runtime loops").startswith("runtime.loops = ")
    assert "has no 'runtime x'" in daemon.console.fails("config show runtime x")


NAMED = """policy = "@DIR@/policy.lua"
[listener.inside]
listen = "127.0.0.1:0"
banner = "welcome"
[modules.log_json]
enabled = true
[modules.mail_loop]
enabled = true
{settings}
"""


def test_config_show_has_defaults_names_and_what_modules_were_loaded_with(daemons):
    daemon = daemons.start(policy(), NAMED.format(settings="max_received_headers = 7"))
    show = daemon.console.run
    assert show("config show listener inside banner") == 'listener.inside.banner = "welcome"\n'
    assert "listener.inside.max_message_size = " in show("config show")
    assert show("config show listener 127.0.0.1:0 listen") == 'listener.127.0.0.1:0.listen = "127.0.0.1:0"\n'  # the policy's
    assert "dns.name_servers = []" in show("config show dns").splitlines()
    shown = show("config show modules").splitlines()
    for line in ("modules.mail_loop.max_received_headers = 7", "modules.mail_loop.code = 554", "modules.log_json.logs = []"):
        assert line in shown, shown
    daemon.config_file.write_text(daemon.config_file.read_text().replace("headers = 7", "headers = 8"))
    assert show("config show modules mail_loop max_received_headers").endswith(" = 7\n")
    daemon.console.run("module reload mail_loop", "module load memory_spool")
    assert show("config show modules mail_loop max_received_headers").endswith(" = 8\n")
    assert "has no 'modules mail_loop enabled'" in daemon.console.fails("config show modules mail_loop enabled")
    assert "modules.memory_spool." in show("config show modules memory_spool")
    daemon.console.run("module unload memory_spool")
    assert "has no 'modules memory_spool'" in daemon.console.fails("config show modules memory_spool")


def test_config_show_has_the_resolver_that_a_policy_configures(start):
    daemon = start(policy(init="kumo.dns.configure_resolver { name_servers = { '127.0.0.1:5353' } }"))
    assert 'dns.name_servers = ["127.0.0.1:5353"]' in daemon.console.run("config show dns").splitlines()


def test_modules_are_loaded_and_unloaded(start):
    daemon = start(policy())
    assert daemon.console.run("module unload dkim") == "Module dkim unloaded.\n"
    assert "dkim" not in {m["module"] for m in daemon.console.rows("module list")}
    assert "is not loaded" in daemon.console.fails("module reload dkim")
    assert daemon.console.run("module load dkim") == "Module dkim loaded.\n"
    [dkim] = [m for m in daemon.console.rows("module list") if m["module"] == "dkim"]
    assert (dkim["name"], dkim["scope_name"], dkim["enabled"], dkim["phase"]) == ("dkim", "modules.dkim", True, "started")
    assert daemon.console.run("module reload dkim") == "Module dkim loaded anew.\n"
    assert "nowhere.so is in none of" in daemon.console.fails("module load nowhere")


def test_memory_threads_and_dns(start):
    daemon = start(policy())
    memory = daemon.console.record("memory")
    assert 0 < memory["rss"] <= memory["peak_rss"] < memory["system_rss"]
    if not sanitizers():  # they bring an allocator that does not count
        assert memory["peak_bytes"] >= memory["current_bytes"] - memory["mmap_current"] > 0
    assert 0 <= memory["mmap_percent"] <= 100
    for title in ("current bytes:", "peak bytes:", "mmap count:", "mmap current:", "mmap current %:", "RSS:", "System RSS:"):
        assert title in daemon.console.run("memory")
    assert "loop-0" in {t["name"] for t in daemon.console.rows("threads")}
    assert "Godwit" in daemon.console.run("sysinfo")
