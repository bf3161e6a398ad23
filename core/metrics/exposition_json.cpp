// The JSON half of exposition.hpp.
#include "metrics/exposition.hpp"

#include <algorithm>
#include <utility>

#include "base/json.hpp"

namespace godwit::metrics {
namespace {

void put(fmt::memory_buffer& out, std::string_view text) { out.append(text.data(), text.data() + text.size()); }

void put_histogram(fmt::memory_buffer& out, const histogram& h) {
  const auto buckets = h.buckets();
  std::uint64_t count = 0;
  for (const auto n : buckets) count += n;
  const double sum = h.sum();
  fmt::format_to(fmt::appender(out), R"({{"count":{},"sum":{},"avg":{},"bucket":[)", count, sum,
                 count > 0 ? sum / static_cast<double>(count) : 0.0);
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < histogram::bounds.size(); ++i) {
    below += buckets[i];
    fmt::format_to(fmt::appender(out), "{}[{},{}]", i > 0 ? "," : "", histogram::bounds[i], below);
  }
  put(out, "]}");
}

void put_number(fmt::memory_buffer& out, const series& s) {
  if (const auto* c = std::get_if<std::shared_ptr<counter>>(&s))
    fmt::format_to(fmt::appender(out), "{}", (*c)->read());
  else if (const auto* g = std::get_if<std::shared_ptr<gauge>>(&s))
    fmt::format_to(fmt::appender(out), "{}", (*g)->read());
  else if (const auto* h = std::get_if<std::shared_ptr<histogram>>(&s))
    put_histogram(out, **h);
}

/// All members have the one label, and the same.
bool has_one_label(const family& f) {
  const auto& first = f.members.begin()->first;
  return first.size() == 1 && std::all_of(f.members.begin(), f.members.end(), [&](const auto& m) {
           return m.first.size() == 1 && m.first.front().first == first.front().first;
         });
}

/// {LABEL: {VALUE: number}}
void put_by_label(fmt::memory_buffer& out, const family& f) {
  out.push_back('{');
  json::append_string(out, f.members.begin()->first.front().first);
  put(out, ":");
  char separator = '{';
  for (const auto& [l, member] : f.members) {
    out.push_back(std::exchange(separator, ','));
    json::append_string(out, l.front().second);
    out.push_back(':');
    put_number(out, member);
  }
  put(out, "}}");
}

/// [{LABEL: VALUE, …, "@": number}, …]
void put_by_labels(fmt::memory_buffer& out, const family& f) {
  char separator = '[';
  for (const auto& [l, member] : f.members) {
    out.push_back(std::exchange(separator, ','));
    out.push_back('{');
    for (const auto& [name, text] : l) {
      json::append_string(out, name);
      out.push_back(':');
      json::append_string(out, text);
      out.push_back(',');
    }
    put(out, R"("@":)");
    put_number(out, member);
    out.push_back('}');
  }
  out.push_back(']');
}

}  // namespace

void append_family_json(fmt::memory_buffer& out, std::string_view name, const family& f) {
  json::append_string(out, name);
  put(out, ":{");
  if (!f.help.empty()) {
    put(out, R"("help":)");
    json::append_string(out, f.help);
    out.push_back(',');
  }
  fmt::format_to(fmt::appender(out), R"("type":"{}","value":)", type_name(f));
  if (f.members.size() == 1 && f.members.begin()->first.empty())
    put_number(out, f.members.begin()->second);
  else if (has_one_label(f))
    put_by_label(out, f);
  else
    put_by_labels(out, f);
  out.push_back('}');
}

}  // namespace godwit::metrics
