#pragma once
// What RocksDB has to say goes to the diagnostic log, tag "rocksdb". Its own log file shares the disk of the data: full,
// that disk ended the process, since a write to the file after a failed one trips an assertion in the library.

#include <memory>

#include <rocksdb/env.h>

namespace godwit::spool {

/// `least`: nothing below it is said. Info and less is debug for us: an operator seldom wants it.
std::shared_ptr<rocksdb::Logger> make_rocks_log(rocksdb::InfoLogLevel least);

}  // namespace godwit::spool
