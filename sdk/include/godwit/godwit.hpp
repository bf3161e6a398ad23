#pragma once
// Everything of the C++ wrapper.
#include <godwit/module.hpp>
