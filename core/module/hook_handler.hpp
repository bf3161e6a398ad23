#pragma once
// A module's hook handler in the hook table.

#include <memory>
#include <string>

#include <godwit/abi.h>

#include "hook/table.hpp"
#include "module/instance.hpp"

namespace godwit::module {

class hook_handler final : public hook::handler {
 public:
  /// `ordinal`: how many handlers of this event the module had declared before.
  hook_handler(std::shared_ptr<godwit_instance> owner, const godwit_hook& hook, std::size_t ordinal)
      : owner_(std::move(owner)),
        event_(view(hook.event)),
        ordinal_(ordinal),
        flags_(hook.flags),
        handler_(hook.handler),
        context_(hook.context) {}

  rt::task<hook::verdict> call(const hook::arguments& args) override;

 private:
  rt::task<hook::verdict> leave_to_successor(const hook::arguments& args);

  std::shared_ptr<godwit_instance> owner_;
  std::string event_;
  std::size_t ordinal_;
  std::uint32_t flags_;
  godwit_handler handler_;
  void* context_;
};

}  // namespace godwit::module
