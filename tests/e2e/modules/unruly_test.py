"""A module that throws, crashes or blocks in any phase of its life: refused or contained, and named."""
import re
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


def test_a_crash_ends_the_server_and_names_its_cause(make_unruly):
    done = make_unruly("start:crash").run_once()
    assert done.returncode in (-11, SANITIZER_EXIT)
    assert crashed(done.stdout, "module 'unruly': start"), done.stdout


def test_a_phase_that_blocks_is_named_while_it_does(make_unruly):
    daemon = make_unruly("start:block").start()
    assert re.search(r"module 'unruly': start has been running for 5s.*: it must not block", daemon.diagnostics())


def test_a_hook_that_overruns_its_time_is_cut_off_and_counted(make_unruly):
    daemon = make_unruly("hook:never", policy(init=listener())).start()
    with daemon.session() as client:
        client.expect("421", "MAIL FROM:<a@example.test>")
    daemon.wait_for_diagnostic("event smtp_server_mail_from: handler of unruly overran its time-out of 200ms")
    assert metric(daemon, "godwit_hook_timeouts_total", event="smtp_server_mail_from", owner="unruly") == 1
