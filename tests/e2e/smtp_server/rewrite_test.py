"""smtp_server_rewrite_response decides what the peer hears, and the session goes by it."""
from harness.policy import policy, route


def daemon_with(start, peer, handler, listener=""):
    return start(policy(listener, events=route(peer.mx) + f"""
kumo.on('smtp_server_rewrite_response', function(status, response, command, conn_meta)
{handler}
end)"""))


def test_text_and_code_are_replaced(start, peer):
    daemon = daemon_with(start, peer, "if command == 'NOOP' then return 251, '2.0.0 heard you' end")
    with daemon.session() as client:
        client.expect("251 2.0.0 heard you", "NOOP")
        client.expect("250 Reset state", "RSET")


def test_421_ends_the_session(start, peer):
    daemon = daemon_with(start, peer, "if command == 'NOOP' then return 421, '4.3.2 enough' end")
    with daemon.session() as client:
        client.send("NOOP\r\nNOOP\r\n")
        client.expect("421 4.3.2 enough")
        assert client.is_closed()
    record = daemon.log.wait(type="Rejection")
    assert (record["response"]["code"], record["response"]["command"]) == (421, "NOOP")


def test_an_acceptance_that_is_refused_is_a_rejection(start, peer):
    daemon = daemon_with(start, peer, "if command:find('bad@') then return 550, '5.7.1 not him' end")
    with daemon.session() as client:
        client.expect("550 5.7.1 not him", "MAIL FROM:<bad@example.test>")
        client.expect("503 5.5.0 MAIL FROM must be issued first", "RCPT TO:<b@example.test>")
        client.envelope("a@example.test", "b@example.test")
        client.expect("550 5.7.1 not him", "RCPT TO:<bad@example.test>")
        assert client.data("Subject: x\n\nbody\n").code == 250
    assert peer.wait_messages().recipients == ["b@example.test"]
    refused = daemon.log.wait(type="Rejection", count=3)
    assert [r["response"]["code"] for r in refused] == [550, 503, 550]
    assert refused[2]["recipient"] == "bad@example.test" and refused[2]["sender"] == "a@example.test"


def test_an_error_in_the_handler_changes_nothing(start, peer):
    daemon = daemon_with(start, peer, "if command == 'NOOP' then error 'out of cheese' end")
    with daemon.session() as client:
        client.expect("250 the goggles do nothing", "NOOP")
    daemon.wait_for_diagnostic("out of cheese")
