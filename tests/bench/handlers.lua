-- As godwit.lua, with three small handlers of the kind that most policies have: connection and recipients are looked at,
-- the message gets metadata that name its queue and a header field.
local kumo = require 'kumo'
dofile((os.getenv 'BENCH_POLICIES') .. '/godwit.lua')

local blocked = { ['blocked@sink.test'] = true }

kumo.on('smtp_server_mail_from', function(sender, conn_meta)
  if sender.domain == 'spam.test' then
    kumo.reject(550, '5.7.1 not from there')
  end
  conn_meta:set_meta('campaign', sender.user)
end)

kumo.on('smtp_server_rcpt_to', function(recipient, conn_meta)
  if blocked[recipient.email] and not conn_meta:get_meta 'authz_id' then
    kumo.reject(550, '5.7.1 not to them')
  end
end)

kumo.on('smtp_server_message_received', function(msg, conn_meta)
  msg:set_meta('tenant', msg:sender().domain)
  msg:set_meta('campaign', conn_meta:get_meta 'campaign')
  msg:prepend_header('X-Tenant', msg:get_meta 'tenant')
end)
