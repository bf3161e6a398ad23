#pragma once
// Protocols of scheduled queues that modules provide: what their tables may hold, and who delivers. One for the process,
// because option tables are. Thread-safe; modules register while they load.

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "config/problem.hpp"

namespace godwit {
class value;
}

namespace godwit::queue {

class delivery_agent;

struct protocol_kind {
  std::string name;   ///< key of the `protocol` table: "maildir"
  std::string owner;  ///< module
  /// Keys that may also stand in the `protocol` table itself, as documented ones do: maildir_path, dir_mode, file_mode.
  std::vector<std::string> inline_keys;
  /// Appends what is wrong with the protocol's own table.
  std::function<void(const value& table, config::problems& out, const std::string& path)> check;
  std::shared_ptr<delivery_agent> agent;  ///< null once the module is gone: its queues wait for it to come back
};
using protocol_ref = std::shared_ptr<const protocol_kind>;

/// In place of all that `owner` provided; nobody who looks meets both or neither. An error, and nothing has changed, when another
/// module provides a protocol or key of one of these names. `also` takes what must be had together with the protocols: called when
/// these are free, no other change comes between; when it is refused nothing has changed here either.
result<void> replace_protocols(std::string_view owner, std::vector<protocol_kind> fresh, const std::function<result<void>()>& also = {});
/// The module is unloaded: its protocols stay known, so that configurations that name them stay valid.
void withdraw_protocols(std::string_view owner);

protocol_ref find_protocol(std::string_view name);
protocol_ref find_protocol_with(std::string_view inline_key);
/// Names and inline keys of all.
std::vector<std::string> protocol_keys();

/// Why nobody delivers by this protocol, and what to do.
std::string why_no_agent(std::string_view protocol);
/// The module that provides a documented name or key; empty when there is none.
std::string_view provider_of_protocol(std::string_view key);

}  // namespace godwit::queue
