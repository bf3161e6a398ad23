#pragma once
// Delivery by script: protocol custom_lua (KumoMTA: ready queues). The constructor event gives an object; its
// send or send_batch takes messages, close ends it.

#include "lua/engine.hpp"
#include "queue/delivery_agent.hpp"

namespace godwit::lua_api {

class custom_lua final : public queue::delivery_agent {
 public:
  explicit custom_lua(lua::engine& engine) : engine_(engine) {}

  rt::task<result<queue::site>> resolve(const std::string& routing_domain,
                                        const queue::protocol_config& protocol) override;
  rt::task<> run_session(std::shared_ptr<queue::work_source> work) override;

 private:
  lua::engine& engine_;
};

}  // namespace godwit::lua_api
