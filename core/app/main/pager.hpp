#pragma once
// Output that goes through $PAGER once it is longer than the terminal.

#include <cstdio>
#include <string>

namespace godwit::app {

class pager {
 public:
  explicit pager(bool is_on);
  ~pager();  ///< waits until the reader has left the pager
  pager(const pager&) = delete;
  std::FILE* out() { return out_; }

 private:
  static ssize_t on_write(void* self, const char* data, std::size_t size);
  void write(std::string_view text);
  void start();

  std::FILE* out_ = nullptr;
  std::FILE* pipe_ = nullptr;
  std::string held_;
  std::size_t lines_ = 0, room_ = 0;
  bool is_passed_on_ = false;
};

}  // namespace godwit::app
