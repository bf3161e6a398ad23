#pragma once
// Messages, connections and log records of the fake host: plain structs that a test fills in.

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <godwit/testing/fake_value.hpp>

struct godwit_message {
  std::string id = "0123456789abcdef0123456789abcdef";
  std::int64_t created_ns = 0;
  std::uint32_t attempts = 0;
  std::string sender = "sender@example.com";
  std::vector<std::string> recipients{"user@example.org"};
  godwit_value meta;
  std::string prefix;  ///< header lines put in front
  std::string data = "From: sender@example.com\r\nTo: user@example.org\r\nSubject: test\r\n\r\nHello\r\n";
  bool is_loaded = true;
  bool is_over = false;

  godwit_message() { meta.become(GODWIT_OBJECT); }
  explicit godwit_message(std::string bytes) : godwit_message() { data = std::move(bytes); }
  std::string bytes() const { return prefix + data; }
};

struct godwit_connection {
  godwit_value meta;
  std::string peer = "192.0.2.1:34567", local = "192.0.2.25:25", session = "00000000000000000000000000000001";
  godwit_connection() { meta.become(GODWIT_OBJECT); }
};

struct godwit_record {
  godwit_record_fields fields{};
  std::vector<std::string> recipients, tls_peer_subjects;
};

namespace godwit::sdk::testing {

/// visit(name, raw value) for each field of a header block, folds included.
template <class Visit>
void each_field(std::string_view block, Visit visit) {
  while (!block.empty() && !block.starts_with("\r\n") && !block.starts_with("\n")) {
    std::size_t end = block.find('\n');
    while (end != std::string_view::npos && end + 1 < block.size() &&
           (block[end + 1] == ' ' || block[end + 1] == '\t'))
      end = block.find('\n', end + 1);
    auto field = block.substr(0, end);
    block.remove_prefix(end == std::string_view::npos ? block.size() : end + 1);
    if (field.ends_with('\r')) field.remove_suffix(1);
    const auto colon = field.find(':');
    if (colon != std::string_view::npos) visit(field.substr(0, colon), field.substr(colon + 1));
  }
}

inline std::string unfolded(std::string_view raw) {
  std::string out;
  for (const char c : raw)
    if (c != '\r' && c != '\n') out += c;
  const auto first = out.find_first_not_of(" \t");
  const auto last = out.find_last_not_of(" \t");
  return first == std::string::npos ? "" : out.substr(first, last - first + 1);
}

}  // namespace godwit::sdk::testing
