#pragma once
// One HTTP request as handlers see it, and what they answer. Plain values; a request is shared by what works on it and
// does not change once the handler runs.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/cidr.hpp"
#include "base/value.hpp"
#include "mail/connection_context.hpp"

namespace godwit::http {

using header_list = std::vector<std::pair<std::string, std::string>>;

struct request {
  std::string method;  ///< upper case
  std::string path;    ///< percent-decoded, without the query
  header_list query;   ///< decoded parameters in order; see parse_query
  header_list headers;
  std::string body;  ///< decompressed
  ip_endpoint peer, local;
  mail::auth_info auth;  ///< who the peer has shown to be; the trusted group when its address is trusted

  /// First parameter or header of that name, null when absent. Header names in any case.
  const std::string* parameter(std::string_view name) const;
  const std::string* header(std::string_view name) const;
};
using request_ref = std::shared_ptr<const request>;

struct response {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  header_list headers;
  std::string body;

  static response text(int status, std::string body);
  static response json(const value& v);
  /// "Error: WHY", as handlers report what they could not do (KumoMTA: HTTP API).
  static response failure(std::string_view why, int status = 500);
};

const std::string* find_header(const header_list& all, std::string_view name);

}  // namespace godwit::http
