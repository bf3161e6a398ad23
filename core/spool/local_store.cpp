#include "spool/local_store.hpp"

#include <pthread.h>

#include <algorithm>
#include <chrono>

#include "log/log.hpp"
#include "spool/unreadable.hpp"

namespace godwit::spool {

namespace {

constexpr auto retry_interval = std::chrono::seconds(5);

}  // namespace

local_store::local_store(std::optional<file_tree> data, std::optional<file_tree> meta, const std::string& path,
                         std::uint64_t size_limit)
    : data_(std::move(data)),
      meta_(std::move(meta)),
      journals_{{path, "journal.0", size_limit}, {path, "journal.1", size_limit}} {}

local_store::~local_store() { close(); }

result<std::unique_ptr<record_store>> local_store::open_pair(const store_options& data, const store_options& meta,
                                                             std::uint64_t size_limit) {
  auto data_tree = file_tree::open(data.path);
  if (!data_tree) return data_tree.why();
  auto meta_tree = file_tree::open(meta.path);
  if (!meta_tree) return meta_tree.why();
  return start(std::unique_ptr<local_store>(
      new local_store(std::move(*data_tree), std::move(*meta_tree), meta.path, size_limit)));
}

result<std::unique_ptr<record_store>> local_store::open_single(table only, const store_options& o) {
  auto tree = file_tree::open(o.path);
  if (!tree) return tree.why();
  std::optional<file_tree> mine(std::move(*tree)), none;
  auto &data = only == table::data ? mine : none, &meta = only == table::data ? none : mine;
  return start(std::unique_ptr<local_store>(new local_store(std::move(data), std::move(meta), o.path, journal_size)));
}

result<std::unique_ptr<record_store>> local_store::start(std::unique_ptr<local_store> made) {
  // Directories that were created above a journal, before anything in it is promised.
  if (auto flushed = made->flush_trees(); !flushed) return flushed.why();
  if (auto recovered = made->recover(); !recovered) return recovered.why();
  made->writer_ = std::thread([self = made.get()] { self->work(); });
  return std::unique_ptr<record_store>(std::move(made));
}

/// Goes on where a crash has stopped: what the older journal holds is leaving, and nothing need be written for that. So a
/// full disk does not keep the server from sending what it has.
result<void> local_store::recover() {
  std::string bytes[2];
  journal_contents left[2];
  for (std::size_t i = 0; i < 2; ++i) {
    auto loaded = journals_[i].load(bytes[i]);
    if (!loaded) return loaded.why();
    left[i] = std::move(*loaded);
    sequence_ = std::max(sequence_, left[i].last + 1);
    if (left[i].damaged == 0) continue;
    for (std::size_t n = 0; n < left[i].damaged; ++n) count_unreadable();
    log::error("spool", "{} is damaged in {} places: what can be read is used, and the file is kept as {}.damaged",
               journals_[i].path(), left[i].damaged, journals_[i].path());
  }
  const auto first = [&](std::size_t i) { return left[i].groups.empty() ? 0 : left[i].groups.front().sequence; };
  const std::size_t older = first(1) <= first(0) ? 1 : 0;
  for (const auto i : {older, 1 - older}) {
    current_ = i;
    if (auto applied = apply_left(left[i]); !applied) return applied;
    if (!current().is_empty() && !pending_.is_leaving()) hand_over();
  }
  if (current().is_empty()) (void)current().start_anew(sequence_++);  // what hinders that, the first group meets and tells
  return {};
}

result<void> local_store::apply_left(const journal_contents& left) {
  for (const auto& group : left.groups) {
    for (const auto& op : group.operations) {
      if (!tree_of(op.where)) {
        return fail("spool: {} holds records of both stores: start once with kind = \"LocalDisk\" for data and meta, and stop in order",
                    current().path());
      }
      pending_.apply(op);
    }
  }
  return {};
}

result<void> local_store::commit(std::span<const operation> group, durability wanted, std::uint64_t& flushes) {
  if (auto written = write(group); !written) return written;
  if (wanted == durability::synced) {
    ++flushes;
    if (auto flushed = current().flush(); !flushed) return flushed;
  }
  const guard lock(mutex_);
  apply(group);
  return {};
}

result<void> local_store::write(std::span<const operation> group) {
  const std::lock_guard turn(appending_);
  guard lock(mutex_);
  if (auto room = make_room(lock, encoded_size(group)); !room) return room;
  return append(lock, group);
}

bool local_store::try_erase(std::span<const operation> erases) {
  const std::unique_lock turn(appending_, std::try_to_lock);
  if (!turn) return false;
  guard lock(mutex_);
  if (!current().has_room(encoded_size(erases)) || !append(lock, erases)) return false;
  apply(erases);
  return true;
}

void local_store::apply(std::span<const operation> group) {
  for (const auto& op : group) pending_.apply(op);
  if (!pending_.doomed().empty()) changed_.notify_all();
}

result<void> local_store::make_room(guard& lock, std::size_t bytes) {
  if (current().has_room(bytes)) return {};
  if (!current().is_empty()) {
    if (auto turned = turn_over(lock); !turned) return turned;
  }
  if (current().has_room(bytes)) return {};
  const auto sequence = sequence_++;
  lock.unlock();  // readers need not wait for the disk
  auto started = current().start_anew(sequence);
  lock.lock();
  return started;
}

/// The full journal's records become files while the other journal is written. Waits when that one is not free yet. What
/// of the full one was not flushed is now: the next group's flush will not be of this file, and a file that replaces another
/// must not reach the disk half before the journal has.
result<void> local_store::turn_over(guard& lock) {
  changed_.wait(lock, [this] { return !pending_.is_leaving() || failure_; });
  if (pending_.is_leaving()) return *failure_;
  lock.unlock();
  auto flushed = current().flush_rest();
  lock.lock();
  if (!flushed) return flushed;
  hand_over();
  changed_.notify_all();
  return {};
}

void local_store::hand_over() {
  pending_.turn_over();
  current_ = 1 - current_;
}

result<void> local_store::append(guard& lock, std::span<const operation> group) {
  auto& journal = current();
  const auto sequence = sequence_++;
  lock.unlock();  // readers need not wait for the disk
  auto written = journal.append(group, sequence);
  lock.lock();
  return written;
}

void local_store::work() {
  pthread_setname_np(pthread_self(), "spool-files");
  guard lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return is_stopping_ || !is_in_files(); });
    if (is_stopping_) return;
    const auto done = pending_.is_leaving() ? write_out(lock) : erase_files(lock);
    note(done);
    if (!done) changed_.wait_for(lock, retry_interval, [this] { return is_stopping_ || must_retry_; });
    must_retry_ = false;
  }
}

