"""The template, built outside of the tree with each compiler and run by the installed daemon, with mail at rest and in flow."""
import shutil
import subprocess

import pytest

from harness.godwitd import sanitizers
from harness.http import listener, metric
from harness.installation import COMPILERS
from harness.ledger import received
from harness.policy import policy, route
from harness.senders import flowing
from harness.waiting import wait_until

GREETING = "[modules.greeting]\nenabled = true\ntext = 'good day'\n"
# A policy that goes on without the module.
SAYS = """
local there, greeting = pcall(require, 'greeting')
kumo.on('smtp_server_message_received', function(msg)
  if there then msg:append_header('X-Said', greeting.text()) end
end)
"""


@pytest.fixture(scope="module", params=COMPILERS)
def template(installed, request):
    """The build folder."""
    source = installed.folder(f"template-{request.param}") / "greeting"
    shutil.copytree(installed.template, source)
    return installed.build(source, request.param)


@pytest.fixture
def daemon(template, run_installed, peer):
    return run_installed(GREETING, template, policy(init=listener(), events=route(peer.mx) + SAYS))


def greetings(message):
    """(by the module's hook, by its function that the policy calls)"""
    return message.headers.count("X-greeting: good day"), message.headers.count("X-Said: good day")


def test_the_template(daemon, peer):
    with daemon.session() as client:
        client.deliver("a@example.test", "b@example.test")
    assert greetings(peer.wait_messages()) == (1, 1)
    assert metric(daemon, "godwit_greeting_messages_total") == 1
    assert daemon.console.run("greeting text").strip() == "good day"


def test_a_module_is_sanitized_as_its_server(template):
    needed = subprocess.run(["readelf", "--dynamic", template / "modules/greeting.so"], capture_output=True, text=True, check=True)
    is_of_gcc = template.parts[-3].endswith("-g++")
    assert ("libasan" in needed.stdout) == ("address" in sanitizers() and is_of_gcc)


def wait_for_mail(peer, wanted):
    """One that arrives from now on."""
    before = len(peer.messages)
    wait_until(lambda: any(greetings(m) == wanted for m in peer.messages[before:]), f"a message with {wanted} greetings", 30)


def test_the_template_comes_and_goes_while_mail_flows(daemon, peer):
    with flowing(daemon, per_session=5) as ledger:
        for _ in range(3):
            daemon.console.run("module reload greeting")
            wait_for_mail(peer, (1, 1))
        # The policy alone may have gone on without the module: in a Lua VM that was made between the old and the new one.
        assert all(greetings(m)[0] == 1 for m in list(peer.messages)), "a message passed the module by"
        for _ in range(3):
            daemon.console.run("module unload greeting")
            wait_for_mail(peer, (0, 0))
            assert "unknown command" in daemon.console.fails("greeting text")
            daemon.console.run("module load greeting")
            wait_for_mail(peer, (1, 1))
            assert daemon.console.run("greeting text").strip() == "good day"
        assert metric(daemon, "godwit_greeting_messages_total") > 0
    # The one documented refusal: a script that was in the middle of a function of the module that went.
    assert ledger.refused.keys() <= {421, "closed"}, ledger.refused
    wait_until(lambda: not ledger.missing(received(peer)), lambda: f"lost: {ledger.missing(received(peer))[:20]}", 60)
    wait_until(lambda: metric(daemon, "message_count") == 0, "the queues are empty", 30)
    ledger.check_each_once(received(peer))


def test_a_template_changed_and_built_again_is_reloaded(installed, run_installed, peer):
    source = installed.folder("changing") / "greeting"
    shutil.copytree(installed.template, source)
    build = installed.build(source)
    daemon = run_installed("[modules.greeting]\nenabled = true\n", build, policy(events=route(peer.mx)))
    entry = source / "module.cpp"
    entry.write_text(entry.read_text().replace('"1.0"', '"1.1"'))
    header = source / "greeting.hpp"
    header.write_text(header.read_text().replace('"X-greeting"', '"X-Changed"'))
    test = source / "tests/greeting_test.cpp"
    test.write_text(test.read_text().replace("X-greeting", "X-Changed"))
    installed.build(source)
    daemon.console.run("module reload greeting")
    assert [m["version"] for m in daemon.console.rows("module list") if m["module"] == "greeting"] == ["1.1"]
    with daemon.session() as client:
        client.deliver("a@example.test", "b@example.test")
    assert "X-Changed: hello" in peer.wait_messages().headers
    daemon.console.run("module unload greeting")
    with daemon.session() as client:
        client.deliver("a@example.test", "b@example.test")
    assert "X-Changed" not in peer.wait_messages(2)[1].headers
