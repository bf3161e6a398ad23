#pragma once
// maildir_path: text with {{ variables }} of the message, the recipient and the queue, made into a path that cannot leave
// the place the template names.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <godwit/module.hpp>

namespace maildir {

/// The recipient's or sender's address, or metadata, cannot be part of a path: trying again will not help.
struct unsafe_value : godwit::sdk::failure {
  using failure::failure;
};

/// The variables that KumoMTA documents, for one message and one recipient. Borrows the message.
class variables {
 public:
  variables(godwit::sdk::message_view m, std::string_view recipient);

  /// nullopt: the message has no such value.
  std::optional<std::string> find(std::string_view name) const;
  static bool is_known(std::string_view name);

 private:
  godwit::sdk::message_view message_;
  std::string recipient_;
  godwit::sdk::value queue_;
};

class path_template {
 public:
  /// Throws failure when the text is no template or not an absolute path.
  explicit path_template(std::string_view text);

  /// A value never adds or leaves a directory: "/", control characters, "." and ".." are refused (unsafe_value). Throws
  /// failure when a value is absent.
  std::string expand(const variables& v) const;

 private:
  struct part {
    std::string text;
    bool is_variable = false;
  };
  std::vector<part> parts_;
};

}  // namespace maildir
