"""DKIM key pairs and the zones that publish them."""
import base64
import pathlib
import subprocess

_OPTIONS = {"rsa_sha256": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"], "ed25519": ["-algorithm", "ED25519"]}


def _openssl(*arguments):
    return subprocess.run(["openssl", *arguments], capture_output=True, check=True).stdout


class DkimKey:
    """`path` is the private key's PEM file, `record` the text of the key record. `algorithm` is named as Lua names it."""

    def __init__(self, directory, algorithm):
        self.algorithm = algorithm
        self.path = pathlib.Path(directory) / f"{algorithm}.pem"
        _openssl("genpkey", *_OPTIONS[algorithm], "-out", str(self.path))
        der = _openssl("pkey", "-in", str(self.path), "-pubout", "-outform", "DER")
        kind, public = ("rsa", der) if algorithm == "rsa_sha256" else ("ed25519", der[-32:])
        self.record = f"v=DKIM1; k={kind}; p={base64.b64encode(public).decode()}"

    @property
    def pem(self):
        return self.path.read_text()

    def zone_line(self, selector):
        """The key record in master file format, in strings of at most 200 bytes."""
        strings = " ".join(f'"{self.record[i:i + 200]}"' for i in range(0, len(self.record), 200))
        return f"{selector}._domainkey TXT {strings}\n"
