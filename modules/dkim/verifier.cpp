#include "verifier.hpp"

#include <strings.h>

#include <algorithm>
#include <charconv>

#include "digest.hpp"

namespace dkim {

namespace {

constexpr int least_rsa_bits = 1024;  // RFC 8301 section 3.2

std::optional<std::uint64_t> read_number(const std::string& text) {
  std::uint64_t n = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (text.empty() || failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return n;
}

std::optional<canonicalization> read_canonicalization(std::string_view name) {
  if (name == "simple") return canonicalization::simple;
  if (name == "relaxed") return canonicalization::relaxed;
  return std::nullopt;
}

bool is_same_or_subdomain(std::string_view name, std::string_view of) {
  if (name.size() < of.size()) return false;
  const auto tail = name.substr(name.size() - of.size());
  if (::strncasecmp(tail.data(), of.data(), of.size()) != 0) return false;
  return name.size() == of.size() || name[name.size() - of.size() - 1] == '.';
}

verdict judge(const signature& s, std::string_view result, std::string_view reason) {
  verdict v{std::string(result), std::string(reason), {}};
  const auto add = [&](const char* prop, const std::string& content) {
    if (!content.empty()) v.props.emplace_back(prop, content);
  };
  add("header.a", s.tags.compact("a"));
  add("header.b", s.tags.compact("b").substr(0, 8));
  add("header.d", s.tags.compact("d"));
  add("header.i", s.tags.find("i") ? s.tags.compact("i") : "@" + s.tags.compact("d"));
  add("header.s", s.tags.compact("s"));
  return v;
}

/// The text of b= taken out of the raw field, everything else untouched (section 3.7).
std::string without_b(std::string_view raw) {
  const auto colon = raw.find(':');
  std::string out(raw.substr(0, colon + 1));
  auto rest = raw.substr(colon + 1);
  while (!rest.empty()) {
    const auto semicolon = rest.find(';');
    const auto spec = rest.substr(0, semicolon);
    const auto equals = spec.find('=');
    const bool is_b = equals != std::string_view::npos && without_space(spec.substr(0, equals)) == "b";
    out += is_b ? spec.substr(0, equals + 1) : spec;
    if (semicolon == std::string_view::npos) break;
    out += ';';
    rest.remove_prefix(semicolon + 1);
  }
  return out;
}

}  // namespace

verifier::verifier(std::string_view header_block, std::string_view body, std::int64_t now)
    : fields_(split_headers(header_block)), body_(body), now_(now) {
  for (const auto& f : fields_) {
    if (signatures_.size() == max_signatures) break;
    if (f.name.size() == 14 && ::strncasecmp(f.name.data(), "DKIM-Signature", 14) == 0) signatures_.push_back(parse(f));
  }
}

signature verifier::parse(const header_field& field) const {
  signature s;
  s.field = field;
  const auto refuse = [&](std::string_view result, std::string_view reason) {
    s.problem = judge(s, result, reason);
    return s;
  };
  auto tags = tag_list::parse(field.raw.substr(field.raw.find(':') + 1));
  if (!tags) return refuse("permerror", "signature is not a tag list");
  s.tags = std::move(*tags);
  for (const auto* required : {"v", "a", "b", "bh", "d", "h", "s"}) {
    if (s.tags.compact(required).empty()) return refuse("permerror", std::string("missing tag ") + required);
  }
  if (s.tags.compact("v") != "1") return refuse("permerror", "incompatible version");
  const auto how = s.tags.compact("a");
  if (how == "ed25519-sha256") {
    s.how = algorithm::ed25519_sha256;
  } else if (how != "rsa-sha256") {
    return refuse("permerror", "unsupported algorithm " + how);
  }
  if (s.tags.find("c")) {
    const auto both = s.tags.compact("c");
    const auto slash = both.find('/');
    const auto header = read_canonicalization(both.substr(0, slash));
    const auto body = slash == std::string::npos ? canonicalization::simple : read_canonicalization(both.substr(slash + 1));
    if (!header || !body) return refuse("permerror", "unknown canonicalization");
    s.header_canonicalization = *header;
    s.body_canonicalization = *body;
  }
  s.names = split_colons(s.tags.compact("h"));
  if (std::find(s.names.begin(), s.names.end(), "from") == s.names.end()) return refuse("permerror", "From field not signed");
  if (s.tags.find("i")) {
    const auto identity = s.tags.compact("i");
    const auto at = identity.rfind('@');
    if (at == std::string::npos || !is_same_or_subdomain(std::string_view(identity).substr(at + 1), s.tags.compact("d"))) {
      return refuse("permerror", "domain mismatch");
    }
  }
  if (s.tags.find("l")) {
    s.body_limit = read_number(s.tags.compact("l"));
    if (!s.body_limit) return refuse("permerror", "malformed tag l");
  }
  if (s.tags.find("x")) {
    const auto expires = read_number(s.tags.compact("x"));
    if (!expires) return refuse("permerror", "malformed tag x");
    if (static_cast<std::int64_t>(*expires) < now_) return refuse("fail", "signature expired");
  }
  if (s.tags.find("q") && s.tags.compact("q") != "dns/txt") return refuse("permerror", "unknown query method");
  s.key_name = s.tags.compact("s") + "._domainkey." + s.tags.compact("d");
  return s;
}

const std::string& verifier::body_hash(const signature& s, std::uint64_t& canonical_size) {
  for (const auto& h : hashes_) {
    if (h.how == s.body_canonicalization && h.limit == s.body_limit) {
      canonical_size = h.size;
      return h.digest;
    }
  }
  body_hasher hasher(s.body_canonicalization, s.body_limit);
  hasher.update(body_);
  auto digest = hasher.finish();
  canonical_size = hasher.canonical_size();
  hashes_.push_back({s.body_canonicalization, s.body_limit, std::move(digest), canonical_size});
  return hashes_.back().digest;
}

verdict verifier::check(const signature& s, const key_lookup& key) {
  if (s.problem) return *s.problem;
  if (key.outcome == key_lookup::state::failed) return judge(s, "temperror", "key look-up failed");
  if (key.outcome == key_lookup::state::absent || key.texts.empty()) return judge(s, "permerror", "no key for signature");
  const auto record = tag_list::parse(key.texts.front());
  if (!record) return judge(s, "permerror", "key syntax error");
  if (record->find("v") && record->compact("v") != "DKIM1") return judge(s, "permerror", "key syntax error");
  const std::string type = record->find("k") ? record->compact("k") : "rsa";
  if (type != (s.how == algorithm::rsa_sha256 ? "rsa" : "ed25519")) return judge(s, "permerror", "inappropriate key algorithm");
  if (record->find("h")) {
    const auto hashes = split_colons(record->compact("h"));
    if (std::find(hashes.begin(), hashes.end(), "sha256") == hashes.end()) {
      return judge(s, "permerror", "inappropriate hash algorithm");
    }
  }
  const auto flags = record->find("t") ? split_colons(record->compact("t")) : std::vector<std::string>{};
  if (std::find(flags.begin(), flags.end(), "s") != flags.end() && s.tags.find("i")) {
    const auto identity = s.tags.compact("i");
    if (identity.substr(identity.rfind('@') + 1) != s.tags.compact("d")) return judge(s, "permerror", "domain mismatch");
  }
  if (record->find("p") && record->compact("p").empty()) return judge(s, "permerror", "key revoked");
  const auto der = base64_decode(record->compact("p"));
  if (!der) return judge(s, "permerror", "key syntax error");
  const auto parsed = parse_public_key(*der, s.how);
  if (!parsed.key) return judge(s, "permerror", parsed.problem);
  if (s.how == algorithm::rsa_sha256 && key_bits(parsed.key) < least_rsa_bits) return judge(s, "policy", "key is too short");

  std::uint64_t canonical_size = 0;
  const auto& digest = body_hash(s, canonical_size);
  if (s.body_limit && *s.body_limit > canonical_size) return judge(s, "permerror", "body is shorter than tag l");
  if (base64_encode(digest) != s.tags.compact("bh")) return judge(s, "fail", "body hash did not verify");
  const auto bytes = base64_decode(s.tags.compact("b"));
  if (!bytes) return judge(s, "permerror", "malformed tag b");
  auto data = canonical_headers(fields_, s.names, s.header_canonicalization);
  const auto bare = without_b(s.field.raw);
  append_canonical(data, {s.field.name, bare}, s.header_canonicalization);
  data.resize(data.size() - 2);
  if (!dkim::verify(parsed.key, s.how, data, *bytes)) return judge(s, "fail", "signature did not verify");
  return judge(s, "pass", "");
}

}  // namespace dkim
