"""`cmake --install` gives programs that run on their own: an installed godwit finds the installed modules."""
import subprocess
import tempfile

from harness.godwitd import build_directory, daemon_environment


def test_installed_programs_find_the_installed_modules():
    with tempfile.TemporaryDirectory(prefix="godwit-install-") as prefix:
        done = subprocess.run(["cmake", "--install", build_directory(), "--prefix", prefix, "--strip"], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=100, check=False)
        assert done.returncode == 0, done.stdout
        functions = subprocess.run([f"{prefix}/bin/godwit", "lua-api"], env=daemon_environment(), capture_output=True,
                                   text=True, timeout=60, check=True).stdout
    assert "kumo.configure_local_logs" in functions
    assert "kumo.dkim.rsa_sha256_signer" in functions
