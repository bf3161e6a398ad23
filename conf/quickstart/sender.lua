-- The sending server of scripts/quickstart: takes mail on a loopback port, signs it with DKIM, finds the destination
-- through DNS and delivers it. Started as: godwitd --policy conf/quickstart/sender.lua
local kumo = require 'kumo'

local function env(name)
  return (assert(os.getenv(name), name .. ' is not set: start this policy with scripts/quickstart'))
end

local dir = env 'GODWIT_QUICKSTART_DIR'

kumo.on('init', function()
  kumo.dns.configure_resolver { name_servers = { env 'GODWIT_QUICKSTART_DNS' } }
  kumo.define_spool { name = 'data', path = dir .. '/spool/data', kind = 'RocksDB' }
  kumo.define_spool { name = 'meta', path = dir .. '/spool/meta', kind = 'RocksDB' }
  kumo.configure_local_logs { log_dir = dir .. '/log', headers = { 'Subject' } }
  kumo.start_esmtp_listener {
    listen = env 'GODWIT_QUICKSTART_LISTEN',
    hostname = 'sender.test',
    relay_hosts = { '127.0.0.1' },
  }
end)

local signer = kumo.dkim.rsa_sha256_signer {
  domain = 'sender.test',
  selector = 'godwit',
  headers = { 'From', 'To', 'Subject', 'Date', 'Message-ID' },
  over_sign = true,
  key = dir .. '/dkim.key',
}

kumo.on('smtp_server_message_received', function(msg)
  msg:set_meta('campaign', 'quickstart')
  msg:dkim_sign(signer)
end)

kumo.on('get_queue_config', function()
  return kumo.make_queue_config { retry_interval = '1m', max_age = '1 day' }
end)

-- The sink lives on a loopback address, which a real server must not send to: hence prohibited_hosts = {}.
kumo.on('get_egress_path_config', function()
  return kumo.make_egress_path {
    smtp_port = tonumber(env 'GODWIT_QUICKSTART_SINK_PORT'),
    enable_tls = 'OpportunisticInsecure',
    prohibited_hosts = {},
  }
end)
