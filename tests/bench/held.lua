-- As godwit.lua, with mail that waits: until BENCH_DUE (seconds since 1970), without it until tomorrow.
local kumo = require 'kumo'
dofile((os.getenv 'BENCH_POLICIES') .. '/godwit.lua')

local due = tonumber(os.getenv 'BENCH_DUE') or os.time() + 86400
local first_attempt = os.date('!%Y-%m-%dT%H:%M:%SZ', due)

kumo.on('smtp_server_message_received', function(msg)
  msg:set_scheduling { first_attempt = first_attempt }
end)
