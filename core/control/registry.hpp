#pragma once
// All commands, each with its owner ("core" or a module's name): a module's commands go with it. Thread-safe; what was
// found stays valid while it is held.

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "control/command.hpp"
#include "control/command_line.hpp"

namespace godwit::control {

using command_ref = std::shared_ptr<const command>;

/// Candidates for a word that begins with `prefix`; called on the control server's loop, answers at once. May return
/// too many and unsorted.
using completer = std::function<std::vector<std::string>(std::string_view prefix)>;

class registry {
 public:
  /// An error when the name is taken (it names the owner), is no sequence of words, or there is no handler.
  result<void> add(std::string owner, command c);
  void remove_owner(std::string_view owner);
  void set_completer(word_type type, completer c);

  struct found {
    command_ref command;
    std::vector<word> rest;  ///< what follows the name
  };
  /// The command with the longest name that the line begins with. An error for what is none: it names near ones.
  result<found> find(std::string_view line) const;

  /// By name. With `words`: those whose name begins with these words.
  std::vector<command_ref> all(std::string_view words = "") const;
  std::string owner(std::string_view name) const;  ///< empty: no such command

  struct completion {
    std::size_t begin = 0;  ///< byte offset of the word that is completed
    std::vector<std::string> words;  ///< sorted, quoted where needed; no more than a few hundred
  };
  /// What may stand where the line ends, for a caller of this role.
  completion complete(std::string_view line, role by) const;

 private:
  struct entry {
    std::string owner;
    command_ref command;
  };
  error unknown(const std::vector<word>& words) const;
  command_ref longest(const std::vector<word>& words, std::size_t& used) const;
  void next_words(const std::vector<word>& before, role by, std::vector<std::string>& out) const;
  void complete_arguments(const command& c, const std::vector<word>& before, const word& current, role by,
                          std::vector<std::string>& out) const;

  mutable std::mutex guard_;
  std::map<std::string, entry, std::less<>> commands_;
  std::map<word_type, completer> completers_;
};

}  // namespace godwit::control
