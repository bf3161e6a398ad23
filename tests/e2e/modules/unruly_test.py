"""A module that throws, crashes or blocks in any phase of its life: refused or contained, and named."""
import re
import signal
import subprocess

import pytest

from harness.godwitd import binary, build_directory, daemon_environment
from harness.http import listener, metric
from harness.policy import policy
from harness.process import SANITIZER_EXIT
from harness.waiting import PATIENCE

FIXTURES = build_directory() / "tests/abi/fixtures"
CHECKED = ["check", "configure", "init"]    # what --check-module runs before it reports,
AFTERWARDS = ["stop", "destroy"]            # and after it


def check_module(told, program=("godwitd", "--check-module"), limit=(), file="unruly.so"):
    return subprocess.run([binary(program[0]), *program[1:], FIXTURES / file, *limit], env=daemon_environment({"UNRULY": told}),
                          text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60 * PATIENCE, check=False)


@pytest.fixture
def make_unruly(daemons):
    """A daemon with the module, told how to behave; not started."""
    def make(told, text=None):
        return daemons.make(text or policy(), f"""policy = "@DIR@/policy.lua"
[runtime]
module_path = ["{FIXTURES}"]
[modules.log_json]
enabled = true
[modules.unruly]
enabled = true
""", env={"UNRULY": told})
    return make


SANITIZED_CRASH = re.compile("ERROR: (Address|Thread)Sanitizer: SEGV .*\\n")


def crashed(text, phase):
    """By signal, with the module and its phase named; a sanitizer says it in its own words."""
    return f"the process dies in {phase}\n" in text or SANITIZED_CRASH.search(text)


@pytest.mark.parametrize("phase", CHECKED)
def test_a_check_refuses_what_throws(phase):
    done = check_module(f"{phase}:throw")
    assert done.returncode == 1
    assert f"module 'unruly': {phase} failed: it threw across the boundary: out of the module" in done.stdout


@pytest.mark.parametrize("phase", AFTERWARDS)
def test_what_throws_at_its_end_is_contained_and_told(phase):
    done = check_module(f"{phase}:throw")
    assert f"module 'unruly': {phase} failed: it threw across the boundary" in done.stdout


@pytest.mark.parametrize("phase", ["load", "entry", *CHECKED, *AFTERWARDS])
def test_a_check_survives_what_crashes(phase):
    done = check_module(f"{phase}:crash", program=("godwit", "module", "check"))
    assert done.returncode in (1, SANITIZER_EXIT), done.stdout
    where = f"{FIXTURES}/unruly.so: loading" if phase in ("load", "entry") else f"module 'unruly': {phase}"
    assert crashed(done.stdout, where), done.stdout
    assert "the module crashes: Segmentation fault" in done.stdout or SANITIZED_CRASH.search(done.stdout)


@pytest.mark.parametrize("phase", ["load", *CHECKED, *AFTERWARDS])
def test_a_check_does_not_wait_for_what_blocks(phase):
    done = check_module(f"{phase}:hang", limit=("--check-limit", "1"))
    assert done.returncode == 1
    assert "not done within 1 s: life-cycle functions must not block" in done.stdout


def test_a_check_tells_what_a_module_needs_and_provides():
    done = check_module("", program=("godwit", "module", "check"))
    assert done.returncode == 0
    assert "unruly 1: Breaks rules." in done.stdout
    assert re.search(r"^needs: .*libc\.so\.6", done.stdout, re.M)
    assert "hook smtp_server_mail_from at priority 0" in done.stdout


@pytest.mark.parametrize("phase", [*CHECKED, "start"])
def test_the_server_does_not_start_with_what_throws(make_unruly, phase):
    done = make_unruly(f"{phase}:throw").run_once()
    assert done.returncode == 1
    assert f"module 'unruly': {phase} failed: it threw across the boundary: out of the module" in done.stdout


@pytest.mark.parametrize("phase", ["drain", "stop", "destroy"])
def test_the_server_stops_in_order_though_a_module_throws(make_unruly, phase):
    daemon = make_unruly(f"{phase}:throw").start()
    daemon.stop()  # checks that it ends with 0
    assert f"module 'unruly': {phase} failed: it threw across the boundary" in daemon.diagnostics()
    assert "shutdown complete" in daemon.diagnostics()


BEFORE_IT_RUNS = ["load", "entry", *CHECKED, "start"]
AT_ITS_END = ["drain", "stop", "destroy"]


def place(phase):
    """How the log names it."""
    return f"{FIXTURES}/unruly.so: loading" if phase in ("load", "entry") else f"module 'unruly': {phase}"


