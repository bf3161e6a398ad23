// Precompiled: the standard set plus Asio, for the layers that await.
#pragma once
#include "pch_std.hpp"

#include <asio.hpp>
