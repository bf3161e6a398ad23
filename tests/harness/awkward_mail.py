"""Messages that are hard to sign and to pass on unchanged, by name."""

_DATE = b"Date: Sun, 22 Nov 2026 07:20:13 +0000\r\n"
_FROM = _DATE + b"From: a@signer.test\r\n"
_HEAD = _FROM + b"To: b@example.test\r\n"

AWKWARD_MAIL = {
    "plain": _HEAD + b"Subject: plain\r\n\r\nbody\r\n",
    "folded": _DATE + b"From: A\r\n <a@signer.test>\r\nTo: b@example.test,\r\n\tc@example.test\r\n"
              b"Subject:  folded\r\n\t subject \r\n\r\nbody\r\n",
    "folded-first": _HEAD + b"Subject:\r\n begins on the second line\r\n\r\nbody\r\n",
    "no-space": _DATE + b"From:a@signer.test\r\nTo:b@example.test\r\nSubject:x\r\n\r\nbody\r\n",
    "odd-case": _DATE + b"FROM: a@signer.test\r\ntO: b@example.test\r\nsUBJECT: x\r\n\r\nbody\r\n",
    "empty-field": _HEAD + b"Subject:\r\n\r\nbody\r\n",
    "empty-body": _HEAD + b"Subject: nothing\r\n\r\n",
    "only-blank-lines": _HEAD + b"Subject: x\r\n\r\n\r\n\r\n\r\n",
    "blank-lines": _HEAD + b"Subject: x\r\n\r\n\r\n\r\ntext \t here  \r\n \t\r\n\r\n\r\n",
    "long-lines": _HEAD + b"Subject: x\r\n\r\n" + b"y" * 900 + b"\r\n" + b"z " * 400 + b"\r\n",
    "long-field": _HEAD + b"Subject: " + b"w" * 900 + b"\r\n\r\nbody\r\n",
    "many-fields": _HEAD + b"".join(b"X-%d: %d\r\n" % (i, i) for i in range(200)) + b"Subject: x\r\n\r\nbody\r\n",
    "repeated": _HEAD + b"Subject: one\r\nSubject: two\r\nTo: c@example.test\r\n\r\nbody\r\n",
    "repeated-comments": _HEAD + b"Comments: one\r\nSubject: x\r\nComments: two\r\nComments: three\r\n\r\nbody\r\n",
    "dateless": b"From: a@signer.test\r\nTo: b@example.test\r\nSubject: x\r\n\r\nbody\r\n",
    "eight-bit": _DATE + "From: ä <a@signer.test>\r\nTo: b@example.test\r\nSubject: grüße\r\n\r\nzäh\r\n".encode(),
    "latin": _HEAD + b"Subject: gr\xfc\xdfe\r\n\r\nz\xe4h\r\n",
    "control-bytes": _HEAD + b"Subject: x\r\n\r\n\x01\x7f \x0b\x0c\r\n",
    "dots": _HEAD + b"Subject: x\r\n\r\n.\r\n..two\r\n.three\r\n",
    "long": _HEAD + b"Subject: x\r\n\r\n" + b"".join(b"line %d of many\r\n" % i for i in range(5000)),
}
