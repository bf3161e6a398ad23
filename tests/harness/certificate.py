"""Self-signed certificates made with openssl."""
import atexit
import functools
import pathlib
import shutil
import subprocess
import tempfile


class Certificate:
    """PEM files `certificate` and `key`; the certificate is its own authority."""

    def __init__(self, directory, name="localhost"):
        directory = pathlib.Path(directory)
        self.name, self.certificate, self.key = name, directory / f"{name}.crt", directory / f"{name}.key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-days", "2", "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}",
                        "-keyout", str(self.key), "-out", str(self.certificate)],
                       check=True, capture_output=True)
        for path in (self.certificate, self.key):
            path.chmod(0o644)  # the daemon reads it as another user


@functools.lru_cache
def shared_certificate(name="localhost"):
    """One per name and test run."""
    directory = tempfile.mkdtemp(prefix="godwit-certificate-")
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    pathlib.Path(directory).chmod(0o755)
    return Certificate(directory, name)
