#include "smtp/body_builder.hpp"

#include <algorithm>
#include <cstring>

namespace godwit::smtp {

namespace {

bool has_8bit(std::string_view piece) {
  constexpr std::uint64_t high = 0x8080808080808080;
  const auto word = [](const char* at) {
    std::uint64_t w;
    std::memcpy(&w, at, sizeof w);
    return w;
  };
  const char* at = piece.data();
  const char* const end = at + piece.size();
  for (; end - at >= 32; at += 32) {
    if ((word(at) | word(at + 8) | word(at + 16) | word(at + 24)) & high) return true;
  }
  for (; end - at >= 8; at += 8) {
    if (word(at) & high) return true;
  }
  return std::any_of(at, end, [](char c) { return static_cast<signed char>(c) < 0; });
}

/// A peer's SIZE= is a claim: memory is set aside for this much of it.
constexpr std::size_t most_reserved = 1 << 20;

}  // namespace

void body_builder::expect(std::size_t size) {
  bytes_.reserve(std::min({size + 2, limits_.max_size, most_reserved}));
}

std::size_t body_builder::feed_line(std::string_view input) {
  const auto taken = scan_line(input);
  if (fault_ != body_fault::none) drained_ += taken;
  return taken;
}

std::size_t body_builder::scan_line(std::string_view input) {
  std::string_view rest = input;
  if (pending_cr_ && !rest.empty()) {
    pending_cr_ = false;
    if (rest.front() == '\n') {
      end_line();
      return 1;
    }
    bare('\r');
  }
  while (!rest.empty()) {
    const auto* lf = static_cast<const char*>(std::memchr(rest.data(), '\n', rest.size()));
    if (!lf) {
      pending_cr_ = rest.back() == '\r';
      text(rest.substr(0, rest.size() - pending_cr_));
      return input.size();
    }
    const auto offset = static_cast<std::size_t>(lf - rest.data());
    const bool is_crlf = offset > 0 && rest[offset - 1] == '\r';
    text(rest.substr(0, offset - is_crlf));
    rest.remove_prefix(offset + 1);
    if (is_crlf) {
      end_line();
      return input.size() - rest.size();
    }
    bare('\n');
  }
  return input.size();
}

/// No LF in `piece`; a CR in it is bare.
void body_builder::text(std::string_view piece) {
  while (!piece.empty()) {
    const auto* cr = static_cast<const char*>(std::memchr(piece.data(), '\r', piece.size()));
    const auto run = piece.substr(0, cr ? static_cast<std::size_t>(cr - piece.data()) : piece.size());
    if (!run.empty()) append(run);
    if (!cr) return;
    bare('\r');
    piece.remove_prefix(run.size() + 1);
  }
}

void body_builder::append(std::string_view run) {
  line_start_ = false;
  if (only_nul_and_dot_) watch_hidden_dot(run);
  line_length_ += run.size();
  if (line_length_ > limits_.max_line) fail(body_fault::line_too_long);
  if (fault_ != body_fault::none) return;
  if (content_line_start_ && run.front() == '.') needs_stuffing_ = true;
  content_line_start_ = false;
  if (!is_8bit_) is_8bit_ = has_8bit(run);
  if (bytes_.size() + run.size() > limits_.max_size) return fail(body_fault::too_big);
  bytes_.append(run);
}

void body_builder::watch_hidden_dot(std::string_view run) {
  for (const char c : run) {
    if (c == '\0') {
      has_nul_ = true;
    } else if (c != '.' || ++dots_ > 1) {
      only_nul_and_dot_ = false;
      return;
    }
  }
}

void body_builder::bare(char c) {
  line_start_ = false;
  only_nul_and_dot_ = false;
  switch (limits_.endings) {
    case line_endings::deny:
      fail(body_fault::bad_line_endings);
      break;
    case line_endings::allow:
      if (fault_ == body_fault::none) bytes_ += c;
      ++line_length_;
      break;
    case line_endings::fix:
      if (fault_ == body_fault::none) bytes_ += "\r\n";
      line_length_ = 0;
      break;
  }
  // A receiver that takes a bare CR or LF for a line end would see a dot after it as first of a line.
  content_line_start_ = true;
}

void body_builder::bare_cr() { bare('\r'); }

void body_builder::dropped_dot() {
  line_start_ = false;
  ++dots_;
}

void body_builder::end_line() {
  const bool hides_end = only_nul_and_dot_ && has_nul_ && dots_ == 1;
  if (hides_end && limits_.endings == line_endings::deny) fail(body_fault::bad_line_endings);
  line_start_ = content_line_start_ = only_nul_and_dot_ = true;
  has_nul_ = false;
  dots_ = 0;
  line_length_ = 0;
  if (fault_ != body_fault::none) return;
  if (bytes_.size() + 2 > limits_.max_size) return fail(body_fault::too_big);
  bytes_ += "\r\n";
}

void body_builder::fail(body_fault f) {
  if (fault_ != body_fault::none) return;
  fault_ = f;
  bytes_ = std::string();  // nobody will want it: the memory goes now
}

std::shared_ptr<mail::body> body_builder::finish() {
  if (std::exchange(pending_cr_, false)) bare('\r');
  if (!line_start_) end_line();
  auto body = std::make_shared<mail::body>();
  body->bytes = std::move(bytes_);
  body->is_8bit = is_8bit_;
  body->needs_stuffing = needs_stuffing_;
  return body;
}

}  // namespace godwit::smtp
