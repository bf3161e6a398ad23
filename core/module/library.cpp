#include "module/library.hpp"

#include <elf.h>

#include <boost/dll/shared_library.hpp>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace godwit::module {

struct library::impl {
  boost::dll::shared_library handle;
  godwit_module_function entry = nullptr;
};

namespace {

#if defined(__x86_64__)
constexpr unsigned own_machine = EM_X86_64;
#elif defined(__aarch64__)
constexpr unsigned own_machine = EM_AARCH64;
#else
constexpr unsigned own_machine = EM_NONE;
#endif

std::string machine_name(unsigned machine) {
  switch (machine) {
    case EM_X86_64:
      return "x86-64";
    case EM_AARCH64:
      return "aarch64";
    case EM_ARM:
      return "arm";
    case EM_386:
      return "i386";
    case EM_RISCV:
      return "riscv";
    default:
      return fmt::format("machine {}", machine);
  }
}

/// dlopen's own words for these are hard to act on.
result<void> check_file(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail("{}: cannot be opened: {}", file, std::strerror(errno));
  Elf64_Ehdr header{};
  in.read(reinterpret_cast<char*>(&header), sizeof(header));
  if (in.gcount() < EI_NIDENT || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0)
    return fail("{}: not a shared object", file);
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_machine != own_machine)
    return fail("{}: built for {}, this server runs on {}: build the module for this architecture", file,
                machine_name(header.e_machine), machine_name(own_machine));
  if (header.e_type != ET_DYN) return fail("{}: not a shared object", file);
  return {};
}

}  // namespace

library::library(std::string file, std::unique_ptr<impl> i) : file_(std::move(file)), impl_(std::move(i)) {}
library::~library() = default;

result<std::shared_ptr<library>> library::open(const std::string& file) {
  if (auto ok = check_file(file); !ok) return ok.why();
  auto i = std::make_unique<impl>();
  std::error_code failed;
  // rtld_now: a missing symbol is told here and not in the middle of a session.
  i->handle.load(std::filesystem::absolute(file), boost::dll::load_mode::rtld_now, failed);
  if (failed) {
    try {
      i->handle.load(std::filesystem::absolute(file), boost::dll::load_mode::rtld_now);
    } catch (const std::exception& e) {
      return fail("{}: cannot be loaded: {}", file, e.what());
    }
  }
  if (!i->handle.has(GODWIT_MODULE_SYMBOL))
    return fail("{}: not a Godwit module: it exports no {}; build it with godwit_add_module", file,
                GODWIT_MODULE_SYMBOL);
  i->entry = &i->handle.get<const godwit_module_descriptor*()>(GODWIT_MODULE_SYMBOL);
  return std::shared_ptr<library>(new library(file, std::move(i)));
}

const godwit_module_descriptor* library::descriptor() const {
  try {
    return impl_->entry();
  } catch (...) {
    // Against the rules, but a loader that dies of it would take the mail with it.
    return nullptr;
  }
}

}  // namespace godwit::module
