#pragma once
// The certificate a listener shows when the operator gave none: encrypts, proves nothing.

#include <string>

#include "base/result.hpp"

struct ssl_ctx_st;

namespace godwit::net {

/// Makes a P-256 key and a certificate for `host_name` in memory and puts both into `context`.
result<void> use_self_signed(ssl_ctx_st* context, const std::string& host_name);

}  // namespace godwit::net
