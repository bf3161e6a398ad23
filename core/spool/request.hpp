#pragma once
// What one store() asks of the committer. It owns or holds all it writes: the session may give up waiting (deadline)
// and go on with its message while the committer is still busy with the bytes.

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <asio/io_context.hpp>

#include "base/result.hpp"
#include "mail/message.hpp"
#include "spool/record.hpp"

namespace godwit::spool {

/// A suspended coroutine. Resumed, or destroyed, on the loop it belongs to.
class waiter {
 public:
  virtual ~waiter() = default;
  virtual void resume() = 0;
};

template <class Handler>
class waiter_of : public waiter {
 public:
  explicit waiter_of(Handler h) : handler_(std::move(h)) {}
  void resume() override { std::move(handler_)(); }

 private:
  Handler handler_;
};

class request {
 public:
  explicit request(std::size_t messages) : messages_(messages) { texts_.reserve(messages * 2); }

  void put(table where, const uuid& key, bool is_fresh, std::string text) {
    texts_.push_back(std::move(text));  // never reallocates: at most two texts a message, views stay valid
    add({.where = where, .is_fresh = is_fresh, .key = key, .head = texts_.back()});
  }
  void put(const uuid& key, bool is_fresh, std::string prefix, const mail::body_ref& body) {
    put(table::data, key, is_fresh, std::move(prefix));
    operations_.back().tail = body->bytes;
    bytes_ += body->bytes.size();
    bodies_.push_back(body);
  }
  void put_body(const mail::body_ref& body) {
    add({.where = table::data, .is_body = true, .is_fresh = true, .key = body->id, .tail = body->bytes});
    bodies_.push_back(body);
  }
  void erase(table where, const uuid& key) {
    add({.what = operation::kind::erase, .where = where, .key = key});
  }

  bool empty() const { return operations_.empty(); }
  const std::vector<operation>& operations() const { return operations_; }
  std::size_t bytes() const { return bytes_; }
  std::size_t messages() const { return messages_; }

  /// The first caller decides the outcome; later ones get false. Any thread.
  bool settle(result<void> outcome) {
    if (is_settled_.exchange(true, std::memory_order_acq_rel)) return false;
    outcome_ = std::move(outcome);
    return true;
  }
  bool is_settled() const { return is_settled_.load(std::memory_order_acquire); }
  result<void> take_outcome() { return std::move(outcome_); }

  bool wants_sync = false;
  std::chrono::steady_clock::time_point started;
  asio::io_context* home = nullptr;  ///< where `suspended` continues
  std::unique_ptr<waiter> suspended;  ///< taken by whoever settled

 private:
  void add(const operation& op) {
    bytes_ += op.size();
    operations_.push_back(op);
  }

  std::vector<operation> operations_;
  std::vector<std::string> texts_;
  std::vector<mail::body_ref> bodies_;
  std::size_t messages_;
  std::size_t bytes_ = 0;
  result<void> outcome_;
  std::atomic<bool> is_settled_{false};
};

using request_ref = std::shared_ptr<request>;

}  // namespace godwit::spool
