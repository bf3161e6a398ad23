#pragma once
// The lines of former consoles and of this one: for the editor, and in a file. libedit stays behind this header.

#include <string>

struct history;  // libedit's

namespace godwit::app {

/// For one line_editor. What is added is in the file at once: a terminal that is closed takes nothing along, and consoles side by
/// side keep each other's lines.
class line_history {
 public:
  /// `file` empty, or one that no console has written: nothing is kept, the latter with a complaint.
  explicit line_history(std::string file);
  ~line_history();
  line_history(const line_history&) = delete;

  void add(const std::string& line);
  ::history* handle() { return lines_; }

 private:
  void load();
  void append(const std::string& line) const;

  std::string file_;
  ::history* lines_;
};

}  // namespace godwit::app
