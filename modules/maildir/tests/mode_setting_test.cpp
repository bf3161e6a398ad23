#include "mode_setting.hpp"

#include <doctest/doctest.h>

#include <godwit/testing/fake_host.hpp>

using namespace godwit::sdk;
using namespace godwit::sdk::testing;

namespace {

maildir::modes read(const std::string& json) { return maildir::read_modes(value::parse_json(json).view()); }

std::string refusal(const std::string& json) {
  try {
    read(json);
  } catch (const failure& e) {
    return e.what();
  }
  return "none";
}

}  // namespace

TEST_CASE("a text is octal, a number is the mode itself") {
  fake_host host;
  for (const auto* text : {R"("0775")", R"("775")", R"("0o775")", "509"}) {
    CAPTURE(text);
    CHECK(read(R"({"dir_mode": )" + std::string(text) + "}").directory == 0775);
  }
  CHECK(read(R"({"file_mode": "0664"})").file == 0664);
  CHECK(read(R"({"dir_mode": "02770"})").directory == 02770);
  CHECK(!read("{}").directory);
  CHECK(!read("{}").file);
}

TEST_CASE("modes that keep the server out are refused: decimal numbers that were meant as octal are among them") {
  fake_host host;
  CHECK(refusal(R"({"dir_mode": 775})") ==
        "dir_mode: 775 is mode 1407, and the owner needs rwx to deliver into a directory: write octal digits, as \"0775\"");
  for (const auto* mode : {"700", "750", "755", "770", "777", "0", R"("0077")", R"("0600")"}) {
    CAPTURE(mode);
    CHECK(refusal(R"({"dir_mode": )" + std::string(mode) + "}").find("needs rwx") != std::string::npos);
  }
  for (const auto* mode : {"600", "640", "644", "660", "664", R"("0400")"}) {
    CAPTURE(mode);
    CHECK(refusal(R"({"file_mode": )" + std::string(mode) + "}").find("needs rw on a file") != std::string::npos);
  }
}

TEST_CASE("what is no mode is refused") {
  fake_host host;
  for (const auto* mode : {R"("")", R"("rwxr-xr-x")", R"("0778")", R"("-775")", R"("0775 ")", R"("17777")", "-1", "4096", "true", "509.5", "[]"}) {
    CAPTURE(mode);
    CHECK(refusal(R"({"file_mode": )" + std::string(mode) + "}").find("file_mode: ") == 0);
    CHECK(refusal(R"({"file_mode": )" + std::string(mode) + "}").find("is no mode, write octal digits: \"0664\"") != std::string::npos);
  }
}
