#include "reply.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

#include <godwit/host.hpp>

namespace redis {

namespace sdk = godwit::sdk;
using kind = reply::kind;

namespace {

[[noreturn]] void refuse(std::string_view why) {
  throw sdk::failure("the server does not speak the Redis protocol: " + std::string(why));
}

std::int64_t read_integer(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  std::int64_t n = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (failed != std::errc{} || end != text.data() + text.size()) refuse("an integer has no digits alone");
  return n;
}

double read_number(std::string_view text) {
  if (text == "inf" || text == "+inf") return std::numeric_limits<double>::infinity();
  if (text == "-inf") return -std::numeric_limits<double>::infinity();
  if (text == "nan" || text == "-nan") return std::numeric_limits<double>::quiet_NaN();
  double n = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (failed != std::errc{} || end != text.data() + text.size()) refuse("a number is none");
  return n;
}

reply of_text(kind what, std::string_view text) {
  reply r;
  r.what = what;
  r.text = text;
  return r;
}

reply of_integer(kind what, std::int64_t n) {
  reply r;
  r.what = what;
  r.integer = n;
  return r;
}

reply of_number(double n) {
  reply r;
  r.what = kind::number;
  r.number = n;
  return r;
}

}  // namespace

void reply_parser::charge(std::size_t bytes) {
  charged_ += bytes;
  if (charged_ > limits_.max_bytes)
    throw sdk::failure("the reply is larger than max_reply_size, " + std::to_string(limits_.max_bytes) +
                       " bytes");
}

void reply_parser::feed(std::string_view bytes) {
  buffer_.erase(0, at_);
  searched_ -= std::min(searched_, at_);
  at_ = 0;
  buffer_.append(bytes);
}

std::optional<std::string_view> reply_parser::line() {
  const auto end = buffer_.find("\r\n", std::max(at_, searched_));
  if (end == std::string::npos) {
    searched_ = buffer_.empty() ? 0 : buffer_.size() - 1;  // a CR may be the last byte
    if (buffer_.size() - at_ > limits_.max_bytes) charge(limits_.max_bytes + 1);
    return std::nullopt;
  }
  const auto found = std::string_view(buffer_).substr(at_, end - at_);
  at_ = end + 2;
  return found;
}

void reply_parser::begin_bulk(kind what, std::int64_t size) {
  if (size < 0) refuse("a negative size");
  charge(static_cast<std::size_t>(size));
  bulk_ = bulk{of_text(what, {}), static_cast<std::size_t>(size)};
}

std::optional<reply> reply_parser::finish_bulk() {
  if (buffer_.size() - at_ < bulk_->size + 2) return std::nullopt;
  auto r = std::move(bulk_->made);
  r.text = buffer_.substr(at_, bulk_->size);
  at_ += bulk_->size;
  if (buffer_[at_] != '\r' || buffer_[at_ + 1] != '\n') refuse("a text is longer than its size");
  at_ += 2;
  bulk_.reset();
  if (r.what == kind::verbatim) {
    if (r.text.size() < 4 || r.text[3] != ':') refuse("a verbatim text without format");
    r.format = r.text.substr(0, 3);
    r.text.erase(0, 4);
  }
  return r;
}

std::optional<reply> reply_parser::begin_aggregate(kind what, std::int64_t count) {
  constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
  if (count < 0 || count > most) refuse("an impossible number of elements");
  auto missing = static_cast<std::uint64_t>(count);
  if (what == kind::map) missing *= 2;
  if (what == kind::attributed) missing = missing * 2 + 1;
  aggregate a{of_text(what, {}), missing};
  if (missing == 0) return std::move(a.made);
  if (open_.size() >= limits_.max_depth) throw sdk::failure("the reply is nested too deeply");
  open_.push_back(std::move(a));
  return std::nullopt;
}

std::optional<reply> reply_parser::read_line(std::string_view header) {
  if (header.empty()) refuse("an empty line");
  const auto rest = header.substr(1);
  const auto size = [&] { return read_integer(rest); };
  switch (header.front()) {
    case '+':
      return of_text(kind::status, rest);
    case '-':
      return of_text(kind::error, rest);
    case ':':
      return of_integer(kind::integer, size());
    case '_':
      return reply();
    case ',':
      return of_number(read_number(rest));
    case '(':
      return of_text(kind::big_number, rest);
    case '#':
      if (rest != "t" && rest != "f") refuse("a boolean is t or f");
      return of_integer(kind::boolean, rest == "t");
    case '$':
      if (rest == "-1") return reply();
      begin_bulk(kind::text, size());
      return std::nullopt;
    case '!':
      begin_bulk(kind::error, size());
      return std::nullopt;
    case '=':
      begin_bulk(kind::verbatim, size());
      return std::nullopt;
    case '*':
      return rest == "-1" ? reply() : begin_aggregate(kind::array, size());
    case '~':
      return begin_aggregate(kind::set, size());
    case '%':
      return begin_aggregate(kind::map, size());
    case '>':
      return begin_aggregate(kind::push, size());
    case '|':
      return begin_aggregate(kind::attributed, size());
    default:
      refuse("a line begins with an unknown sign");
  }
}

std::optional<reply> reply_parser::element() {
  if (bulk_) {
    auto done = finish_bulk();
    is_starved_ = !done;
    return done;
  }
  const auto header = line();
  is_starved_ = !header;
  if (!header) return std::nullopt;
  charge(sizeof(reply) + header->size());
  return read_line(*header);
}

/// Puts an element where it belongs; whole when nothing is open around it.
std::optional<reply> reply_parser::place(reply r) {
  while (!open_.empty()) {
    auto& parent = open_.back();
    parent.made.items.push_back(std::move(r));
    if (--parent.missing > 0) return std::nullopt;
    r = std::move(parent.made);
    open_.pop_back();
  }
  charged_ = 0;
  return r;
}

std::optional<reply> reply_parser::next() {
  do {
    auto one = element();
    if (!one) continue;
    if (auto whole = place(std::move(*one))) return whole;
  } while (!is_starved_);
  return std::nullopt;
}

}  // namespace redis
