/* The boundary is C: this file has to compile as such, without a warning, and agrees with C++ about sizes. */
#include <godwit/abi.h>

uint64_t godwit_sizes_in_c(int which);
uint64_t godwit_sizes_in_c(int which) {
  switch (which) {
    case 0:
      return sizeof(godwit_host);
    case 1:
      return sizeof(godwit_module_descriptor);
    case 2:
      return sizeof(godwit_record_fields);
    case 3:
      return sizeof(godwit_option);
    case 4:
      return sizeof(godwit_function);
    default:
      return sizeof(godwit_hook);
  }
}
