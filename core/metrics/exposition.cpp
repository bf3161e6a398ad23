#include "metrics/exposition.hpp"

namespace godwit::metrics {
namespace {

void put(fmt::memory_buffer& out, std::string_view text) {
  out.append(text.data(), text.data() + text.size());
}

void put_escaped(fmt::memory_buffer& out, std::string_view text, bool quotes) {
  for (const char c : text) {
    if (c == '\\')
      put(out, "\\\\");
    else if (c == '\n')
      put(out, "\\n");
    else if (c == '"' && quotes)
      put(out, "\\\"");
    else
      out.push_back(c);
  }
}

/// {a="x",le="0.5"}; nothing when there are neither labels nor a bound.
void put_labels(fmt::memory_buffer& out, const labels& l, std::string_view bound = {}) {
  if (l.empty() && bound.empty()) return;
  char separator = '{';
  const auto one = [&](std::string_view key, std::string_view text) {
    out.push_back(separator);
    separator = ',';
    put(out, key);
    put(out, "=\"");
    put_escaped(out, text, true);
    out.push_back('"');
  };
  for (const auto& [key, text] : l) one(key, text);
  if (!bound.empty()) one("le", bound);
  out.push_back('}');
}

template <class Number>
void put_sample(fmt::memory_buffer& out, std::string_view name, std::string_view suffix, const labels& l,
                Number n, std::string_view bound = {}) {
  put(out, name);
  put(out, suffix);
  put_labels(out, l, bound);
  fmt::format_to(fmt::appender(out), " {}\n", n);
}

void put_histogram(fmt::memory_buffer& out, std::string_view name, const labels& l, const histogram& h) {
  const auto buckets = h.buckets();
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < buckets.size(); ++i) {
    count += buckets[i];
    const std::string bound = i < histogram::bounds.size() ? fmt::format("{}", histogram::bounds[i]) : "+Inf";
    put_sample(out, name, "_bucket", l, count, bound);
  }
  put_sample(out, name, "_sum", l, h.sum());
  put_sample(out, name, "_count", l, count);
}

}  // namespace

std::string_view type_name(const family& f) {
  static constexpr std::string_view types[] = {"untyped", "counter", "gauge", "histogram"};
  return types[f.first_type()];
}

void append_family(fmt::memory_buffer& out, std::string_view name, const family& f) {
  put(out, "# HELP ");
  put(out, name);
  out.push_back(' ');
  put_escaped(out, f.help, false);
  fmt::format_to(fmt::appender(out), "\n# TYPE {} {}\n", name, type_name(f));
  for (const auto& [l, member] : f.members) {
    if (const auto* c = std::get_if<std::shared_ptr<counter>>(&member))
      put_sample(out, name, "", l, (*c)->read());
    else if (const auto* g = std::get_if<std::shared_ptr<gauge>>(&member))
      put_sample(out, name, "", l, (*g)->read());
    else if (const auto* h = std::get_if<std::shared_ptr<histogram>>(&member))
      put_histogram(out, name, l, **h);
  }
}

}  // namespace godwit::metrics
