#include "app/node_id.hpp"

#include <cstdlib>
#include <fstream>

#include "base/uuid.hpp"
#include "log/log.hpp"

namespace godwit::app {

std::string node_id() {
  if (const char* given = std::getenv("KUMO_NODE_ID")) return given;
  const char* named = std::getenv("KUMO_NODE_ID_PATH");
  const std::string path = named ? named : "/opt/kumomta/etc/.nodeid";
  std::string text;
  if (std::ifstream in(path); in >> text) {
    if (const auto id = uuid::parse(text)) return id->hyphenated();
    log::warn("app", "{} holds no UUID; it is left alone", path);
  }
  const auto made = uuid::make_v4().hyphenated();
  if (text.empty()) {
    std::ofstream out(path);
    out << made << '\n';
    if (!out.flush()) log::info("app", "no node id is kept: {} cannot be written; this run is {}", path, made);
  }
  return made;
}

}  // namespace godwit::app
