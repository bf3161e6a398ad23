-- The policy of scripts/bench backlog: as godwit.lua, with mail that waits BENCH_HOLD seconds for its first attempt.
local kumo = require 'kumo'
dofile((os.getenv 'BENCH_POLICIES') .. '/godwit.lua')

local hold = tonumber(os.getenv 'BENCH_HOLD')

kumo.on('smtp_server_message_received', function(msg)
  msg:set_scheduling { first_attempt = os.date('!%Y-%m-%dT%H:%M:%SZ', os.time() + hold) }
end)
