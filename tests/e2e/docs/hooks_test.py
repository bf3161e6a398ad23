"""The page that authors of modules read names every event that modules may handle, with as many arguments, and no other."""
import re
import subprocess

from harness.godwitd import ROOT, binary, daemon_environment


def arguments(row, separator):
    """How many a cell lists."""
    return 0 if row in ("", "none") else len(row.split(separator))


def test_the_page_of_hooks_has_the_events_of_the_catalogue():
    listed = subprocess.run([binary("godwit"), "events"], env=daemon_environment(), capture_output=True, text=True, timeout=60,
                            check=True).stdout
    offered = {name: arguments(row, ", ") for name, row in re.findall(r"^\| `(\w+)` \| ([^|]*?) ?\|.*\| yes \|$", listed, re.M)}
    page = (ROOT / "sdk/docs/hooks.md").read_text()
    described = {name: arguments(row, "; ") for name, row in re.findall(r"^\| `(\w+)` \|[^|]*\| ([^|]*) \|", page, re.M)}
    assert len(offered) > 10
    assert described == offered
