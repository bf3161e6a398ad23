#pragma once
// A directory for one test, its files read back, and waiting for what another thread does.

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <thread>

namespace ec_logger {

class directory {
 public:
  directory() {
    std::string name = (std::filesystem::temp_directory_path() / "ec_logger_XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~directory() { std::filesystem::remove_all(path_); }

  std::string file(const std::string& name) const { return path_ + "/" + name; }
  std::string read(const std::string& name) const {
    std::ifstream in(file(name), std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
  }

 private:
  std::string path_;
};

/// True as soon as the condition is; false after 20 seconds.
inline bool wait_until(const std::function<bool()>& condition) {
  for (int i = 0; i < 2000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

}  // namespace ec_logger
