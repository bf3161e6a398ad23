#include "mime/charset.hpp"

#include <iconv.h>

#include <cerrno>

#include "base/text.hpp"

namespace godwit::mime {
namespace {

/// One conversion; iconv handles are neither shared nor kept.
class converter {
 public:
  explicit converter(const std::string& charset) : handle_(::iconv_open("UTF-8", charset.c_str())) {}
  converter(const converter&) = delete;
  converter& operator=(const converter&) = delete;
  ~converter() {
    if (is_open()) ::iconv_close(handle_);
  }

  bool is_open() const { return handle_ != reinterpret_cast<iconv_t>(-1); }

  bool run(std::string_view bytes, std::string& out) {
    std::string source(bytes);  // iconv's interface wants it writable
    char* from = source.data();
    std::size_t left = source.size();
    bool flushing = false;
    for (;;) {
      char block[512];
      char* to = block;
      std::size_t room = sizeof block;
      const auto outcome = flushing ? ::iconv(handle_, nullptr, nullptr, &to, &room)
                                    : ::iconv(handle_, &from, &left, &to, &room);
      out.append(block, sizeof block - room);
      if (outcome == static_cast<std::size_t>(-1)) {
        if (errno != E2BIG) return false;
      } else if (flushing) {
        return true;
      } else {
        flushing = true;  // charsets with shift states may owe a last character
      }
    }
  }

 private:
  iconv_t handle_;
};

/// The name comes from a peer: only what a charset name consists of, without the "//TRANSLIT" of iconv.
bool is_charset_name(std::string_view name) {
  if (name.empty() || name.size() > 40) return false;
  for (const char c : name) {
    const bool good = (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '-' ||
                      c == '_' || c == '.' || c == ':' || c == '+';
    if (!good) return false;
  }
  return true;
}

}  // namespace

std::optional<std::string> to_utf8(std::string_view charset, std::string_view bytes) {
  if (iequals(charset, "utf-8") || iequals(charset, "us-ascii") || iequals(charset, "utf8")) {
    if (!is_valid_utf8(bytes)) return std::nullopt;
    return std::string(bytes);
  }
  if (!is_charset_name(charset)) return std::nullopt;
  converter conversion{std::string(charset)};
  std::string out;
  if (!conversion.is_open() || !conversion.run(bytes, out)) return std::nullopt;
  return out;
}

}  // namespace godwit::mime
