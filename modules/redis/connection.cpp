#include "connection.hpp"

namespace redis {

namespace sdk = godwit::sdk;

connection::connection(const server& to, const tls_settings* tls, bool reads_replica,
                       const reply_limits& replies, const wait_limit& limit)
    : stream_(to, tls, limit), parser_(replies) {
  log_in(to, reads_replica, limit);
}

reply connection::receive(const wait_limit& limit) {
  for (;;) {
    if (auto r = parser_.next()) return std::move(*r);
    parser_.feed(stream_.read(limit));
  }
}

reply connection::ask(const command& c, const wait_limit& limit) {
  send(c.encoded(), limit);
  return receive(limit);
}

/// A refusal here ends the connection. The server's words repeat no password.
void connection::demand(command c, const wait_limit& limit) {
  const auto r = ask(c, limit);
  if (r.is_error()) throw sdk::failure(c.name() + ": " + r.text);
}

void connection::log_in(const server& to, bool reads_replica, const wait_limit& limit) {
  if (to.protocol == 3) {
    command hello{{"HELLO", "3"}};
    if (to.password)
      for (const auto& word : {std::string("AUTH"), to.username.value_or("default"), *to.password})
        hello.words.push_back(word);
    demand(std::move(hello), limit);
  } else if (to.password) {
    command auth{{"AUTH"}};
    if (to.username) auth.words.push_back(*to.username);
    auth.words.push_back(*to.password);
    demand(std::move(auth), limit);
  }
  if (to.database != 0) demand({{"SELECT", std::to_string(to.database)}}, limit);
  if (reads_replica) demand({{"READONLY"}}, limit);
}

}  // namespace redis
