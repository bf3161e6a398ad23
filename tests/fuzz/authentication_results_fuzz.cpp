// Authentication-Results made of what strangers chose (domains, selectors, reasons): one header field, whose lines
// beyond the first are folds.
#include "mail/authentication_results.hpp"
#include "mime/header.hpp"
#include "target.hpp"

using namespace godwit;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto rest = fuzz::text_of(data, size);
  value::array results;
  while (!rest.empty() && results.size() < 5) {
    object result{{"method", "dkim"}, {"result", "fail"}, {"reason", fuzz::take_part(rest)}};
    result.set("props", object{{"header.d", fuzz::take_part(rest)}, {"header.i", fuzz::take_part(rest)}});
    results.emplace_back(std::move(result));
  }
  const auto count = results.size();
  const auto field = "Authentication-Results: " + mail::authentication_results_value("mx.test", results) + "\r\n";
  mime::header_cursor cursor(field);
  const auto only = cursor.next();
  require(only && only->end == field.size() && !cursor.next());
  std::size_t folds = 0;
  for (const char c : field) folds += c == '\n';
  require(folds == count + 1);
  return 0;
}
