"""What a module author reads and runs: the pages' steps, `godwit module new`, against an installation alone."""
import re
import shutil
import subprocess
import sys

import pytest

from harness.godwitd import ROOT
from harness.http import listener, metric
from harness.installation import COMPILERS, run
from harness.policy import policy


class Page:
    """A page of the documentation whose steps the reader follows."""

    def __init__(self, name):
        self.text = (ROOT / name).read_text()

    def files(self, folder):
        """[(path in the folder, content)] of the blocks that are introduced by a file name."""
        return re.findall(rf"^`{folder}/([^`]+)`\n\n```\w+\n(.*?)^```", self.text, re.M | re.S)

    def blocks(self, kind):
        return re.findall(rf"^```{kind}\n(.*?)^```", self.text, re.M | re.S)


@pytest.mark.parametrize("compiler", COMPILERS)
def test_the_module_in_ten_minutes(installed, run_installed, compiler):
    page = Page("docs/modules/first-module.md")
    source = installed.folder(f"page-{compiler}")
    for name, content in page.files("blocklist"):
        (source / name).parent.mkdir(exist_ok=True)
        (source / name).write_text(content)
    with_test = [b for b in page.blocks("cmake") if b.startswith("godwit_add_module")][0]
    lists = source / "CMakeLists.txt"
    assert "cmake -B build -DCMAKE_PREFIX_PATH=" in page.text
    build = installed.build(source, compiler)
    lists.write_text(re.sub(r"^godwit_add_module.*\n", with_test, lists.read_text(), flags=re.M))
    installed.build(source, compiler)
    enabled = page.blocks("toml")[0].split("\n\n", 1)[1]  # after [runtime], which names the reader's own folder
    daemon = run_installed(enabled, build, policy(head=page.blocks("lua")[0], init=listener()))
    with daemon.session() as client:
        client.expect("250", "MAIL FROM:<a@example.test>")
        client.expect("550", "RCPT TO:<root@example.test>")
    assert "true" in daemon.diagnostics().splitlines()
    assert metric(daemon, "godwit_blocklist_refused_total") == 1


AROUND_A_HANDLER = """#include <godwit/godwit.hpp>
using namespace godwit::sdk;
class waiting : public module {
  bool lookup(const std::string& address) { return address.empty(); }
  void init() override {
    %s
    lookup("");
  }
};
GODWIT_MODULE(waiting, "waiting", "1.0", "Waits.")
"""


@pytest.mark.parametrize("page, uses", [("first-module", "dns_txt"), ("async", "run_job")])
def test_handlers_that_wait_compile(installed, page, uses):
    snippet = [b for b in Page(f"docs/modules/{page}.md").blocks("cpp") if uses in b][0]
    lists = dict(Page("docs/modules/first-module.md").files("blocklist"))["CMakeLists.txt"]
    source = installed.folder(f"waiting-{page}")
    (source / "CMakeLists.txt").write_text(lists.replace("blocklist", "waiting"))
    (source / "module.cpp").write_text(AROUND_A_HANDLER % snippet)
    installed.build(source)


def test_a_new_module_from_the_tool(installed):
    folder = installed.folder("new") / "tarpit"
    told = installed.godwit("module", "new", "tarpit", folder)
    assert str(folder / "tarpit.hpp") in told
    assert not [f for f in folder.rglob("*") if f.is_file() and "greeting" in f.name + f.read_text()]
    build = installed.build(folder)
    report = installed.godwit("module", "check", build / "modules/tarpit.so")
    for part in ("tarpit 1.0: Puts a header field", "ABI 1.0", "needs: ", "text (string, hello): What the field says.",
                 "hook smtp_server_message_received at priority 0", "tarpit.text"):
        assert part in report, report


@pytest.mark.parametrize("name, complaint", [("Bad-Name", "use lower-case letters"), ("", "use lower-case letters")])
def test_a_name_that_cannot_be_is_refused(installed, name, complaint):
    with pytest.raises(AssertionError, match=complaint):
        installed.godwit("module", "new", name, installed.dir / "bad")


def test_a_folder_with_files_is_left_alone(installed):
    with pytest.raises(AssertionError, match="exists already"):
        installed.godwit("module", "new", "tarpit", installed.prefix)