void local_store::note(const result<void>& done) {
  ++attempts_;
  if (done) {
    if (failure_) log::info("spool", "what the journal holds becomes files again");
    failure_.reset();
  } else {
    if (!failure_) log::error("spool", "{}: the journal holds it until that succeeds", done.why().text);
    failure_ = done.why();
  }
  changed_.notify_all();
}

/// Lets go of the lock while it writes. The journal is started anew after its files were flushed; until then a crash, or a
/// write that fails, has them written once more. What it removed goes first: a key of those may be stored anew.
result<void> local_store::write_out(guard& lock) {
  if (auto erased = erase_files(lock); !erased) return erased;
  if (auto written = write_leaving(lock); !written) return written;
  if (auto freed = free_other(lock); !freed) return freed;
  pending_.settle();
  are_files_ = false;
  return {};
}

/// Not again when only the journal could not be started anew: it may hold nothing any more, and files that are written again are
/// not on the disk before the next flush.
result<void> local_store::write_leaving(guard& lock) {
  if (are_files_) return {};
  lock.unlock();
  auto done = write_files(pending_.leaving());
  if (done) done = flush_trees();
  lock.lock();
  are_files_ = done.ok();
  return done;
}

/// Metadata before bodies: what a power cut leaves is then a body without a message.
result<void> local_store::erase_files(guard& lock) {
  const auto doomed = pending_.doomed();
  if (doomed.empty()) return {};
  lock.unlock();
  result<void> outcome;
  for (auto at = doomed.rbegin(); outcome && at != doomed.rend(); ++at) outcome = tree(at->first).erase(at->second);
  lock.lock();
  if (outcome) pending_.forget(doomed);  // otherwise all are tried again: an absent one is fine
  return outcome;
}

