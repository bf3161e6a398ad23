"""Policies that keep data in SQLite: the module comes with the require, a slow statement keeps only its own script."""
import re
import sqlite3

import pytest

from harness.policy import policy, route
from harness.waiting import wait_until

HEAD = "local sqlite = require 'sqlite'"
# Would run for hours; ends when its script is gone.
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000000000) SELECT count(*) FROM n"


def on_mail_from(body):
    return f"\nkumo.on('smtp_server_mail_from', function(address)\n{body}\nend)\n"


def run_script(start, body, head=HEAD):
    """The reply to MAIL FROM whose event ran `body`; a script says what it found with kumo.reject."""
    daemon = start(policy(head=head, events=on_mail_from(body)))
    with daemon.session() as client:
        return client.command("MAIL FROM:<a@example.test>"), daemon


def test_a_policy_asks_and_writes(start, peer):
    daemon = start(policy(head=HEAD, init="""
  local db = sqlite.open '@DIR@/mail.db'
  db:execute 'CREATE TABLE suppressed (address PRIMARY KEY, reason)'
  db:execute('INSERT INTO suppressed VALUES (:address, :reason)', { address = 'gone@example.test', reason = 'moved away' })
  db:execute 'CREATE TABLE received (sender, size)'
""", events=route(peer.mx) + """
local db = sqlite.open '@DIR@/mail.db'
kumo.on('smtp_server_rcpt_to', function(address)
  local found = db:execute('SELECT reason FROM suppressed WHERE address = ?', tostring(address))
  if #found > 0 then kumo.reject(550, '5.7.1 ' .. found[1]) end
end)
kumo.on('smtp_server_message_received', function(msg)
  assert(db:execute('INSERT INTO received VALUES (?, ?)', tostring(msg:from_header().email), #msg:get_data()) == 1)
end)"""))
    with daemon.session() as client:
        client.expect("250", "MAIL FROM:<a@example.test>")
        client.expect("550 5.7.1 moved away", "RCPT TO:<gone@example.test>")
        client.expect("250", "RCPT TO:<here@example.test>")
        assert client.data("From: a@example.test\n\nbody\n").code == 250
    peer.wait_messages(1)
    with sqlite3.connect(daemon.dir / "mail.db") as db:
        [(sender, size)] = db.execute("SELECT sender, size FROM received").fetchall()
    assert sender == "a@example.test" and size > 0


def test_types_and_shapes(start):
    reply, _ = run_script(start, """
  local db = sqlite.open ':memory:'
  assert(db:execute 'CREATE TABLE t (a, b)' == 0)
  assert(db:execute('INSERT INTO t VALUES (?, ?), (?, ?)', 1, 'x', 2.5, nil) == 2)
  local rows = db:execute 'SELECT * FROM t ORDER BY rowid'
  assert(#rows == 2 and rows[1].a == 1 and math.type(rows[1].a) == 'integer' and rows[1].b == 'x')
  assert(rows[2].a == 2.5 and rows[2].b == nil)
  local bytes = string.char(0, 255, 128, 10)
  local back = db:execute('SELECT ?', bytes)
  assert(#back == 1 and back[1] == bytes)
  assert(db:execute('SELECT typeof(?)', bytes)[1] == 'blob' and db:execute('SELECT typeof(?)', 'text')[1] == 'text')
  assert(db:execute('SELECT typeof(?)', 1 << 62)[1] == 'integer')
  assert(db:execute('SELECT ? + :b', { 1, 2 })[1] == 3)
  assert(#db:execute 'SELECT a FROM t WHERE 0' == 0)
  assert(db:execute 'DELETE FROM t' == 2)
  local ok, why = pcall(db.execute, db, 'SELECT * FROM nowhere')
  assert(not ok and tostring(why):find('no such table: nowhere (in `SELECT * FROM nowhere`)', 1, true), tostring(why))
  ok, why = pcall(db.execute, db, 'SELECT ?', {{}})
  assert(not ok and tostring(why):find 'only numbers, strings, booleans and nil', tostring(why))
  db:close()
  ok, why = pcall(db.execute, db, 'SELECT 1')
  assert(not ok and tostring(why):find 'connection was closed', tostring(why))
  kumo.reject(550, 'all is well')""")
    assert (reply.code, reply.text) == (550, "all is well")


def test_an_sql_error_is_a_temporary_failure(start):
    reply, daemon = run_script(start, "  sqlite.open(':memory:'):execute 'SELEC 1'")
    assert reply.code == 421
    daemon.wait_for_diagnostic(r'policy\.lua:\d+.*near "SELEC": syntax error \(in `SELEC 1`\)')


def open_jobs(daemon):
    [module] = [row for row in daemon.console.rows("module list") if row["module"] == "sqlite"]
    return int(module["open"])


def test_a_slow_statement_keeps_only_its_script(start, peer):
    daemon = start(policy("data_processing_timeout = '6s'", head=HEAD, events=route(peer.mx) + f"""
kumo.on('smtp_server_message_received', function(msg)
  if tostring(msg:sender()):find '^slow' then sqlite.open(':memory:'):execute [[{ENDLESS}]] end
  assert(sqlite.open(':memory:'):execute('SELECT 1')[1] == 1)
end)"""))
    slow = [daemon.session(timeout=60) for _ in range(3)]
    for client in slow:
        client.envelope("slow@example.test", "b@example.test")
        client.expect("354", "DATA")
        client.send("Subject: x\r\n\r\nbody\r\n.\r\n")
    wait_until(lambda: open_jobs(daemon) >= len(slow), "the slow statements run")
    for _ in range(3):
        with daemon.session() as client:
            client.deliver("quick@example.test", "b@example.test")
    assert open_jobs(daemon) >= len(slow), "the machine is too slow for this test: raise data_processing_timeout"
    peer.wait_messages(3)
    for client in slow:
        assert client.reply().code in range(400, 500)
        client.close()
    # Nobody waits for their results any more: they end.
    wait_until(lambda: open_jobs(daemon) == 0, "the slow statements end with their events", seconds=30)
    assert len(peer.messages) == 3


