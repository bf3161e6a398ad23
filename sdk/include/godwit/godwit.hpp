#pragma once
// Everything of the C++ wrapper.
#include <godwit/events.hpp>
#include <godwit/module.hpp>
