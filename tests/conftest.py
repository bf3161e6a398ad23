"""Fixtures of the end-to-end tests, and the collection of *.smtp scenarios."""
import pytest

from harness.daemons import Daemons
from harness.godwitd import binary, is_built
from harness.nsd import NameServer
from harness.peer import ScriptedPeer
from harness.scenario import ScenarioFile
from harness.small_disk import SmallDiskGodwitd
from harness.smtp_sink import SmtpSink


def pytest_collect_file(file_path, parent):
    if file_path.suffix == ".smtp":
        return ScenarioFile.from_parent(parent, path=file_path)
    return None


def pytest_runtest_setup(item):
    # Without the daemon nothing here says anything; a green run must mean that it ran.
    if not is_built() and "harness" not in item.path.parts[-2]:
        pytest.fail(f"{binary()} is not built; GODWIT_BUILD names the build directory", pytrace=False)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    setattr(item, f"report_{report.when}", report)


@pytest.fixture
def daemons(request):
    """Starts daemons; at the end each must stop in order and exit with 0."""
    started = Daemons(request.node.name)
    passed = False
    try:
        yield started
        call = getattr(request.node, "report_call", None)
        if call and call.passed:
            started.stop()
            passed = True
    finally:
        started.end(keep=not passed)


@pytest.fixture
def start(daemons):
    """start(policy_text, env=…): a running daemon."""
    return daemons.start


@pytest.fixture
def start_on_small_disk(daemons):
    """start_on_small_disk(policy text, where=…, size=…): a running daemon with a directory that is soon full."""
    def start_there(policy, **disk):
        if why := SmallDiskGodwitd.why_not():
            pytest.skip(f"no mount namespace here: {why}")
        daemon = SmallDiskGodwitd(daemons.dir / "godwitd", policy, **disk)
        daemons.all.append(daemon)
        return daemon.start()
    return start_there


@pytest.fixture
def peer(daemons):
    """A remote server that accepts everything until its script says otherwise."""
    return daemons.keep(ScriptedPeer())


@pytest.fixture
def make_peer(daemons):
    return lambda *args, **kwargs: daemons.keep(ScriptedPeer(*args, **kwargs))


@pytest.fixture
def make_sink(daemons):
    return lambda name="sink": daemons.keep(SmtpSink(daemons.dir / name))


@pytest.fixture
def make_name_server(daemons):
    return lambda zones: daemons.keep(NameServer(daemons.dir / "nsd", zones))
