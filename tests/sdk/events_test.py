"""What the page on hooks says of each event's arguments is what a module gets: one that handles all of them tells."""
import re

import pytest

from harness.godwitd import ROOT
from harness.http import basic, client, listener
from harness.policy import policy, route

LISTS = """cmake_minimum_required(VERSION 3.25)
project(listening LANGUAGES CXX)
enable_testing()
find_package(godwit REQUIRED)
godwit_add_module(listening SOURCES module.cpp)
"""

MODULE = """#include <godwit/godwit.hpp>

using namespace godwit::sdk;

namespace {

constexpr std::string_view events[] = {%s};
constexpr const char* kinds[] = {"null", "boolean", "integer", "number", "text", "array", "object"};

std::string kind_of(godwit_call* c, std::uint64_t index) {
  switch (host().call_argument_kind(c, index)) {
    case GODWIT_ARGUMENT_MESSAGE: return "message";
    case GODWIT_ARGUMENT_CONNECTION: return "connection";
    case GODWIT_ARGUMENT_VALUE: return kinds[value_view(host().call_argument_value_borrow(c, index)).kind()];
    default: return "something else";
  }
}

godwit_status tell(void*, godwit_call* c) {
  std::string line = "seen " + std::string(to_view(host().call_name_borrow(c))) + ":";
  for (std::uint64_t i = 0; i < host().call_argument_count(c); ++i) line += " " + kind_of(c, i);
  log_info(line + ".");
  host().call_proceed(c);
  return GODWIT_OK;
}

class listening final : public module {
  void init() override {
    for (const auto event : events) {
      godwit_hook hook{};
      hook.size = sizeof(hook);
      hook.event = to_str(event);
      hook.handler = tell;
      require(host().hook_add(self(), &hook), "hook_add");
    }
  }
};

}  // namespace

GODWIT_MODULE(listening, "listening", "1.0", "Tells what arguments events have.")
"""


def described():
    """{event: kinds of its arguments} of the page."""
    page = (ROOT / "sdk/docs/hooks.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \|[^|]*\| ([^|]*) \|", page, re.M)
    return {name: [] if text == "none" else [argument.split(": ")[0] for argument in text.split("; ")] for name, text in rows}


@pytest.fixture
def daemon(installed, run_installed, peer):
    source = installed.folder("listening")
    (source / "CMakeLists.txt").write_text(LISTS)
    (source / "module.cpp").write_text(MODULE % ", ".join(f"event::{name}" for name in described()))
    text = policy("relay_hosts = {}", more_listeners=("deferred_queue = true",), init=listener("trusted_hosts = {}"), events=route(peer.mx) + """
kumo.on('smtp_server_auth_plain', function() return true end)
kumo.on('http_server_validate_auth_basic', function() return false end)
kumo.on('http_server_validate_auth_bearer', function() return false end)
""")
    return run_installed("[modules.listening]\nenabled = true\n", installed.build(source), text)


def test_the_arguments_of_every_event_are_those_of_the_page(daemon):
    for address in daemon.listeners:
        with daemon.session(address=address) as smtp:
            smtp.envelope("a@example.test")
            smtp.command("RCPT TO:<b@example.test>")
            smtp.expect("250", "RSET")
            smtp.expect("220", "STARTTLS")
            smtp.starttls()
            smtp.expect("250", "EHLO client.test")
            smtp.expect("235", "AUTH PLAIN AHVzZXIAc2VjcmV0")
            smtp.deliver("a@example.test", ["b@example.test", "c@other.test"])
    for credentials in ({}, {"Authorization": basic("user", "secret")}, {"Authorization": basic("user")},
                        {"Authorization": "Bearer token"}):
        with client(daemon) as http:
            assert http.get("/metrics", **credentials).status == 401
    daemon.console.run("reopen logs")
    assert len(described()) > 10
    for name, kinds in described().items():
        pattern = "".join(" (text|null)" if kind == "text or null" else f" {kind}" for kind in kinds)
        daemon.wait_for_diagnostic(rf"listening seen {name}:{pattern}\.$")
        assert not re.search(rf"seen {name}:(?!{pattern}\.$)", daemon.diagnostics(), re.M)
