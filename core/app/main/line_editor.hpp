#pragma once
// Lines from a terminal: editing, history kept in a file, completion. libedit stays behind this header.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace godwit::app {

/// One at a time: libedit's callbacks know no context before it is set. Makes UTF-8 the encoding of the process (LC_CTYPE).
class line_editor {
 public:
  struct completion {
    std::size_t begin = 0;  ///< of the word that the candidates replace
    std::vector<std::string> words;
  };
  using completer = std::function<completion(std::string_view before_cursor)>;

  /// `history_file` empty: nothing is kept.
  line_editor(std::string prompt, const std::string& history_file, completer complete);
  ~line_editor();
  line_editor(const line_editor&) = delete;

  enum class ending { line, given_up, closed };
  /// The next line without its end. Ctrl-C gives up the line that is being typed; so does a line that is not UTF-8, with a complaint:
  /// without those bytes it would be another one.
  ending read(std::string& line);

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

/// What all words begin with.
std::string common_prefix(const std::vector<std::string>& words);

}  // namespace godwit::app
