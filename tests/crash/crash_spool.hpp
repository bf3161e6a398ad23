#pragma once
// Shared by the parts of the spool crash test: the spool under test, and messages that can tell whether they are whole.

#include <string>
#include <string_view>
#include <vector>

#include "base/encoding.hpp"
#include "mail/message.hpp"
#include "spool/options.hpp"

namespace godwit::crash {

struct settings {
  std::string directory;
  std::string kind = "RocksDB";
  int rounds = 10;
  unsigned seed = 1;
};

inline std::vector<spool::store_options> stores(const settings& s) {
  std::vector<spool::store_options> all(2);
  for (std::size_t i = 0; i < 2; ++i) {
    all[i].name = i == 0 ? "data" : "meta";
    all[i].path = s.directory + "/" + all[i].name;
    all[i].kind = s.kind == "RocksDB" ? spool::store_kind::rocks_db : spool::store_kind::local_disk;
    all[i].min_free_space = all[i].min_free_inodes = {.is_percent = false, .amount = 0};
    // Small enough that bodies reach SST and blob files while the test runs.
    all[i].rocks_params.write_buffer_size = 4 * 1024 * 1024;
  }
  return all;
}

/// FNV-1a: sees torn, shifted and zeroed bytes, which is all that is asked of it.
inline std::uint64_t hash(std::string_view bytes) {
  std::uint64_t h = 14695981039346656037u;
  for (const unsigned char c : bytes) h = (h ^ c) * 1099511628211u;
  return h;
}

/// "X-Hash: <hash of the rest>\r\n" and the rest.
inline std::string make_bytes(std::size_t size, unsigned seed) {
  std::string rest = "\r\n";
  for (std::uint64_t x = seed * 2654435761u + 1; rest.size() < size;) {
    x = x * 6364136223846793005u + 1442695040888963407u;
    rest.append(fmt::format("{:016x}", x)).append(rest.size() % 64 < 16 ? "\r\n" : "");
  }
  return fmt::format("X-Hash: {:016x}\r\n{}", hash(rest), rest);
}

inline bool is_whole(std::string_view bytes) {
  constexpr std::size_t line = 8 + 16 + 2;
  if (bytes.size() < line || !bytes.starts_with("X-Hash: ")) return false;
  return bytes.substr(8, 16) == fmt::format("{:016x}", hash(bytes.substr(line)));
}

/// The process that is killed: stores and removes until then. Writes what it was promised to standard output.
int run_victim(const settings& s);

}  // namespace godwit::crash
