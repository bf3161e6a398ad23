#include "app/startup_collector.hpp"

#include "app/configuration_check.hpp"

namespace godwit::app {

result<void> startup_collector::add_spool(spool::store_options options) {
  for (const auto& known : settings_.spools) {
    if (known.name == options.name) return fail("spool \"{}\" is already defined, with path {}", known.name, known.path);
  }
  settings_.spools.push_back(std::move(options));
  return {};
}

result<void> startup_collector::add_listener(smtp::listener_options options) {
  if (auto usable = check_certificate(options.tls()); !usable) return usable;
  settings_.listeners.push_back(std::move(options));
  return {};
}

result<void> startup_collector::add_http_listener(http::listener_options options) {
  if (auto usable = check_certificate(options.tls()); !usable) return usable;
  settings_.http_listeners.push_back(std::move(options));
  return {};
}

result<void> startup_collector::configure_resolver(dns::resolver_options options) {
  settings_.dns = options;
  return names_.configure(options);
}

result<void> startup_collector::configure(std::string_view name, value setting) {
  if (name.starts_with("mx_")) return names_.set(name, setting);
  if (!name.starts_with("memory_")) return {};  // numbers of threads, which no part of this server has
  const auto* given = setting.as_integer();
  if (!given || *given <= 0) return fail("{} must be a positive number of bytes", name);
  const auto bytes = static_cast<std::uint64_t>(*given);
  if (name == "memory_hard_limit") memory_.set_hard_limit(bytes);
  if (name == "memory_soft_limit") memory_.set_soft_limit(bytes);
  if (name == "memory_low_thresh") memory_.set_low_threshold(bytes);
  return {};
}

}  // namespace godwit::app
