#include "mail_directory.hpp"

#include <sys/stat.h>

#include <set>

#include <godwit/testing/fake_host.hpp>

#include "directory.hpp"

using namespace godwit::sdk;
using namespace godwit::sdk::testing;
using maildir::durable_directories;
using maildir::mail_directory;
using maildir::test::directory;

namespace {

mode_t mode_of(const std::string& path) {
  struct stat s {};
  REQUIRE(::stat(path.c_str(), &s) == 0);
  return s.st_mode & 07777;
}

}  // namespace

TEST_CASE("a message is in new with its bytes as they are, nothing stays in tmp") {
  fake_host host;
  directory d;
  durable_directories directories;
  godwit_message m("Subject: x\r\n\r\n.\r\n\xff\r\n");
  m.prefix = "X-Front: 1\r\n";
  const auto path = d.path() + "/example.org/user";
  const auto name = mail_directory(path, {}, directories).store(message_view(&m).data());
  CHECK(maildir::test::read_file(path + "/new/" + name) == m.bytes());
  CHECK(maildir::test::files_in(path + "/new").size() == 1);
  CHECK(maildir::test::files_in(path + "/tmp").empty());
  CHECK(std::filesystem::is_directory(path + "/cur"));
}

TEST_CASE("modes hold whatever the umask") {
  fake_host host;
  directory d;
  durable_directories directories;
  godwit_message m;
  const auto before = ::umask(077);
  const auto path = d.path() + "/a/b";
  const auto name = mail_directory(path, {0775, 0664}, directories).store(message_view(&m).data());
  ::umask(before);
  for (const auto* part : {"/a", "/a/b", "/a/b/new", "/a/b/cur", "/a/b/tmp"}) CHECK(mode_of(d.path() + part) == 0775);
  CHECK(mode_of(path + "/new/" + name) == 0664);
}

TEST_CASE("names are unique and say the size") {
  fake_host host;
  host.info["hostname"] = "mail/host:1";
  std::set<std::string> names;
  for (int i = 0; i < 1000; ++i) names.insert(maildir::unique_name(42));
  CHECK(names.size() == 1000);
  for (const auto& n : names) {
    CHECK(n.find('/') == n.npos);
    CHECK(n.find(':') == n.npos);
    CHECK(n.ends_with(".mail\\057host\\0721,S=42"));
  }
}

TEST_CASE("what cannot be written is an error that names the place") {
  fake_host host;
  directory d;
  std::ofstream(d.path() + "/file") << "in the way";
  durable_directories directories;
  godwit_message m;
  try {
    mail_directory(d.path() + "/file/box", {}, directories).store(message_view(&m).data());
    FAIL("stored");
  } catch (const std::system_error& e) {
    CHECK(std::string(e.what()).find(d.path() + "/file/box") != std::string::npos);
  }
}

TEST_CASE("a directory that was taken away is made anew, though it was flushed before") {
  fake_host host;
  directory d;
  durable_directories directories;
  godwit_message m;
  const auto path = d.path() + "/a/b";
  mail_directory(path, {}, directories).store(message_view(&m).data());
  std::filesystem::remove_all(d.path() + "/a");
  mail_directory(path, {}, directories).store(message_view(&m).data());
  CHECK(maildir::test::files_in(path + "/new").size() == 1);
}

TEST_CASE("a path with empty parts is the same place") {
  fake_host host;
  directory d;
  durable_directories directories;
  godwit_message m;
  mail_directory(d.path() + "//a/", {}, directories).store(message_view(&m).data());
  CHECK(maildir::test::files_in(d.path() + "/a/new").size() == 1);
}
