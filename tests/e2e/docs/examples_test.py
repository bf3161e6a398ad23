"""Every Lua and TOML example of the documentation is accepted by the program; a part is completed to a whole first."""
import re

import pytest

from harness.configuration import listener, spool
from harness.godwitd import ROOT

PAGES = sorted(p for pattern in ("README.md", "docs/*.md", "docs/modules/*.md", "modules/*/README.md", "modules/*/conf/*.toml",
                                 "conf/*.toml") for p in ROOT.glob(pattern))
BLOCK = re.compile(r"^```(lua|toml)\n(.*?)^```", re.M | re.S)

SPOOL = """
kumo.on('init', function()
  kumo.define_spool { name = 'data', path = '@DIR@/spool/data' }
  kumo.define_spool { name = 'meta', path = '@DIR@/spool/meta' }
end)
"""
SECTIONS = {"spool": spool(), "listener": listener()}
# Pages whose examples need what the reader builds first: tests/sdk follows them step by step.
ELSEWHERE = {"docs/modules/first-module.md"}


def examples():
    for page in PAGES:
        name = str(page.relative_to(ROOT))
        if name in ELSEWHERE:
            continue
        if page.suffix == ".toml":
            yield pytest.param("toml", page.read_text(), id=name)
            continue
        for match in BLOCK.finditer(page.read_text()):
            line = page.read_text()[:match.start()].count("\n") + 1
            yield pytest.param(match[1], match[2], id=f"{name}:{line}")


def whole_policy(text):
    head = "" if "require 'kumo'" in text else "local kumo = require 'kumo'\n"
    return head + text + ("" if "'init'" in text else SPOOL)


def whole_file(text, directory):
    missing = [section for name, section in SECTIONS.items() if not re.search(rf"^\[{name}\.", text, re.M)]
    return text.replace("/var/log/godwit", str(directory)) + "".join(missing)


@pytest.mark.parametrize("kind, text", examples())
def test_the_example_is_valid(daemons, tmp_path, kind, text):
    daemon = daemons.make(whole_policy(text)) if kind == "lua" else daemons.make(config=whole_file(text, tmp_path))
    done = daemon.run_once("--validate")
    assert done.returncode == 0, f"{text}\n{done.stdout}"


def test_there_are_examples():
    kinds = [p.values[0] for p in examples()]
    assert kinds.count("lua") > 3 and kinds.count("toml") > 1
