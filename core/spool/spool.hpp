#pragma once
// The spool: what makes 250 true. Facade over two stores named "data" and "meta" (KumoMTA: spool) and the
// committer, which carries the records of all loops to disk in groups with one flush (docs/spool.md).

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "mail/message.hpp"
#include "rt/blocking_pool.hpp"
#include "rt/task.hpp"
#include "spool/options.hpp"

namespace godwit::spool {

/// How a store wants to be told: bytes are on disk, or merely handed to the operating system.
enum class durability { buffered, synced };

/// Why the spool cannot take mail now; each cause has its own SMTP reply (KumoMTA: SMTP server, spool).
enum class health { starting, good, disk_full, unhealthy };

/// Texts of store() errors that have a reply of their own: 451 4.4.5 (KumoMTA: SMTP server).
inline constexpr std::string_view write_timed_out = "spool write timed out";

class spool {
 public:
  virtual ~spool() = default;

  /// Saves what is dirty of `m` (its own record and, once per transaction, the shared body) and resumes when the group
  /// it rode in is committed. Called on any loop; the caller owns `m` and must not change it meanwhile.
  virtual rt::task<result<void>> store(mail::message& m) = 0;
  /// store() of several messages of one transaction: they ride in one group, all or none.
  virtual rt::task<result<void>> store_all(std::vector<mail::message*> messages) = 0;
  /// Forgets the message. Returns at once; the removal rides in the next group. A crash before that delivers again.
  virtual void remove(const mail::message& m) = 0;

  /// Loads metadata (a whole message without body) or fills m.content. Runs in the blocking pool.
  virtual rt::task<result<mail::message_ref>> load_meta(const uuid& id) = 0;
  virtual rt::task<result<void>> load_data(mail::message& m) = 0;

  /// Lists every spooled message in the background; `found` is called on a pool thread, in no order; messages stored
  /// since start() are not listed. Resumes at the end with the count. Progress is logged.
  virtual rt::task<result<std::size_t>> enumerate(std::function<void(mail::message_ref)> found) = 0;

  virtual health state() const = 0;
  virtual std::string state_reason() const = 0;
  /// Flushes what is queued and closes the stores; nothing may be stored afterwards. Blocks: call it off the loops.
  virtual void close() = 0;
};

/// Opens (creating directories) and starts the committer thread. Without a "data" and a "meta" store: an error.
result<std::unique_ptr<spool>> open(const std::vector<store_options>& stores, rt::blocking_pool& pool);

}  // namespace godwit::spool
