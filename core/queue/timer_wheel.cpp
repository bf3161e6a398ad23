#include "queue/timer_wheel.hpp"

#include <algorithm>
#include <bit>

namespace godwit::queue {

unsigned timer_wheel::level::distance(unsigned from) const {
  unsigned i = (from + 1) % slots;
  unsigned passed = 1;
  while (passed <= slots) {
    const auto rest = used[i / 64] >> (i % 64);
    if (rest != 0) {
      const auto found = passed + static_cast<unsigned>(std::countr_zero(rest));
      return found <= slots ? found : 0;
    }
    const unsigned step = 64 - i % 64;
    passed += step;
    i = (i + step) % slots;
  }
  return 0;
}

timer_wheel::timer_wheel(std::uint64_t now) : now_(now) {
  for (auto& l : levels_) {
    for (auto& head : l.heads) head.prev = head.next = &head;
  }
}

timer_wheel::~timer_wheel() { drain(); }

void timer_wheel::insert(entry_ptr e, std::uint64_t due) {
  e->due_tick = due;
  place(e.release(), now_ + 1);
  ++size_;
}

// The level is chosen by distance, so that an entry moves down at most once per level before it is due.
void timer_wheel::place(queue_entry* e, std::uint64_t earliest) {
  constexpr std::uint64_t reach = (std::uint64_t{1} << (levels * bits)) - 1;
  const auto due = std::min(std::max(e->due_tick, earliest), now_ + reach);
  const auto delta = due - now_;
  unsigned l = 0;
  while (l + 1 < levels && delta >= (std::uint64_t{1} << ((l + 1) * bits))) ++l;
  const auto slot = static_cast<unsigned>((due >> (l * bits)) % slots);
  e->insert_before(levels_[l].heads[slot]);
  levels_[l].mark(slot);
}

void timer_wheel::cascade(unsigned at_level) {
  auto& l = levels_[at_level];
  const auto slot = static_cast<unsigned>((now_ >> (at_level * bits)) % slots);
  auto& head = l.heads[slot];
  l.clear(slot);
  // An entry beyond the reach of the wheel may come back to this very slot: stop at what was last at the start.
  const auto* last = head.prev;
  while (head.next != &head) {
    auto* e = static_cast<queue_entry*>(head.next);
    const bool is_last = e == last;
    e->unlink();
    if (!e->is_mark) place(e, now_);
    if (is_last) break;
  }
}

void timer_wheel::expire(entry_list& out) {
  const auto slot = static_cast<unsigned>(now_ % slots);
  auto& head = levels_[0].heads[slot];
  levels_[0].clear(slot);
  while (head.next != &head) {
    auto* e = static_cast<queue_entry*>(head.next);
    e->unlink();
    if (e->is_mark) continue;
    --size_;
    out.push_back(entry_ptr(e));
  }
}

void timer_wheel::look(cursor& c, std::size_t most, const visitor& visit, entry_list& taken) {
  while (!c.is_done) {
    auto& head = levels_[c.level].heads[c.slot];
    auto* at = c.mark.is_linked() ? c.mark.next : head.next;
    c.unlink();
    while (at != &head) {
      auto* e = static_cast<queue_entry*>(at);
      if (most == 0) {
        c.mark.insert_before(*e);
        return;
      }
      at = at->next;
      if (e->is_mark) continue;
      --most;
      if (!visit(*e)) continue;
      e->unlink();
      --size_;
      taken.push_back(entry_ptr(e));
    }
    if (++c.slot < slots) continue;
    c.slot = 0;
    c.is_done = c.level-- == 0;
  }
}

void timer_wheel::advance(std::uint64_t now, entry_list& out) {
  while (const auto next = next_tick()) {
    if (*next > now) break;
    now_ = *next;
    for (unsigned l = levels - 1; l > 0; --l) {
      if (now_ % (std::uint64_t{1} << (l * bits)) == 0) cascade(l);
    }
    expire(out);
  }
  now_ = std::max(now_, now);
}

std::optional<std::uint64_t> timer_wheel::next_tick() const {
  if (size_ == 0) return std::nullopt;
  std::optional<std::uint64_t> next;
  for (unsigned l = 0; l < levels; ++l) {
    const auto base = now_ >> (l * bits);
    const auto d = levels_[l].distance(static_cast<unsigned>(base % slots));
    if (d == 0) continue;
    const auto at = (base + d) << (l * bits);
    if (!next || at < *next) next = at;
  }
  return next;
}

entry_list timer_wheel::drain() {
  entry_list all;
  for (auto& l : levels_) {
    for (auto& head : l.heads) {
      while (head.next != &head) {
        auto* e = static_cast<queue_entry*>(head.next);
        e->unlink();
        if (!e->is_mark) all.push_back(entry_ptr(e));
      }
    }
    l.used = {};
  }
  size_ = 0;
  return all;
}

}  // namespace godwit::queue
