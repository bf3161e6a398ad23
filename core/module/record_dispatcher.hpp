#pragma once
// Hands each log record to every sink. Sinks come and go rarely; submit takes no lock and runs on the
// caller's thread.

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/snapshot.hpp"
#include "mail/log_record.hpp"

namespace godwit::module {

class record_dispatcher final : public mail::record_sink {
 public:
  void submit(const mail::log_record& record, const mail::message_ref& m) override;

  struct entry {
    std::string owner, name;
    std::shared_ptr<mail::record_sink> sink;
  };
  void add(std::string owner, std::string name, std::shared_ptr<mail::record_sink> sink);
  /// In place of all that `owner` added; no record meets both or neither.
  void replace_owner(std::string_view owner, std::vector<entry> fresh);
  void remove_owner(std::string_view owner) { replace_owner(owner, {}); }
  std::size_t size() const;

 private:
  using list = std::vector<entry>;
  std::mutex change_;
  snapshot<list> sinks_;
};

}  // namespace godwit::module
