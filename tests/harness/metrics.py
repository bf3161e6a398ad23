"""What the server counts, as its /metrics shows it."""
import re
import urllib.request

import pytest

# For `init` of a policy.
LISTENER = "  kumo.start_http_listener { listen = '127.0.0.1:0', trusted_hosts = { '127.0.0.1' } }\n"


def metric(daemon, series):
    """The value of a series, labels as they stand: 'name{label="x"}'."""
    if "this build has no HTTP listener" in daemon.diagnostics():
        pytest.skip("this build has no HTTP listener")
    port = re.search(r"http listener on \S+:(\d+)", daemon.diagnostics())[1]
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
        text = answer.read().decode()
    found = re.search(rf"^{re.escape(series)} (\S+)$", text, re.M)
    assert found, f"no {series} in:\n{text}"
    return float(found[1])
