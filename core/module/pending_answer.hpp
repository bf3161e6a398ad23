#pragma once
// A callback that a module waits for: called exactly once, with GODWIT_GONE when the work was given up.

#include <memory>
#include <string_view>

#include <godwit/abi.h>

#include "base/value.hpp"
#include "module/host_table.hpp"
#include "module/instance.hpp"

namespace godwit::module {

/// On one loop. Counts as a use of the instance while it is open.
class pending_answer {
 public:
  pending_answer(std::shared_ptr<godwit_instance> owner, godwit_answer_callback callback, void* context)
      : use_(std::move(owner)), callback_(callback), context_(context) {}
  pending_answer(const pending_answer&) = delete;
  ~pending_answer() { give(GODWIT_GONE, {}, "cancelled"); }

  explicit operator bool() const { return static_cast<bool>(use_); }
  void give(godwit_status status, const value& content, std::string_view reason = {}) {
    if (auto* f = std::exchange(callback_, nullptr)) f(context_, status, to_handle(&content), str(reason));
  }
  /// The request was refused: the module keeps its context and hears nothing.
  void withdraw() { callback_ = nullptr; }

 private:
  usage use_;
  godwit_answer_callback callback_;
  void* context_;
};

}  // namespace godwit::module
