#pragma once
// Kinds of spool that modules provide, beside RocksDB and LocalDisk. One registry for the process, because option tables
// are. Thread-safe; modules register while they load.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace godwit::spool {

class record_store;
struct store_options;

struct provided_kind {
  std::string name;   ///< `kind` of define_spool
  std::string owner;  ///< module
  bool is_volatile = false;  ///< nothing survives the process; its path is a name and no directory
  /// Opens the tables of this kind; null for one that another kind has.
  std::function<result<std::unique_ptr<record_store>>(const store_options* data, const store_options* meta)> open;
};
using provided_kind_ref = std::shared_ptr<const provided_kind>;

/// An error when the name is taken.
result<void> add_kind(provided_kind kind);
void withdraw_kinds(std::string_view owner);

/// The same text, valid for the life of the process.
std::string_view lasting_name(const std::string& kind);
/// Letter case is ignored.
provided_kind_ref find_kind(std::string_view name);
/// Who is asked for the module of a documented kind that is not there: true when it is loaded now. Empty: nobody.
void set_module_loader(std::function<bool(std::string_view module)> loader);
/// find_kind, after the module that has the kind was asked for. Runs the loader on the calling thread.
provided_kind_ref demand_kind(std::string_view name);
std::vector<std::string> provided_kind_names();
/// Whether the store's path is a directory on a disk.
bool has_directory(const store_options& o);
/// What to say of a kind that is neither built in nor provided.
std::string why_no_kind(std::string_view name);

}  // namespace godwit::spool
