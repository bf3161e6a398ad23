#include "control/batch.hpp"

#include <csignal>
#include <cstdlib>

#include "base/json.hpp"
#include "base/text.hpp"

namespace godwit::control {

namespace {

volatile std::sig_atomic_t was_interrupted_flag = 0;

void note_interrupt(int) { was_interrupted_flag = 1; }

void put(std::FILE* out, std::string_view text) { std::fwrite(text.data(), 1, text.size(), out); }

}  // namespace

// The signal is let through in ppoll only (client::receive), so that none comes between looking and waiting.
interrupt_scope::interrupt_scope() {
  was_interrupted_flag = 0;
  struct sigaction act {};
  act.sa_handler = note_interrupt;
  ::sigaction(SIGINT, &act, &before_);
  sigset_t interrupt;
  sigemptyset(&interrupt);
  sigaddset(&interrupt, SIGINT);
  ::sigprocmask(SIG_BLOCK, &interrupt, &mask_before_);
}

interrupt_scope::~interrupt_scope() {
  ::sigaction(SIGINT, &before_, nullptr);
  ::sigprocmask(SIG_SETMASK, &mask_before_, nullptr);
}

bool interrupt_scope::was_interrupted() const { return was_interrupted_flag != 0; }

answer_writer::answer_writer(std::FILE* out, answer_format format, std::string_view line) : out_(out), format_(format) {
  if (format_ == answer_format::json) put(out_, "{\"command\":" + json::write(line));
}

void answer_writer::member(std::string_view key) {
  if (std::exchange(in_rows_, false)) put(out_, "]");
  put(out_, fmt::format(",{}:", json::write(key)));
}

void answer_writer::write_rows(const value::array& rows) {
  if (!in_rows_) {
    member("rows");
    put(out_, "[");
    in_rows_ = true;
  } else if (!rows.empty()) {
    put(out_, ",");
  }
  for (std::size_t i = 0; i < rows.size(); ++i) put(out_, (i == 0 ? "" : ",") + json::write(rows[i]));
}

void answer_writer::write_json(const object& frame) {
  for (const auto& [key, v] : frame) {
    if (key == "id") continue;
    if (key == "rows" && v.as_array()) {
      write_rows(*v.as_array());
    } else if (key == "text" && v.as_string()) {
      text_ += *v.as_string() + "\n";  // several lines are one member
    } else {
      member(key);
      put(out_, json::write(v));
    }
  }
}

void answer_writer::write(const object& frame) {
  const auto* text = frame.find("text");
  if (format_ == answer_format::json) {
    write_json(frame);
  } else if (text && text->as_string()) {
    put(out_, *text->as_string());
  }
  std::fflush(out_);  // some commands answer as things happen
}

void answer_writer::finish(const client::verdict& v) {
  if (format_ == answer_format::json) {
    if (!text_.empty()) {
      member("text");
      put(out_, json::write(text_));
    }
    member("outcome");
    put(out_, json::write(outcome_name(v.how)));
    if (!v.why.empty()) {
      member("error");
      put(out_, json::write(v.why));
    }
    put(out_, "}\n");
  }
  std::fflush(out_);
}

result<outcome> run_one(client& c, std::string_view line, answer_format format, std::FILE* out) {
  const interrupt_scope interrupts;
  answer_writer writer(out, format, line);
  const auto show = [&writer](const object& frame) { writer.write(frame); };
  auto ran = c.run(line, format, show, [&interrupts] { return interrupts.was_interrupted(); });
  if (!ran) return ran.why();
  writer.finish(*ran);
  if (ran->how == outcome::cancelled) std::fputs("cancelled\n", stderr);
  if (ran->how == outcome::failed) std::fprintf(stderr, "%s\n", ran->why.c_str());
  return ran->how;
}

int run_batch(client& c, const std::vector<std::string>& lines, answer_format format) {
  int status = 0;
  for (const auto& line : lines) {
    const auto ran = run_one(c, line, format, stdout);
    if (!ran) {
      std::fprintf(stderr, "godwit: %s\n", ran.why().text.c_str());
      return 1;
    }
    if (*ran != outcome::ok) status = 1;
    if (*ran == outcome::cancelled) break;
  }
  return status;
}

std::vector<std::string> read_commands(std::FILE* in) {
  std::vector<std::string> lines;
  char* line = nullptr;
  std::size_t capacity = 0;
  for (ssize_t n = 0; (n = ::getline(&line, &capacity, in)) > 0;) {
    const auto text = trim({line, static_cast<std::size_t>(n)});
    if (!text.empty() && text.front() != '#') lines.emplace_back(text);
  }
  std::free(line);
  return lines;
}

}  // namespace godwit::control
