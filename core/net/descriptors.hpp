#pragma once
// How many files the process may open, and who stops first when they run out: whoever connects, then deliveries. Spool,
// logs and name server keep what is left.

#include <cstdint>
#include <string_view>

namespace godwit::net {

/// Raises the soft limit of open files (RLIMIT_NOFILE) to the hard one: the usual soft limit is for programs that use
/// select(). Returns the limit from then on. At start.
std::uint64_t raise_descriptor_limit();

enum class descriptor_use { incoming, outgoing };

/// False when `descriptor`, which was just opened, is one of the last and has to be given back. The kernel hands out the
/// lowest free number, so the number says how many are in use. Any thread; asks for the limit each time, since an operator
/// may change it (prlimit).
bool may_keep(int descriptor, descriptor_use use);

/// Logs that descriptors are short, at most once a minute, and counts every time (godwit_net_descriptor_shortages). `what`
/// is what could not be done. Any thread.
void note_shortage(std::string_view what);

}  // namespace godwit::net
