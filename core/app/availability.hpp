#pragma once
// Can mail be taken in? The same causes, as SMTP and as HTTP name them.

#include <atomic>
#include <optional>
#include <string>

#include "app/memory_guard.hpp"
#include "module/module_host.hpp"
#include "spool/spool.hpp"

namespace godwit::app {

/// Any thread. What it refers to outlives it.
struct availability {
  const std::atomic<bool>& stopping;
  const memory_guard& memory;
  const module::host& modules;
  const spool::spool& store;

  /// Text of the 421 reply; nullopt: mail is welcome.
  std::optional<std::string> refusal() const;
  /// Text of the 503 reply to check-liveness (KumoMTA: HTTP API).
  std::optional<std::string> unready() const;
};

}  // namespace godwit::app
