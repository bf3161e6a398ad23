#pragma once
// A shared object in memory. Boost.DLL stays in library.cpp.

#include <memory>
#include <string>
#include <vector>

#include <godwit/abi.h>

#include "base/result.hpp"

namespace godwit::module {

/// Closed when the last holder lets go: objects that scripts still hold keep their code mapped.
class library {
 public:
  /// Loads the file and finds its one symbol; the error says what is wrong with the file and what to do. Code that is still in
  /// use from an earlier load is not shared: what is opened is a copy of the file as it is now.
  static result<std::shared_ptr<library>> open(const std::string& file);
  ~library();

  /// Runs the module's first code. Null when that threw or returned nothing.
  const godwit_module_descriptor* descriptor() const;
  const std::string& file() const { return file_; }
  /// Names of the shared objects that it is linked with.
  std::vector<std::string> needs() const;

 private:
  struct impl;
  library(std::string file, std::unique_ptr<impl> i);
  std::string file_;
  std::unique_ptr<impl> impl_;
};

}  // namespace godwit::module
