// maildir_path: any template, with any recipient, sender and metadata (parts between NUL bytes): refused, or a path with the
// directories that the template names and no others.
#include <algorithm>

#include <godwit/testing/fake_host.hpp>

#include "maildir/path_template.hpp"
#include "target.hpp"

namespace sdk = godwit::sdk;
using godwit::fuzz::require;

namespace {

/// Slashes outside of {{ }}.
std::ptrdiff_t literal_slashes(std::string_view text) {
  std::ptrdiff_t n = 0;
  while (!text.empty()) {
    const auto open = std::min(text.find("{{"), text.size());
    n += std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(open), '/');
    text.remove_prefix(std::min(text.find("}}", open), text.size() - 2) + 2);
  }
  return n;
}

bool has_component(std::string_view path, std::string_view wanted) {
  while (!path.empty()) {
    const auto end = std::min(path.find('/'), path.size());
    if (path.substr(0, end) == wanted) return true;
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return false;
}

void check(std::string_view text, std::string_view path) {
  require(path.starts_with('/') && path.find('\0') == path.npos);
  if (text.find("{{") == text.npos) return require(path == text);
  require(std::count(path.begin(), path.end(), '/') == literal_slashes(text));
  require(!has_component(path, ".") && !has_component(path, ".."));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto rest = godwit::fuzz::text_of(data, size);
  const auto text = godwit::fuzz::take_part(rest);
  const auto recipient = godwit::fuzz::take_part(rest);
  static sdk::testing::fake_host host;
  godwit_message m;
  m.sender = godwit::fuzz::take_part(rest);
  m.recipients = {std::string(recipient)};
  auto& meta = m.meta.member("x");
  meta.become(GODWIT_TEXT);
  meta.text = rest;
  try {
    check(text, maildir::path_template(text).expand(maildir::variables(sdk::message_view(&m), recipient)));
  } catch (const sdk::failure&) {
  }
  return 0;
}
