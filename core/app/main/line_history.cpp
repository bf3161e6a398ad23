#include "app/main/line_history.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include <histedit.h>

namespace godwit::app {

namespace {

constexpr int most_lines = 1000;

bool has_content(const std::string& file) {
  struct stat found {};
  return ::stat(file.c_str(), &found) == 0 && found.st_size > 0;
}

}  // namespace

line_history::line_history(std::string file) : file_(std::move(file)), lines_(::history_init()) {
  HistEvent event{};
  ::history(lines_, &event, H_SETSIZE, most_lines);
  ::history(lines_, &event, H_SETUNIQUE, 1);
  if (!file_.empty() && has_content(file_)) load();
}

line_history::~line_history() { ::history_end(lines_); }

/// A file that grew long is cut to what is remembered.
void line_history::load() {
  HistEvent event{};
  const auto read = ::history(lines_, &event, H_LOAD, file_.c_str());
  if (read > most_lines) ::history(lines_, &event, H_SAVE, file_.c_str());
  if (read >= 0) return;
  std::fprintf(stderr, "godwit: %s is no history that can be read; lines are not kept\n", file_.c_str());
  file_.clear();
}

void line_history::add(const std::string& line) {
  HistEvent event{};
  const bool is_new = ::history(lines_, &event, H_ENTER, line.c_str()) > 0;  // not the same once more
  if (is_new && !file_.empty()) append(line);
}

/// libedit writes whole histories only: this is one of a single line, without a head where the file has one.
void line_history::append(const std::string& line) const {
  const int file = ::open(file_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return;
  std::FILE* out = ::fdopen(file, "a");
  if (!out) return void(::close(file));
  std::fseek(out, 0, SEEK_END);
  auto* one = ::history_init();
  HistEvent event{};
  ::history(one, &event, H_SETSIZE, 1);
  ::history(one, &event, H_ENTER, line.c_str());
  ::history(one, &event, H_SAVE_FP, out);
  ::history_end(one);
  std::fclose(out);
}

}  // namespace godwit::app
