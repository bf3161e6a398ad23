#include "module/script_request.hpp"

namespace godwit::module {

namespace {

class request_hold {
 public:
  explicit request_hold(const std::shared_ptr<godwit_instance>& used) : use_(usage::as_part(used)), used_(used) {
    used_->requests.fetch_add(1);
  }
  request_hold(const request_hold&) = delete;
  ~request_hold() { used_->requests.fetch_sub(1); }
  explicit operator bool() const { return static_cast<bool>(use_); }

 private:
  usage use_;
  std::shared_ptr<godwit_instance> used_;
};

}  // namespace

void hold_for_request(lua::vm& vm, const std::shared_ptr<godwit_instance>& used) {
  if (is_held_by_request(vm, *used)) return;
  const auto held = std::make_shared<request_hold>(used);
  if (*held) vm.keep_for_call(used.get(), held);
}

bool is_held_by_request(const lua::vm& vm, const godwit_instance& used) { return vm.keeps_for_call(&used); }

}  // namespace godwit::module
