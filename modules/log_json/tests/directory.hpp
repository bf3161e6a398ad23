#pragma once
// A directory for one test, and zstd files read back.

#include <unistd.h>
#include <zstd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace log_json {

class directory {
 public:
  directory() {
    std::string name = (std::filesystem::temp_directory_path() / "log_json_XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~directory() { std::filesystem::remove_all(path_); }

  const std::string& path() const { return path_; }
  std::vector<std::string> files() const {
    std::vector<std::string> all;
    for (const auto& e : std::filesystem::directory_iterator(path_)) all.push_back(e.path().string());
    std::sort(all.begin(), all.end());
    return all;
  }

 private:
  std::string path_;
};

/// What can be decoded so far; an open frame gives what was flushed.
inline std::string decoded(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string packed{std::istreambuf_iterator<char>(in), {}};
  std::string text;
  ZSTD_DCtx* stream = ZSTD_createDCtx();
  ZSTD_inBuffer input{packed.data(), packed.size(), 0};
  std::string room(1 << 16, '\0');
  std::size_t made = 1;
  while (input.pos < input.size || made == room.size()) {
    ZSTD_outBuffer output{room.data(), room.size(), 0};
    const auto code = ZSTD_decompressStream(stream, &output, &input);
    if (ZSTD_isError(code)) break;
    text.append(room.data(), output.pos);
    made = output.pos;
  }
  ZSTD_freeDCtx(stream);
  return text;
}

inline bool is_read_only(const std::string& file) {
  using std::filesystem::perms;
  const auto p = std::filesystem::status(file).permissions();
  return (p & (perms::owner_write | perms::group_write | perms::others_write)) == perms::none;
}

}  // namespace log_json
