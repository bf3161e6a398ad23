#include "spool/pending_records.hpp"

#include <algorithm>

namespace godwit::spool {

void pending_records::apply(const operation& op) {
  op.what == operation::kind::put ? put(op) : erase({op.where, op.key});
}

void pending_records::put(const operation& op) {
  const auto [at, is_new] = fresh_.try_emplace({op.where, op.key});
  if (is_new) at->second.is_fresh = op.is_fresh;
  at->second.bytes.assign(op.head).append(op.tail);
}

void pending_records::erase(const place& at) {
  const auto mine = fresh_.find(at);
  const bool has_no_file = mine != fresh_.end() && mine->second.is_fresh;
  if (mine != fresh_.end()) fresh_.erase(mine);
  if (leaving_.contains(at)) {
    dropped_.insert(at);
  } else if (!has_no_file) {
    doomed_.insert(at);
  }
}

pending_records::finding pending_records::find(const place& at) const {
  if (const auto mine = fresh_.find(at); mine != fresh_.end()) return {true, &mine->second.bytes};
  if (dropped_.contains(at)) return {true, nullptr};
  if (const auto other = leaving_.find(at); other != leaving_.end()) return {true, &other->second.bytes};
  return {.is_known = doomed_.contains(at)};
}

std::vector<uuid> pending_records::keys(table where) const {
  std::vector<uuid> all;
  for (const auto* some : {&fresh_, &leaving_}) {
    for (const auto& [at, unused] : *some) {
      if (at.first == where) all.push_back(at.second);
    }
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

void pending_records::turn_over() {
  leaving_ = std::exchange(fresh_, {});
  is_leaving_ = true;
}

void pending_records::settle() {
  doomed_.merge(dropped_);
  dropped_.clear();
  leaving_.clear();
  is_leaving_ = false;
}

void pending_records::forget(places gone) {
  for (const auto& at : gone) doomed_.erase(at);
}

}  // namespace godwit::spool
