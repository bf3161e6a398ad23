#pragma once
// Timers, jobs, look-ups and events, as the fake host has them; include <godwit/testing/fake_host.hpp>.

#include <godwit/testing/fake_host.hpp>
#include <godwit/testing/fake_text.hpp>

namespace godwit::sdk::testing::slots {

inline godwit_status answer_dns(godwit_instance* i, int32_t, godwit_str name, godwit_answer_callback f,
                                void* context) {
  const auto found = i->host->txt.find(owned(name));
  godwit_value list;
  list.become(GODWIT_ARRAY);
  if (found == i->host->txt.end()) {
    f(context, GODWIT_NOT_FOUND, nullptr, str("does not exist"));
    return GODWIT_OK;
  }
  for (const auto& text : found->second) {
    auto& item = *list.items.emplace_back(std::make_unique<godwit_value>());
    item.become(GODWIT_TEXT);
    item.text = text;
  }
  f(context, GODWIT_OK, &list, {});
  return GODWIT_OK;
}

inline void fill_async(godwit_host& h) {
  h.timer_start = [](godwit_instance* i, std::int64_t delay, std::int64_t interval, godwit_callback f,
                     void* context) {
    auto& t = i->host->timers.emplace_back(std::make_unique<godwit_timer>());
    *t = {i->host->steady_ns + delay, interval, f, context};
    return t.get();
  };
  h.timer_cancel = [](godwit_timer* t) {
    std::erase_if(godwit::sdk::detail::bound.self->host->timers,
                  [&](const auto& each) { return each.get() == t; });
  };
  h.job_submit = [](godwit_instance*, godwit_callback work, godwit_callback done, void* context) {
    work(context);
    done(context);
    return godwit_status{GODWIT_OK};
  };
  h.task_post = [](godwit_instance*, godwit_callback task, void* context) {
    return task(context), godwit_status{GODWIT_OK};
  };
  h.dns_query = answer_dns;
  h.event_call = [](godwit_instance* i, godwit_str event, godwit_message* m, const godwit_value*,
                    godwit_answer_callback f, void* context) {
    const auto handler = i->host->events.find(owned(event));
    godwit_value v;
    if (handler != i->host->events.end()) v.become(GODWIT_BOOLEAN), v.integer = handler->second(m);
    f(context, GODWIT_OK, &v, {});
    return godwit_status{GODWIT_OK};
  };
}

}  // namespace godwit::sdk::testing::slots
