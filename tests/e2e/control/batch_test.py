"""godwit console without a terminal."""
import json
import signal

from harness.console import Console
from harness.policy import policy


def test_commands_answer_as_text(start):
    daemon = start(policy())
    assert daemon.console.run("version").startswith("Godwit 20")
    assert daemon.console.run("pid").strip() == str(daemon.process.pid)
    summary = daemon.console.run("summary")
    for title in ("Outbound Concurrency:", "Inbound Concurrency:", "Active Domains:", "Total Queue Size:",
                  "Successfully Delivered Messages:", "Statistics Last Reset:", "Uptime:"):
        assert title in summary
    assert "log_json" in daemon.console.run("module list")


def test_commands_come_from_options_or_standard_input(start):
    daemon = start(policy())
    assert len(daemon.console.run("pid", "pid").split()) == 2
    done = daemon.console.program(text="# a comment\n\npid\nversion\n")
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 2


def test_json_is_one_document_a_command(start):
    daemon = start(policy())
    done = daemon.console.program("--json", "-e", "summary", "-e", "module list", "-e", "pid")
    summary, modules, pid = [json.loads(line) for line in done.stdout.splitlines()]
    assert summary["command"] == "summary" and summary["outcome"] == "ok"
    assert summary["record"]["total_queue_size"] == 0
    assert {m["module"] for m in modules["rows"]} >= {"dkim", "log_json"}
    assert pid["text"] == f"{daemon.process.pid}\n"


def test_a_command_that_is_not_utf8_is_refused_whole(start):
    daemon = start(policy())
    done = daemon.console.program("-e", b"mailq --domain k\xe4se.test", "-e", "mailq --domain k\u00e4se.test", "-e", "pid")
    assert (done.returncode, done.stdout.splitlines()[-1:]) == (1, [str(daemon.process.pid)])
    assert "not UTF-8" in done.stderr
    assert daemon.diagnostics().count("mailq") == 1


def test_a_failed_command_gives_a_status_and_a_hint(start):
    daemon = start(policy())
    done = daemon.console.program("-e", "sumary", "-e", "pid")
    assert done.returncode == 1
    assert "unknown command 'sumary'; did you mean summary?" in done.stderr
    assert done.stdout.strip() == str(daemon.process.pid)
    assert "'module' is not complete: module" in daemon.console.fails("module")
    assert "a quote (\") is open" in daemon.console.fails('help "x')
    failed = json.loads(daemon.console.program("--json", "-e", "sumary").stdout)
    assert failed["outcome"] == "failed" and "did you mean" in failed["error"]


def test_a_server_that_is_not_there_is_named(tmp_path):
    done = Console(tmp_path / "nobody.sock").program("-e", "summary")
    assert done.returncode == 1
    assert str(tmp_path / "nobody.sock") in done.stderr
    assert "is godwitd running" in done.stderr


def test_shutdown_stops_the_server_in_order(start):
    daemon = start(policy())
    assert daemon.console.run("shutdown") == "Shutting down.\n"
    assert daemon.process.wait() == 0
    assert "shutdown complete" in daemon.diagnostics()
    assert not daemon.console.socket.exists()


def test_a_stale_socket_is_replaced_and_a_used_one_is_not(daemons):
    daemon = daemons.start(policy())
    other = daemons.make(policy())
    other.console = daemon.console
    refused = other.run_once()
    assert refused.returncode == 1
    assert "another daemon listens there" in refused.stdout
    daemon.kill()
    assert daemon.console.socket.exists()
    daemon.restart()
    assert daemon.console.run("pid").strip() == str(daemon.process.pid)


def test_logs_are_reopened_by_command_and_by_signal(start):
    daemon = start(policy())
    assert daemon.console.run("reopen logs") == "Logs reopened.\n"
    daemon.wait_for_diagnostic("command=.reopen logs. outcome=ok")
    daemon.process.child.send_signal(signal.SIGUSR2)
    daemon.wait_for_diagnostic(r"logs were reopened(?s:.*)logs were reopened")
