"""Every Lua and TOML example of the documentation is accepted by the program; a part is completed to a whole first."""
import re

import pytest

from harness.configuration import listener, spool
from harness.godwitd import ROOT

PAGES = sorted(p for pattern in ("README.md", "docs/*.md", "docs/modules/*.md", "modules/*/README.md", "modules/*/conf/*.toml",
                                 "conf/*.toml") for p in ROOT.glob(pattern))
POLICY = re.compile(r'^policy = ".*\.lua"$', re.M)
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
    """Kind, text, and the block that follows on the page."""
    for page in PAGES:
        name, text = str(page.relative_to(ROOT)), page.read_text()
        if name in ELSEWHERE:
            continue
        if page.suffix == ".toml":
            yield pytest.param("toml", text, None, id=name)
            continue
        blocks = list(BLOCK.finditer(text))
        for block, following in zip(blocks, [*(b[2] for b in blocks[1:]), None]):
            line = text[:block.start()].count("\n") + 1
            yield pytest.param(block[1], block[2], following, id=f"{name}:{line}")


def whole_policy(text):
    head = "" if "require 'kumo'" in text else "local kumo = require 'kumo'\n"
    return head + text + ("" if "'init'" in text else SPOOL)


def whole_file(text, directory):
    missing = [section for name, section in SECTIONS.items() if not re.search(rf"^\[{name}\.", text, re.M)]
    return POLICY.sub('policy = "@DIR@/policy.lua"', text).replace("/var/log/godwit", str(directory)) + "".join(missing)


def make(daemons, directory, kind, text, following):
    """A file that names a policy is run with the policy that follows it on the page."""
    if kind == "lua":
        return daemons.make(whole_policy(text))
    return daemons.make(following if POLICY.search(text) else None, whole_file(text, directory))


@pytest.mark.parametrize("kind, text, following", examples())
def test_the_example_is_valid(daemons, tmp_path, kind, text, following):
    done = make(daemons, tmp_path, kind, text, following).run_once("--validate")
    assert done.returncode == 0, f"{text}\n{done.stdout}"


def test_there_are_examples():
    kinds = [p.values[0] for p in examples()]
    assert kinds.count("lua") > 3 and kinds.count("toml") > 1
