-- The policy that scripts/bench measures: durable spool, JSON log, everything to one sink.
local kumo = require 'kumo'
local dir = assert(os.getenv 'BENCH_DIR', 'start this policy with scripts/bench')

kumo.on('init', function()
  kumo.define_spool { name = 'data', path = dir .. '/spool/data', kind = 'RocksDB' }
  kumo.define_spool { name = 'meta', path = dir .. '/spool/meta', kind = 'RocksDB' }
  kumo.configure_local_logs { log_dir = dir .. '/log' }
  kumo.start_esmtp_listener {
    listen = '127.0.0.1:' .. os.getenv 'BENCH_PORT',
    hostname = 'bench.test',
    relay_hosts = { '127.0.0.1' },
  }
end)

kumo.on('get_queue_config', function()
  return kumo.make_queue_config {
    protocol = { smtp = { mx_list = { '127.0.0.1:' .. os.getenv 'BENCH_SINK' } } },
  }
end)

kumo.on('get_egress_path_config', function()
  return kumo.make_egress_path {
    enable_tls = 'Disabled',
    prohibited_hosts = {},
    connection_limit = 20,
    max_ready = 100000,
  }
end)
