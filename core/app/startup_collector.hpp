#pragma once
// Gathers what a policy asks for in pre_init and init; the daemon acts on it afterwards, in its own order.

#include "app/memory_guard.hpp"
#include "app/resolver_slot.hpp"
#include "app/settings.hpp"
#include "lua_api/startup.hpp"

namespace godwit::app {

class startup_collector final : public lua_api::startup_sink {
 public:
  startup_collector(settings& into, resolver_slot& names, memory_guard& memory)
      : settings_(into), names_(names), memory_(memory) {}

  result<void> add_spool(spool::store_options options) override;
  result<void> add_listener(smtp::listener_options options) override;
  result<void> add_http_listener(http::listener_options options) override;
  result<void> configure_resolver(dns::resolver_options options) override;
  result<void> configure(std::string_view name, value setting) override;

 private:
  settings& settings_;
  resolver_slot& names_;
  memory_guard& memory_;
};

}  // namespace godwit::app
