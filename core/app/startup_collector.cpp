#include "app/startup_collector.hpp"

#include "app/configuration_check.hpp"
#include "log/log.hpp"

namespace godwit::app {

result<void> startup_collector::add_spool(spool::store_options options) {
  for (const auto& known : spools_) {
    if (known.name == options.name) return fail("spool \"{}\" is already defined, with path {}", known.name, known.path);
  }
  spools_.push_back(std::move(options));
  return {};
}

result<void> startup_collector::add_listener(smtp::listener_options options) {
  if (auto usable = check_certificate(options); !usable) return usable;
  listeners_.push_back(std::move(options));
  return {};
}

result<void> startup_collector::add_http_listener(value) {
  // Policies that start one run all the same: mail does not depend on it.
  log::warn("app", "kumo.start_http_listener: this build has no HTTP listener, the call has no effect");
  return {};
}

result<void> startup_collector::configure_resolver(dns::resolver_options options) {
  return names_.configure(options);
}

result<void> startup_collector::configure(std::string_view name, value setting) {
  if (!name.starts_with("memory_")) return {};
  const auto* given = setting.as_integer();
  if (!given || *given <= 0) return fail("{} must be a positive number of bytes", name);
  const auto bytes = static_cast<std::uint64_t>(*given);
  if (name == "memory_hard_limit") memory_.set_hard_limit(bytes);
  if (name == "memory_soft_limit") memory_.set_soft_limit(bytes);
  if (name == "memory_low_thresh") memory_.set_low_threshold(bytes);
  return {};
}

}  // namespace godwit::app