@pytest.mark.parametrize("phase", [*BEFORE_IT_RUNS, *AFTERWARDS])  # an instance that tries the settings ends at once
def test_a_crash_at_the_start_ends_the_server_and_names_its_cause(make_unruly, phase):
    done = make_unruly(f"{phase}:crash").run_once()
    assert done.returncode in (-signal.SIGSEGV, SANITIZER_EXIT)
    assert crashed(done.stdout, place(phase)), done.stdout


@pytest.mark.parametrize("phase", AT_ITS_END)
def test_a_crash_at_the_end_is_named_as_well(make_unruly, phase):
    daemon = make_unruly(f"{phase}:crash_once_started").start()
    assert daemon.dies(of=signal.SIGTERM) in (-signal.SIGSEGV, SANITIZER_EXIT)
    assert crashed(daemon.diagnostics(), place(phase)), daemon.diagnostics()


def test_what_throws_while_it_is_loaded_ends_the_server_and_is_named(make_unruly):
    """Static set-up runs inside the linker, which no exception crosses."""
    done = make_unruly("load:throw").run_once()
    assert done.returncode == -signal.SIGABRT
    assert "out of the module" in done.stdout
    assert f"godwitd: the process dies in {place('load')}\n" in done.stdout


def test_an_entry_that_throws_is_refused(make_unruly):
    done = make_unruly("entry:throw").run_once()
    assert done.returncode == 1
    assert re.search(r"modules\.unruly: .*unruly\.so: godwit_module\(\) ", done.stdout), done.stdout


@pytest.mark.parametrize("phase", BEFORE_IT_RUNS)
def test_a_phase_that_blocks_is_named_while_it_does(make_unruly, phase):
    daemon = make_unruly(f"{phase}:block").start()
    assert re.search(rf"{re.escape(place(phase))} has been running for 5s.*: it must not block", daemon.diagnostics())


@pytest.mark.parametrize("phase", AT_ITS_END)
def test_an_end_that_blocks_is_named_and_waited_for(make_unruly, phase):
    daemon = make_unruly(f"{phase}:block").start()
    daemon.stop()  # checks that it ends with 0
    assert re.search(rf"{re.escape(place(phase))} has been running for 5s.*: it must not block", daemon.diagnostics())
    assert "shutdown complete" in daemon.diagnostics()


@pytest.fixture
def make_loading(daemons):
    """A running server without the module, which `module load` is to get."""
    def make(told):
        return daemons.start(policy(), f"""policy = "@DIR@/policy.lua"
[runtime]
module_path = ["{FIXTURES}"]
[modules.log_json]
enabled = true
""", env={"UNRULY": told})
    return make


@pytest.mark.parametrize("phase", [*CHECKED, "start"])
def test_the_console_refuses_what_throws_and_the_server_goes_on(make_loading, phase):
    daemon = make_loading(f"{phase}:throw")
    assert f"module 'unruly': {phase} failed: it threw across the boundary: out of the module" in daemon.console.fails("module load unruly")
    assert not [m for m in daemon.console.rows("module list") if m["module"] == "unruly"]
    with daemon.session() as client:
        client.expect("250", "MAIL FROM:<a@example.test>")


@pytest.mark.parametrize("phase, code", [("load:throw", -signal.SIGABRT), ("init:crash", -signal.SIGSEGV), ("start:crash", -signal.SIGSEGV)])
def test_the_console_loads_what_crashes_and_the_server_names_it(make_loading, phase, code):
    daemon = make_loading(phase)
    daemon.console.program("-e", "module load unruly")
    assert daemon.dies() in (code, SANITIZER_EXIT)
    assert crashed(daemon.diagnostics(), place(phase.split(":", maxsplit=1)[0])), daemon.diagnostics()


@pytest.mark.parametrize("phase", ["init", "start"])
def test_the_console_waits_for_what_blocks_and_the_log_names_it(make_loading, phase):
    daemon = make_loading(f"{phase}:block")
    daemon.console.run("module load unruly")
    assert re.search(rf"{re.escape(place(phase))} has been running for 5s.*: it must not block", daemon.diagnostics())
    assert [m for m in daemon.console.rows("module list") if m["module"] == "unruly"]


def test_a_hook_that_overruns_its_time_is_cut_off_and_counted(make_unruly):
    daemon = make_unruly("hook:never", policy(init=listener())).start()
    with daemon.session() as client:
        client.expect("421", "MAIL FROM:<a@example.test>")
    daemon.wait_for_diagnostic("event smtp_server_mail_from: handler of unruly overran its time-out of 200ms")
    assert metric(daemon, "godwit_hook_timeouts_total", event="smtp_server_mail_from", owner="unruly") == 1
