#include "control/session.hpp"

#include <asio/bind_cancellation_slot.hpp>
#include <asio/co_spawn.hpp>

#include "base/json.hpp"
#include "control/arguments.hpp"
#include "control/rendering.hpp"
#include "log/log.hpp"

namespace godwit::control {

namespace {

constexpr std::size_t most_waiting = 64;

/// Frames of one chunk in the format that was asked for.
class frame_maker {
 public:
  frame_maker(std::int64_t id, answer_format format, const result_shape& shape)
      : id_(id), format_(format), shape_(shape), text_(shape) {}

  std::string make(const parts& chunk) {
    if (format_ == answer_format::text) return answer(id_, object{{"text", text_.render(chunk)}});
    std::string frames;
    for (auto& members : json_members(shape_, chunk)) frames += answer(id_, std::move(members));
    return frames;
  }

 private:
  std::int64_t id_;
  answer_format format_;
  result_shape shape_;
  text_renderer text_;
};

}  // namespace

session::session(const registry& commands, rt::gate& work, unix_socket socket, duration patience)
    : commands_(commands), gate_(work), channel_(std::move(socket), patience) {}

rt::task<> session::refuse(std::shared_ptr<session> self, std::string why) {
  auto frame = farewell(why);
  const bool sent = co_await self->channel_.write(std::move(frame));
  if (sent) self->channel_.close();
}

rt::task<> session::run(caller by, std::string version) {
  by_ = std::move(by);
  auto hello = greeting(version, by_);
  bool is_open = co_await channel_.write(std::move(hello));
  while (is_open) is_open = co_await serve_next();
  end();
}

/// False at the end of the connection.
rt::task<bool> session::serve_next() {
  channel_.expect_input(!is_working_);
  auto received = co_await channel_.read_line(most_request_bytes);
  if (received.status == channel::status::closed) co_return false;
  std::string why;
  if (received.status == channel::status::too_long) {
    why = fmt::format("a request has at most {} bytes", most_request_bytes);
  } else {
    auto parsed = parse_request(received.line);
    if (!parsed) {
      why = parsed.why().text;
    } else if (!take(std::move(*parsed))) {
      why = fmt::format("more than {} requests wait", most_waiting);
    }
  }
  if (why.empty()) co_return true;
  log::warn("control", "user={} pid={}: {}; the connection is closed", by_.user, by_.pid, why);
  auto frame = farewell(why);
  if (is_working_) co_return false;  // the worker has the writing side
  const bool sent = co_await channel_.write(std::move(frame));
  co_return sent && false;
}

bool session::take(request r) {
  if (r.what == request::kind::cancel) {
    cancel(r.id);
    return true;
  }
  if (waiting_.size() >= most_waiting) return false;
  waiting_.push_back({std::move(r)});
  if (is_working_) return true;
  is_working_ = gate_.spawn("command", [self = shared_from_this()] { return self->work(); });
  return is_working_;
}

void session::cancel(std::int64_t id) {
  for (auto& waiting : waiting_) waiting.is_cancelled = waiting.is_cancelled || waiting.what.id == id;
  if (running_ != id || std::exchange(was_cancelled_, true)) return;
  cancel_.emit(asio::cancellation_type::terminal);
}

void session::finish() {
  is_finishing_ = true;
  if (!is_working_) end();
}

void session::end() {
  is_over_ = true;
  waiting_.clear();
  if (running_) cancel(*running_);
  channel_.close();
}

rt::task<> session::work() {
  while (!waiting_.empty() && !is_over_ && !is_finishing_) {
    auto next = std::move(waiting_.front());
    waiting_.pop_front();
    co_await serve(std::move(next));
  }
  is_working_ = false;
  if (is_finishing_) end();
  if (!is_over_) channel_.expect_input(true);
}

rt::task<> session::serve(waiting_request next) {
  channel_.expect_input(false);
  auto r = std::move(next.what);
  if (next.is_cancelled) return pass_over(std::move(r));
  return r.what == request::kind::complete ? complete(std::move(r)) : execute(std::move(r));
}

rt::task<> session::pass_over(request r) {
  auto frame = done(r.id, outcome::cancelled);
  co_await send(std::move(frame));
}

rt::task<> session::complete(request r) {
  auto frame = completions(r.id, commands_.complete(r.line, by_.role));
  co_await send(std::move(frame));
}

rt::task<> session::execute(request r) {
  const auto began = rt::steady_clock::now();
  running_ = r.id;
  was_cancelled_ = false;
  auto how = outcome::ok;
  std::string why;
  try {
    const auto ran = co_await dispatch(r);
    if (!ran) {
      how = outcome::failed;
      why = ran.why().text;
    }
  } catch (const std::exception& failed) {
    how = was_cancelled_ ? outcome::cancelled : outcome::failed;
    if (!was_cancelled_) why = fmt::format("the command broke off: {}", failed.what());
  }
  running_.reset();
  audit(r, how, why, rt::steady_clock::now() - began);
  auto last = done(r.id, how, why);
  co_await send(std::move(last));
}

rt::task<result<void>> session::dispatch(const request& r) {
  auto found = commands_.find(r.line);
  if (!found) co_return found.why();
  const auto& c = *found->command;
  if (c.role > by_.role) {
    co_return fail("{} needs the role {}; user {} has {}", c.name, role_name(c.role), by_.user, role_name(by_.role));
  }
  auto args = read_arguments(c, found->rest);
  if (!args) co_return args.why();
  co_return co_await run_handler(found->command, r, *args);
}

rt::task<result<void>> session::run_handler(command_ref c, const request& r, const arguments& args) {
  frame_maker frames(r.id, r.format, c->shape);
  output out([this, &frames](parts chunk) { return send(frames.make(chunk)); });
  const invocation call{args, out, by_};
  const auto body = [&c, &call] { return c->handler(call); };
  auto ran = co_await asio::co_spawn(gate_.owner().io(), body, asio::bind_cancellation_slot(cancel_.slot(), rt::use_task));
  auto rest = out.take();
  if (!rest.empty()) co_await send(frames.make(rest));
  co_return ran;
}

rt::task<> session::send(std::string frames) {
  if (is_over_) co_return;
  const bool sent = co_await channel_.write(std::move(frames));
  if (!sent) end();
}

void session::audit(const request& r, outcome o, const std::string& why, duration took) const {
  log::info("control", "user={} uid={} pid={} command={} outcome={} duration={}{}", by_.user, by_.uid, by_.pid,
            json::write(r.line), outcome_name(o), format_duration(std::chrono::round<std::chrono::microseconds>(took)),
            why.empty() ? "" : " error=" + json::write(why));
}

}  // namespace godwit::control
