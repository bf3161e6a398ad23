// Master file text to zone. Every error names its line.
#include <charconv>
#include <optional>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "dns/destination.hpp"
#include "dns/record.hpp"
#include "dns/zone.hpp"

namespace godwit::dns {

namespace {

struct token {
  std::string text;
  bool quoted = false;
};

/// One record or directive; parentheses may spread it over lines.
struct entry {
  std::size_t line = 0;
  bool owner_omitted = false;  ///< begins with white space
  std::vector<token> tokens;
};

class entry_splitter {
 public:
  explicit entry_splitter(std::string_view text) : rest_(text) {}

  /// False at the end. An entry may be empty.
  bool next(entry& out) {
    if (at_ >= rest_.size()) return false;
    out = {.line = line_, .owner_omitted = is_blank(rest_[at_]), .tokens = {}};
    int depth = 0;
    while (at_ < rest_.size()) {
      const char c = rest_[at_++];
      if (c == '\n') {
        ++line_;
        if (depth <= 0) break;
      } else if (c == '(') {
        ++depth;
      } else if (c == ')') {
        --depth;
      } else if (c == ';') {
        skip_comment();
      } else if (c == '"') {
        out.tokens.push_back(quoted());
      } else if (!is_blank(c)) {
        --at_;
        out.tokens.push_back(word());
      }
    }
    return true;
  }

 private:
  static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }
  void skip_comment() {
    while (at_ < rest_.size() && rest_[at_] != '\n') ++at_;
  }
  token quoted() {
    token t{.text = {}, .quoted = true};
    while (at_ < rest_.size() && rest_[at_] != '"') {
      if (rest_[at_] == '\\' && at_ + 1 < rest_.size()) ++at_;
      if (rest_[at_] == '\n') ++line_;
      t.text += rest_[at_++];
    }
    ++at_;
    return t;
  }
  token word() {
    token t;
    while (at_ < rest_.size() && std::string_view(" \t\r\n;()\"").find(rest_[at_]) == std::string_view::npos) {
      if (rest_[at_] == '\\' && at_ + 1 < rest_.size()) t.text += rest_[at_++];
      t.text += rest_[at_++];
    }
    return t;
  }

  std::string_view rest_;
  std::size_t at_ = 0, line_ = 1;
};

template <class Number>
std::optional<Number> read_number(std::string_view text) {
  Number n{};
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return n;
}

/// "3600", "1h", "1d12h".
std::optional<std::chrono::seconds> read_ttl(std::string_view text) {
  if (text.empty() || text[0] < '0' || text[0] > '9') return std::nullopt;
  std::int64_t total = 0, part = 0;
  bool open = false;
  for (const char c : to_lower(text)) {
    if (c >= '0' && c <= '9') {
      part = part * 10 + (c - '0');
      if (part > INT32_MAX) return std::nullopt;
      open = true;
      continue;
    }
    const std::string_view units = "smhdw";
    constexpr std::int64_t seconds[] = {1, 60, 3600, 86400, 604800};
    const auto unit = units.find(c);
    if (unit == std::string_view::npos || !open) return std::nullopt;
    total += part * seconds[unit];
    part = 0;
    open = false;
  }
  return std::chrono::seconds(total + part);
}

std::optional<std::uint32_t> read_seconds(std::string_view text) {
  const auto ttl = read_ttl(text);
  if (!ttl) return std::nullopt;
  return static_cast<std::uint32_t>(ttl->count());
}

template <class Number>
void append_number(std::string& out, Number n) {
  for (int shift = static_cast<int>(sizeof n) * 8 - 8; shift >= 0; shift -= 8) out += static_cast<char>(n >> shift & 0xff);
}

}  // namespace

class zone_reader {
 public:
  result<zone> read(std::string_view text) {
    entry_splitter entries(text);
    for (entry e; entries.next(e);) {
      if (e.tokens.empty()) continue;
      if (auto r = read_entry(e); !r) return fail("zone line {}: {}", e.line, r.why().text);
    }
    if (!apex_) return fail("the zone has no records");
    zone_.apex_ = soa_.value_or(*apex_);
    add_empty_names();
    return std::move(zone_);
  }

 private:
  result<void> read_entry(const entry& e) {
    if (e.tokens[0].text == "$ORIGIN" || e.tokens[0].text == "$TTL") return read_directive(e);
    if (e.tokens[0].text.starts_with('$')) return fail("{} is not supported", e.tokens[0].text);
    std::size_t at = 0;
    if (!e.owner_omitted) owner_ = absolute(e.tokens[at++].text);
    if (!apex_) apex_ = owner_;
    auto ttl = ttl_;
    for (; at < e.tokens.size(); ++at) {  // TTL and class, in either order
      if (const auto given = read_ttl(e.tokens[at].text)) {
        ttl = *given;
      } else if (!iequals(e.tokens[at].text, "IN")) {
        break;
      }
    }
    if (at == e.tokens.size()) return fail("a record needs a type");
    const auto record_type = parse_type(e.tokens[at].text);
    if (!record_type) return fail("record type {} is not supported", e.tokens[at].text);
    auto rdata = read_rdata(*record_type, std::span(e.tokens).subspan(at + 1));
    if (!rdata) return fail("{} record of {}: {}", type_text(*record_type), owner_, rdata.why().text);
    if (*record_type == type::soa) {
      soa_ = owner_;
      zone_.negative_ttl_ = *read_ttl(e.tokens.back().text);
    }
    auto& set = zone_.nodes_[owner_][*record_type];
    set.rdata.push_back(std::move(*rdata));
    set.ttl = ttl;
    return {};
  }

