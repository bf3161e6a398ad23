"""Where a benchmark works: a directory on the disk of the build, a loopback device that is up."""
import contextlib
import pathlib
import shutil
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]


@contextlib.contextmanager
def workplace():
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    work = pathlib.Path(tempfile.mkdtemp(prefix="bench.", dir=ROOT / "build"))
    work.chmod(0o755)
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def add_build_options(parser):
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release", help="build of godwitd")
    parser.add_argument("--user", default="nobody", help="user that godwitd runs as")
