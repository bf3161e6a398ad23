#include <algorithm>

#include "backend.hpp"

namespace redis {

namespace sdk = godwit::sdk;

/// A failure ends the connection, and with it every request that has no reply yet: those may or may not have
/// been carried out, so none is sent again.
void single_node::serve(std::vector<request>& batch) {
  std::size_t answered = 0;
  const auto unwanted = [&] {
    return std::all_of(batch.begin() + static_cast<std::ptrdiff_t>(answered), batch.end(),
                       [](const request& r) { return r.is_unwanted(); });
  };
  const auto limit_for = [&](const request& r) {
    return wait_limit(times_.response, "response to " + r.what.name(), "response_timeout", unwanted);
  };
  try {
    auto connection = connections_.take(node_, unwanted);
    try {
      std::string bytes;
      for (const auto& r : batch) bytes += r.what.encoded();
      connection->send(bytes, limit_for(batch.front()));
      while (answered < batch.size()) {
        const auto got = connection->receive(limit_for(batch[answered]));
        batch[answered++].answer(got);
      }
    } catch (const sdk::failure& f) {
      throw sdk::failure(node_.at.name() + ": " + f.what());
    }
    if (!batch.back().what.changes_connection()) connections_.give_back(node_, std::move(connection));
  } catch (const std::exception& e) {
    for (; answered < batch.size(); ++answered) batch[answered].fail(e.what());
  }
}

}  // namespace redis
