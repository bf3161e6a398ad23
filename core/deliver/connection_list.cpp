#include "deliver/connection_list.hpp"

#include <map>
#include <mutex>

namespace godwit::deliver {

namespace {

struct open_list {
  std::mutex guard;
  std::map<std::uint64_t, connection_view> all;
  std::uint64_t last = 0;
};

/// Never destroyed: late sessions may still end.
open_list& the_list() {
  static auto* list = new open_list;
  return *list;
}

}  // namespace

std::vector<connection_view> list_connections() {
  auto& list = the_list();
  const std::lock_guard lock(list.guard);
  std::vector<connection_view> views;
  views.reserve(list.all.size());
  for (const auto& [number, view] : list.all) views.push_back(view);
  return views;
}

listed_connection::listed_connection(std::string ready_queue, std::string host, const ip_endpoint& to) {
  auto& list = the_list();
  const std::lock_guard lock(list.guard);
  number_ = ++list.last;
  list.all.emplace(number_, connection_view{number_, std::move(ready_queue), std::move(host), to});
}

listed_connection::~listed_connection() {
  auto& list = the_list();
  const std::lock_guard lock(list.guard);
  list.all.erase(number_);
}

}  // namespace godwit::deliver
