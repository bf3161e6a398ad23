"""OpenDKIM's verdict on messages, from its two programs. Both ask a real name server for the keys."""
import pathlib
import re
import subprocess

TESTMSG = "/usr/sbin/opendkim-testmsg"
FILTER = "/usr/sbin/opendkim"
# Seconds by which the filter takes clocks to differ; 0 would mean its default of 300.
CLOCK_DRIFT = 1

# A name server on the loopback interface, and names in .test: libunbound refuses both until told otherwise.
_RESOLVER = """server:
  do-not-query-localhost: no
  local-zone: "test." nodefault
  domain-insecure: "test."
forward-zone:
  name: "."
  forward-addr: 127.0.0.1@{port}
"""


class OpendkimTestmsg:
    """The library without the filter. It takes only messages that keep RFC 5322 section 3.6 (a Date, no second Subject),
    and asks the system's resolver, so that it runs in a PrivateNetwork."""

    def __init__(self, network):
        self.network = network

    def verdict(self, message):
        """"pass", or its complaint."""
        done = subprocess.run(self.network.command(TESTMSG), input=message, capture_output=True, timeout=60, check=False)
        return "pass" if done.returncode == 0 and not done.stderr else done.stderr.decode(errors="replace").strip()


class OpendkimFilter:
    """The filter that sites run beside their mail server, in its test mode. That mode puts one space after the colon of
    each field, whatever stood there."""

    def __init__(self, directory, name_server):
        self.dir = pathlib.Path(directory)
        self.dir.mkdir(parents=True)
        (self.dir / "resolver.conf").write_text(_RESOLVER.format(port=name_server.port))
        (self.dir / "opendkim.conf").write_text(
            f"Mode v\nSyslog no\nClockDrift {CLOCK_DRIFT}\nResolverConfiguration {self.dir}/resolver.conf\n")

    def verdict(self, message):
        """"pass", or why not."""
        file = self.dir / "message"
        file.write_bytes(message)
        done = subprocess.run([FILTER, "-x", str(self.dir / "opendkim.conf"), "-t", str(file)], capture_output=True,
                              text=True, timeout=60, check=False)
        said = done.stdout + done.stderr
        if re.search(r"verification \(.*\) succeeded", said):
            return "pass"
        failed = re.search(r"verification \(.*\) failed: (.*)", said)
        return failed[1] if failed else said.strip() or f"exit code {done.returncode}"


class OpendkimSigner:
    """The filter as signer. In its test mode it shows the field it would add."""

    def __init__(self, directory, key, selector, domain, canonicalization):
        directory = pathlib.Path(directory)
        directory.mkdir(parents=True)
        self.config, self.file = directory / "opendkim.conf", directory / "message"
        self.config.write_text(f"Mode s\nSyslog no\nDomain {domain}\nSelector {selector}\nKeyFile {key.path}\n"
                               f"Canonicalization {canonicalization}\nRequireSafeKeys no\nOversignHeaders From,Subject\n"
                               f"SignatureAlgorithm {key.algorithm.removesuffix('_sha256')}-sha256\n")

    def sign(self, message):
        """The message under its DKIM-Signature."""
        self.file.write_bytes(message)
        said = subprocess.run([FILTER, "-x", str(self.config), "-v", "-t", str(self.file)], capture_output=True, timeout=60,
                              check=True).stdout
        field = re.search(rb"^DKIM-Signature: .*(\n[ \t].*)*", said, re.M)
        assert field, said
        return field[0].replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") + b"\r\n" + message
