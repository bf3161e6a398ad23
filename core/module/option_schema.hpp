#pragma once
// Option tables that a module declared through the ABI: the same strictness and texts as the core's own
// tables.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <godwit/abi.h>

#include "config/options.hpp"

namespace godwit::module {

/// A copy of a declared table; nested tables included. Immutable.
class option_schema final : public config::option_table {
 public:
  explicit option_schema(const godwit_option_table& declared);
  ~option_schema() override;

  /// The normalised object: every declared name is present. Problems are appended.
  value parse(const value& in, config::problems& out, const std::string& path = "") const;

  const std::string& name() const override { return name_; }
  const std::string& summary() const override { return summary_; }
  std::vector<config::field_doc> fields() const override;

 private:
  struct entry;
  std::string name_, summary_;
  std::vector<entry> entries_;
};

/// The schema of a declared table, kept for the reference pages as long as the process lives. A later
/// declaration of that name (a reloaded module) replaces it.
std::shared_ptr<const option_schema> schema_of(const godwit_option_table& declared);

/// "20MiB", "1GB", "512", 512.
result<std::int64_t> parse_size(const value& v);

}  // namespace godwit::module
