"""scripts/check-form finds what is out of form, names the line, and leaves the rest alone."""
import subprocess
import sys

import pytest

from harness.godwitd import ROOT

HEADER = "// Why.\n#pragma once\n\n#include <string>\n"
SOURCE = '#include "thing.hpp"\n\n#include "a/a.hpp"\n#include "a/b.hpp"\n\n#include <map>\n'


def check(*paths):
    return subprocess.run([sys.executable, ROOT / "scripts/check-form", *paths], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name, data, said", [
    ("page.md", b"a\r\n", ":1: has a carriage return"),
    ("page.md", b"a\n\tb\n", ":2: has a tab"),
    ("page.md", b"a\nb \n", ":2: ends with blanks"),
    ("page.md", b"a\nb", ":2: has no line end at its end"),
    ("page.md", b"a\n\n", ":2: ends with an empty line"),
    ("page.md", b"\xff\n", ":1: is not UTF-8"),
    ("other.hpp", b"#include <map>\n", ":1: begins with something else than #pragma once"),
    ("thing.cpp", b'#include "a/a.hpp"\n\n#include "thing.hpp"\n', ":1: includes something else before its own header thing.hpp"),
    ("other.cpp", b"#include <map>\n#include <array>\n", ":2: includes array after map"),
    ("other.cpp", b"// " + b"x" * 148 + b"\n", ":1: has 151 columns, 150 at most"),
])
def test_what_is_out_of_form(tmp_path, name, data, said):
    (tmp_path / "thing.hpp").write_text(HEADER)
    (tmp_path / name).write_bytes(data)
    done = check(tmp_path / name)
    assert done.returncode == 1 and said in done.stdout, done.stdout


def test_what_is_in_form(tmp_path):
    for name, text in {"thing.hpp": HEADER, "thing.cpp": SOURCE, "page.md": "x" * 200 + "\n", "empty.py": ""}.items():
        (tmp_path / name).write_text(text)
    done = check(*tmp_path.iterdir())
    assert done.returncode == 0, done.stdout
