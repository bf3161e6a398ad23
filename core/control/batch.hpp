#pragma once
// `godwit console` without a terminal: commands from -e or from standard input, answers to standard output.

#include <signal.h>

#include <cstdio>
#include <string>
#include <vector>

#include "control/client.hpp"

namespace godwit::control {

/// Writes the answer of one command. JSON: one document a command,
/// {"command": …, "rows": [{…}], "record": {…}, "total": {…}, "text": "…", "outcome": "ok", "error": …}, streamed.
class answer_writer {
 public:
  answer_writer(std::FILE* out, answer_format format, std::string_view line);
  void write(const object& frame);
  void finish(const client::verdict& v);

 private:
  void member(std::string_view key);
  void write_json(const object& frame);
  void write_rows(const value::array& rows);

  std::FILE* out_;
  const answer_format format_;
  bool in_rows_ = false;
  std::string text_;
};

/// Runs one command; complains on standard error. An error means that the connection is lost.
result<outcome> run_one(client& c, std::string_view line, answer_format format, std::FILE* out);
/// Exit status: 0, or 1 when a command failed or the connection was lost.
int run_batch(client& c, const std::vector<std::string>& lines, answer_format format);
/// Commands from a stream, one a line; blank lines and those that begin with # are skipped.
std::vector<std::string> read_commands(std::FILE* in);

/// Ctrl-C cancels the running command instead of ending the process; while none runs it does what it did before.
class interrupt_scope {
 public:
  interrupt_scope();
  ~interrupt_scope();
  interrupt_scope(const interrupt_scope&) = delete;
  bool was_interrupted() const;

 private:
  struct sigaction before_ {};
  sigset_t mask_before_{};
};

}  // namespace godwit::control
