#pragma once
// What a running command answers: rows, a record, lines of text, totals. Kept until pace() or the end sends them, so
// that a million rows never are in memory together.

#include <functional>
#include <string>
#include <vector>

#include "base/value.hpp"
#include "control/command.hpp"
#include "rt/task.hpp"

namespace godwit::control {

struct part {
  enum class kind : std::uint8_t { row, record, total, text, columns };
  kind what = kind::text;
  value content;  ///< array for a row, object for record and total, string for text, array of titles for columns
  std::string sentence = {};  ///< of a record: what is shown of it as text
};
using parts = std::vector<part>;

/// Owned by the session that runs the command; used on its loop.
class output {
 public:
  static constexpr std::size_t enough = 256;  ///< parts that are sent together

  using sender = std::function<rt::task<>(parts)>;
  explicit output(sender send) : send_(std::move(send)) {}

  void row(value::array cells) { add(part::kind::row, std::move(cells)); }  ///< one cell a column of the shape
  void record(object members) { add(part::kind::record, std::move(members)); }
  /// What was done, for programs and, in a sentence, for people.
  void record(object members, std::string sentence) {
    pending_.push_back({part::kind::record, std::move(members), std::move(sentence)});
  }
  void total(object members) { add(part::kind::total, std::move(members)); }
  /// Columns that are known only now; their titles are their keys.
  void columns(value::array titles) { add(part::kind::columns, std::move(titles)); }
  void text(std::string line) { add(part::kind::text, std::move(line)); }

  /// To be awaited once a row: sends when there is enough, waits while the operator's side is slow, and gives others
  /// on the loop a turn. Throws when the command was cancelled.
  rt::task<> pace();
  /// Sends what is there, for commands that answer as things happen.
  rt::task<> flush();
  parts take() { return std::exchange(pending_, {}); }

 private:
  void add(part::kind what, value content) { pending_.push_back({what, std::move(content)}); }

  sender send_;
  parts pending_;
};

}  // namespace godwit::control
