#include "http/service.hpp"

#include "http/bounded_call.hpp"
#include "http/content_coding.hpp"
#include "http/target.hpp"
#include "log/log.hpp"

namespace godwit::http {

namespace {

constexpr std::size_t worth_compressing = 512;

response too_large_reply() {
  return response::text(413, "Failed to buffer the request body: length limit exceeded");
}

/// Decompresses in place; the result is the reply to send instead.
std::optional<response> decode_body(request& r, std::size_t limit) {
  if (r.body.size() > limit) return too_large_reply();
  const auto* header = r.header("Content-Encoding");
  if (!header) return std::nullopt;
  const auto c = parse_content_coding(*header);
  if (!c) return response::text(415, c.why().text);
  if (*c == coding::identity) return std::nullopt;
  auto plain = decompress(*c, r.body, limit);
  if (std::holds_alternative<too_large>(plain)) return too_large_reply();
  if (const auto* why = std::get_if<error>(&plain))
    return response::text(400, fmt::format("Failed to decode the request body as {}: {}", name_of(*c), why->text));
  r.body = std::move(std::get<std::string>(plain));
  return std::nullopt;
}

void encode_body(response& r, const std::string* accepted) {
  if (!accepted || r.body.size() < worth_compressing || find_header(r.headers, "Content-Encoding")) return;
  const auto c = choose_coding(*accepted);
  if (c == coding::identity) return;
  r.body = compress(c, r.body);
  r.headers.emplace_back("Content-Encoding", name_of(c));
  r.headers.emplace_back("Vary", "Accept-Encoding");
}

response wrong_method(const std::vector<std::string>& methods) {
  auto r = response::text(405, "Method Not Allowed");
  r.headers.emplace_back("Allow", fmt::format("{}", fmt::join(methods, ", ")));
  return r;
}

}  // namespace

rt::task<response> service::answer(std::shared_ptr<request> r) {
  auto refused = co_await authentication_.identify(*r);
  if (refused) co_return std::move(*refused);
  const auto match = routes_.find(r->method, r->path);
  if (!match.found) co_return match.methods.empty() ? response::text(404, "Not Found") : wrong_method(match.methods);
  const auto decision = co_await authorization_.check(*r, match.found->access);
  if (!decision.allowed) co_return response::text(401, decision.text);
  co_return co_await call_bounded(match.found, std::move(r));
}

rt::task<response> service::respond(raw_request raw, const listener_options& o) {
  auto target = parse_target(raw.target);
  if (!target) co_return response::text(400, "Malformed request target");
  auto r = std::make_shared<request>();
  r->method = std::move(raw.method);
  r->path = std::move(target->path);
  r->query = std::move(target->query);
  r->headers = std::move(raw.headers);
  r->body = std::move(raw.body);
  r->peer = raw.peer;
  r->local = raw.local;
  if (o.trusted_hosts.contains(r->peer.address)) r->auth.groups.emplace_back(trusted_group);
  if (auto refused = decode_body(*r, o.request_body_limit)) co_return std::move(*refused);
  response out;
  try {
    out = co_await answer(r);
  } catch (const asio::system_error& e) {
    if (e.code() == asio::error::operation_aborted) throw;
    out = response::failure(e.what());
  } catch (const std::exception& e) {
    // Authorization that cannot be found out; handlers' failures are replies already.
    log::error("http", "{} {}: {}", r->method, r->path, e.what());
    out = response::text(500, "try again later");
  }
  encode_body(out, r->header("Accept-Encoding"));
  co_return out;
}

}  // namespace godwit::http
