#include "dns/options.hpp"

namespace godwit::dns {

const config::options<resolver_options>& resolver_option_table() {
  static const auto table = [] {
    config::options<resolver_options> t("dns", "How names are resolved.");
    using o = resolver_options;
    t.field("name_servers", &o::name_servers, "Servers to ask, \"ip\" or \"ip:port\"; none: those of resolv_conf.")
        .field("resolv_conf", &o::resolv_conf, "File that names the servers when name_servers is empty.")
        .field("zones", &o::zones,
               "Zone texts in master file format, answered from memory; without name_servers nothing else exists.")
        .field("validate", &o::validate, "Validate answers with DNSSEC.")
        .field("trust_anchor_file", &o::trust_anchor_file, "DNSSEC trust anchors; none: those of the root zone.")
        .field("mx_concurrency_limit", &o::mx_concurrency_limit, "MX look-ups in progress at one time.")
        .field("mx_timeout", &o::mx_timeout, "Limit of one MX look-up.")
        .field("mx_negative_cache_ttl", &o::mx_negative_cache_ttl, "How long a failed MX look-up is remembered.")
        .field("timeout", &o::timeout, "Limit of one look-up of anything but MX.")
        .field("cache_size", &o::cache_size, "Answers kept, MX and others each; the least used go first.");
    t.rule([](const o& v) -> std::optional<std::string> {
      if (v.mx_concurrency_limit == 0) return "mx_concurrency_limit must be at least 1";
      if (v.cache_size == 0) return "cache_size must be at least 1";
      return std::nullopt;
    });
    return t;
  }();
  return table;
}

}  // namespace godwit::dns
