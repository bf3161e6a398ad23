#pragma once
// A `data` record says what it is where its metadata may not know yet. A spooled message that shared its body and has bytes of
// its own from now on changes two records, and a crash, a failure or a session that gives up may come between them: with the
// former metadata its new bytes would pass for header lines in front of the shared body.

#include <string>
#include <string_view>

namespace godwit::spool {

/// In front of a whole message: of one whose metadata may name a body yet, and of bytes that begin like this themselves.
inline constexpr std::string_view whole_mark{"\0whole message\n", 15};

inline bool is_marked_whole(std::string_view record) { return record.starts_with(whole_mark); }

/// The message in a record that is a whole one.
inline std::string whole_message(std::string record) {
  if (is_marked_whole(record)) record.erase(0, whole_mark.size());
  return record;
}

}  // namespace godwit::spool
