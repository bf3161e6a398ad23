#pragma once
// TCP sockets of one loop and their addresses as plain values.

#include <memory>

#include <asio/ip/tcp.hpp>

#include "base/cidr.hpp"
#include "net/stream.hpp"

namespace godwit::net {

using tcp_socket = asio::basic_stream_socket<asio::ip::tcp, rt::executor>;
using tcp_acceptor = asio::basic_socket_acceptor<asio::ip::tcp, rt::executor>;

asio::ip::tcp::endpoint to_asio(const ip_endpoint& e);
ip_endpoint from_asio(const asio::ip::tcp::endpoint& e);

/// A stream over a connected socket, with TCP_NODELAY.
std::unique_ptr<stream> make_stream(tcp_socket socket);

}  // namespace godwit::net
