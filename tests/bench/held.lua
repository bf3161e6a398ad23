-- As godwit.lua, with mail that waits: until BENCH_DUE (seconds since 1970), without it until tomorrow. BENCH_DOMAINS spreads it over
-- so many domains: d1.test, d2.test, …
local kumo = require 'kumo'
dofile((os.getenv 'BENCH_POLICIES') .. '/godwit.lua')

local due = tonumber(os.getenv 'BENCH_DUE') or os.time() + 86400
local first_attempt = os.date('!%Y-%m-%dT%H:%M:%SZ', due)

local domains = tonumber(os.getenv 'BENCH_DOMAINS') or 0

kumo.on('smtp_server_message_received', function(msg)
  if domains > 0 then
    local ticks = tonumber(msg:id():sub(1, 8), 16) -- when it came
    msg:set_recipient('recipient@d' .. ticks % domains + 1 .. '.test')
  end
  msg:set_scheduling { first_attempt = first_attempt }
end)
