-- A complete policy in the documented style: what the documentation's example does, with ports and paths for tests.
local kumo = require 'kumo'

local TENANT_POOLS = { acme = 'pool-acme' }

kumo.on('pre_init', function()
  kumo.set_max_spare_lua_contexts(128)
  kumo.set_diagnostic_log_filter 'info'
end)

kumo.on('init', function()
  for _, name in ipairs { 'data', 'meta' } do
    kumo.define_spool {
      name = name,
      path = '/tmp/kumo-test/spool/' .. name,
      kind = 'RocksDB',
    }
  end

  kumo.configure_local_logs {
    log_dir = '/tmp/kumo-test/log',
    max_segment_duration = '10 seconds',
    headers = { 'Subject', 'X-*' },
  }

  kumo.start_esmtp_listener {
    listen = '127.0.0.1:0',
    hostname = 'mx.example.com',
    banner = 'Welcome!',
    relay_hosts = { '127.0.0.1', '10.0.0.0/8' },
    max_message_size = 20 * 1024 * 1024,
    client_timeout = '1 minute',
    trace_headers = { received_header = true, supplemental_header = false },
  }

  kumo.start_http_listener {
    listen = '127.0.0.1:0',
    trusted_hosts = { '127.0.0.1' },
  }
end)

kumo.on('smtp_server_ehlo', function(domain, conn_meta)
  conn_meta:set_meta('x_seen_ehlo', domain)
  if domain == 'spammer' then
    kumo.reject(420, 'not you')
  end
end)

kumo.on('smtp_server_auth_plain', function(authz, authc, password)
  local passwords = { ['daniel'] = 'tiger' }
  return passwords[authc] ~= nil and passwords[authc] == password
end)

local domain_options = kumo.memoize(function(domain)
  if domain == 'relay.example.com' then
    return kumo.make_listener_domain { relay_to = true, log_oob = true }
  end
end, { name = 'domain_options', ttl = '5 minutes', capacity = 100 })

kumo.on('get_listener_domain', function(domain, listener, conn_meta)
  return domain_options(domain)
end)

kumo.on('smtp_server_message_received', function(msg, conn_meta)
  msg:import_x_headers { 'x-tenant', 'x-campaign' }
  msg:remove_x_headers { 'x-tenant', 'x-campaign' }
  msg:set_meta('tenant', msg:get_meta 'x_tenant')
  msg:set_meta('campaign', msg:get_meta 'x_campaign')
  local from = msg:from_header()
  if not from then
    kumo.reject(552, '5.6.0 From header is missing')
  end
  msg:set_meta('x_from_domain', from.domain)
  msg:append_header('X-Received-By', 'example')
end)

kumo.on('get_queue_config', function(domain, tenant, campaign, routing_domain)
  return kumo.make_queue_config {
    egress_pool = TENANT_POOLS[tenant],
    max_age = '24 hours',
    retry_interval = '10 minutes',
    max_retry_interval = '2 hours',
  }
end)

kumo.on('get_egress_pool', function(pool_name)
  return kumo.make_egress_pool {
    name = pool_name,
    entries = { { name = 'ip-1', weight = 2 }, { name = 'ip-2' } },
  }
end)

kumo.on('get_egress_source', function(source_name)
  local sources = kumo.json_parse [[
    { // comments are allowed
      "ip-1": { "source_address": "127.0.0.1" },
      "ip-2": { "source_address": "127.0.0.2" }
    }
  ]]
  local params = sources[source_name]
  params.name = source_name
  return kumo.make_egress_source(params)
end)

kumo.on('get_egress_path_config', function(domain, egress_source, site_name)
  return kumo.make_egress_path {
    enable_tls = 'OpportunisticInsecure',
    connection_limit = 10,
    max_message_rate = '100/s',
    smtp_port = 2025,
    prohibited_hosts = {},
  }
end)

kumo.on('requeue_message', function(msg, response)
  if msg:num_attempts() >= 3 then
    msg:set_meta('routing_domain', 'fallback.example.com')
  end
end)

kumo.on('make.lua.connection', function(domain, tenant, campaign)
  local connection = {}
  function connection:send(message)
    local data = message:get_data()
    return 'accepted ' .. #data
  end
  function connection:close() end
  return connection
end)
