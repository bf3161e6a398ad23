// The entry of the module: nothing but its name.
#include "greeting.hpp"

GODWIT_MODULE(greeting_module, "greeting", "1.0", "Puts a header field into every message.")
