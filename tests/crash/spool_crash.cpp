// Why: "250 means on disk" is only true if it survives kill -9 at any instant. Starts a process that stores under load,
// kills it after a random time, opens what it left and compares with what had been acknowledged; again and again on
// the same spool, so that recovery itself is killed and recovered from too.
//
//   spool_crash [--kind RocksDB|LocalDisk] [--rounds N] [--seed N] [--dir DIRECTORY]
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <random>

#include "verdict.hpp"

namespace godwit::crash {

namespace {

struct victim {
  pid_t pid;
  int output;
};

victim start_victim(const settings& s) {
  int ends[2];
  if (::pipe(ends) != 0) ::exit(1);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    ::close(ends[0]);
    ::close(ends[1]);
    const auto seed = std::to_string(s.seed);
    ::execl("/proc/self/exe", "spool_crash", "--victim", "--dir", s.directory.c_str(), "--kind", s.kind.c_str(),
            "--seed", seed.c_str(), nullptr);
    ::_exit(1);
  }
  ::close(ends[1]);
  return {pid, ends[0]};
}

/// Reads lines until the end of the pipe, killing the victim once `lifetime` after its first line is over.
void listen(const victim& v, std::chrono::milliseconds lifetime, verdict& to) {
  using clock = std::chrono::steady_clock;
  auto kill_at = clock::now() + std::chrono::seconds(60);  // a victim that never speaks
  bool is_alive = true, has_spoken = false;
  std::string text;
  char buffer[65536];
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(kill_at - clock::now()).count();
    pollfd p{v.output, POLLIN, 0};
    if (is_alive && (left <= 0 || ::poll(&p, 1, static_cast<int>(left)) == 0)) {
      ::kill(v.pid, SIGKILL);
      is_alive = false;
      continue;
    }
    const auto got = ::read(v.output, buffer, sizeof buffer);
    if (got <= 0) break;
    if (!has_spoken) kill_at = clock::now() + lifetime;
    has_spoken = true;
    text.append(buffer, static_cast<std::size_t>(got));
    std::size_t from = 0;
    for (auto end = text.find('\n'); end != std::string::npos; from = end + 1, end = text.find('\n', from)) {
      to.hear(std::string_view(text).substr(from, end - from));
    }
    text.erase(0, from);
  }
  ::close(v.output);
}

/// True: it died from our signal, not from an error of its own.
bool reap(const victim& v) {
  int status = 0;
  ::waitpid(v.pid, &status, 0);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

int run_rounds(const settings& s) {
  std::mt19937 random(s.seed);
  verdict judge(s);
  int broken = 0;
  for (int round = 0; round < s.rounds; ++round) {
    auto mine = s;
    mine.seed = random();
    const std::chrono::milliseconds lifetime(random() % 3 == 0 ? random() % 20 : random() % 1000);
    const auto v = start_victim(mine);
    listen(v, lifetime, judge);
    if (!reap(v)) {
      fmt::print(stderr, "FAILED: the storing process ended by itself\n");
      ++broken;
    }
    const auto acknowledged = judge.acknowledged();
    broken += judge.check(round + 1 == s.rounds);
    fmt::print("{} round {}: killed after {} ms, {} acknowledged, {} broken promises\n", s.kind, round + 1,
               lifetime.count(), acknowledged, broken);
  }
  return broken == 0 ? 0 : 1;
}

unsigned number(const char* text) {
  unsigned n = 0;
  std::from_chars(text, text + std::string_view(text).size(), n);
  return n;
}

}  // namespace

}  // namespace godwit::crash

int main(int count, char** arguments) {
  using namespace godwit::crash;
  settings s;
  bool is_victim = false;
  for (int i = 1; i < count; ++i) {
    const std::string_view a = arguments[i];
    if (a == "--victim") is_victim = true;
    else if (i + 1 == count) return 2;
    else if (a == "--kind") s.kind = arguments[++i];
    else if (a == "--rounds") s.rounds = static_cast<int>(number(arguments[++i]));
    else if (a == "--seed") s.seed = number(arguments[++i]);
    else if (a == "--dir") s.directory = arguments[++i];
    else return 2;
  }
  if (is_victim) return run_victim(s);
  const bool is_temporary = s.directory.empty();
  if (is_temporary) {
    s.directory = (std::filesystem::temp_directory_path() / "godwit-crash-XXXXXX").string();
    if (::mkdtemp(s.directory.data()) == nullptr) return 1;
  }
  const int failed = run_rounds(s);
  if (failed != 0) fmt::print(stderr, "kept for inspection: {}\n", s.directory);
  else if (is_temporary) std::filesystem::remove_all(s.directory);
  return failed;
}
