// SMTP command lines: parsing never reads outside the line, and what it yields lies within it.
#include <cstdint>
#include <string>
#include <string_view>

#include "smtp/auth.hpp"
#include "smtp/command.hpp"
#include "smtp/xclient.hpp"
#include "target.hpp"

using namespace godwit;
using fuzz::require;

namespace {

bool is_within(std::string_view part, std::string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void check_path(std::string_view argument, std::string_view keyword) {
  std::string_view why;
  const auto path = smtp::parse_path(argument, keyword, why);
  require(path.has_value() == why.empty());
  if (!path) return;
  require(is_within(path->address, argument) && is_within(path->parameters, argument));
  smtp::mail_parameters parameters;
  if (const auto wrong = smtp::parse_mail_parameters(path->parameters, parameters)) {
    require(is_within(wrong->parameter, path->parameters));
  }
}

void check_auth(std::string_view argument) {
  for (const auto mechanism : {smtp::auth_mechanism::plain, smtp::auth_mechanism::login}) {
    smtp::auth_exchange exchange(mechanism);
    auto step = exchange.begin(argument);
    for (int i = 0; i < 3 && step == smtp::auth_exchange::step::challenge; ++i)
      step = exchange.respond(argument);
    if (step == smtp::auth_exchange::step::done) require(!exchange.who().authentication.empty());
    if (step == smtp::auth_exchange::step::failed) require(exchange.error().code >= 500);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string line(reinterpret_cast<const char*>(data), size);
  const auto command = smtp::parse_command(line);
  require(is_within(command.argument, line));
  (void)smtp::has_control_characters(line);
  check_path(command.argument, "FROM");
  check_path(command.argument, "TO");
  check_auth(command.argument);
  (void)smtp::parse_bdat(command.argument);
  smtp::xclient_claims claims;
  if (const auto refusal = smtp::parse_xclient(command.argument, claims)) require(refusal->code == 501);
  return 0;
}
