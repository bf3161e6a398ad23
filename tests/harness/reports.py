"""Realistic reports, as the mail systems of others send them."""

ORIGINAL = """\
Received: from mx.test (127.0.0.1) by mx.provider.test
{trace}From: news@sender.test
To: reader@provider.test
Subject: Our offers

Hello reader
"""


def delivery_status(*recipients, original=ORIGINAL.format(trace=""), reporting_mta="mx.provider.test"):
    """A bounce in Postfix's layout. Each recipient is a block of fields; its lines end in LF."""
    blocks = "\n".join(recipients)
    return f"""\
From: MAILER-DAEMON@provider.test (Mail Delivery System)
To: bounces@reports.test
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="4Q8r1.1700000000/mx.provider.test"

This is a MIME-encapsulated message.

--4Q8r1.1700000000/mx.provider.test
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--4Q8r1.1700000000/mx.provider.test
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; {reporting_mta}
X-Postfix-Queue-ID: 4Q8r1
Arrival-Date: Tue, 14 Nov 2023 22:13:20 +0000 (UTC)

{blocks}
--4Q8r1.1700000000/mx.provider.test
Content-Description: Undelivered Message
Content-Type: message/rfc822

{original}
--4Q8r1.1700000000/mx.provider.test--
"""


FAILED = """\
Final-Recipient: rfc822; reader@provider.test
Original-Recipient: rfc822;reader@alias.test
Action: failed
Status: 5.1.1
Remote-MTA: dns; store.provider.test
Diagnostic-Code: smtp; 550 5.1.1 <reader@provider.test>: user unknown
Last-Attempt-Date: Tue, 14 Nov 2023 22:13:25 +0000
"""
FAILED_WITHOUT_REPLY = """\
Final-Recipient: rfc822; second@provider.test
Action: failed
Status: 5.4.4
Diagnostic-Code: X-Postfix; host not found
"""
DELAYED = """\
Final-Recipient: rfc822; third@provider.test
Action: delayed
Status: 4.4.1
"""


def feedback(trace="", fields="Version: 1\n"):
    """A complaint in the layout of the large providers' feedback loops."""
    return f"""\
From: <fbl@provider.test>
To: <complaints@fbl.test>
Subject: FW: Our offers
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report;
    boundary="part1_13d.2e68ed54_boundary"

--part1_13d.2e68ed54_boundary
Content-Type: text/plain; charset="US-ASCII"
Content-Transfer-Encoding: 7bit

This is an email abuse report for an email message.

--part1_13d.2e68ed54_boundary
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: Provider-FBL/2.0
{fields}Original-Mail-From: <news@sender.test>
Original-Rcpt-To: <redacted@provider.test>
Arrival-Date: Tue, 14 Nov 2023 22:13:20 +0000
Source-IP: 192.0.2.1
Reported-Domain: sender.test
Reported-URI: http://sender.test/offers
Reported-URI: mailto:news@sender.test
X-Loop-Id: 7

--part1_13d.2e68ed54_boundary
Content-Type: message/rfc822
Content-Disposition: inline

{ORIGINAL.format(trace=trace)}
--part1_13d.2e68ed54_boundary--
"""
