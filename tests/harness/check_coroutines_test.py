"""scripts/check-coroutines finds what GCC 12 miscompiles and leaves the rest alone."""
import subprocess
import sys

import pytest

from harness.godwitd import ROOT

FAULTY = {
    "while (co_await more()) step();": "head of a loop",
    "do { step(); } while (co_await more());": "head of a loop",
    "for (int i = 0; i < co_await count(); ++i) step();": "head of a loop",
    "for (auto& m : co_await take()) step(m);": "head of a loop",
    "x = ready ? co_await one() : two();": "operand of ?:",
    "x = co_await is_ready() ? one() : two();": "operand of ?:",
    "use(ready ? co_await one() : two());": "operand of ?:",
    "if (ready && co_await one()) step();": "&& or ||",
    "co_return co_await one() || two;": "&& or ||",
    "co_await run([s = std::move(s)] { return s; });": "captures by value",
    "co_await run([&a, b] { return b; });": "captures by value",
    "co_await run([=]() -> int { return b; });": "captures by value",
    "co_await gate.on(loop, [text]() -> rt::task<> { co_return; });": "captures by value",
    "co_await reply(response{250, text});": "braced value",
    "auto r = co_await reply({250, text});": "braced value",
    "co_await peer.send<std::vector<int>>(std::vector<int>{1});": "braced value",
    'store("name", co_await find());': "arguments that make temporaries",
    "store(name(), co_await find());": "arguments that make temporaries",
    "if (co_await save(name())) step();": "what a condition awaits",
    'if (auto r = co_await save("name"); !r) step();': "what a condition awaits",
}
SOUND = [
    "while (!done) done = co_await more();",
    "for (;;) { const bool more = co_await next(); if (!more) break; }",
    "if (const auto ec = co_await flush()) co_return ec;",
    "if (auto saved = co_await save(s, std::move(m)); !saved) co_return saved;",
    "if (ready && able) co_await one();",
    "co_await run(m, is_last ? next : nullptr);",
    "if (ready ? a : b) { co_await one(); }",
    "auto&& x = co_await one();",
    "co_await run([&a, this](int) mutable -> bool { return f({1, a}); });",
    "co_await run([] { return std::vector<int>{1}; });",
    "co_await write(content, {}, false);",
    "spawn([s]() -> rt::task<> { co_await s->run(); });",
    "const auto go = [s]() -> rt::task<result<void>> { co_return co_await s->run(); }; co_await go();",
    "out.emplace(co_await make(1, name));",
    "store(first, co_await find());",
    "co_await reply(250, text(\"a\"));",
    'text = "while (co_await more())";  // while (co_await more())',
    "auto t = R\"(co_await f({1}))\"; char c = '\"'; /* co_await f({1}); */",
]


def check(tmp_path, statement):
    source = tmp_path / "sample.cpp"
    source.write_text(f"rt::task<> session::run(int n) const {{\n  {statement}\n}}\n")
    return subprocess.run([sys.executable, ROOT / "scripts/check-coroutines", source], capture_output=True, text=True,
                          check=False)


@pytest.mark.parametrize("statement", FAULTY)
def test_what_is_miscompiled_is_found(tmp_path, statement):
    done = check(tmp_path, statement)
    assert done.returncode == 1
    assert ":2: " in done.stdout and FAULTY[statement] in done.stdout


@pytest.mark.parametrize("statement", SOUND)
def test_what_is_sound_passes(tmp_path, statement):
    done = check(tmp_path, statement)
    assert done.returncode == 0, done.stdout