/// Nobody else touches that journal until its records are settled, and readers need not wait for the disk.
result<void> local_store::free_other(guard& lock) {
  auto& journal = other();
  const auto sequence = sequence_++;
  lock.unlock();
  auto done = journal.start_anew(sequence);
  lock.lock();
  return done;
}

result<void> local_store::write_files(const pending_records::records& all) {
  const auto is_dropped = [this](const place& at) {
    const guard lock(mutex_);
    return pending_.is_dropped(at);
  };
  for (const auto& [at, r] : all) {
    if (is_dropped(at)) continue;
    auto& to = tree(at.first);
    if (auto staged = to.stage(at.second, r.bytes, {}); !staged) {
      to.discard(at.second);  // it may be removed before there is room for it
      return staged;
    }
    if (auto published = to.publish(at.second); !published) return published;
  }
  return {};
}

result<void> local_store::flush_trees() {
  const bool is_one_device = data_ && meta_ && data_->device() == meta_->device();
  for (const auto* t : {&data_, &meta_}) {
    if (!*t || (is_one_device && t == &meta_)) continue;
    if (auto flushed = (*t)->flush(); !flushed) return flushed;
  }
  return {};
}

result<std::optional<std::string>> local_store::load(table where, const uuid& key) {
  {
    const guard lock(mutex_);
    const auto found = pending_.find({where, key});
    if (found.is_known) return found.bytes ? std::optional(*found.bytes) : std::nullopt;
  }
  return tree(where).load(key);
}

result<bool> local_store::contains(table where, const uuid& key) {
  {
    const guard lock(mutex_);
    const auto found = pending_.find({where, key});
    if (found.is_known) return found.bytes != nullptr;
  }
  return tree(where).contains(key);
}

/// Those in memory first: whatever becomes a file meanwhile was visited then.
template <class F>
result<void> local_store::each_key(table where, F visit) {
  guard lock(mutex_);
  const auto seen = pending_.keys(where);
  lock.unlock();
  for (const auto& key : seen) {
    if (!visit(key)) return {};
  }
  return tree(where).walk([&](const uuid& key) { return std::binary_search(seen.begin(), seen.end(), key) || visit(key); });
}

result<void> local_store::each_meta(const record_visitor& visit) {
  result<void> outcome;
  auto walked = each_key(table::meta, [&](const uuid& key) {
    auto bytes = load(table::meta, key);
    if (!bytes) outcome = bytes.why();
    return !bytes || !*bytes || visit(key, **bytes);
  });
  return walked ? outcome : walked;
}

result<void> local_store::each_loose_body(const key_visitor& visit) {
  return each_key(table::data, [&](const uuid& key) { return is_removed({table::data, key}) || visit(key); });
}

bool local_store::is_removed(const place& at) {
  const guard lock(mutex_);
  const auto found = pending_.find(at);
  return found.is_known && !found.bytes;
}

result<void> local_store::probe() {
  {
    guard lock(mutex_);
    if (auto retried = retry(lock); !retried) return retried;
  }
  if (auto written = write({}); !written) return written;
  if (auto flushed = current().flush(); !flushed) return flushed;
  auto outcome = data_ ? data_->probe() : result<void>{};
  if (outcome && meta_) outcome = meta_->probe();
  return outcome;
}

/// Has the writer, where it has failed, try now, and waits for the outcome.
result<void> local_store::retry(guard& lock) {
  if (!failure_) return {};
  const auto before = attempts_;
  must_retry_ = true;
  changed_.notify_all();
  changed_.wait(lock, [&] { return attempts_ != before; });
  return failure_ ? result<void>(*failure_) : result<void>{};
}

void local_store::close() {
  if (!writer_.joinable()) return;
  {
    guard lock(mutex_);
    if (auto finished = finish(lock); !finished) {
      log::error("spool", "{}: what only the journal holds is read at the next start", finished.why().text);
    }
    is_stopping_ = true;
  }
  changed_.notify_all();
  writer_.join();
  data_.reset();
  meta_.reset();
}

/// All that is pending becomes files, if the disk allows it now.
result<void> local_store::finish(guard& lock) {
  if (auto retried = retry(lock); !retried) return retried;
  if (!current().is_empty()) {
    if (auto turned = turn_over(lock); !turned) return turned;
  }
  changed_.wait(lock, [this] { return is_in_files() || failure_; });
  return is_in_files() ? result<void>{} : result<void>(*failure_);
}

}  // namespace godwit::spool
