"""scripts/check-abi lets the module ABI grow at its end and refuses everything that breaks built modules."""
import subprocess

import pytest

from harness.godwitd import ROOT

HEADER = ROOT / "sdk/include/godwit/abi.h"
RECORD = ROOT / "sdk/abi/1.0.txt"
SLOT = "  void (*value_free)(godwit_value*);\n"
LAST = "} godwit_host;"


def check_abi(*arguments):
    return subprocess.run([ROOT / "scripts/check-abi", *arguments], capture_output=True, text=True, timeout=100, check=False)


@pytest.fixture
def changed(tmp_path):
    """changed(old, new): a copy of the header with that change."""
    def change(*pairs):
        text = HEADER.read_text()
        for old, new in pairs:
            assert text.count(old) == 1, f"{old!r} is in the header {text.count(old)} times"
            text = text.replace(old, new)
        copy = tmp_path / "abi.h"
        copy.write_text(text)
        return copy
    return change


@pytest.mark.parametrize("pairs, complaint", [
    ([(SLOT, "")], "godwit_host.value_free was removed"),
    ([(SLOT, ""), (LAST, SLOT + LAST)], "godwit_host.value_free moved from offset"),
    ([(SLOT, "  void (*inserted)(void);\n" + SLOT)], "godwit_host.value_free moved from offset"),
    ([("void (*counter_add)(godwit_counter*, uint64_t n)", "void (*counter_add)(godwit_counter*, uint32_t n)")],
     "godwit_host.counter_add changed its type"),
    ([("GODWIT_GONE = 2", "GODWIT_GONE = 8")], "GODWIT_GONE was 2, now it is 8"),
    ([("  uint64_t size;\n} godwit_str;", "  uint64_t size;\n  uint64_t more;\n} godwit_str;")], "it cannot grow"),
    ([("typedef void (*godwit_callback)(void* context);", "typedef int (*godwit_callback)(void* context);")],
     "godwit_callback changed its type"),
])
def test_a_change_that_breaks_modules_is_refused(changed, pairs, complaint):
    done = check_abi("--header", changed(*pairs))
    assert done.returncode == 1, done.stdout + done.stderr
    assert complaint in done.stdout
    assert "append a new slot" in done.stdout


def test_a_slot_at_the_end_is_welcome_and_recorded_on_request(changed, tmp_path):
    header = changed((LAST, "  void (*appended)(void);\n" + LAST))
    record = tmp_path / "record.txt"
    record.write_text(RECORD.read_text())
    assert "godwit_host.appended" in check_abi("--header", header, "--record", record).stdout
    assert check_abi("--strict", "--header", header, "--record", record).returncode == 1
    assert check_abi("--write", "--header", header, "--record", record).returncode == 0
    assert check_abi("--strict", "--header", header, "--record", record).returncode == 0
    assert "godwit_host.appended was removed" in check_abi("--record", record).stdout


def test_names_of_parameters_and_comments_may_change(changed):
    header = changed(("void (*counter_add)(godwit_counter*, uint64_t n)", "void (*counter_add)(godwit_counter*, uint64_t by) /* ! */"))
    assert check_abi("--header", header).returncode == 0


def test_the_header_as_recorded_can_be_had_again(changed, tmp_path):
    older = tmp_path / "older.h"
    header = changed((LAST, "  void (*appended)(void);\n" + LAST))
    assert check_abi("--header", header, "--older", older).returncode == 0
    assert "appended" not in older.read_text()
    assert check_abi("--header", older).returncode == 0
