#pragma once
// A real nsd on a loopback port, serving one zone text, signed if wanted. Lives as long as the object.

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <string_view>

namespace godwit::dns::test {

class name_server {
 public:
  static bool is_installed();
  static bool can_sign();

  name_server(std::string_view zone, std::string_view text, bool sign = false);
  ~name_server();
  name_server(const name_server&) = delete;

  std::string address() const;       ///< "127.0.0.1:PORT"
  std::string anchor_file() const;   ///< the zone's key
  void stop();

 private:
  void sign();
  void start();
  bool wait_until_ready() const;

  std::filesystem::path dir_;
  std::string zone_, zone_file_;
  unsigned port_ = 0;
  pid_t pid_ = -1;
};

}  // namespace godwit::dns::test
