#pragma once
// The host as this module sees it: its table, this module's instance, text conversions, logging, clocks.
// The C++ wrapper is compiled into the module; nothing of it crosses the boundary.

#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>

#include <godwit/abi.h>

namespace godwit::sdk {

namespace detail {
struct binding {
  const godwit_host* table = nullptr;
  godwit_instance* self = nullptr;
};
/// One per shared object: the module's symbols are hidden. Set before any of the module's own code runs.
inline binding bound;
}  // namespace detail

inline const godwit_host& host() { return *detail::bound.table; }
inline godwit_instance* self() { return detail::bound.self; }

inline godwit_str to_str(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view to_view(godwit_str text) { return {text.data ? text.data : "", text.size}; }

/// What a module throws to say why something cannot be done; the text reaches the log, the script or the
/// operator.
struct failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

enum class level { trace = GODWIT_LOG_TRACE, debug, info, warn, error };

inline bool log_enabled(level l) { return host().log_enabled(self(), static_cast<int32_t>(l)) != 0; }
inline void log(level l, std::string_view text) {
  host().log_write(self(), static_cast<int32_t>(l), to_str(text));
}
inline void log_debug(std::string_view text) { log(level::debug, text); }
inline void log_info(std::string_view text) { log(level::info, text); }
inline void log_warn(std::string_view text) { log(level::warn, text); }
inline void log_error(std::string_view text) { log(level::error, text); }

/// "version", "hostname", "node_id"; empty when unknown.
inline std::string_view server_info(std::string_view key) {
  return to_view(host().server_info_borrow(self(), to_str(key)));
}

/// Time of day as the server sees it.
inline std::chrono::system_clock::time_point now() {
  return std::chrono::system_clock::time_point(
      std::chrono::duration_cast<std::chrono::system_clock::duration>(
          std::chrono::nanoseconds(host().now_wall())));
}
inline std::chrono::nanoseconds steady_now() { return std::chrono::nanoseconds(host().now_steady()); }

/// While something named is unhealthy the server refuses mail with `reason`.
inline void set_healthy(std::string_view what) { host().health_set(self(), to_str(what), 1, {}); }
inline void set_unhealthy(std::string_view what, std::string_view reason) {
  host().health_set(self(), to_str(what), 0, to_str(reason));
}

/// For GODWIT_* results of slots whose failure is a mistake of the module or a session that is gone.
inline void require(godwit_status status, const char* what) {
  if (status == GODWIT_OK) return;
  if (status == GODWIT_GONE) throw failure(std::string(what) + ": the session or message is over");
  if (status == GODWIT_NOT_LOADED) throw failure(std::string(what) + ": the message's data is not in memory");
  if (status == GODWIT_WRONG_PHASE)
    throw failure(std::string(what) + ": not allowed in this phase of the life cycle");
  throw failure(std::string(what) + ": refused with status " + std::to_string(status));
}

}  // namespace godwit::sdk
