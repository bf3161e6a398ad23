#pragma once
// What the disk does not give back. Thread-safe.

namespace godwit::spool {

/// Counts one record, or one listing, that could not be read (godwit_spool_unreadable_records).
void count_unreadable();

}  // namespace godwit::spool
