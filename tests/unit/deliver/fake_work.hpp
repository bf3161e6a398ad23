#pragma once
// A ready queue of a few messages that writes down what a session does with them.

#include <deque>

#include "queue/delivery_agent.hpp"

namespace godwit::deliver::testing {

struct settled {
  std::string id;
  std::vector<queue::outcome> outcomes;
  queue::delivery_trace trace;
};

class fake_work : public queue::work_source {
 public:
  queue::egress_path_config path_config;
  queue::egress_source_config source_config;
  queue::site site;
  std::deque<mail::message_ref> waiting;
  std::vector<settled> done, parts;
  std::vector<std::string> given_back;
  std::optional<mail::response> failed;
  std::optional<mail::response> all;
  std::optional<queue::insert_context> settled_why;
  std::size_t successes = 0;
  std::vector<queue::source_trouble> troubles;
  std::vector<std::string> progress;
  std::string ready_name = "source->site@smtp_client";
  std::string domain = "b.example";

  const queue::egress_path_config& path() const override { return path_config; }
  const queue::egress_source_config& source() const override { return source_config; }
  const queue::site& destination() const override { return site; }
  const std::string& name() const override { return ready_name; }
  const std::string& routing_domain() const override { return domain; }
  const std::string* peek_queue() const override { return waiting.empty() ? nullptr : &domain; }

  rt::task<std::vector<mail::message_ref>> take(std::size_t max, std::chrono::nanoseconds) override {
    std::vector<mail::message_ref> out;
    while (out.size() < max && !waiting.empty()) {
      out.push_back(waiting.front());
      waiting.pop_front();
    }
    co_return out;
  }
  rt::task<> settle(mail::message_ref m, std::vector<queue::outcome> outcomes, const queue::delivery_trace& t) override {
    done.push_back({m->id.simple(), std::move(outcomes), t});
    co_return;
  }
  rt::task<std::vector<bool>> settle_part(mail::message_ref m, std::vector<queue::outcome> outcomes,
                                          const queue::delivery_trace& t) override {
    std::vector<bool> gone(m->recipients.size(), false);
    std::vector<mail::address> open;
    for (const auto& o : outcomes) gone[*o.recipient] = o.type != mail::record_type::transient_failure;
    for (std::size_t i = 0; i < gone.size(); ++i) {
      if (!gone[i]) open.push_back(m->recipients[i]);
    }
    m->recipients = std::move(open);
    parts.push_back({m->id.simple(), std::move(outcomes), t});
    co_return gone;
  }
  rt::task<> rebind(mail::message_ref, mail::record_type, mail::response, const queue::delivery_trace&) override {
    throw std::logic_error("an SMTP session does not rebind");
    co_return;
  }
  void give_back(mail::message_ref m) override {
    given_back.push_back(m->id.simple());
    waiting.push_front(std::move(m));
  }
  rt::task<> connection_failed(mail::response r, const queue::delivery_trace&) override {
    failed = std::move(r);
    co_return;
  }
  void connection_succeeded() override { ++successes; }
  void source_failed(queue::source_trouble what, std::string_view) override { troubles.push_back(what); }
  void note_progress(std::string_view phase, std::string detail) override {
    progress.push_back(fmt::format("{} {}", phase, detail));
  }
  rt::task<> settle_all(mail::record_type, mail::response r, queue::insert_context why) override {
    settled_why = why;
    all = std::move(r);
    waiting.clear();
    co_return;
  }
};

}  // namespace godwit::deliver::testing
