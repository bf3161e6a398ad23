// What we parse of an HTTP request ourselves: target, query, Authorization, codings, compressed bodies, access lists.
#include "base/json.hpp"
#include "http/acl.hpp"
#include "http/content_coding.hpp"
#include "http/credentials.hpp"
#include "http/target.hpp"
#include "target.hpp"

using namespace godwit;
using fuzz::require;

namespace {

constexpr std::size_t limit = 65536;

void try_codings(std::string_view input) {
  (void)http::parse_content_coding(input);
  for (const auto c : {http::coding::gzip, http::coding::deflate}) {
    const auto plain = http::decompress(c, input, limit);
    const auto* text = std::get_if<std::string>(&plain);
    require(!text || text->size() <= limit);
  }
  const auto chosen = http::choose_coding(input);
  if (chosen == http::coding::identity || input.size() > 4096) return;
  const auto back = http::decompress(chosen, http::compress(chosen, input), input.size());
  require(std::holds_alternative<std::string>(back) && std::get<std::string>(back) == input);
}

void try_access_lists(std::string_view input) {
  const auto v = json::parse(input);
  if (!v) return;
  (void)http::parse_acl_map(*v);
  if (const auto list = http::parse_acl(*v)) {
    const auto again = http::parse_acl(http::to_value(*list));
    require(again && again->size() == list->size());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = fuzz::text_of(data, size);
  const auto t = http::parse_target(input);
  require(!t || t->path.front() == '/');
  (void)http::parse_query(input);
  if (const auto c = http::parse_authorization(input)) (void)http::describe(*c);
  try_codings(input);
  try_access_lists(input);
  return 0;
}
