"""Independent programs that send mail: swaks and Postfix's smtp-source."""
import subprocess

SMTP_SOURCE = "/usr/sbin/smtp-source"


def swaks(address, *options, sender="sender@example.test", to="user@example.test", seconds=30):
    """The finished process; its output is the transcript."""
    host, port = address
    return subprocess.run(["swaks", "--server", host, "--port", str(port), "--helo", "client.test", "--from", sender,
                           "--to", to, *options], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=seconds, check=False)


def smtp_source_command(address, messages, sessions=10, size=1024, sender="sender@example.test", to="user@example.test",
                        options=()):
    host, port = address
    return [SMTP_SOURCE, "-s", str(sessions), "-m", str(messages), "-l", str(size), "-f", sender, "-t", to, "-d", *options,
            f"inet:{host}:{port}"]


def smtp_source(address, messages, seconds=120, **kwargs):
    """Sends `messages` and fails unless each is accepted."""
    done = subprocess.run(smtp_source_command(address, messages, **kwargs), stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=seconds, check=False)
    assert done.returncode == 0, f"smtp-source failed: {done.stdout}"
