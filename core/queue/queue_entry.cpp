#include "queue/queue_entry.hpp"

namespace godwit::queue {

namespace {

void splice(queue_link& before, queue_link& from) {
  auto* first = from.next;
  auto* last = from.prev;
  first->prev = before.prev;
  before.prev->next = first;
  last->next = &before;
  before.prev = last;
}

}  // namespace

entry_ptr entry_list::pop_front() {
  if (empty()) return nullptr;
  auto* e = static_cast<queue_entry*>(head_.next);
  e->unlink();
  --size_;
  return entry_ptr(e);
}

entry_ptr entry_list::pop_back() {
  if (empty()) return nullptr;
  auto* e = static_cast<queue_entry*>(head_.prev);
  e->unlink();
  --size_;
  return entry_ptr(e);
}

void entry_list::append(entry_list&& other) {
  if (other.empty()) return;
  splice(head_, other.head_);
  size_ += other.size_;
  other.reset();
}

void entry_list::prepend(entry_list&& other) {
  if (other.empty()) return;
  splice(*head_.next, other.head_);
  size_ += other.size_;
  other.reset();
}

void entry_list::clear() {
  while (pop_front()) {
  }
}

}  // namespace godwit::queue
