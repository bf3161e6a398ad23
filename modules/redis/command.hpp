#pragma once
// A Redis command: its words, and what a client has to know about it.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <godwit/value.hpp>

namespace redis {

struct command {
  std::vector<std::string> words;

  /// As RESP: an array of texts.
  std::string encoded() const;
  /// The first word in upper case.
  std::string name() const;
  /// Its first key, which says where in a cluster it is served; nothing for a command without.
  std::optional<std::string_view> key() const;
  /// A replica can answer it.
  bool only_reads() const;
  /// Its connection is another one afterwards (SELECT, MULTI, SUBSCRIBE): nobody else may use that.
  bool changes_connection() const;
  /// It does, or it may wait: nothing else is sent on its connection until it is answered.
  bool holds_connection() const;
};

/// Appends an argument of a script: booleans are 1 and 0, arrays and tables are taken apart, nil is no
/// argument.
void append(command& c, godwit::sdk::value_view argument);

}  // namespace redis
