"""Dovecot's doveadm as an independent reader of a maildir; no service runs."""
import json
import os
import pathlib
import subprocess

from .godwitd import USER

_CONFIG = """protocols =
mail_location = maildir:{maildir}
base_dir = {dir}/run
state_dir = {dir}/state
log_path = {dir}/log
ssl = no
default_internal_user = {user}
default_login_user = {user}
default_internal_group = nogroup
"""


def fetch(directory, maildir, fields="hdr.subject body size.physical"):
    """Every message of the maildir as a dictionary. `directory` is the reader's own; whatever it complains of is an error."""
    directory = pathlib.Path(directory)
    directory.mkdir(exist_ok=True)
    config = directory / "dovecot.conf"
    config.write_text(_CONFIG.format(maildir=maildir, dir=directory, user=USER))
    command = ["doveadm", "-c", config, "-f", "json", "fetch", fields, "ALL"]
    if os.geteuid() == 0:  # doveadm becomes nobody of its own accord
        os.chmod(directory, 0o777)
        command = ["setpriv", "--reuid", USER, "--regid", "nogroup", "--clear-groups", *command]
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=60, check=False, cwd="/",
                          env={"PATH": os.environ["PATH"], "USER": USER, "HOME": str(directory)})
    said = (directory / "log").read_text() if (directory / "log").exists() else ""
    assert done.returncode == 0 and "Error" not in done.stderr + said, f"doveadm: {done.returncode}\n{done.stderr}{said}"
    return json.loads(done.stdout)
