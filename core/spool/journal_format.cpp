#include "spool/journal_format.hpp"

#include <algorithm>
#include <cstring>
#include <optional>

namespace godwit::spool {

namespace {

struct group_head {
  std::uint64_t mark = 0, sequence = 0;
  std::uint64_t size = 0;  ///< of the operations
  std::uint64_t sum = 0;   ///< over all the others and the operations
};

struct operation_head {
  std::uint8_t what = 0, where = 0, unused[6] = {};
  std::uint64_t size = 0;
  uuid key;
};

/// FNV-1a by words, each step a bijection: a single changed word always shows.
class checksum {
 public:
  void add(std::uint64_t word) {
    h_ = (h_ ^ word) * 0x100000001b3ull;
    h_ ^= h_ >> 29;
  }
  void add(std::string_view bytes) {
    for (; bytes.size() >= sizeof(std::uint64_t); bytes.remove_prefix(sizeof(std::uint64_t))) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes.data(), sizeof word);
      add(word);
    }
    for (const char c : bytes) add(static_cast<std::uint8_t>(c));
  }
  std::uint64_t value() const { return h_; }

 private:
  std::uint64_t h_ = 0xcbf29ce484222325ull;
};

std::uint64_t sum_of(const group_head& head, std::string_view operations) {
  checksum sum;
  for (const auto word : {head.mark, head.sequence, head.size}) sum.add(word);
  sum.add(operations);
  return sum.value();
}

template <class T>
void put(std::string& out, const T& head) {
  out.append(reinterpret_cast<const char*>(&head), sizeof head);
}

template <class T>
std::optional<T> take(std::string_view& in) {
  if (in.size() < sizeof(T)) return std::nullopt;
  T head;
  std::memcpy(&head, in.data(), sizeof head);
  in.remove_prefix(sizeof head);
  return head;
}

std::optional<operation> take_operation(std::string_view& in) {
  const auto head = take<operation_head>(in);
  if (!head || head->size > in.size() || head->what > 1 || head->where > 1) return std::nullopt;
  operation op{.what = static_cast<operation::kind>(head->what), .where = static_cast<table>(head->where), .key = head->key};
  op.head = in.substr(0, head->size);
  in.remove_prefix(head->size);
  return op;
}

std::optional<std::vector<operation>> decode(std::string_view bytes) {
  std::vector<operation> group;
  while (!bytes.empty()) {
    auto op = take_operation(bytes);
    if (!op) return std::nullopt;
    group.push_back(*op);
  }
  return group;
}

/// One pass over a journal.
class reader {
 public:
  explicit reader(std::string_view bytes) : all_(bytes), rest_(bytes) {}

  journal_contents run() {
    const auto first = whole_group(std::nullopt);
    if (!first) {
      const auto start = rest_.substr(0, sizeof(group_head));
      found_.damaged = start.find_first_not_of('\0') != std::string_view::npos;
      return std::move(found_);
    }
    found_.mark = first->mark;
    pass(*first);
    while (take_group() || find_next()) {}
    return std::move(found_);
  }

 private:
  /// The head of the group at the front, if all of it is there.
  std::optional<group_head> whole_group(std::optional<std::uint64_t> mark) const {
    auto in = rest_;
    const auto head = take<group_head>(in);
    if (!head || head->size > in.size() || (mark && head->mark != *mark) || head->sequence <= found_.last) return std::nullopt;
    if (sum_of(*head, in.substr(0, head->size)) != head->sum) return std::nullopt;
    return head;
  }

  void pass(const group_head& head) {
    found_.last = head.sequence;
    rest_.remove_prefix(sizeof head + head.size);
    found_.end = all_.size() - rest_.size();
  }

  bool take_group() {
    const auto head = whole_group(found_.mark);
    auto group = head ? decode(rest_.substr(sizeof *head, head->size)) : std::nullopt;
    if (!group) return false;
    found_.groups.push_back({head->sequence, std::move(*group)});
    pass(*head);
    return true;
  }

  /// Behind what cannot be read: nothing where writing was cut off, a whole group of this use where the disk is bad.
  bool find_next() {
    const auto before = rest_;
    char mark[sizeof found_.mark];
    std::memcpy(mark, &found_.mark, sizeof mark);
    const std::string_view wanted(mark, sizeof mark);
    for (auto at = rest_.find(wanted, 1); at != std::string_view::npos; at = rest_.find(wanted, 1)) {
      rest_.remove_prefix(at);
      if (!take_group()) continue;
      ++found_.damaged;
      return true;
    }
    rest_ = before;
    return false;
  }

  const std::string_view all_;
  std::string_view rest_;
  journal_contents found_;
};

}  // namespace

journal_contents read_journal(std::string_view bytes) { return reader(bytes).run(); }

std::size_t encoded_size(std::span<const operation> group) {
  std::size_t size = sizeof(group_head);
  for (const auto& op : group) size += sizeof(operation_head) + op.size();
  return size;
}

namespace {

void seal(std::string& bytes, std::uint64_t mark, std::uint64_t sequence) {
  group_head head{.mark = mark, .sequence = sequence, .size = bytes.size() - sizeof(group_head)};
  head.sum = sum_of(head, std::string_view(bytes).substr(sizeof head));
  std::memcpy(bytes.data(), &head, sizeof head);
}

}  // namespace

std::string encode_group(std::span<const operation> group, std::uint64_t mark, std::uint64_t sequence) {
  std::string out;
  out.reserve(encoded_size(group));
  put(out, group_head{});
  for (const auto& op : group) {
    operation_head head;
    head.what = static_cast<std::uint8_t>(op.what);
    head.where = static_cast<std::uint8_t>(op.where);
    head.size = op.size();
    head.key = op.key;
    put(out, head);
    out.append(op.head).append(op.tail);
  }
  seal(out, mark, sequence);
  return out;
}

std::string seal_group(std::string_view operations, std::uint64_t mark, std::uint64_t sequence) {
  std::string out(sizeof(group_head), '\0');
  out.append(operations);
  seal(out, mark, sequence);
  return out;
}

}  // namespace godwit::spool