def test_scripts_share_one_file(start, peer):
    daemon = start(policy(head=HEAD, init="  sqlite.open('@DIR@/count.db'):execute 'CREATE TABLE t (n)'\n",
                          events=route(peer.mx) + "local db = sqlite.open('@DIR@/count.db', 10000)" + on_mail_from(
                              "  assert(db:execute('INSERT INTO t VALUES (1)') == 1)")))
    clients = [daemon.session(timeout=60) for _ in range(20)]
    for client in clients:
        client.send("MAIL FROM:<a@example.test>\r\n")
    for client in clients:
        client.expect("250")
        client.close()
    with sqlite3.connect(daemon.dir / "count.db") as db:
        assert db.execute("SELECT count(*) FROM t").fetchall() == [(20,)]


@pytest.fixture
def locked(start):
    """A daemon whose table somebody else has locked."""
    daemon = start(policy(head=HEAD, init="  sqlite.open('@DIR@/t.db'):execute 'CREATE TABLE t (n)'\n", events=on_mail_from("""
  local wait = tonumber(tostring(address):match '^(%d+)@')
  local ok, why = pcall(function() return sqlite.open('@DIR@/t.db', wait):execute 'INSERT INTO t VALUES (1)' end)
  kumo.reject(550, tostring(why))""")))
    other = sqlite3.connect(daemon.dir / "t.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    yield daemon, other
    other.close()


def test_a_lock_is_waited_for_so_long_and_no_longer(locked):
    daemon, other = locked
    with daemon.session() as client:
        reply = client.command("MAIL FROM:<200@example.test>")
    assert "database is locked (in `INSERT INTO t VALUES (1)`)" in reply.text
    with daemon.session(timeout=120) as client:
        client.send("MAIL FROM:<60000@example.test>\r\n")
        wait_until(lambda: open_jobs(daemon) > 0, "the statement waits")
        other.execute("COMMIT")
        client.expect("550 1")


def test_a_require_in_a_handler_loads_the_module(start):
    daemon = start(policy(events=on_mail_from("  kumo.reject(550, require('sqlite').open(':memory:'):execute('SELECT 41 + 1')[1] .. '')")))
    assert not re.search("loaded sqlite", daemon.diagnostics())
    clients = [daemon.session() for _ in range(8)]  # on every loop
    for client in clients:
        client.send("MAIL FROM:<a@example.test>\r\n")
    for client in clients:
        client.expect("550 42")
        client.close()
    assert len(re.findall("loaded sqlite", daemon.diagnostics())) == 1


CONFIG = """
policy = "@DIR@/policy.lua"
[modules.log_json]
enabled = true
[modules.sqlite]
"""


def test_the_console_tells_of_statements_that_wait_for_a_thread(daemons):
    daemon = daemons.start(policy(head=HEAD, init="  sqlite.open('@DIR@/t.db'):execute 'CREATE TABLE t (n)'\n", events=on_mail_from("""
  sqlite.open('@DIR@/t.db', 120000):execute 'INSERT INTO t VALUES (1)'""")), CONFIG + "enabled = true\n[runtime]\nmodule_threads = 1\n")

    def told():
        [pool] = [row for row in daemon.console.rows("threads stats") if row["pool"] == "modules"]
        return pool

    other = sqlite3.connect(daemon.dir / "t.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    clients = [daemon.session(timeout=120) for _ in range(3)]
    for client in clients:
        client.send("MAIL FROM:<a@example.test>\r\n")
    wait_until(lambda: daemon.console.run("threads cpu queue") == "Jobs in the CPU pool\n2 jobs\n", lambda: f"two jobs wait: {told()}", 20)
    early, later = told(), told()
    assert (early["concurrency"], early["num_threads"], early["num_inactive_threads"], early["queued"]) == (1, 1, 0, 2)
    assert 0 < early["avg_wallclock_time_per_op"] < later["avg_wallclock_time_per_op"]  # the one that runs counts
    other.execute("COMMIT")
    other.close()
    for client in clients:
        client.expect("250")
        client.close()
    wait_until(lambda: told()["num_inactive_threads"] == 1, lambda: f"the thread has nothing to do: {told()}", 20)
    done = told()
    assert done["queued"] == 0 and done["invocations"] >= early["invocations"] + 2
    assert 0 < done["saturation"] == done["avg_concurrency"] <= 1


def test_the_configuration_can_forbid_it(daemons):
    daemon = daemons.make(policy(head=HEAD), CONFIG + "enabled = false\n")
    done = daemon.run_once("--validate")
    assert done.returncode != 0
    assert "a script requires the module sqlite, which [modules.sqlite] enabled = false forbids" in done.stdout
    assert "module 'sqlite' not found" in done.stdout


def test_settings(daemons):
    daemon = daemons.make(policy(head=HEAD, events=on_mail_from("""
  local _, why = pcall(function() return sqlite.open(':memory:'):execute "SELECT printf('%2000d', 1)" end)
  kumo.reject(550, tostring(why))""")), CONFIG + 'enabled = true\nmax_result_size = "1KiB"\n').start()
    with daemon.session() as client:
        assert "larger than max_result_size, 1024 bytes" in client.command("MAIL FROM:<a@example.test>").text
