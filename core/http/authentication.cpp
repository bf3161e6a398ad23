#include "http/authentication.hpp"

#include <openssl/sha.h>

#include <array>

#include "log/log.hpp"

namespace godwit::http {

namespace {

constexpr auto verdict_ttl = std::chrono::seconds(60);

/// The cache shall not be a list of passwords.
std::string digest_of(std::string_view header) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
  SHA256(reinterpret_cast<const unsigned char*>(header.data()), header.size(), digest.data());
  return {digest.begin(), digest.end()};
}

std::string key_of(const credentials& c) {
  // The length keeps user and password apart: either may hold any byte.
  if (const auto* basic = std::get_if<basic_credentials>(&c))
    return digest_of(fmt::format("basic {} {}{}{}", basic->user.size(), basic->user, basic->password ? ':' : ' ',
                                 basic->password.value_or("")));
  return digest_of("bearer " + std::get<bearer_credentials>(c).token);
}

mail::auth_info::identity identity_of(const credentials& c) {
  if (const auto* basic = std::get_if<basic_credentials>(&c)) return {basic->user, "HttpBasicAuth"};
  return {std::get<bearer_credentials>(c).token, "BearerToken"};
}

void merge(mail::auth_info& into, const mail::auth_info& more) {
  into.identities.insert(into.identities.end(), more.identities.begin(), more.identities.end());
  into.groups.insert(into.groups.end(), more.groups.begin(), more.groups.end());
}

response refusal(const credentials& c) {
  auto text = describe(c);
  text.insert(text.find(' '), " Authentication Failed for");
  auto r = response::text(401, std::move(text));
  r.headers.emplace_back("WWW-Authenticate", "Basic realm=\"godwit\"");
  return r;
}

}  // namespace

rt::task<std::optional<mail::auth_info>> authentication::verdict(const credentials& c) {
  if (!judge_) co_return std::nullopt;
  const auto now = std::chrono::steady_clock::now();
  const auto epoch = judge_->epoch();
  const auto key = key_of(c);
  if (auto known = verdicts_.find(key, now, epoch)) co_return known->value;
  auto fresh = co_await judge_->judge(c);
  co_return verdicts_.put(key, {std::move(fresh), now + verdict_ttl, epoch}).value;
}

rt::task<std::optional<response>> authentication::identify(request& r) {
  const auto* header = r.header("Authorization");
  if (!header) co_return std::nullopt;
  const auto parsed = parse_authorization(*header);
  if (!parsed) co_return response::text(400, parsed.why().text);
  std::optional<mail::auth_info> shown;
  try {
    shown = co_await verdict(*parsed);
  } catch (const std::exception& e) {
    log::error("http", "{}: cannot check the credentials: {}", r.peer.text(), e.what());
    co_return response::text(500, "try again later");
  }
  if (!shown) {
    log::info("http", "{}: {} refused", r.peer.text(), describe(*parsed));
    co_return refusal(*parsed);
  }
  r.auth.identities.push_back(identity_of(*parsed));
  merge(r.auth, *shown);
  co_return std::nullopt;
}

}  // namespace godwit::http
