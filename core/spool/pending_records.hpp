#pragma once
// What LocalDisk has in journals and not in files yet: records that become files later, and files that are to go. Plain
// values, guarded by the store.

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "spool/record.hpp"

namespace godwit::spool {

using place = std::pair<table, uuid>;
using places = std::set<place>;

class pending_records {
 public:
  struct record {
    std::string bytes;
    bool is_fresh = false;  ///< no file is under its key
  };
  using records = std::map<place, record>;  ///< data before meta

  struct finding {
    bool is_known = false;              ///< false: files tell
    const std::string* bytes = nullptr;  ///< null, although known: removed
  };

  void apply(const operation& op);
  finding find(const place& at) const;
  /// Of all records here, in order.
  std::vector<uuid> keys(table where) const;

  /// What was applied so far is to become files; what is applied from now on is kept apart. Not while is_leaving().
  void turn_over();
  bool is_leaving() const { return is_leaving_; }
  /// These do not change before settle().
  const records& leaving() const { return leaving_; }
  /// Of those that leave: removed meanwhile.
  bool is_dropped(const place& at) const { return dropped_.contains(at); }
  /// What was leaving are files now; those dropped meanwhile are to go.
  void settle();

  /// Files that are to go. One of them may have the key of a record that leaves: it goes first.
  const places& doomed() const { return doomed_; }
  /// They are gone. By value: it may be what doomed() gave.
  void forget(places gone);

 private:
  void put(const operation& op);
  void erase(const place& at);

  records fresh_, leaving_;
  places dropped_, doomed_;
  bool is_leaving_ = false;
};

}  // namespace godwit::spool
