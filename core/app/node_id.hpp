#pragma once
// The identity of this node in log records (KumoMTA: command line, environment).

#include <string>

namespace godwit::app {

/// KUMO_NODE_ID; else the UUID in the file KUMO_NODE_ID_PATH (default /opt/kumomta/etc/.nodeid), which is made when its
/// directory can be written; else a new one for this run.
std::string node_id();

}  // namespace godwit::app
