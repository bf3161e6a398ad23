#pragma once
// A module's log sink as the engine sees it, and a log record as the module sees it.

#include <memory>

#include <godwit/abi.h>

#include "mail/log_record.hpp"
#include "module/instance.hpp"

/// Made on the stack of submit; borrows everything from the record.
struct godwit_record {
  const godwit::mail::log_record& source;
  godwit_record_fields fields;

  explicit godwit_record(const godwit::mail::log_record& r);
};

namespace godwit::module {

class log_sink final : public mail::record_sink {
 public:
  /// `is_first`: records that come while the module is reloaded are kept by its first sink, for all of the new instance.
  log_sink(std::shared_ptr<godwit_instance> owner, const godwit_log_sink& sink, bool is_first)
      : owner_(std::move(owner)), is_first_(is_first), submit_(sink.submit), context_(sink.context) {}

  void submit(const mail::log_record& record, const mail::message_ref& m) override;

 private:
  std::shared_ptr<godwit_instance> owner_;
  bool is_first_;
  void (*submit_)(void*, const godwit_record*, godwit_message*);
  void* context_;
};

}  // namespace godwit::module
