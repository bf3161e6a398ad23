#include "control/output.hpp"

namespace godwit::control {

rt::task<> output::pace() {
  if (pending_.size() >= enough) co_await flush();
}

rt::task<> output::flush() {
  auto ready = take();
  if (!ready.empty()) co_await send_(std::move(ready));
  co_await asio::post(rt::use_task);
}

}  // namespace godwit::control
