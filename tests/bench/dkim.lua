-- As godwit.lua, with a DKIM signature by an RSA key of 2048 bits.
local kumo = require 'kumo'
dofile((os.getenv 'BENCH_POLICIES') .. '/godwit.lua')

local signer = kumo.dkim.rsa_sha256_signer {
  domain = 'source.test',
  selector = 'bench',
  headers = { 'From', 'To', 'Date', 'Message-ID' },
  key = (os.getenv 'BENCH_DIR') .. '/dkim.key',
}

kumo.on('smtp_server_message_received', function(msg)
  msg:dkim_sign(signer)
end)
