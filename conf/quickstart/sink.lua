-- The receiving server of scripts/quickstart: verifies each DKIM signature, keeps the first message in a file, discards
-- the rest. One of its domains is never ready, so that the sender's queue has something to show.
local kumo = require 'kumo'

local function env(name)
  return (assert(os.getenv(name), name .. ' is not set: start this policy with scripts/quickstart'))
end

local dir = env 'GODWIT_QUICKSTART_DIR'

kumo.on('init', function()
  kumo.dns.configure_resolver { name_servers = { env 'GODWIT_QUICKSTART_DNS' } }
  kumo.define_spool { name = 'data', path = dir .. '/sink-spool/data' }
  kumo.define_spool { name = 'meta', path = dir .. '/sink-spool/meta' }
  kumo.start_esmtp_listener {
    listen = env 'GODWIT_QUICKSTART_SINK',
    hostname = 'mx.destination.test',
    banner = 'Godwit quickstart sink',
    relay_hosts = {},
  }
end)

kumo.on('get_listener_domain', function(domain)
  return kumo.make_listener_domain { relay_to = domain == 'destination.test' or domain == 'busy.test' }
end)

kumo.on('smtp_server_rcpt_to', function(recipient)
  if recipient.domain == 'busy.test' then
    kumo.reject(451, '4.3.0 busy, try again later')
  end
end)

kumo.on('smtp_server_message_received', function(msg)
  msg:add_authentication_results('mx.destination.test', msg:dkim_verify())
  local path = dir .. '/delivered.eml'
  local seen = io.open(path, 'rb')
  if seen then
    seen:close()
  else
    local file <close> = assert(io.open(path, 'wb'))
    file:write(msg:get_data())
  end
  msg:set_meta('queue', 'null')
end)
