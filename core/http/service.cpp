#include "http/service.hpp"

#include "http/bounded_call.hpp"
#include "http/content_coding.hpp"
#include "http/target.hpp"
#include "log/log.hpp"
#include "rt/loop.hpp"

namespace godwit::http {

namespace {

constexpr std::size_t worth_compressing = 512;
constexpr auto look_again = std::chrono::milliseconds(5);

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

response still_replaced(const route& r) {
  auto reply = response::failure(fmt::format("{} is being replaced, try again later", r.owner), 503);
  reply.headers.emplace_back("Retry-After", "1");
  return reply;
}

}  // namespace

rt::task<response> service::dispatch(std::shared_ptr<request> r, const router::match& to) {
  if (!to.found) co_return to.methods.empty() ? response::text(404, "Not Found") : wrong_method(to.methods);
  const auto decision = co_await authorization_.check(*r, to.found->access);
  if (!decision.allowed) co_return response::text(401, decision.text);
  co_return co_await call_bounded(to.found, std::move(r));
}

/// Waits while the route that is being withdrawn has no successor and is not gone either.
rt::task<router::match> service::find_instead(std::shared_ptr<request> r, route_ref former) {
  const auto until = rt::steady_clock::now() + patience_;
  auto match = routes_.find(r->method, r->path);
  while (match.found && match.found == former && rt::steady_clock::now() < until) {
    co_await rt::sleep_for(look_again);
    match = routes_.find(r->method, r->path);
  }
  co_return match;
}

rt::task<response> service::answer(std::shared_ptr<request> r) {
  auto refused = co_await authentication_.identify(*r);
  if (refused) co_return std::move(*refused);
  route_ref former;
  for (;;) {
    const auto match = co_await find_instead(r, former);
    if (match.found && match.found == former) co_return still_replaced(*former);
    try {
      co_return co_await dispatch(r, match);
    } catch (const route_withdrawn&) {
      former = match.found;
    }
  }
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
