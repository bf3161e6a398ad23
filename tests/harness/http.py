"""An HTTP client on http.client for the daemon's listeners, and the counters that /metrics shows."""
import base64
import http.client
import json
import re
import ssl

from prometheus_client.parser import text_string_to_metric_families

from .waiting import PATIENCE


class Reply:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def text(self):
        return self.body.decode()

    def json(self):
        return json.loads(self.body)


class HttpClient:
    """One connection, kept open between requests."""

    def __init__(self, address, tls=False, seconds=10):
        timeout = seconds * PATIENCE
        if tls:
            context = ssl.create_default_context()
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            self.connection = http.client.HTTPSConnection(*address, timeout=timeout, context=context)
        else:
            self.connection = http.client.HTTPConnection(*address, timeout=timeout)

    def request(self, method, target, body=None, headers=None):
        self.connection.request(method, target, body=body, headers=headers or {})
        return Reply(self.connection.getresponse())

    def get(self, target, **headers):
        return self.request("GET", target, headers={k.replace("_", "-"): v for k, v in headers.items()})

    def close(self):
        self.connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def basic(user, password=None):
    text = user if password is None else f"{user}:{password}"
    return "Basic " + base64.b64encode(text.encode()).decode()


def listener(fields=""):
    """For `init` of a policy: one on a port that the system chooses."""
    return f"  kumo.start_http_listener {{ listen = '127.0.0.1:0', {fields} }}\n"


def addresses(daemon):
    """Of the daemon's HTTP listeners, in order."""
    found = re.findall(r"https? listener on (\S+):(\d+)", daemon.process.own_output())
    return [(host.strip("[]"), int(port)) for host, port in found]


def client(daemon, index=0, **kwargs):
    return HttpClient(addresses(daemon)[index], **kwargs)


def parse_metrics(text):
    """{(name, ((label, value), …)): number}; raises when the text is not Prometheus' format."""
    names = set(re.findall(r"^# TYPE (\S+) ", text, re.M))

    def as_written(name):  # the parser ends names of counters in _total, as OpenMetrics wants them
        short = name.removesuffix("_total")
        return short if name not in names and short in names else name

    return {(as_written(s.name), tuple(sorted(s.labels.items()))): s.value
            for family in text_string_to_metric_families(text) for s in family.samples}


def metrics(daemon):
    with client(daemon) as c:
        reply = c.get("/metrics")
    assert reply.status == 200, reply.text
    return parse_metrics(reply.text)


def metric(daemon, name, /, **labels):
    """0 when there is no such series."""
    return metrics(daemon).get((name, tuple(sorted(labels.items()))), 0)
