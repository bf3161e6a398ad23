"""An installation for the modules of a test file, and its daemon."""
import pytest

from harness.installation import Installation


@pytest.fixture(scope="module")
def installed():
    made = Installation()
    yield made
    made.close()


@pytest.fixture
def run_installed(daemons, installed):
    """run_installed(module section, build folder, policy text): the installed daemon with that module."""
    def run(section, build, text):
        config = f"""policy = "@DIR@/policy.lua"
[runtime]
module_path = ["{build}/modules"]
[modules.log_json]
enabled = true
{section}"""
        daemon = daemons.make(text, config)
        daemon.program = installed.program("godwitd")
        return daemon.start()
    return run
