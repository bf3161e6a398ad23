#pragma once
// Routes of the server's HTTP listeners. Registered in init(), gone with the module.
//
//   http_get("/greylist/size", "Number of triplets.", [this](const http_request&) { return size(); });
//   http_route("POST", "/greylist/forget", "Forgets a triplet.",
//              [this](const http_request& r) { return forget(r.body()) ? http_reply(200, "gone") : http_reply(404, "not known"); },
//              {.access = GODWIT_HTTP_AUTHENTICATED});
//
// What the handler returns is sent as JSON, unless it is an http_reply. One that throws answers 500 with the text; one that
// waits takes the call: `r.defer()`.

#include <godwit/registration.hpp>

namespace godwit::sdk {

/// Valid until the call is answered.
class http_request {
 public:
  explicit http_request(call& c) : call_(c), request_(c.argument(0)) {}

  std::string_view method() const { return request_["method"].text(); }
  std::string_view path() const { return request_["path"].text(); }
  std::string_view body() const { return request_["body"].text(); }
  std::string_view peer() const { return request_["peer"].text(); }  ///< "192.0.2.1:4711"
  std::string_view user() const { return request_["user"].text(); }  ///< empty when unknown
  /// Null when absent. Names of headers in lower case.
  value_view query(std::string_view name) const { return request_["query"][name]; }
  value_view header(std::string_view name) const { return request_["headers"][name]; }
  /// Answer it with reply.to_value() or any value; what the handler returns is then ignored.
  deferred_call defer() const { return call_.defer(); }

 private:
  call& call_;
  value_view request_;
};

/// A response that is not JSON with status 200.
struct http_reply {
  int status = 200;
  std::string body;
  std::string content_type = "text/plain; charset=utf-8";

  http_reply(int code, std::string text) : status(code), body(std::move(text)) {}
  http_reply(int code, std::string text, std::string type)
      : status(code), body(std::move(text)), content_type(std::move(type)) {}

  value to_value() const {
    auto v = value::object();
    v.set("status", status).set("content_type", content_type).set("body", body);
    return v;
  }
};

struct http_options {
  int access = GODWIT_HTTP_TRUSTED;
  std::chrono::nanoseconds timeout{0};  ///< 0: five minutes
};

template <class F>
void http_route(std::string_view method, std::string_view path, std::string_view summary, F handler, http_options o = {}) {
  auto answered = [handler = std::move(handler)](call& c) {
    const http_request request(c);
    using result = std::invoke_result_t<const F&, const http_request&>;
    if constexpr (std::is_void_v<result>) {
      handler(request);
    } else if constexpr (std::is_same_v<result, http_reply>) {
      c.answer(handler(request).to_value());
    } else if constexpr (std::is_same_v<result, value>) {
      c.answer(handler(request));
    } else {
      c.answer(value(handler(request)));
    }
  };
  godwit_http_route route{};
  route.size = sizeof(route);
  route.method = to_str(method);
  route.path = to_str(path);
  route.summary = to_str(summary);
  route.access = o.access;
  route.timeout_ns = static_cast<std::uint64_t>(o.timeout.count());
  route.handler = detail::enter;
  route.context = detail::keep(std::move(answered));
  require(host().http_route_add(self(), &route), "http_route_add");
}

template <class F>
void http_get(std::string_view path, std::string_view summary, F handler, http_options o = {}) {
  http_route("GET", path, summary, std::move(handler), o);
}

}  // namespace godwit::sdk
