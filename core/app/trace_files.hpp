#pragma once
// What `trace smtp add` began: transcripts of outbound SMTP connections that go to files (Momentum: console).

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "rt/blocking_pool.hpp"
#include "rt/gate.hpp"

namespace godwit::app {

/// Owned by the daemon; everything happens on one loop, what touches the disk on the pool. A disk that is too slow loses
/// lines, which are counted in the file; mail never waits.
class trace_files {
 public:
  trace_files(rt::loop& where, rt::blocking_pool& pool);
  ~trace_files();  ///< stopped, when anything was added
  trace_files(const trace_files&) = delete;

  static constexpr std::size_t most_files = 64;  ///< each may keep 1 MiB for its disk, and sees every outbound line

  struct wish {
    std::string binding, domain;  ///< "*" or "all": any
    std::string file;             ///< absolute; an existing one is gone on with
    unsigned mode = 0640;         ///< of a file that has to be made
  };
  struct view {
    std::uint64_t number = 0;
    std::string binding, domain, file;
    int descriptor = -1;
  };

  /// The number of the new tracer. An error when there are `most_files` already.
  rt::task<result<std::uint64_t>> add(wish w);
  std::vector<view> list() const;
  /// Returns when all that was said before is in the file. False when there is no such tracer.
  rt::task<bool> remove(std::uint64_t number);
  /// Removes all.
  rt::task<> stop(std::chrono::nanoseconds limit);

 private:
  class trace_file;
  rt::task<> follow(std::shared_ptr<trace_file> t);
  rt::task<> write(trace_file& t);

  rt::loop& loop_;
  rt::blocking_pool& pool_;
  rt::gate writers_;
  std::list<std::shared_ptr<trace_file>> all_;
  std::size_t opening_ = 0;  ///< on their way into all_
  std::uint64_t last_number_ = 0;
};

}  // namespace godwit::app
