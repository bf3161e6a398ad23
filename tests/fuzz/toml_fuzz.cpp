// Configuration text: it reads or the error names the place; what was read is written and read the same; and the option
// tables take it or say what is wrong with it.
#include "base/json.hpp"
#include "config/options.hpp"
#include "config/toml.hpp"
#include "smtp/listener_domain.hpp"
#include "smtp/listener_options.hpp"
#include "spool/options.hpp"
#include "target.hpp"

using namespace godwit;
using fuzz::require;

namespace {

template <class T>
void check_table(const config::options<T>& table, const value& v) {
  config::problems wrong;
  const auto parsed = table.parse(v, wrong);
  for (const auto& problem : wrong) require(!problem.text.empty());
  if (!wrong.empty()) return;
  (void)table.render(parsed);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto document = config::parse_toml_document(fuzz::text_of(data, size), "fuzz.toml");
  if (!document.ok()) {
    require(document.why().text.starts_with("fuzz.toml"));
    return 0;
  }
  for (const auto& [path, line] : document->lines) require(document->where(path).starts_with("fuzz.toml"));
  const auto again = config::parse_toml(config::write_toml(document->root, true), "again");
  require(again.ok() && json::write(*again) == json::write(document->root));
  check_table(smtp::listener_option_table(), document->root);
  check_table(smtp::listener_domain_table(), document->root);
  check_table(spool::store_option_table(), document->root);
  return 0;
}
