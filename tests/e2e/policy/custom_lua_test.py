"""Delivery by a script: batches, close, rejections, errors."""
from harness.policy import policy


def deliver(start, connection, users=("one",), custom="", queue="retry_interval = '1s'", path=""):
    """`connection` is Lua that adds methods to the table `connection`; its print tells what happened."""
    daemon = start(policy("batch_handling = 'BifurcateAlways'", events=f"""
kumo.on('get_queue_config', function()
  return kumo.make_queue_config {{ {queue}, protocol = {{ custom_lua = {{ constructor = 'make.test', {custom} }} }} }}
end)
kumo.on('get_egress_path_config', function()
  return kumo.make_egress_path {{ connection_limit = 1, idle_timeout = '1s', {path} }}
end)
kumo.on('make.test', function(domain, tenant, campaign)
  print('opened for ' .. domain)
  local connection = {{}}
{connection}
  return connection
end)"""))
    with daemon.session() as client:
        for user in users:
            client.deliver("a@example.test", f"{user}@example.test")
    return daemon


def test_batches_and_close(start):
    daemon = deliver(start, """
  function connection:send_batch(messages)
    print('batch of ' .. #messages)
    return 'took ' .. #messages
  end
  function connection:close() print 'closed' end""", users=[str(i) for i in range(6)],
                     custom="batch_size = 3, min_batch_size = 3, max_batch_latency = '5s'")
    records = daemon.log.wait(type="Delivery", count=6)
    assert {r["response"]["content"] for r in records} == {"took 3"}
    assert all(r["response"]["code"] == 200 for r in records)
    daemon.wait_for_diagnostic("closed")
    assert daemon.process.own_output().count("batch of 3") == 2


def test_a_batch_may_be_short_when_its_time_is_over(start):
    daemon = deliver(start, "function connection:send_batch(messages) return 'took ' .. #messages end", users=["1", "2"],
                     custom="batch_size = 10, min_batch_size = 5, max_batch_latency = '1s'")
    for record in daemon.log.wait(type="Delivery", count=2):
        assert record["response"]["content"].startswith("took ")


def test_a_transient_rejection_is_retried_on_the_same_session(start):
    daemon = deliver(start, """
  function connection:send(msg)
    if msg:recipient().user == 'later' and msg:num_attempts() == 0 then kumo.reject(451, '4.2.0 busy') end
    return 'ok'
  end
  function connection:close() print 'closed' end""", users=["later", "now"], path="connection_limit = 1, idle_timeout = '10s'")
    failed = daemon.log.wait(type="TransientFailure", recipient="later@example.test")
    assert failed["response"]["code"] == 451 and failed["response"]["content"] == "busy"
    daemon.log.wait(type="Delivery", recipient="now@example.test")
    daemon.log.wait(type="Delivery", recipient="later@example.test", seconds=20)
    assert daemon.process.own_output().count("opened for") == 1


def test_421_ends_the_session(start):
    daemon = deliver(start, """
  function connection:send(msg)
    if msg:num_attempts() == 0 then kumo.reject(421, '4.3.2 going away') end
    return 'ok'
  end""", path="idle_timeout = '10s'")
    assert daemon.log.wait(type="TransientFailure")["response"]["code"] == 421
    daemon.log.wait(type="Delivery", seconds=20)
    assert daemon.process.own_output().count("opened for") == 2


def test_a_permanent_rejection_bounces(start):
    daemon = deliver(start, "function connection:send(msg) kumo.reject(554, '5.7.1 never') end")
    record = daemon.log.wait(type="Bounce")
    assert (record["response"]["code"], record["response"]["content"]) == (554, "never")


def test_an_error_is_temporary_and_ends_the_session(start):
    daemon = deliver(start, """
  function connection:send(msg)
    if msg:num_attempts() == 0 then error 'out of cheese' end
    return 'ok'
  end""", path="idle_timeout = '10s'")
    record = daemon.log.wait(type="TransientFailure")
    assert record["response"]["code"] == 400
    assert record["response"]["content"].startswith("KumoMTA internal: error in deliver_message: ")
    daemon.wait_for_diagnostic(r"policy\.lua:\d+.*out of cheese")
    daemon.log.wait(type="Delivery", seconds=20)
    assert daemon.process.own_output().count("opened for") == 2


def test_a_constructor_that_rejects_or_fails_defers(start):
    for statement, code, text in (("kumo.reject(451, '4.4.1 no route')", 451, "no route"),
                                  ("error 'no credentials'", 400, "KumoMTA internal: error in make.test: ")):
        daemon = deliver(start, statement, queue="retry_interval = '1h'")
        record = daemon.log.wait(type="TransientFailure")
        assert record["response"]["code"] == code
        assert record["response"]["content"].startswith(text)


def test_a_connection_without_send_defers(start):
    daemon = deliver(start, "", queue="retry_interval = '1h'")
    content = daemon.log.wait(type="TransientFailure")["response"]["content"]
    assert "the connection object has no method 'send'" in content
