"""A name server that misbehaves by script, over UDP and TCP; nsd.py is one that does not.

    names = ScriptedNames({("example.test", "MX"): ["10 mx.example.test."], ("mx.example.test", "A"): ["127.0.0.1"]})
    names.trouble = "SERVFAIL"

Troubles, of all questions or chosen by a function of name and type: an rcode's name; SILENT; TRUNCATED (whole over TCP alone);
CUT_OFF (truncated, and TCP is closed without an answer).
"""
import socket
import struct
import threading

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from .ports import free_port

SILENT, TRUNCATED, CUT_OFF = object(), object(), object()


class ScriptedNames:
    """`questions` are (name, type, "udp" or "tcp") as they came. What is not in `records` does not exist."""

    def __init__(self, records, trouble=None):
        self.records, self.trouble, self.questions = records, trouble, []
        self.ttl = 1  # of what exists and what does not, seconds
        self.port = free_port()
        self._udp = socket.socket(type=socket.SOCK_DGRAM)
        self._udp.bind(("127.0.0.1", self.port))
        self._tcp = socket.create_server(("127.0.0.1", self.port))
        for serve in (self._serve_udp, self._serve_tcp):
            threading.Thread(target=serve, daemon=True).start()

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def _answer(self, wire, transport):
        query = dns.message.from_wire(wire)
        asked = query.question[0]
        name, kind = asked.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(asked.rdtype)
        self.questions.append((name, kind, transport))
        trouble = self.trouble(name, kind) if callable(self.trouble) else self.trouble
        reply = dns.message.make_response(query, recursion_available=True)
        if trouble is SILENT or (trouble is CUT_OFF and transport == "tcp"):
            return None
        if trouble in (TRUNCATED, CUT_OFF) and transport == "udp":
            reply.flags |= dns.flags.TC
        elif isinstance(trouble, str):
            reply.set_rcode(dns.rcode.from_text(trouble))
        elif (name, kind) in self.records:
            reply.answer.append(dns.rrset.from_text(asked.name, self.ttl, "IN", kind, *self.records[name, kind]))
        else:  # RFC 2308: how long that holds
            zone = ".".join(name.split(".")[-2:]) + "."
            reply.authority.append(dns.rrset.from_text(zone, self.ttl, "IN", "SOA", f"ns.{zone} hostmaster.{zone} 1 1 1 1 {self.ttl}"))
            if not any(known == name for known, _ in list(self.records)):
                reply.set_rcode(dns.rcode.NXDOMAIN)
        return reply.to_wire(max_size=65535)

    def _serve_udp(self):
        with self._udp:
            while True:
                wire, client = self._udp.recvfrom(65536)
                if not wire:
                    return
                if reply := self._answer(wire, "udp"):
                    self._udp.sendto(reply, client)

    def _serve_tcp(self):
        while True:
            try:
                client, _ = self._tcp.accept()
            except OSError:
                return
            threading.Thread(target=self._serve_stream, args=(client,), daemon=True).start()

    def _serve_stream(self, client):
        with client, client.makefile("rb") as stream:
            while size := stream.read(2):
                reply = self._answer(stream.read(struct.unpack("!H", size)[0]), "tcp")
                if not reply:
                    return
                client.sendall(struct.pack("!H", len(reply)) + reply)

    def close(self):
        self._tcp.shutdown(socket.SHUT_RDWR)
        self._tcp.close()
        self._udp.sendto(b"", ("127.0.0.1", self.port))  # which ends its thread
