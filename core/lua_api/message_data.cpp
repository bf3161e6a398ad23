#include "lua_api/message_data.hpp"

#include "spool/spool.hpp"

namespace godwit::lua_api {

rt::task<> load_data(services& s, mail::message_ref m) {
  if (m->content.is_loaded()) co_return;
  if (!s.store) throw std::runtime_error("the message's data is not in memory and the spool is not open");
  auto loaded = co_await s.store->load_data(*m);
  if (!loaded) throw std::runtime_error(loaded.why().text);
}

}  // namespace godwit::lua_api
