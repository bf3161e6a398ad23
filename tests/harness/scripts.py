"""Lua bodies that a test runs inside the daemon, one session each, and what they returned or raised."""


def scripts(**bodies):
    """Events in which MAIL FROM:<NAME@example.test> runs the body NAME; its reply says what came of it."""
    functions = "".join(f"  {name} = function()\n{body}\n  end,\n" for name, body in bodies.items())
    return f"""
local scripts = {{
{functions}}}
kumo.on('smtp_server_mail_from', function(address)
  local ok, result = pcall(scripts[tostring(address):match '^[^@]+'])
  kumo.reject(550, (ok and 'returned ' or 'raised ') .. tostring(result))
end)
"""


class Script:
    """One that has been started; `result()` waits for it."""

    def __init__(self, daemon, name, timeout=60):
        self.client = daemon.session(timeout=timeout)
        self.client.send(f"MAIL FROM:<{name}@example.test>\r\n")

    def result(self):
        reply = self.client.reply()
        self.client.close()
        assert reply.code == 550, reply
        return reply.text


def run(daemon, name):
    return Script(daemon, name).result()
