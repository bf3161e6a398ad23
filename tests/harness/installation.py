"""An installed Godwit in a directory of its own, and modules built against nothing else."""
import pathlib
import shutil
import subprocess
import tempfile

from .godwitd import build_directory, daemon_environment, sanitizers
from .waiting import PATIENCE

COMPILERS = ["g++", "clang++-16"]


def run(command, seconds=300, **kwargs):
    """The output; the command must succeed."""
    done = subprocess.run([str(c) for c in command], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=seconds * PATIENCE, check=False, **kwargs)
    assert done.returncode == 0, f"{command} ended with {done.returncode}:\n{done.stdout[-6000:]}"
    return done.stdout


def sanitizing(compiler):
    """Options for a module of a sanitized daemon. Only with the daemon's compiler: a process has room for one run-time library."""
    return [f"-DCMAKE_CXX_FLAGS=-fsanitize={sanitizers()}"] if sanitizers() and compiler == "g++" else []


class Installation:
    def __init__(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="godwit-install-"))
        self.dir.chmod(0o755)  # the daemon enters it as another user
        self.prefix = self.dir / "prefix"
        run(["cmake", "--install", build_directory(), "--prefix", self.prefix])

    def program(self, name):
        return self.prefix / "bin" / name

    def godwit(self, *arguments):
        return run([self.program("godwit"), *arguments], env=daemon_environment())

    @property
    def template(self):
        return self.prefix / "share/godwit/sdk/template"

    def folder(self, name):
        """A new folder outside of any tree of Godwit."""
        made = self.dir / name
        made.mkdir(parents=True)
        return made

    def build(self, source, compiler="g++"):
        """Configures, builds and runs the tests of a module's folder, as the documentation says; the build folder."""
        build = source / "build"
        run(["cmake", "-B", build, "-S", source, f"-DCMAKE_PREFIX_PATH={self.prefix}", f"-DCMAKE_CXX_COMPILER={compiler}",
             *sanitizing(compiler)])
        run(["cmake", "--build", build])
        tests = run(["ctest", "--test-dir", build, "--output-on-failure"], env=daemon_environment())
        assert "module.check." in tests
        return build

    def close(self):
        shutil.rmtree(self.dir, ignore_errors=True)
