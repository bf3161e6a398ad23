#pragma once
// An SMTP reply as a value: what a server answers, what a client heard, what a log record says.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace godwit::mail {

/// RFC 3463.
struct enhanced_code {
  std::uint16_t klass = 0;
  std::uint16_t subject = 0;
  std::uint16_t detail = 0;

  bool operator==(const enhanced_code&) const = default;
  std::string text() const;  ///< "4.3.2"
};

struct response {
  int code = 0;
  std::optional<enhanced_code> enhanced;
  std::string content;  ///< without code; lines joined by "\r\n"
  std::string command;  ///< the command it answers, empty when unknown

  bool is_positive() const { return code >= 200 && code < 400; }
  bool is_transient() const { return code >= 400 && code < 500; }
  bool is_permanent() const { return code >= 500 && code < 600; }

  /// Takes "4.3.2 text" apart when the first word is an enhanced code whose class fits `code`.
  static response parse(int code, std::string_view content);
  /// "450 4.2.0 text" on one line, CR and LF shown as \r\n: what classifiers and rewrite events see.
  std::string one_line() const;
};

}  // namespace godwit::mail