  result<void> read_directive(const entry& e) {
    if (e.tokens.size() != 2) return fail("{} takes one value", e.tokens[0].text);
    if (e.tokens[0].text == "$TTL") {
      const auto ttl = read_ttl(e.tokens[1].text);
      if (!ttl) return fail("{} is not a time to live", e.tokens[1].text);
      ttl_ = *ttl;
    } else {
      origin_ = absolute(e.tokens[1].text);
      owner_ = origin_;
      if (!apex_) apex_ = origin_;
    }
    return {};
  }

  /// The name in `text` relative to the origin: lower case, no trailing dot.
  std::string absolute(std::string_view text) const {
    if (text == "@") return origin_;
    const auto name = ascii_name(text);
    const auto lower = name ? *name : to_lower(text);
    if (text.ends_with('.') || origin_.empty()) return lower;
    return fmt::format("{}.{}", lower, origin_);
  }

  result<std::string> name_rdata(std::string_view text) const {
    auto wire = write_name(absolute(text));
    if (!wire) return fail("{} is not a domain name", text);
    return std::move(*wire);
  }

  using tokens = std::span<const token>;

  result<std::string> read_rdata(unsigned record_type, tokens t) const {
    if (!t.empty() && t[0].text == "\\#") return generic_rdata(t.subspan(1));
    switch (record_type) {
      case type::a:
      case type::aaaa: return address_rdata(record_type, t);
      case type::ns:
      case type::cname:
      case type::ptr: return t.size() == 1 ? name_rdata(t[0].text) : wants("one name");
      case type::mx: return numbers_and_name<1>(t, "a preference and a host");
      case type::srv: return numbers_and_name<3>(t, "priority, weight, port and a host");
      case type::txt: return text_rdata(t);
      case type::tlsa: return tlsa_rdata(t);
      case type::soa: return soa_rdata(t);
      default: return fail("the data must be given as \\# LENGTH HEX");
    }
  }

  static result<std::string> wants(std::string_view what) { return fail("needs {}", what); }

  static result<std::string> address_rdata(unsigned record_type, tokens t) {
    const auto address = t.size() == 1 ? ip_address::parse(t[0].text) : std::nullopt;
    if (!address || address->is_v4() != (record_type == type::a)) return wants("one address");
    return std::string(reinterpret_cast<const char*>(address->bytes().data()), address->is_v4() ? 4 : 16);
  }

  template <std::size_t Numbers>
  result<std::string> numbers_and_name(tokens t, std::string_view what) const {
    if (t.size() != Numbers + 1) return wants(what);
    std::string rdata;
    for (std::size_t i = 0; i < Numbers; ++i) {
      const auto n = read_number<std::uint16_t>(t[i].text);
      if (!n) return wants(what);
      append_number(rdata, *n);
    }
    auto host = name_rdata(t[Numbers].text);
    if (!host) return host;
    return rdata + *host;
  }

  static result<std::string> text_rdata(tokens t) {
    std::string rdata;
    for (const auto& part : t) {
      if (part.text.size() > 255) return fail("a string is longer than 255 bytes");
      rdata += static_cast<char>(part.text.size());
      rdata += part.text;
    }
    if (rdata.empty()) return wants("at least one string");
    return rdata;
  }

  static result<std::string> hex_rdata(std::string rdata, tokens t) {
    std::string digits;
    for (const auto& part : t) digits += part.text;
    const auto bytes = hex_decode(digits);
    if (!bytes) return wants("hexadecimal data");
    return rdata + *bytes;
  }

  static result<std::string> tlsa_rdata(tokens t) {
    constexpr auto what = "usage, selector, matching type and hexadecimal data";
    std::string rdata;
    if (t.size() < 4) return wants(what);
    for (const auto& part : t.first(3)) {
      const auto n = read_number<std::uint8_t>(part.text);
      if (!n) return wants(what);
      append_number(rdata, *n);
    }
    return hex_rdata(std::move(rdata), t.subspan(3));
  }

  static result<std::string> generic_rdata(tokens t) {
    const auto size = t.empty() ? std::nullopt : read_number<std::uint16_t>(t[0].text);
    if (!size) return wants("a length after \\#");
    auto rdata = hex_rdata({}, t.subspan(1));
    if (rdata && rdata->size() != *size) return fail("{} bytes of data where \\# says {}", rdata->size(), *size);
    return rdata;
  }

  result<std::string> soa_rdata(tokens t) const {
    constexpr auto what = "two names, serial, refresh, retry, expire and minimum";
    if (t.size() != 7) return wants(what);
    std::string rdata;
    for (const auto& part : t.first(2)) {
      auto name = name_rdata(part.text);
      if (!name) return name;
      rdata += *name;
    }
    for (const auto& part : t.subspan(2)) {
      const auto n = &part == &t[2] ? read_number<std::uint32_t>(part.text) : read_seconds(part.text);
      if (!n) return wants(what);
      append_number(rdata, *n);
    }
    return rdata;
  }

  /// Names between an owner and the apex exist, though without records.
  void add_empty_names() {
    std::vector<std::string> between;
    for (const auto& [owner, unused] : zone_.nodes_) {
      for (std::string_view name = owner; name.size() > zone_.apex_.size() && zone_.covers(name);) {
        const auto dot = name.find('.');
        if (dot == std::string_view::npos) break;
        name.remove_prefix(dot + 1);
        between.emplace_back(name);
      }
    }
    for (auto& name : between) zone_.nodes_[name];
  }

  zone zone_;
  std::string origin_, owner_;
  std::optional<std::string> apex_, soa_;
  std::chrono::seconds ttl_{300};
};

result<zone> zone::parse(std::string_view text) { return zone_reader().read(text); }

}  // namespace godwit::dns
