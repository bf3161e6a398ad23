#pragma once
// A module's reader of the diagnostics.

#include <memory>

#include <godwit/abi.h>

#include "log/tap.hpp"
#include "module/instance.hpp"

namespace godwit::module {

class diagnostic_sink final : public log::tap {
 public:
  diagnostic_sink(std::shared_ptr<godwit_instance> owner, const godwit_diagnostic_sink& sink)
      : owner_(std::move(owner)), write_(sink.write), context_(sink.context) {}

  void line(log::level l, std::string_view tag, std::string_view text) override;

 private:
  std::shared_ptr<godwit_instance> owner_;
  void (*write_)(void*, int32_t, godwit_str, godwit_str);
  void* context_;
};

}  // namespace godwit::module
