#include "app/http_routes.hpp"

#include "metrics/export.hpp"

namespace godwit::app {

namespace {

constexpr const char* text_format = "text/plain; version=0.0.4; charset=utf-8";
constexpr const char* json_format = "application/json; charset=utf-8";

http::response show(const char* type, std::string body) {
  http::response r;
  r.content_type = type;
  r.body = std::move(body);
  return r;
}

std::string prefix_of(const http::request& r) {
  const auto* prefix = r.parameter("prefix");
  return prefix ? *prefix : std::string();
}

}  // namespace

result<void> add_core_routes(http::router& to, const availability& now) {
  http::route text{"GET", "/metrics", "core", "Counters, gauges and histograms in Prometheus' text format.", {}, {}};
  text.handler = [](http::request_ref r) -> rt::task<http::response> {
    const auto prefix = prefix_of(*r);
    if (!metrics::is_valid_prefix(prefix))
      co_return http::response::failure("prefix: letters, digits, '_' and ':' only, not starting with a digit", 400);
    co_return show(text_format, metrics::expose_text(prefix));
  };
  http::route json{"GET", "/metrics.json", "core", "The same as JSON.", {}, {}};
  json.handler = [](http::request_ref) -> rt::task<http::response> {
    co_return show(json_format, metrics::expose_json());
  };
  http::route alive{"GET", "/api/check-liveness/v1", "core", "200 when mail can be taken in.", {}, {}};
  alive.handler = [&now](http::request_ref) -> rt::task<http::response> {
    const auto why = now.unready();
    co_return why ? http::response::text(503, *why) : http::response::text(200, "OK");
  };
  for (auto* r : {&text, &json, &alive})
    if (auto ok = to.add(std::move(*r)); !ok) return ok;
  return {};
}

}  // namespace godwit::app
