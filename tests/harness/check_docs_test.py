"""scripts/check-docs finds links to files and headings that are not there."""
import re
import shutil
import subprocess
import sys

from harness.godwitd import ROOT

PAGE = """# One page

## What `it` is, exactly

[file](other.md) [heading](other.md#other-things) [here](#what-it-is-exactly) [web](https://example.com/x#y)
```
[code](nowhere.md)
```
"""


def check(tmp_path, page):
    """With a project of its own around the script."""
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts/check-docs", tmp_path / "scripts")
    (tmp_path / "other.md").write_text("# Other things\n")
    (tmp_path / "page.md").write_text(page)
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    return subprocess.run([sys.executable, tmp_path / "scripts/check-docs"], capture_output=True, text=True, check=False)


def test_living_links(tmp_path):
    done = check(tmp_path, PAGE)
    assert done.returncode == 0 and re.search("0 dead of 3 links", done.stdout), done.stdout


def test_dead_links(tmp_path):
    done = check(tmp_path, PAGE + "[a](gone.md) [b](other.md#gone) [c](#gone)\n")
    assert done.returncode == 1
    assert done.stdout.splitlines()[:3] == ["page.md: dead link gone.md", "page.md: other.md has no heading #gone",
                                            "page.md: the page has no heading #gone"], done.stdout
