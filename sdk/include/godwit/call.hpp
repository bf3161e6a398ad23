#pragma once
// One call of a hook handler or of a Lua function: its arguments and its answer.

#include <memory>
#include <string>
#include <utility>

#include <godwit/message.hpp>
#include <godwit/value.hpp>

namespace godwit::sdk {

/// What a hook handler answers.
struct verdict {
  enum class kind { proceed, done, reject, disconnect };
  kind what = kind::proceed;
  int code = 0;
  std::string text;
  int closing = GODWIT_CLOSE_IF_421;

  static verdict proceed() { return {}; }
  /// Ends the chain: accepted, no later handler is asked.
  static verdict done() { return {kind::done, 0, {}}; }
  static verdict reject(int code, std::string text) { return {kind::reject, code, std::move(text)}; }
  static verdict disconnect(int code, std::string text) { return {kind::disconnect, code, std::move(text)}; }
};

/// The answers, shared by call and deferred_call.
class answering {
 public:
  void answer(const verdict& v) {
    switch (v.what) {
      case verdict::kind::proceed:
        return host().call_proceed(consume());
      case verdict::kind::done:
        return host().call_done(consume());
      case verdict::kind::reject:
        return host().call_reject(consume(), v.code, to_str(v.text));
      case verdict::kind::disconnect:
        return host().call_disconnect(consume(), v.closing, v.code, to_str(v.text));
    }
  }
  void answer(value v) { host().call_return_value_take(consume(), v.release()); }
  /// An object of a type declared with object_type<T>; scripts hold it until they let go.
  template <class T>
  void answer_object(std::string_view type, std::unique_ptr<T> object) {
    host().call_return_object_take(consume(), to_str(type), object.release());
  }
  void fail(std::string_view why) { host().call_fail(consume(), to_str(why)); }

 protected:
  explicit answering(godwit_call* raw, bool consumed_by_answer) : raw_(raw), once_(consumed_by_answer) {}
  godwit_call* consume() { return once_ ? std::exchange(raw_, nullptr) : raw_; }
  godwit_call* raw_;

 private:
  bool once_;
};

/// An open call after its handler returned. Answer it once, on any thread; one that is dropped fails.
/// Arguments may be read on the call's loop while is_cancelled() is false.
class deferred_call : public answering {
 public:
  explicit deferred_call(godwit_call* raw) : answering(raw, true) {}
  deferred_call(deferred_call&& other) noexcept : answering(std::exchange(other.raw_, nullptr), true) {}
  deferred_call& operator=(deferred_call&&) = delete;
  ~deferred_call() {
    if (raw_ != nullptr) fail("the module gave no answer");
  }
  bool is_cancelled() const { return host().call_is_cancelled(raw_) != 0; }
  message_view message(std::size_t index) const {
    return message_view(host().call_argument_message_borrow(raw_, index));
  }
};

class call : public answering {
 public:
  explicit call(godwit_call* raw) : answering(raw, false) {}

  std::string_view name() const { return to_view(host().call_name_borrow(raw_)); }
  std::size_t size() const { return host().call_argument_count(raw_); }
  bool has(std::size_t index) const {
    const auto kind = host().call_argument_kind(raw_, index);
    return kind != GODWIT_ARGUMENT_NONE && !(kind == GODWIT_ARGUMENT_VALUE && argument(index).is_null());
  }
  value_view argument(std::size_t index) const {
    return value_view(host().call_argument_value_borrow(raw_, index));
  }
  std::string_view text(std::size_t index) const { return argument(index).text(); }
  message_view message(std::size_t index) const {
    return message_view(host().call_argument_message_borrow(raw_, index));
  }
  connection_view connection(std::size_t index) const {
    return connection_view(host().call_argument_connection_borrow(raw_, index));
  }
  /// The argument was declared as an object of the type that T was registered under.
  template <class T>
  T& object(std::size_t index) const {
    void* p = host().call_argument_object_borrow(raw_, index);
    if (p == nullptr) throw failure("the object is gone");
    return *static_cast<T*>(p);
  }
  /// Keeps the call open beyond the handler; the handler's own answer is then ignored.
  deferred_call defer() { return deferred_call(host().call_defer(raw_, nullptr, nullptr)); }
};

}  // namespace godwit::sdk
