#pragma once
// Log records and the sinks that receive them.

#include <functional>

#include <godwit/registration.hpp>

namespace godwit::sdk {

/// Borrowed during a sink's submit. Fields are plain reads; see godwit_record_fields.
class record_view {
 public:
  explicit record_view(const godwit_record* raw) : raw_(raw), fields_(host().record_fields_borrow(raw)) {}

  const godwit_record_fields* operator->() const { return fields_; }
  std::string_view recipient(std::size_t index) const {
    return to_view(host().record_recipient_borrow(raw_, index));
  }
  std::string_view tls_peer_subject(std::size_t index) const {
    return to_view(host().record_tls_peer_subject_borrow(raw_, index));
  }

 private:
  const godwit_record* raw_;
  const godwit_record_fields* fields_;
};

/// submit(const record_view&, message_view) runs on the thread that made the record; the message may be null.
/// What it throws is logged and the record is lost to this sink.
template <class F>
void add_log_sink(std::string_view name, F submit) {
  auto owned = std::make_shared<F>(std::move(submit));
  detail::kept.push_back(owned);
  godwit_log_sink sink{};
  sink.size = sizeof(sink);
  sink.name = to_str(name);
  sink.context = owned.get();
  sink.submit = [](void* context, const godwit_record* record, godwit_message* message) {
    try {
      (*static_cast<F*>(context))(record_view(record), message_view(message));
    } catch (const std::exception& e) {
      log_error(e.what());
    } catch (...) {
      log_error("log sink: unknown exception");
    }
  };
  require(host().log_sink_add(self(), &sink), "log_sink_add");
}

}  // namespace godwit::sdk
