"""godwit.toml texts of the tests: the sections that all share, filled with what a test is about.

Arguments are TOML lines. A line replaces the default of the same name; None leaves a whole section out. @DIR@ is the daemon's
directory.
"""


def section(name, lines="", **defaults):
    """[name] with `lines`, after the defaults that they do not name."""
    given = {line.split("=")[0].strip() for line in lines.splitlines() if "=" in line}
    missing = [f"{key} = {value}" for key, value in defaults.items() if key not in given]
    return "\n".join([f"[{name}]", *missing, lines.strip("\n"), ""])


def spool(data="", meta=""):
    return (section("spool.data", data, path='"@DIR@/spool/data"') + section("spool.meta", meta, path='"@DIR@/spool/meta"'))


def listener(lines=""):
    return section("listener.smtp", lines, listen='"127.0.0.1:0"', hostname='"mx.test"')


def json_log(lines=""):
    return (section("modules.log_json", enabled="true")
            + section("[modules.log_json.logs]", lines, log_dir='"@DIR@/log"', max_segment_duration='"1s"'))


def route(mx, queue="", path=""):
    """Sends everything to `mx` ("host:port"): [queue.default] and [egress.path.default], fit for loopback destinations."""
    return (section("queue.default", queue, retry_interval='"1s"', protocol=f'{{ smtp = {{ mx_list = ["{mx}"] }} }}')
            + loopback_path(path))


def loopback_path(lines=""):
    return section("egress.path.default", lines, enable_tls='"Disabled"', prohibited_hosts="[]", idle_timeout='"1s"')


def configuration(*sections, smtp="", logs="", data="", meta=""):
    """Spool, listener and log, then `sections`. `smtp`, `logs`, `data`, `meta`: lines of the parts."""
    parts = [spool(data, meta), listener(smtp), json_log(logs) if logs is not None else ""]
    return "".join([*parts, *(s if s.endswith("\n") else s + "\n" for s in sections)])
