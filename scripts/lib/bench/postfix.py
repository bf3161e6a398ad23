"""Postfix under measurement, with a configuration of its own."""
import shutil
import subprocess
import sys
import time


class Postfix:
    """`is_held`: mail is put on hold instead of being delivered."""

    name = "postfix"

    def __init__(self, work, is_held=False):
        self.work, self.is_held = work / "postfix", is_held

    def start(self, port, sink, group):
        shutil.rmtree(self.work, ignore_errors=True)
        for part in ("conf", "queue", "data"):
            (self.work / part).mkdir(parents=True)
        shutil.chown(self.work / "data", "postfix")
        hold = "check_recipient_access static:HOLD, " if self.is_held else ""
        (self.work / "conf/main.cf").write_text(f"""compatibility_level = 3.6
queue_directory = {self.work}/queue
data_directory = {self.work}/data
mail_owner = postfix
setgid_group = postdrop
myhostname = bench.test
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = loopback-only
inet_protocols = ipv4
default_transport = smtp:[127.0.0.1]:{sink}
relay_transport = smtp:[127.0.0.1]:{sink}
smtpd_recipient_restrictions = {hold}permit_mynetworks, reject
smtpd_relay_restrictions = permit_mynetworks, reject
disable_dns_lookups = yes
alias_maps =
local_recipient_maps =
maillog_file = /var/log/godwit-bench-postfix.log
smtp_tls_security_level = none
smtpd_tls_security_level = none
""")
        services = [f"127.0.0.1:{port} inet n - n - - smtpd"]
        public = {"pickup", "cleanup", "qmgr", "showq"}
        services += [f"{name} unix {'n' if name in public else '-'} - n {wake} {most} {program}"
                     for name, wake, most, program in (
            ("pickup", "60", "1", "pickup"), ("cleanup", "-", "0", "cleanup"), ("qmgr", "300", "1", "qmgr"),
            ("rewrite", "-", "-", "trivial-rewrite"), ("bounce", "-", "0", "bounce"), ("defer", "-", "0", "bounce"),
            ("trace", "-", "0", "bounce"), ("proxymap", "-", "-", "proxymap"), ("smtp", "-", "-", "smtp"),
            ("relay", "-", "-", "smtp"), ("showq", "-", "-", "showq"), ("error", "-", "-", "error"),
            ("retry", "-", "-", "error"), ("local", "-", "-", "local"), ("anvil", "-", "1", "anvil"),
            ("scache", "-", "1", "scache"))]
        services.append("postlog unix-dgram n - n - 1 postlogd")
        (self.work / "conf/master.cf").write_text("\n".join(services) + "\n")
        self.command("start", preexec_fn=group.join)
        time.sleep(1)

    def command(self, verb, **kwargs):
        done = subprocess.run(["/usr/sbin/postfix", "-c", str(self.work / "conf"), verb], capture_output=True, text=True,
                              **kwargs)
        if done.returncode != 0:
            sys.exit(f"bench: postfix {verb} failed:\n{done.stdout}{done.stderr}")

    def stop(self):
        self.command("stop")
