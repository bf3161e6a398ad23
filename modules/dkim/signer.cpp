#include "signer.hpp"

#include <strings.h>

#include <algorithm>

#include "digest.hpp"

namespace dkim {

namespace {

constexpr std::size_t soft_width = 75;

/// Tags joined by "; ", folded before a tag that would pass the soft width; b= and h= are folded inside.
class header_writer {
 public:
  void tag(std::string_view name, std::string_view content) {
    const auto length = name.size() + content.size() + 2;
    if (!text_.empty()) {
      text_ += ';';
      if (column_ + length > soft_width) {
        fold();
      } else {
        text_ += ' ';
        ++column_;
      }
    }
    text_ += name;
    text_ += '=';
    column_ += name.size() + 1;
    append(content);
  }

  /// Breaks after a colon, or anywhere when `anywhere`.
  void folded_tag(std::string_view name, std::string_view content, bool anywhere) {
    tag(name, "");
    while (!content.empty()) {
      auto piece = anywhere ? std::max<std::size_t>(1, column_ < soft_width ? soft_width - column_ : soft_width)
                            : content.find(':') + 1;
      if (piece == 0) piece = content.size();
      if (column_ + std::min(piece, content.size()) > soft_width && column_ > 1) {
        fold();
        continue;
      }
      append(content.substr(0, piece));
      content.remove_prefix(std::min(piece, content.size()));
    }
  }

  const std::string& text() const { return text_; }

 private:
  void fold() {
    text_ += "\r\n\t";
    column_ = 1;
  }
  void append(std::string_view part) {
    text_ += part;
    column_ += part.size();
  }

  std::string text_;
  std::size_t column_ = 16;  // "DKIM-Signature: "
};

std::string_view canonicalization_name(canonicalization c) {
  return c == canonicalization::simple ? "simple" : "relaxed";
}

bool is_same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

std::string join(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names) {
    if (!out.empty()) out += ':';
    out += name;
  }
  return out;
}

}  // namespace

std::vector<std::string> signer::names_to_sign(const std::vector<header_field>& fields) const {
  if (!options_.over_sign && !options_.every_instance) return options_.headers;
  std::vector<std::string> names;
  for (const auto& name : options_.headers) {
    const auto is_this = [&](std::string_view other) { return is_same_name(name, other); };
    const auto times = std::count_if(fields.begin(), fields.end(), [&](const auto& f) { return is_this(f.name); });
    const bool is_over_signed = options_.over_sign || std::any_of(options_.over_signed.begin(), options_.over_signed.end(), is_this);
    names.insert(names.end(), static_cast<std::size_t>(times) + (is_over_signed ? 1 : 0), name);
  }
  return names;
}

std::string signer::sign(std::string_view header_block, std::string_view body, std::int64_t now) const {
  const auto fields = split_headers(header_block);
  const auto names = names_to_sign(fields);
  body_hasher hasher(options_.body_canonicalization);
  hasher.update(body);
  const auto body_hash = base64_encode(hasher.finish());

  header_writer header;
  header.tag("v", "1");
  header.tag("a", algorithm_name(options_.how));
  header.tag("c", std::string(canonicalization_name(options_.header_canonicalization)) + "/" +
                      std::string(canonicalization_name(options_.body_canonicalization)));
  header.tag("d", options_.domain);
  header.tag("s", options_.selector);
  if (options_.agent_user_identifier) header.tag("i", *options_.agent_user_identifier);
  if (options_.body_length) header.tag("l", std::to_string(hasher.canonical_size()));
  if (options_.reporting) header.tag("r", "y");
  if (options_.atps) header.tag("atps", *options_.atps);
  if (options_.atpsh) header.tag("atpsh", *options_.atpsh);
  header.tag("t", std::to_string(now));
  if (options_.expiration) header.tag("x", std::to_string(now + static_cast<std::int64_t>(*options_.expiration)));
  header.tag("bh", body_hash);
  header.folded_tag("h", join(names), false);

  // What is signed ends with this very field, its b= empty and no line end (section 3.7).
  auto with_empty_b = header;
  with_empty_b.tag("b", "");
  auto data = canonical_headers(fields, names, options_.header_canonicalization);
  const auto own_field = "DKIM-Signature: " + with_empty_b.text();
  append_canonical(data, {std::string_view(own_field).substr(0, 14), own_field}, options_.header_canonicalization);
  data.resize(data.size() - 2);
  const auto signature = dkim::sign(key_, options_.how, data);
  if (signature.empty()) return {};
  header.folded_tag("b", base64_encode(signature), true);
  return header.text();
}

}  // namespace dkim
