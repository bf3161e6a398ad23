#pragma once
// AUTH PLAIN (RFC 4616) and LOGIN as state machines: challenges out, responses in, credentials at the end.
// Pure.

#include <optional>
#include <string>
#include <string_view>

#include "smtp/replies.hpp"

namespace godwit::smtp {

enum class auth_mechanism { plain, login };

std::optional<auth_mechanism> find_mechanism(std::string_view name);

struct credentials {
  std::string authorization;  ///< authzid; the authentication identity when the client gave none
  std::string authentication;
  std::string password;
};

class auth_exchange {
 public:
  /// RFC 4954 4: longest line of an exchange.
  static constexpr std::size_t max_line = 12288;

  explicit auth_exchange(auth_mechanism m) : mechanism_(m) {}

  enum class step { challenge, done, failed };
  /// `initial` is the rest of the AUTH line, empty when the client sent none.
  step begin(std::string_view initial);
  /// A line of the client: base64, or "*" to give up.
  step respond(std::string_view line);

  std::string_view challenge() const { return challenge_; }  ///< base64 text after "334 "
  const credentials& who() const { return who_; }
  const canned_reply& error() const { return *error_; }

 private:
  step plain(const std::string& decoded);
  step login(std::string decoded);
  step fail(const canned_reply& why);

  auth_mechanism mechanism_;
  bool has_user_ = false;
  std::string_view challenge_;
  credentials who_;
  const canned_reply* error_ = nullptr;
};

}  // namespace godwit::smtp
