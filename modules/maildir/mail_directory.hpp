#pragma once
// A maildir on disk: tmp, new and cur. What is in new is complete and flushed.

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include <godwit/module.hpp>

#include "durable_directories.hpp"

namespace maildir {

/// Absent: 0777 and 0666 less the process's umask.
struct modes {
  std::optional<mode_t> directory, file;
};

class mail_directory {
 public:
  /// `directories` outlives it.
  mail_directory(std::string path, modes m, durable_directories& directories)
      : path_(std::move(path)), modes_(m), directories_(directories) {}

  /// Makes missing directories, writes to tmp, flushes, moves to new, flushes the directory. Returns the file's name.
  /// Throws std::system_error; nothing is then in new, save when the very last flush failed.
  std::string store(const godwit::sdk::message_data& data) const;

 private:
  std::string path_;
  modes modes_;
  durable_directories& directories_;
};

/// "1700000000.M123P4242Q7.host,S=1234": unique on this machine, as the maildir convention has it; `size` in bytes.
std::string unique_name(std::size_t size);

}  // namespace maildir
