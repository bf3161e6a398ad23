"""The page that authors of modules read names every event that modules may handle, and no other."""
import re
import subprocess

from harness.godwitd import ROOT, binary, daemon_environment


def test_the_page_of_hooks_has_the_events_of_the_catalogue():
    listed = subprocess.run([binary("godwit"), "events"], env=daemon_environment(), capture_output=True, text=True, timeout=60,
                            check=True).stdout
    offered = set(re.findall(r"^\| `(\w+)` \|.*\| yes \|$", listed, re.M))
    described = set(re.findall(r"^\| `(\w+)` \|", (ROOT / "sdk/docs/hooks.md").read_text(), re.M))
    assert len(offered) > 10
    assert described == offered
