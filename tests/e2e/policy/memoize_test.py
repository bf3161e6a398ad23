"""kumo.memoize under several sessions: who waits for whom, and for how long."""
import pytest

from harness.policy import policy
from harness.scripts import Script, scripts

CACHED = """
local cached = kumo.memoize(function(key) kumo.sleep(3) return 'made' end,
  {{ name = 'c', ttl = '1 minute', capacity = 10, {} }})
"""


@pytest.mark.parametrize("options, others", [
    ("", "returned made"),
    ("populate_timeout = '1s'", "memoize 'c': timed out after"),
    ("populate_timeout = '1s', retry_on_populate_timeout = true", "returned made"),
])
def test_who_comes_while_another_session_makes_the_value(start, options, others):
    daemon = start(policy(head=CACHED.format(options), events=scripts(ask="return cached('key')")))
    asking = [Script(daemon, "ask") for _ in range(3)]
    results = [s.result() for s in asking]
    assert results.count("returned made") >= 1
    assert all(r == "returned made" or others in r for r in results), results
    assert (len(set(results)) == 1) == (others == "returned made"), results
    assert Script(daemon, "ask").result() == "returned made"
