#include "module/library.hpp"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <boost/dll/shared_library.hpp>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace godwit::module {

namespace {

/// Whether dlopen would give code that is in memory already: it goes by names and inodes.
bool is_mapped(const std::string& path) {
  void* found = ::dlopen(path.c_str(), RTLD_LAZY | RTLD_NOLOAD);
  if (found == nullptr) return false;
  ::dlclose(found);
  return true;
}

/// A file in memory with the contents of another, under a name that nothing else has while this lives.
class memory_file {
 public:
  memory_file() = default;
  memory_file(memory_file&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  memory_file& operator=(memory_file&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  /// Where a library refuses to leave memory its name stays taken, and so does the descriptor.
  ~memory_file() {
    if (fd_ >= 0 && !is_mapped(path())) ::close(fd_);
  }

  static result<memory_file> copy_of(const std::string& file) {
    memory_file made;
    made.fd_ = ::memfd_create(std::filesystem::path(file).filename().c_str(), MFD_CLOEXEC);
    if (made.fd_ < 0) return fail("{}: cannot be copied: {}", file, std::strerror(errno));
    std::error_code failed;
    std::filesystem::copy_file(file, made.path(), std::filesystem::copy_options::overwrite_existing, failed);
    if (failed) return fail("{}: cannot be copied: {}", file, failed.message());
    return made;
  }
  std::string path() const { return fmt::format("/proc/self/fd/{}", fd_); }

 private:
  int fd_ = -1;
};

}  // namespace

struct library::impl {
  memory_file copy;  ///< closed after the handle
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
  auto path = std::filesystem::absolute(file).string();
  if (is_mapped(path)) {
    auto copied = memory_file::copy_of(path);
    if (!copied) return copied.why();
    i->copy = std::move(*copied);
    path = i->copy.path();
  }
  try {
    // rtld_now: a missing symbol is told here and not in the middle of a session.
    i->handle.load(path, boost::dll::load_mode::rtld_now);
  } catch (const std::exception& e) {
    return fail("{}: cannot be loaded: {}", file, e.what());
  }
  if (!i->handle.has(GODWIT_MODULE_SYMBOL))
    return fail("{}: not a Godwit module: it exports no {}; build it with godwit_add_module", file,
                GODWIT_MODULE_SYMBOL);
  i->entry = &i->handle.get<const godwit_module_descriptor*()>(GODWIT_MODULE_SYMBOL);
  return std::shared_ptr<library>(new library(file, std::move(i)));
}

std::vector<std::string> library::needs() const {
  link_map* map = nullptr;
  if (::dlinfo(impl_->handle.native(), RTLD_DI_LINKMAP, &map) != 0) return {};
  const char* names = nullptr;
  for (const auto* d = map->l_ld; d->d_tag != DT_NULL; ++d)
    if (d->d_tag == DT_STRTAB) names = reinterpret_cast<const char*>(d->d_un.d_ptr);
  std::vector<std::string> all;
  for (const auto* d = map->l_ld; names != nullptr && d->d_tag != DT_NULL; ++d)
    if (d->d_tag == DT_NEEDED) all.emplace_back(names + d->d_un.d_val);
  return all;
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
