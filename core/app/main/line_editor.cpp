#include "app/main/line_editor.hpp"

#include "app/main/line_history.hpp"
#include "control/batch.hpp"

#include <langinfo.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <clocale>
#include <cstdio>
#include <cwchar>
#include <cwctype>

#include <histedit.h>

namespace godwit::app {

namespace {

constexpr std::size_t most_shown = 60;

/// libedit keeps characters, so the C library has to know how bytes make them: UTF-8, as the server speaks.
void speak_utf8() {
  const bool is_known = std::setlocale(LC_CTYPE, "") && std::string_view(::nl_langinfo(CODESET)) == "UTF-8";
  if (!is_known) std::setlocale(LC_CTYPE, "C.UTF-8");
}

bool continues_character(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; }

std::size_t count_characters(std::string_view text) {
  return text.size() - static_cast<std::size_t>(std::count_if(text.begin(), text.end(), continues_character));
}

/// Waits for input with SIGINT let through, which is blocked everywhere else: so none comes between looking and waiting.
bool wait_for_input(const control::interrupt_scope& interrupts) {
  pollfd input{STDIN_FILENO, POLLIN, 0};
  sigset_t none;
  sigemptyset(&none);
  while (!interrupts.was_interrupted()) {
    if (::ppoll(&input, 1, nullptr, &none) > 0) return true;
  }
  return false;
}

}  // namespace

std::string common_prefix(const std::vector<std::string>& words) {
  if (words.empty()) return {};
  auto prefix = words.front();
  for (const auto& w : words) {
    std::size_t n = 0;
    while (n < prefix.size() && n < w.size() && prefix[n] == w[n]) ++n;
    while (n > 0 && n < prefix.size() && continues_character(prefix[n])) --n;  // whole characters
    prefix.resize(n);
  }
  return prefix;
}

struct line_editor::impl {
  static const char* prompt_of(EditLine* e) { return self(e).prompt.c_str(); }
  static unsigned char on_tab(EditLine* e, wint_t) { return self(e).tab(); }
  static int next_character(EditLine* e, wchar_t* into);
  static impl& self(EditLine* e) {
    void* data = nullptr;
    ::el_get(e, EL_CLIENTDATA, &data);
    return *static_cast<impl*>(data);
  }

  bool take(char byte, std::mbstate_t& state, wchar_t* into);
  unsigned char tab();
  void show(const std::vector<std::string>& words) const;

  impl(std::string prompt_text, const std::string& history_file, completer c)
      : prompt(std::move(prompt_text)), history(history_file), complete(std::move(c)) {}

  std::string prompt;
  line_history history;
  completer complete;
  EditLine* edit = nullptr;
  const control::interrupt_scope* interrupts = nullptr;  ///< while a line is read
  bool is_garbled = false;  ///< the line had bytes that are no character: what is left of it is another line
};

/// Whether the byte ends a character. One that cannot go on what was begun may begin the next.
bool line_editor::impl::take(char byte, std::mbstate_t& state, wchar_t* into) {
  constexpr auto wrong = static_cast<std::size_t>(-1);
  auto used = std::mbrtowc(into, &byte, 1, &state);
  if (used == wrong) {
    is_garbled = true;
    state = {};
    used = std::mbrtowc(into, &byte, 1, &state);
  }
  if (used == wrong) state = {};
  if (used != 1) return false;
  // libedit takes what cannot be seen for its commands: U+0085 would not be in the line.
  const bool is_command = *into >= 0x80 && *into <= 0xff && std::iswprint(static_cast<wint_t>(*into)) == 0;
  if (is_command) is_garbled = true;
  return !is_command;
}

/// libedit's source of characters: 1 for one, 0 at the end, -1 to give up the line.
int line_editor::impl::next_character(EditLine* e, wchar_t* into) {
  std::mbstate_t state{};
  for (;;) {
    if (!wait_for_input(*self(e).interrupts)) {
      errno = EINTR;
      return -1;
    }
    char byte = 0;
    const auto n = ::read(STDIN_FILENO, &byte, 1);
    if (n <= 0) return static_cast<int>(n);
    if (byte == '\0') continue;  // Ctrl-D of before the line began; libedit would quote the next character
    if (self(e).take(byte, state, into)) return 1;
  }
}

unsigned char line_editor::impl::tab() {
  const auto* info = ::el_line(edit);
  const std::string before(info->buffer, static_cast<std::size_t>(info->cursor - info->buffer));
  const auto c = complete(before);
  if (c.words.empty() || c.begin > before.size()) return CC_REFRESH_BEEP;
  const auto typed = before.substr(c.begin);
  auto text = common_prefix(c.words);
  if (c.words.size() == 1) text += ' ';
  if (text.size() > typed.size()) {
    ::el_deletestr(edit, static_cast<int>(count_characters(typed)));
    ::el_insertstr(edit, text.c_str());
    return CC_REFRESH;
  }
  show(c.words);
  return CC_REDISPLAY;
}

void line_editor::impl::show(const std::vector<std::string>& words) const {
  std::fputc('\n', stdout);
  for (std::size_t i = 0; i < words.size() && i < most_shown; ++i) std::fprintf(stdout, "%s  ", words[i].c_str());
  if (words.size() > most_shown) std::fprintf(stdout, "and %zu more", words.size() - most_shown);
  std::fputc('\n', stdout);
  std::fflush(stdout);
}

line_editor::line_editor(std::string prompt, const std::string& history_file, completer complete) {
  speak_utf8();  // before libedit looks
  impl_ = std::make_unique<impl>(std::move(prompt), history_file, std::move(complete));
  auto& i = *impl_;
  i.edit = ::el_init("godwit", stdin, stdout, stderr);
  ::el_set(i.edit, EL_CLIENTDATA, &i);
  ::el_set(i.edit, EL_PROMPT, impl::prompt_of);
  ::el_set(i.edit, EL_EDITOR, "emacs");
  ::el_set(i.edit, EL_HIST, ::history, i.history.handle());
  ::el_wset(i.edit, EL_ADDFN, L"godwit-complete", L"Complete a command", impl::on_tab);  // el_set never frees its copies
  ::el_set(i.edit, EL_BIND, "\t", "godwit-complete", nullptr);
  ::el_set(i.edit, EL_GETCFN, impl::next_character);
  ::el_source(i.edit, nullptr);
}

line_editor::~line_editor() { ::el_end(impl_->edit); }

line_editor::ending line_editor::read(std::string& line) {
  const control::interrupt_scope interrupts;
  impl_->interrupts = &interrupts;
  impl_->is_garbled = false;
  ::el_set(impl_->edit, EL_PREP_TERM, 1);  // before the prompt is seen: el_gets does it after, and what is typed meanwhile is garbled
  int n = 0;
  const char* text = ::el_gets(impl_->edit, &n);
  if (interrupts.was_interrupted()) {
    std::fputs("^C\n", stdout);
    ::el_reset(impl_->edit);
    return ending::given_up;
  }
  if (!text || n <= 0) return ending::closed;
  if (impl_->is_garbled) {
    std::fputs("The line is not UTF-8, or has characters that cannot be seen; it was not run.\n", stderr);
    return ending::given_up;
  }
  line.assign(text, static_cast<std::size_t>(n));
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.pop_back();
  if (line.find_first_not_of(" \t") != std::string::npos) impl_->history.add(line);
  return ending::line;
}

}  // namespace godwit::app
