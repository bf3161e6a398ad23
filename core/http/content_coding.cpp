#include "http/content_coding.hpp"

#include <zlib.h>

#include <array>
#include <charconv>
#include <optional>

#include "base/text.hpp"

namespace godwit::http {

namespace {

constexpr int gzip_frame = 15 + 16, zlib_frame = 15, no_frame = -15;  // windowBits of zlib
using buffer = std::array<unsigned char, 65536>;

struct inflater {
  explicit inflater(int window) { is_ready = inflateInit2(&z, window) == Z_OK; }
  ~inflater() { inflateEnd(&z); }
  inflater(const inflater&) = delete;
  z_stream z{};
  bool is_ready = false;
};

std::variant<std::string, too_large, error> inflate_all(int window, std::string_view bytes, std::size_t limit) {
  inflater in(window);
  if (!in.is_ready) return error{"out of memory"};
  in.z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  in.z.avail_in = static_cast<uInt>(bytes.size());
  std::string out;
  buffer chunk;
  for (int state = Z_OK; state != Z_STREAM_END;) {
    in.z.next_out = chunk.data();
    in.z.avail_out = chunk.size();
    state = inflate(&in.z, Z_NO_FLUSH);
    if (state != Z_OK && state != Z_STREAM_END) return fail("{}", in.z.msg ? in.z.msg : "the compressed body is cut off");
    const std::size_t got = chunk.size() - in.z.avail_out;
    if (out.size() + got > limit) return too_large{};
    out.append(reinterpret_cast<const char*>(chunk.data()), got);
  }
  return out;
}

std::optional<coding> coding_named(std::string_view name) {
  if (iequals(name, "gzip") || iequals(name, "x-gzip")) return coding::gzip;
  if (iequals(name, "deflate")) return coding::deflate;
  if (iequals(name, "identity") || name.empty()) return coding::identity;
  return std::nullopt;
}

/// Quality of an Accept-Encoding item in thousandths; 0 means "not this".
int quality_of(std::string_view parameters) {
  const auto q = parameters.find("q=");
  if (q == std::string_view::npos) return 1000;
  double quality = 0;
  const auto number = trim(parameters.substr(q + 2));
  const auto parsed = std::from_chars(number.data(), number.data() + number.size(), quality);
  return parsed.ec == std::errc() && quality >= 0 && quality <= 1 ? static_cast<int>(quality * 1000) : 0;
}

}  // namespace

std::string_view name_of(coding c) {
  switch (c) {
    case coding::gzip: return "gzip";
    case coding::deflate: return "deflate";
    case coding::identity: break;
  }
  return "identity";
}

result<coding> parse_content_coding(std::string_view header) {
  if (const auto known = coding_named(trim(header))) return *known;
  return fail("Content-Encoding {} is not supported: use gzip or deflate", header.substr(0, 64));
}

coding choose_coding(std::string_view accept_encoding) {
  int best = 0;
  auto chosen = coding::identity;
  for (const auto item : split(accept_encoding, ',')) {
    const auto semicolon = item.find(';');
    const auto name = trim(item.substr(0, semicolon));
    const auto known = name == "*" ? std::optional(coding::gzip) : coding_named(name);
    if (!known || *known == coding::identity || name.empty()) continue;
    const int quality = semicolon == std::string_view::npos ? 1000 : quality_of(item.substr(semicolon + 1));
    if (quality > best || (quality == best && quality > 0 && *known == coding::gzip)) {
      best = quality;
      chosen = *known;
    }
  }
  return chosen;
}

std::variant<std::string, too_large, error> decompress(coding c, std::string_view bytes, std::size_t limit) {
  if (c == coding::gzip) return inflate_all(gzip_frame, bytes, limit);
  auto framed = inflate_all(zlib_frame, bytes, limit);
  // Some clients mean the bare RFC 1951 stream by "deflate".
  return std::holds_alternative<error>(framed) ? inflate_all(no_frame, bytes, limit) : framed;
}

std::string compress(coding c, std::string_view bytes) {
  z_stream z{};
  if (deflateInit2(&z, Z_BEST_SPEED, Z_DEFLATED, c == coding::gzip ? gzip_frame : zlib_frame, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::bad_alloc();
  std::string out(deflateBound(&z, bytes.size()), '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  z.avail_in = static_cast<uInt>(bytes.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  deflate(&z, Z_FINISH);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

}  // namespace godwit::http
