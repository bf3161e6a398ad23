#pragma once
// The words after a command's name, read by its declaration: positional parameters and flags with their types.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/duration.hpp"
#include "control/command.hpp"
#include "control/command_line.hpp"

namespace godwit::control {

/// Values by name. Durations are integers of nanoseconds; a page is {"limit", "offset"}; a flag with words is one
/// value, or an array of them when it has several words; a repeatable flag is an array of those.
class arguments {
 public:
  arguments() = default;
  explicit arguments(object values) : values_(std::move(values)) {}

  bool has(std::string_view name) const { return values_.find(name) != nullptr; }
  std::string text(std::string_view name, std::string_view otherwise = "") const;
  std::int64_t integer(std::string_view name, std::int64_t otherwise) const;
  duration time(std::string_view name, duration otherwise) const;
  bool is_set(std::string_view name) const;  ///< of a switch or boolean
  /// Words of a repeatable flag, or the words of a flag that takes several.
  std::vector<std::string> texts(std::string_view name) const;
  const object& values() const { return values_; }

 private:
  object values_;
};

/// An error says what is wrong with which word, and how the command is used. Optional parameters may stand anywhere:
/// one before a required one gets a word only when there are enough of them.
result<arguments> read_arguments(const command& c, const std::vector<word>& words);

/// What the word after `before` may be: a flag's word, or the next parameter and those after it that it may leave out.
std::vector<const parameter*> parameters_at(const command& c, const std::vector<word>& before);

}  // namespace godwit::control
