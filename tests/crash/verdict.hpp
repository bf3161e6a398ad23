#pragma once
// What a killed process had been promised, and whether the spool kept it.

#include <string_view>
#include <unordered_set>

#include "crash_spool.hpp"

namespace godwit::crash {

class verdict {
 public:
  explicit verdict(settings s) : settings_(std::move(s)) {}

  /// A line of the victim.
  void hear(std::string_view line);
  std::size_t acknowledged() const { return acknowledged_.size(); }

  /// Opens the spool and compares. Then removes some messages, closes, and expects those to be gone for good.
  /// Returns the number of broken promises, each printed.
  int check(bool is_last);

 private:
  int check_present(class open_spool& s);
  int check_listed(class open_spool& s);
  void remove_some(class open_spool& s, bool all);
  int check_empty();

  settings settings_;
  std::unordered_set<uuid> acknowledged_, removed_, gone_;
  std::vector<mail::message_ref> listed_;
};

}  // namespace godwit::crash
