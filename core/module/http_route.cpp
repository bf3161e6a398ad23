#include "module/http_route.hpp"

#include "base/text.hpp"
#include "http/router.hpp"
#include "module/call.hpp"
#include "module/handshake.hpp"

namespace godwit::module {

namespace {

using http::criterion;

object object_of(const http::header_list& all, bool lower) {
  object out;
  for (const auto& [name, content] : all) {
    const auto key = lower ? to_lower(name) : name;
    if (!out.find(key)) out.set(key, content);
  }
  return out;
}

value request_value(const http::request& r) {
  const auto& identities = r.auth.identities;
  return object{{"method", r.method},
                {"path", r.path},
                {"query", object_of(r.query, false)},
                {"headers", object_of(r.headers, true)},
                {"body", r.body},
                {"peer", r.peer.text()},
                {"user", identities.empty() ? value() : value(identities.front().identity)}};
}

const std::string* text_in(const value& v, std::string_view key) {
  const auto* member = v.find(key);
  return member ? member->as_string() : nullptr;
}

/// {status, content_type?, headers?, body?}: a response as it shall be sent.
std::optional<http::response> explicit_response(const value& v) {
  const auto* status = v.find("status") ? v.find("status")->as_integer() : nullptr;
  if (!status || *status < 100 || *status > 599) return std::nullopt;
  for (const auto& [key, unused] : *v.as_object())
    if (key != "status" && key != "content_type" && key != "headers" && key != "body") return std::nullopt;
  auto r = http::response::text(static_cast<int>(*status), {});
  if (const auto* type = text_in(v, "content_type")) r.content_type = *type;
  if (const auto* body = text_in(v, "body")) r.body = *body;
  const auto* headers = v.find("headers");
  for (const auto& [name, content] : headers && headers->as_object() ? *headers->as_object() : object{})
    if (const auto* text = content.as_string()) r.headers.emplace_back(name, *text);
  return r;
}

http::response response_of(call_state& state) {
  if (auto* f = std::get_if<failed_answer>(&state.answer)) return http::response::failure(f->text);
  if (auto* v = std::get_if<hook::verdict>(&state.answer); v && v->what != hook::verdict::kind::proceed) {
    const bool is_status = v->code >= 400 && v->code < 600;
    return http::response::failure(v->text, is_status ? v->code : 500);
  }
  auto* v = std::get_if<value>(&state.answer);
  if (!v || v->is_null()) return http::response::text(204, {});
  auto made = explicit_response(*v);
  return made ? std::move(*made) : http::response::json(*v);
}

struct module_route {
  std::shared_ptr<godwit_instance> owner;
  std::string name;
  godwit_handler handler;
  void* context;

  rt::task<http::response> call(http::request_ref r) const {
    const auto here = co_await asio::this_coro::executor;
    const auto state = std::make_shared<call_state>(owner, name, here);
    if (!state->use) throw http::route_withdrawn();
    state->arguments.push_back(call_argument::of(request_value(*r)));
    enter_handler(state, handler, context);
    if (state->is_deferred) co_await wait_for_answer(state);
    co_return response_of(*state);
  }
};

http::acl access_list(const std::string& method, int32_t access) {
  criterion who = criterion::group(std::string(http::trusted_group));
  http::acl rules{{who, method, true}};
  if (access == GODWIT_HTTP_TRUSTED) return rules;
  criterion more;
  more.what = access == GODWIT_HTTP_AUTHENTICATED ? criterion::kind::authenticated : criterion::kind::any;
  rules.push_back({std::move(more), method, true});
  return rules;
}

}  // namespace

result<void> add_http_route(std::shared_ptr<godwit_instance> owner, const godwit_http_route& r) {
  if (r.handler == nullptr) return error{"an HTTP route needs a handler"};
  if (r.access < GODWIT_HTTP_TRUSTED || r.access > GODWIT_HTTP_ANYBODY)
    return fail("HTTP route {}: access {} is unknown", view(r.path), r.access);
  auto& routes = owner->routes;
  http::route made;
  made.method = view(r.method);
  made.path = view(r.path);
  made.owner = owner->id.name;
  made.summary = view(r.summary);
  made.access = access_list(made.method, r.access);
  if (r.timeout_ns > 0) made.timeout = std::chrono::nanoseconds(r.timeout_ns);
  const auto called = std::make_shared<const module_route>(
      module_route{std::move(owner), fmt::format("{} {}", made.method, made.path), r.handler, r.context});
  made.handler = [called](http::request_ref asked) { return called->call(std::move(asked)); };
  routes.push_back(std::move(made));
  return {};
}

}  // namespace godwit::module
