"""scripts/check-hooks finds a page that is not what the header says, and a header that does not say it."""
import shutil
import subprocess
import sys

import pytest

from harness.godwitd import ROOT

EVENT = "/// Arguments: text: address; connection\n/// Answers: proceed, reject\ninline constexpr std::string_view smtp_server_rcpt_to"


@pytest.fixture
def project(tmp_path):
    for part in ("scripts/check-hooks", "sdk/docs/hooks.md", "sdk/include/godwit/events.hpp"):
        (tmp_path / part).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / part, tmp_path / part)
    return tmp_path


def check(project, *arguments):
    return subprocess.run([sys.executable, project / "scripts/check-hooks", *arguments], capture_output=True, text=True, check=False)


def change_header(project, old, new):
    header = project / "sdk/include/godwit/events.hpp"
    text = header.read_text()
    assert text.count(old) == 1
    header.write_text(text.replace(old, new))


def test_the_committed_page_is_current(project):
    done = check(project)
    assert done.returncode == 0, done.stdout


def test_what_the_header_says_anew_is_missing_until_the_page_is_made(project):
    change_header(project, EVENT, EVENT.replace("text: address;", "text: address; text: parameters;"))
    done = check(project)
    assert done.returncode == 1
    assert "+| `smtp_server_rcpt_to` | RCPT TO, after the relay rule. | text: address; text: parameters; connection |" in done.stdout
    assert check(project, "--write").returncode == 0
    assert check(project).returncode == 0
    page = (project / "sdk/docs/hooks.md").read_text()
    assert page.startswith("# Hooks\n") and "## Log records" in page  # what is written by hand stays


@pytest.mark.parametrize("old, new, said", [
    (EVENT, EVENT.replace("/// Answers: proceed, reject\n", ""), "smtp_server_rcpt_to: its comment has to say"),
    ('smtp_server_rcpt_to = "', 'smtp_server_rcpt_to = "x', "smtp_server_rcpt_to names the event xsmtp_server_rcpt_to"),
])
def test_a_header_that_cannot_be_read_is_told(project, old, new, said):
    change_header(project, old, new)
    done = check(project)
    assert done.returncode == 1 and said in done.stdout, done.stdout
