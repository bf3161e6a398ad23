#include "config/codecs.hpp"

#include <charconv>
#include <cmath>

namespace godwit::config {

namespace detail {

void wrong_type(problems& out, const std::string& path, std::string_view expected, const value& got) {
  out.push_back({path, fmt::format("invalid type: {}, expected {}", got.type_name(), expected)});
}

std::string join(const std::string& path, std::string_view key) {
  return path.empty() ? std::string(key) : fmt::format("{}.{}", path, key);
}

std::optional<std::int64_t> read_integer(const value& v) {
  if (const auto* n = v.as_integer()) return *n;
  if (const auto* d = v.as_number()) {
    if (std::trunc(*d) == *d && std::abs(*d) < 9e15) return static_cast<std::int64_t>(*d);
    return std::nullopt;
  }
  const auto* text = v.as_string();
  if (!text || text->empty()) return std::nullopt;
  std::string digits;
  for (const char c : *text) {
    if (c != ',' && c != '_') digits += c;
  }
  std::int64_t n = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), n);
  if (failed != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return n;
}

}  // namespace detail

void codec<bool>::read(bool& out, const value& v, problems& p, const std::string& path) {
  if (const auto* b = v.as_bool()) {
    out = *b;
  } else {
    detail::wrong_type(p, path, "bool", v);
  }
}

void codec<double>::read(double& out, const value& v, problems& p, const std::string& path) {
  if (!v.to_number(out)) detail::wrong_type(p, path, "number", v);
}

void codec<std::string>::read(std::string& out, const value& v, problems& p, const std::string& path) {
  if (const auto* text = v.as_string()) {
    out = *text;
  } else {
    detail::wrong_type(p, path, "string", v);
  }
}

void codec<duration>::read(duration& out, const value& v, problems& p, const std::string& path) {
  double seconds = 0;
  if (v.to_number(seconds)) {
    if (seconds < 0 || seconds > 9e9) {
      p.push_back({path, fmt::format("{} seconds is out of range", seconds)});
      return;
    }
    out = std::chrono::duration_cast<duration>(std::chrono::duration<double>(seconds));
    return;
  }
  const auto* text = v.as_string();
  if (!text) return detail::wrong_type(p, path, "duration (seconds, or a string like \"5m\")", v);
  auto parsed = parse_duration(*text);
  if (parsed) {
    out = *parsed;
  } else {
    p.push_back({path, parsed.why().text});
  }
}

void codec<object>::read(object& out, const value& v, problems& p, const std::string& path) {
  if (const auto* a = v.as_array(); a && a->empty()) {
    out = {};
  } else if (const auto* o = v.as_object()) {
    out = *o;
  } else {
    detail::wrong_type(p, path, "table", v);
  }
}

void codec<cidr_set>::read(cidr_set& out, const value& v, problems& p, const std::string& path) {
  std::vector<std::string> texts;
  codec<std::vector<std::string>>::read(texts, v, p, path);
  auto parsed = cidr_set::parse(texts);
  if (parsed) {
    out = std::move(*parsed);
  } else {
    p.push_back({path, parsed.why().text});
  }
}

value codec<cidr_set>::render(const cidr_set& v) {
  value::array blocks;
  for (const auto& block : v.blocks()) blocks.push_back(block.text());
  return blocks;
}

void codec<throttle_spec>::read(throttle_spec& out, const value& v, problems& p, const std::string& path) {
  const auto* text = v.as_string();
  if (!text) return detail::wrong_type(p, path, "throttle (a string like \"100/h,max_burst=10\")", v);
  auto parsed = throttle_spec::parse(*text);
  if (parsed) {
    out = *parsed;
  } else {
    p.push_back({path, parsed.why().text});
  }
}

void codec<limit_spec>::read(limit_spec& out, const value& v, problems& p, const std::string& path) {
  if (const auto* text = v.as_string()) {
    auto parsed = limit_spec::parse(*text);
    if (parsed) {
      out = *parsed;
    } else {
      p.push_back({path, parsed.why().text});
    }
    return;
  }
  out.local = false;
  codec<std::uint64_t>::read(out.limit, v, p, path);
}

value codec<limit_spec>::render(const limit_spec& v) {
  if (v.local) return v.text();
  return static_cast<std::int64_t>(v.limit);
}

}  // namespace godwit::config
