#pragma once
// What operators see of the queues and do to them. It looks through wheels and queues some entries at a time, so that a
// million messages hinder nobody: what moves meanwhile may be missed, or be seen twice.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/duration.hpp"
#include "mail/message.hpp"
#include "mail/queue_name.hpp"
#include "queue/held_entry.hpp"
#include "queue/ready_queue.hpp"
#include "rt/task.hpp"

namespace godwit::queue {

class delay_line;

struct scheduled_view {
  mail::queue_name name;
  std::string pool;
  std::size_t delayed = 0;  ///< wait for their time
  std::size_t active = 0;   ///< ready, or in a session
  std::uint64_t delivered = 0, failed = 0;
  std::vector<ready_ref> via;  ///< where its messages go: shared with other queues
};

/// A queued message when it was looked at.
struct message_view {
  uuid id;
  std::string queue;
  std::string source;  ///< active only: where it is ready to leave from
  bool is_active = false;
  std::uint16_t attempts = 0;
  std::uint16_t last_code = 0;  ///< of the response to the last attempt since the start; 0: none
  wall_time due;
  /// A copy of its own; null when it has to be loaded.
  mail::message_ref message;
};

/// Which messages an operation is about; an empty function means all.
struct selection {
  std::function<bool(const mail::queue_name&)> queue;
  std::function<bool(const mail::message&)> message;
  bool needs_data = false;  ///< `message` looks at headers
};

/// One for the manager. The coroutines run on any one loop; cancellation ends them between two steps.
class administration {
 public:
  explicit administration(engine& owner) : engine_(owner) {}

  /// Queues in parts: shard 0 up to shard_count().
  static std::size_t shard_count();
  std::vector<scheduled_view> scheduled(std::size_t shard) const;
  /// How many messages of a shard's queues wait for their time; looks at nothing else.
  std::size_t delayed(std::size_t shard) const;
  /// Some queues, or their domains, that begin so, for completion.
  std::vector<std::string> names(std::string_view prefix, std::size_t most) const;
  std::vector<std::string> domains(std::string_view prefix, std::size_t most) const;

  using on_message = std::function<rt::task<bool>(message_view)>;
  /// Each message of the selected queues, delayed ones first, until `each` says no; then nothing more is looked at.
  /// selection::message is not asked.
  rt::task<> list(selection of, on_message each);
  rt::task<std::optional<message_view>> find(uuid id);
  /// The message of a view with its metadata, and its data when asked for; an error when it is gone meanwhile.
  /// `of` outlives the wait.
  rt::task<result<mail::message_ref>> load(const message_view& of, bool with_data);

  /// Hears between steps how many it were so far; what it awaits holds up the operation, and nobody else.
  using on_progress = std::function<rt::task<>(std::size_t)>;
  /// Fails what is selected with an AdminBounce record, or without one when `r` is not given. How many it were.
  rt::task<std::size_t> fail_messages(selection which, std::optional<mail::response> r, on_progress tell = {});
  /// As fail_messages() but changes nothing; `each` sees the messages found.
  rt::task<std::size_t> count_messages(selection which, on_message each, on_progress tell = {});
  /// Makes delayed messages due now. How many it were. Cancelled: the others wait for their time as before.
  rt::task<std::size_t> flush(selection which, on_progress tell = {});
  /// As for many; false when there is no such message, or it is being delivered.
  rt::task<bool> fail_message(uuid id, std::optional<mail::response> r);
  rt::task<bool> retry_message(uuid id);

 private:
  template <class Text>
  std::vector<std::string> begin_with(std::string_view prefix, std::size_t most, Text text_of) const;
  struct place {
    const ready_ref* via = nullptr;      ///< ready there
    const delay_line* line = nullptr;    ///< delayed there
  };
  using look = std::function<bool(queue_entry&, const place&)>;
  using held_list = std::vector<held_entry>;
  using after_step = std::function<rt::task<>(held_list&, const place&)>;
  /// A look through all that waits, in steps, to its end or until it has enough.
  struct tour {
    std::size_t step;  ///< entries looked at, or dealt with, together
    look wanted;
    after_step after;  ///< runs to its end, cancelled or not
    std::function<rt::task<>()> pause = {};
    bool delayed_only = false;
    std::function<bool()> has_enough = {};  ///< asked before each step: what is wanted was found

    bool is_over() const { return has_enough && has_enough(); }
  };

  rt::task<> sweep(const tour& t);
  rt::task<> sweep_delayed(const tour& t);
  rt::task<> sweep_parked(const tour& t);
  rt::task<> sweep_ready(const tour& t);
  held_list hold(entry_list taken);
  rt::task<> conclude_step(held_list held, const place& where, const tour& t);
  class harvest;

  /// A message that was noticed; `is_open`: whether the filter wants it is not known yet.
  struct candidate {
    message_view seen;
    bool is_open = false;
  };
  rt::task<> judge(const selection& which, std::vector<candidate>& noticed);
  rt::task<> settle_one(const selection& which, candidate& c);
  rt::task<std::size_t> finish_all(held_list& taken, const std::optional<mail::response>& r);
  message_view view(const queue_entry& e, const place& where) const;
  rt::task<std::optional<held_entry>> take(uuid id);
  rt::task<bool> finish(held_entry e, const std::optional<mail::response>& r);

  engine& engine_;
};

}  // namespace godwit::queue
