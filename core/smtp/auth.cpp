#include "smtp/auth.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"

namespace godwit::smtp {

namespace {

constexpr canned_reply cancelled{501, "5.5.0 AUTH cancelled by client"};
constexpr canned_reply bad_base64{501, "5.5.2 Invalid base64 response"};
constexpr canned_reply bad_plain{501, "5.5.2 Invalid decoded PLAIN response"};
constexpr canned_reply bad_plain_utf8{501, "5.5.2 Invalid UTF8 in decoded PLAIN response"};
constexpr canned_reply bad_utf8{501, "5.5.2 Invalid UTF-8 in authentication exchange"};

constexpr std::string_view ask_user = "VXNlcm5hbWU6";      // "Username:"
constexpr std::string_view ask_password = "UGFzc3dvcmQ6";  // "Password:"

}  // namespace

std::optional<auth_mechanism> find_mechanism(std::string_view name) {
  if (iequals(name, "PLAIN")) return auth_mechanism::plain;
  if (iequals(name, "LOGIN")) return auth_mechanism::login;
  return std::nullopt;
}

auth_exchange::step auth_exchange::fail(const canned_reply& why) {
  error_ = &why;
  return step::failed;
}

auth_exchange::step auth_exchange::begin(std::string_view initial) {
  if (!initial.empty()) return respond(initial == "=" ? std::string_view() : initial);
  challenge_ = mechanism_ == auth_mechanism::login ? ask_user : std::string_view();
  return step::challenge;
}

auth_exchange::step auth_exchange::respond(std::string_view line) {
  if (line == "*") return fail(cancelled);
  if (!is_valid_utf8(line)) return fail(bad_utf8);
  auto decoded = base64_decode(line);
  if (!decoded) return fail(bad_base64);
  return mechanism_ == auth_mechanism::plain ? plain(*decoded) : login(std::move(*decoded));
}

auth_exchange::step auth_exchange::plain(const std::string& decoded) {
  const auto parts = split(decoded, '\0');
  if (parts.size() != 3 || parts[1].empty()) return fail(bad_plain);
  if (!is_valid_utf8(decoded)) return fail(bad_plain_utf8);
  who_.authentication = parts[1];
  who_.authorization = parts[0].empty() ? who_.authentication : std::string(parts[0]);
  who_.password = parts[2];
  return step::done;
}

auth_exchange::step auth_exchange::login(std::string decoded) {
  if (!is_valid_utf8(decoded)) return fail(bad_utf8);
  if (has_user_) {
    who_.password = std::move(decoded);
    return step::done;
  }
  if (decoded.empty()) return fail(bad_base64);
  has_user_ = true;
  who_.authentication = who_.authorization = std::move(decoded);
  challenge_ = ask_password;
  return step::challenge;
}

}  // namespace godwit::smtp
