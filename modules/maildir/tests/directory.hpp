#pragma once
// A directory of its own for a test.

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace maildir::test {

class directory {
 public:
  directory() {
    std::string name = (std::filesystem::temp_directory_path() / "godwit-maildir-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~directory() { std::filesystem::remove_all(path_); }
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

inline std::string read_file(const std::filesystem::path& file) {
  std::ostringstream all;
  all << std::ifstream(file, std::ios::binary).rdbuf();
  return all.str();
}

inline std::vector<std::filesystem::path> files_in(const std::filesystem::path& where) {
  std::vector<std::filesystem::path> all;
  if (std::filesystem::exists(where))
    for (const auto& e : std::filesystem::directory_iterator(where)) all.push_back(e.path());
  return all;
}

}  // namespace maildir::test
