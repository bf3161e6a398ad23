"""Lua policies of the tests: the frame that all share, filled with what a test is about.

Arguments are Lua source: fields of a table ("relay_hosts = {}"), or whole statements. @DIR@ is the daemon's directory.
"""

FRAME = """local kumo = require 'kumo'
{head}
kumo.on('init', function()
  kumo.define_spool {{ name = 'data', path = '@DIR@/spool/data', {spool} }}
  kumo.define_spool {{ name = 'meta', path = '@DIR@/spool/meta', {spool} }}
  kumo.configure_local_logs {{ log_dir = '@DIR@/log', {logs} }}
{listeners}{init}
end)
{events}
"""

LISTENER = "  kumo.start_esmtp_listener {{ hostname = 'mx.test', {fields} }}\n"


def _with_defaults(fields, **defaults):
    """`fields` after the defaults that it does not name itself."""
    given = {part.split("=")[0].strip() for part in fields.replace("\n", ",").split(",") if "=" in part}
    missing = [f"{name} = {value}" for name, value in defaults.items() if name not in given]
    return ", ".join([*missing, fields] if fields else missing)


def policy(listener="", *, more_listeners=(), spool="", logs="", head="", init="", events=""):
    listeners = [_with_defaults(f, listen="'127.0.0.1:0'") for f in (listener, *more_listeners)]
    return FRAME.format(
        head=head, init=init, events=events, spool=_with_defaults(spool, kind="'RocksDB'"),
        logs=_with_defaults(logs, max_segment_duration="'1s'"),
        listeners="".join(LISTENER.format(fields=f) for f in listeners))


def route(mx, queue="", path=""):
    """Events that send everything to `mx` ("host:port", several comma-separated, or a Lua list)."""
    hosts = mx if mx.startswith("{") else "{ " + ", ".join(f"'{h}'" for h in mx.split(",")) + " }"
    queue = _with_defaults(queue, protocol=f"{{ smtp = {{ mx_list = {hosts} }} }}")
    return queue_events(queue, path)


def queue_events(queue="", path=""):
    """get_queue_config and get_egress_path_config with these fields, fit for loopback destinations."""
    path = _with_defaults(path, enable_tls="'Disabled'", prohibited_hosts="{}", idle_timeout="'1s'")
    queue = _with_defaults(queue, retry_interval="'1s'")
    return f"""
kumo.on('get_queue_config', function(domain, tenant, campaign, routing_domain)
  return kumo.make_queue_config {{ {queue} }}
end)
kumo.on('get_egress_path_config', function(routing_domain, egress_source, site_name)
  return kumo.make_egress_path {{ {path} }}
end)
"""


def zones(*texts):
    """For `init`: names from these zone texts and nowhere else."""
    quoted = ", ".join(f"[[{t}]]" for t in texts)
    return f"  kumo.dns.configure_test_resolver {{ {quoted} }}\n"