def test_the_pages_for_authors_are_installed_and_their_links_lead_somewhere(installed):
    share = installed.prefix / "share/godwit"
    pages = {str(p.relative_to(share)) for p in share.rglob("*.md")}
    wanted = {f"docs/modules/{p.name}" for p in (ROOT / "docs/modules").glob("*.md")} | {"sdk/docs/hooks.md", "sdk/template/README.md"}
    assert len(wanted) > 8
    assert wanted <= pages
    assert re.search(r"check-docs: 0 dead of [1-9]\d* links", run([sys.executable, ROOT / "scripts/check-docs", share]))


def test_the_steps_of_packaging(installed, daemons):
    """With the installation's prefix in place of /usr: a stage for a package, whose files the server of that prefix finds."""
    folder = installed.folder("packaged") / "packaged"
    installed.godwit("module", "new", "packaged", folder)
    steps = Page("docs/modules/packaging.md").blocks("")[0].replace("/usr", str(installed.prefix))
    assert "DESTDIR=stage" in steps
    run(["sh", "-ec", steps], cwd=folder)
    stage = folder / "stage"
    [module] = [f for f in stage.rglob("*") if not f.is_dir()]
    place = installed.prefix / "lib/godwit/modules/packaged.so"
    assert module == stage / place.relative_to("/")
    assert not place.exists()
    symbols = run(["nm", "--dynamic", "--defined-only", "--format=just-symbols", module]).split()
    assert symbols == ["godwit_module"]
    try:
        shutil.copy(module, place)  # what a package manager does
        daemon = daemons.make(policy(), """policy = "@DIR@/policy.lua"
[modules.log_json]
enabled = true
[modules.packaged]
enabled = true
""")
        daemon.program = installed.program("godwitd")
        daemon.start()
        assert [m["version"] for m in daemon.console.rows("module list") if m["module"] == "packaged"] == ["1.0"]
    finally:
        place.unlink(missing_ok=True)


@pytest.fixture
def spool_kind(installed, request):
    """A folder with a module that provides a spool kind, out of the tree, and what is needed to build it."""
    source = installed.folder(request.node.name)
    shutil.copytree(ROOT / "modules/memory_spool", source / "memory_spool")
    (source / "CMakeLists.txt").write_text("""cmake_minimum_required(VERSION 3.25)
project(kind LANGUAGES CXX)
enable_testing()
find_package(godwit REQUIRED)
add_subdirectory(memory_spool)
""")
    return source


def conformance(build):
    """The finished tests of kinds in a build folder."""
    return subprocess.run(["ctest", "--test-dir", build, "-R", "module.conformance", "--no-tests=error", "--output-on-failure"],
                          text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)


def test_a_spool_kind_is_tested_like_the_servers_own(installed, spool_kind):
    build = installed.build(spool_kind)
    done = conformance(build)
    assert done.returncode == 0 and "module.conformance.memory_spool.memory" in done.stdout, done.stdout
    program = installed.prefix / "libexec/godwit/spool-conformance"
    assert "spool-conformance FILE.so KIND" in Page("tests/conformance/spool_conformance.cpp").text
    assert f"/usr/{program.relative_to(installed.prefix)} " in Page("docs/modules/spool-kinds.md").text
    module = build / "modules/memory_spool.so"
    run([program, module, "memory", "--settings", '{"max_size": "1MiB"}', "--test-case=*comes back after reopening*"])
    for arguments, said in (((module, "drawer"), 'memory_spool.so provides no spool kind "drawer"'),
                            ((module, "memory", "--settings", '{"max_sze": 1}'), 'did you mean "max_size"'),
                            ((), "usage: spool-conformance FILE.so KIND")):
        done = subprocess.run([program, *arguments], text=True, capture_output=True, check=False)
        assert done.returncode != 0 and said in done.stderr, done.stderr


def test_a_spool_kind_that_breaks_a_promise_is_found_out(installed, spool_kind):
    place = spool_kind / "memory_spool/memory_place.cpp"
    text = place.read_text()
    assert "  records_.erase(at);\n" in text
    place.write_text(text.replace("  records_.erase(at);\n", ""))
    with pytest.raises(AssertionError, match="module.conformance.memory_spool.memory"):
        installed.build(spool_kind)
