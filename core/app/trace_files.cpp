#include "app/trace_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "app/trace_filter.hpp"
#include "base/duration.hpp"
#include "base/file_descriptor.hpp"
#include "log/log.hpp"
#include "rt/event.hpp"
#include "smtp/trace.hpp"

namespace godwit::app {

namespace {

std::string time_text(std::chrono::system_clock::time_point t) {
  return format_rfc3339(std::chrono::floor<std::chrono::milliseconds>(t));
}

/// As lines of `trace smtp`.
std::string text_of(const smtp::tracer::batch& said) {
  std::string out;
  for (const auto& e : said.events) {
    out += fmt::format("{} [outbound/{}] {} {} {}\n", time_text(e->at), e->number, e->peer.text(), smtp::trace_kind_name(e->what), e->text);
  }
  if (said.lost > 0) {
    out += fmt::format("{} lost {} lines: the disk is too slow\n", time_text(std::chrono::system_clock::now()), said.lost);
  }
  return out;
}

void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const auto n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw std::runtime_error(std::strerror(errno));
    text.remove_prefix(static_cast<std::size_t>(n));
  }
}

/// Never through a symbolic link at the end: traces are often put where everybody may write. Never waits for the reader of
/// a pipe.
result<file_descriptor> open_file(const std::string& path, unsigned mode) {
  constexpr int how = O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
  file_descriptor fd(::open(path.c_str(), how));
  if (!fd.is_open() && errno == ENOENT) {
    fd = file_descriptor(::open(path.c_str(), how | O_CREAT | O_EXCL, 0600));
    if (fd.is_open()) ::fchmod(fd.get(), mode);
  }
  if (!fd.is_open() && errno == ELOOP) return fail("{} is a symbolic link: name the file it leads to", path);
  if (!fd.is_open()) return fail("cannot write {}: {}", path, std::strerror(errno));
  struct stat about {};
  if (::fstat(fd.get(), &about) != 0 || !S_ISREG(about.st_mode)) return fail("{} is not a regular file", path);
  return fd;
}

/// One more while it lives.
struct counted {
  explicit counted(std::size_t& count) : n(count) { ++n; }
  counted(const counted&) = delete;
  ~counted() { --n; }
  std::size_t& n;
};

}  // namespace

class trace_files::trace_file {
 public:
  trace_file(rt::loop& here, std::uint64_t id, wish w, file_descriptor fd)
      : number(id),
        about(std::move(w)),
        file(std::move(fd)),
        awake(std::make_shared<rt::event>(here)),
        ended(here),
        lines(trace_filter::outbound(about.binding, about.domain),
              [awake = awake, &here] { here.post([awake] { awake->notify(); }); }) {}

  void finish() {
    is_over = true;
    awake->notify();
  }

  const std::uint64_t number;
  const wish about;
  const file_descriptor file;
  const std::shared_ptr<rt::event> awake;  ///< a wake-up on its way may come after us
  rt::event ended;
  bool is_over = false;
  smtp::tracer lines;
};

trace_files::trace_files(rt::loop& where, rt::blocking_pool& pool) : loop_(where), pool_(pool), writers_(where, "trace files") {}

trace_files::~trace_files() = default;

rt::task<result<std::uint64_t>> trace_files::add(wish w) {
  if (!w.file.starts_with('/')) co_return fail("'{}' is not an absolute path: the file is the server's", w.file);
  if (all_.size() + opening_ >= most_files) {
    co_return fail("{} smtp tracers write to files, as many as there may be: trace smtp list shows them, trace smtp remove ends one", most_files);
  }
  const counted being_opened(opening_);
  const auto open = [&w] { return open_file(w.file, w.mode); };
  auto opened = co_await pool_.run(open);
  if (!opened) co_return opened.why();
  if (writers_.is_closed()) co_return fail("the server is shutting down");
  const auto t = std::make_shared<trace_file>(loop_, ++last_number_, std::move(w), std::move(*opened));
  all_.push_back(t);
  writers_.spawn("writer", [this, t] { return follow(t); });
  co_return t->number;
}

rt::task<> trace_files::write(trace_file& t) {
  for (bool is_last = false; !is_last;) {
    is_last = t.is_over;
    const auto text = text_of(t.lines.take());
    if (text.empty()) {
      if (!is_last) co_await t.awake->wait();
      continue;
    }
    const auto append = [&] { write_all(t.file.get(), text); };
    co_await pool_.run(append);
  }
}

rt::task<> trace_files::follow(std::shared_ptr<trace_file> t) {
  try {
    co_await write(*t);
  } catch (const std::exception& e) {
    log::error("control", "smtp tracer #{} ends: cannot write {}: {}", t->number, t->about.file, e.what());
  }
  std::erase(all_, t);
  t->ended.notify();
}

std::vector<trace_files::view> trace_files::list() const {
  std::vector<view> views;
  for (const auto& t : all_) {
    if (!t->is_over) views.push_back({t->number, t->about.binding, t->about.domain, t->about.file, t->file.get()});
  }
  return views;
}

rt::task<bool> trace_files::remove(std::uint64_t number) {
  const auto at = std::find_if(all_.begin(), all_.end(), [number](const auto& t) { return t->number == number && !t->is_over; });
  if (at == all_.end()) co_return false;
  const auto t = *at;
  t->finish();
  co_await t->ended.wait();
  co_return true;
}

rt::task<> trace_files::stop(std::chrono::nanoseconds limit) {
  for (const auto& t : all_) t->finish();
  co_await writers_.drain(limit);
}

}  // namespace godwit::app
