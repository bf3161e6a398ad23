#pragma once
// A ready queue for tests of delivery agents: what waits in it, and what became of it.

#include <deque>

#include "queue/delivery_agent.hpp"
#include "queue/egress_path.hpp"
#include "queue/egress_source.hpp"

namespace godwit::test {

class scripted_work final : public queue::work_source {
 public:
  scripted_work(queue::site where, std::vector<mail::message_ref> messages)
      : site_(std::move(where)), waiting_(messages.begin(), messages.end()) {
    source_.name = "unspecified";
  }

  struct settlement {
    mail::message_ref message;
    std::vector<queue::outcome> outcomes;
    queue::delivery_trace trace;
  };
  std::vector<settlement> settled;
  std::vector<mail::response> failures;  ///< of connections
  std::vector<std::pair<mail::record_type, mail::response>> all;
  int successes = 0;

  const queue::egress_path_config& path() const override { return path_; }
  const queue::egress_source_config& source() const override { return source_; }
  const queue::site& destination() const override { return site_; }
  const std::string& name() const override { return name_; }
  const std::string& routing_domain() const override { return site_.name; }
  const std::string* peek_queue() const override { return waiting_.empty() ? nullptr : &site_.name; }
  void source_failed(queue::source_trouble, std::string_view) override {}
  void note_progress(std::string_view, std::string) override {}

  /// Never waits: an empty queue has nothing more to come.
  rt::task<std::vector<mail::message_ref>> take(std::size_t max, std::chrono::nanoseconds) override {
    std::vector<mail::message_ref> taken;
    while (taken.size() < max && !waiting_.empty()) {
      taken.push_back(waiting_.front());
      waiting_.pop_front();
    }
    co_return taken;
  }
  rt::task<> settle(mail::message_ref m, std::vector<queue::outcome> outcomes, const queue::delivery_trace& t) override {
    settled.push_back({std::move(m), std::move(outcomes), t});
    co_return;
  }
  rt::task<std::vector<bool>> settle_part(mail::message_ref, std::vector<queue::outcome>, const queue::delivery_trace&) override {
    throw std::logic_error("agents of modules settle whole messages");
    co_return std::vector<bool>{};
  }
  rt::task<> rebind(mail::message_ref m, mail::record_type, mail::response, const queue::delivery_trace&) override {
    waiting_.push_front(std::move(m));
    co_return;
  }
  void give_back(mail::message_ref m) override { waiting_.push_front(std::move(m)); }
  rt::task<> connection_failed(mail::response r, const queue::delivery_trace&) override {
    failures.push_back(std::move(r));
    co_return;
  }
  void connection_succeeded() override { ++successes; }
  rt::task<> settle_all(mail::record_type type, mail::response r, queue::insert_context) override {
    all.emplace_back(type, std::move(r));
    waiting_.clear();
    co_return;
  }

 private:
  queue::egress_path_config path_;
  queue::egress_source_config source_;
  queue::site site_;
  std::string name_ = "unspecified->example.org@test";
  std::deque<mail::message_ref> waiting_;
};

}  // namespace godwit::test
