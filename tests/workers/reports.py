"""reports.py: mails that come back as mail servers of many makes write them, and mails that look so. All addresses are made up."""

import base64
import textwrap

GONE = "gone@far.example.org"
RETURNED = f"From: Runde <noreply@here.example.org>\nTo: {GONE}\nSubject: Erinnerung\nMessage-ID: <1.2@here.example.org>\n\nText.\n"


def form(text):
    return textwrap.dedent(text).lstrip("\n")


def report(status, words="Your mail did not arrive.", sender="MAILER-DAEMON@mx.example.org", subject="Undelivered Mail",
           kind="report; report-type=delivery-status", part="message/delivery-status", encode=False, more="", returned=RETURNED):
    """multipart/report as RFC 6522 has it."""
    status = form(status)
    if encode:
        more, status = more + "Content-Transfer-Encoding: base64\n", base64.encodebytes(status.encode()).decode()
    return (f"Return-Path: <>\nReceived: from mx.example.org by here.example.org; Wed, 7 Jan 2026 19:00:00 +0100\n"
            f"Date: Wed, 7 Jan 2026 19:00:00 +0100\nFrom: <{sender}>\nTo: TO\nSubject: {subject}\nMIME-Version: 1.0\n"
            f"Auto-Submitted: auto-replied\nContent-Type: multipart/{kind};\n\tboundary=\"=_b\"\n\n"
            f"This is a MIME-encapsulated message.\n\n--=_b\nContent-Type: text/plain; charset=us-ascii\n\n{words}\n\n"
            f"--=_b\nContent-Type: {part}\n{more}\n{status}\n--=_b\nContent-Type: message/rfc822\n\n{returned}\n--=_b--\n")


def plain(words, header="", sender="MAILER-DAEMON@mx.example.org"):
    return (f"Return-Path: <>\nDate: Wed, 7 Jan 2026 19:00:00 +0100\nFrom: <{sender}>\nTo: TO\nSubject: failure notice\n"
            f"{header}\n{form(words)}")


def failed(status, diagnostic=""):
    return (f"Reporting-MTA: dns; mx.example.org\n\nFinal-Recipient: rfc822; {GONE}\nAction: failed\nStatus: {status}\n"
            + (f"Diagnostic-Code: {diagnostic}\n" if diagnostic else ""))


NO_REPORT, NOTHING, FAILED, SUPPRESSED = "is no report", "nothing has failed", "did not arrive", "suppressed"

# Who wrote it: what it is, the status and what it means.
REPORTS = {
    "Postfix": (report(f"""
        Reporting-MTA: dns; mx.example.org
        X-Postfix-Queue-ID: 4XyZ1230abz9
        X-Postfix-Sender: rfc822; TO
        Arrival-Date: Wed,  7 Jan 2026 18:59:59 +0100 (CET)

        Final-Recipient: rfc822; {GONE}
        Original-Recipient: rfc822;{GONE}
        Action: failed
        Status: 5.1.1
        Remote-MTA: dns; mx.far.example.org
        Diagnostic-Code: smtp; 550 5.1.1 <{GONE}>: Recipient address rejected:
            User unknown in virtual mailbox table
        """), "5.1.1", SUPPRESSED),
    "Postfix, no such domain": (report(f"""
        Reporting-MTA: dns; mx.example.org

        Final-Recipient: rfc822; {GONE}
        Action: failed
        Status: 5.1.2
        Diagnostic-Code: X-Postfix; Host or domain name not found
        """), "5.1.2", SUPPRESSED),
    "Exim, from afar": (report(f"""
        Reporting-MTA: dns; mx.example.org

        Action: failed
        Final-Recipient: rfc822;{GONE}
        Status: 5.0.0
        Remote-MTA: dns; mx.far.example.org
        Diagnostic-Code: smtp; 550-5.1.1 The account that you tried to reach does not exist.
         550 5.1.1 Look for typing errors.
        """, subject="Mail delivery failed: returning message to sender"), "5.1.1", SUPPRESSED),
    "Exim, at home": (report(f"""
        Reporting-MTA: dns; mx.example.org

        Action: failed
        Final-Recipient: rfc822;{GONE}
        Status: 5.0.0
        """, "all relevant MX records point to non-existent hosts"), "5.0.0", FAILED),
    "Sendmail": (report(f"""
        Reporting-MTA: dns; mx.example.org
        Received-From-MTA: DNS; here.example.org
        Arrival-Date: Wed, 7 Jan 2026 19:00:00 +0100

        Final-Recipient: RFC822; {GONE}
        Action: failed
        Status: 5.1.1
        Remote-MTA: DNS; mx.far.example.org
        Diagnostic-Code: SMTP; 550 5.1.1 <{GONE}>... User unknown
        Last-Attempt-Date: Wed, 7 Jan 2026 19:00:01 +0100
        """, subject="Returned mail: see transcript for details"), "5.1.1", SUPPRESSED),
    "Exchange": (report(f"""
        Reporting-MTA: dns;EXCHANGE1.far.example.org
        Received-From-MTA: dns;here.example.org
        Arrival-Date: Wed, 7 Jan 2026 18:00:00 +0000

        Final-Recipient: rfc822;{GONE}
        Action: failed
        Status: 5.1.10
        Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup
        X-Display-Name: Gone
        """, subject="Unzustellbar: Erinnerung"), "5.1.10", SUPPRESSED),
    "Outlook, against its rules": (report(
        failed("5.7.1", "smtp;550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent.")), "5.7.1", FAILED),
    "Gmail": (report(f"""
        Reporting-MTA: dns; mail.far.example.org
        Arrival-Date: Wed, 07 Jan 2026 10:00:00 -0800 (PST)
        X-Original-Message-ID: <1.2@here.example.org>

        Final-Recipient: rfc822; {GONE}
        Action: failed
        Status: 5.1.1
        Remote-MTA: dns; mx.far.example.org. (192.0.2.1, the server for the domain far.example.org.)
        Diagnostic-Code: smtp; 550-5.1.1 The email account that you tried to reach does not exist. Please try
         550-5.1.1 double-checking the recipient's email address for typos or
         550 5.1.1 unnecessary spaces.
        Last-Attempt-Date: Wed, 07 Jan 2026 10:00:01 -0800 (PST)
        """, subject="Delivery Status Notification (Failure)"), "5.1.1", SUPPRESSED),
    "Gmail, disabled": (report(failed("5.2.1", "smtp; 550 5.2.1 The email account is inactive")), "5.2.1", SUPPRESSED),
    "GMX": (report(f"""
        Reporting-MTA: dns; mout.gmx.example.org
        Arrival-Date: Wed, 07 Jan 2026 19:00:00 +0100

        Final-Recipient: rfc822;{GONE}
        Action: failed
        Status: 5.1.1
        Diagnostic-Code: smtp; 550 Requested action not taken: mailbox unavailable
        """, subject="Mail delivery failed"), "5.1.1", SUPPRESSED),
    "GMX, in words only": (plain(f"""
        This message was created automatically by mail delivery software.

        A message that you sent could not be delivered to one or more of its recipients.

        {GONE}
          SMTP error from remote server: 550 5.1.1 mailbox unavailable
        """), "-", NO_REPORT),
    "Courier": (report(f"""
        Reporting-MTA: dns; mx.example.org
        Arrival-Date: Wed, 07 Jan 2026 19:00:00 +0100
        Received-From-MTA: dns; here.example.org (here.example.org [192.0.2.7])

        Final-Recipient: rfc822; {GONE}
        Action: failed
        Status: 5.0.0
        Remote-MTA: dns; mx.far.example.org [192.0.2.1]
        Diagnostic-Code: smtp; 550 User unknown.
        """, subject="NOTICE: mail delivery status."), "5.0.0", FAILED),
    "qmail": (plain(f"""
        Hi. This is the qmail-send program at mx.example.org.
        I'm afraid I wasn't able to deliver your message to the following addresses.
        This is a permanent error; I've given up. Sorry it didn't work out.

        <{GONE}>:
        192.0.2.1 does not like recipient.
        Remote host said: 550 5.1.1 No such user (#5.1.1)

        --- Below this line is a copy of the message.
        """), "-", NO_REPORT),
    # What is said of it, beside that somebody is gone.
    "full": (report(failed("5.2.2", "smtp; 552 5.2.2 user unknown 5.1.1")), "5.2.2", FAILED),
    "content": (report(failed("5.6.0", "smtp; 554 5.6.0 no such user")), "5.6.0", FAILED),
    "words and no code": (report(failed("5.0.0", "smtp; 550 no such user 5.1.1")), "5.0.0", FAILED),
    "a code of another kind": (report(failed("5.0.0", "x-unix; 550 5.1.1 user unknown")), "5.0.0", FAILED),
    "a code of another class": (report(failed("4.0.0", "smtp; 550 5.1.1 user unknown")), "4.0.0", FAILED),
    "a code that is none": (report(failed("5.1.1.1", "smtp; 550 5.1.1 x")), "-", FAILED),
    "another that is none": (report(failed("5.1", "smtp; 550 5.1.1 x")), "-", FAILED),
    "no code at all": (report(f"Reporting-MTA: dns; a\n\nFinal-Recipient: rfc822; {GONE}\nAction: failed\n"), "-", FAILED),
    "given up after days": (report(failed("4.4.7", "smtp; 451 4.1.1 user unknown")), "4.4.7", FAILED),
    "late": (report(failed("4.4.1").replace("failed", "delayed")), "4.4.1", NOTHING),
    "late, in the words of who is gone": (report(failed("5.1.1").replace("failed", "delayed")), "5.1.1", NOTHING),
    "arrived": (report(failed("2.1.5").replace("failed", "delivered")), "2.1.5", NOTHING),
    "passed on": (report(failed("2.1.9").replace("failed", "relayed")), "2.1.9", NOTHING),
    "one of two": (report(failed("5.1.1") + "\nFinal-Recipient: rfc822; b@far.example.org\nAction: delivered\nStatus: 2.0.0\n"),
                   "2.0.0", NOTHING),
    "two, one of them full": (report(failed("5.1.1") + "\nFinal-Recipient: rfc822; b@a.example\nAction: failed\nStatus: 5.2.2\n"),
                              "5.2.2", FAILED),
    # How it is written.
    "lines that end with CR LF": (report(failed("5.1.1")).replace("\n", "\r\n"), "5.1.1", SUPPRESSED),
    "folded": (report(failed("5.0.0", "smtp;\n\t550 5.1.6 moved")).replace("\n", "\r\n"), "5.1.6", SUPPRESSED),
    "encoded": (report(failed("5.1.1"), encode=True), "5.1.1", SUPPRESSED),
    "in any case": (report(failed("5.1.3").replace("Action: failed", "ACTION:  Failed (really)").replace("Status", "STATUS")),
                    "5.1.3", SUPPRESSED),
    "with a comment": (report(failed("5.1.1 (user unknown)")), "5.1.1", SUPPRESSED),
    "international": (report(failed("5.1.1").replace("rfc822", "utf-8"), part="message/global-delivery-status"), "5.1.1", SUPPRESSED),
    "without a group for itself": (report(failed("5.1.1").replace("\n\n", "\n")), "5.1.1", SUPPRESSED),
    # What is no report.
    "out of office": (plain("Ich bin bis 12. Januar nicht da. 550 5.1.1", "Auto-Submitted: auto-replied\n", GONE), "-", NO_REPORT),
    "a challenge": (plain("Please confirm that you are human: https://far.example.org/?status=5.1.1", sender=GONE), "-", NO_REPORT),
    "an answer": (plain("Danke, ich komme gern.\n\n> Status: 5.1.1\n> Action: failed", sender=GONE), "-", NO_REPORT),
    "read": (report(f"Final-Recipient: rfc822; {GONE}\nDisposition: manual-action/MDN-sent-manually; displayed\nStatus: 5.1.1\n",
                    kind="report; report-type=disposition-notification", part="message/disposition-notification"), "-", NO_REPORT),
    "complaint": (report("Feedback-Type: abuse\nUser-Agent: x/1\nVersion: 1\nStatus: 5.1.1\nAction: failed\n",
                         kind="report; report-type=feedback-report", part="message/feedback-report"), "-", NO_REPORT),
    "mixed": (report(failed("5.1.1"), kind="mixed"), "-", NO_REPORT),
    "a report that somebody passes on": (
        "To: TO\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: message/rfc822\n\n"
        + report(failed("5.1.1")) + "\n--x--\n", "-", NO_REPORT),
}


def broken():
    """What no mail server writes."""
    whole = report(failed("5.1.1"))
    yield from (whole[:length] for length in range(0, len(whole), 97))
    yield ""
    yield "\n" * 5000
    yield "\0" * 5000
    yield whole.replace("\n", "\r")
    yield whole.replace("a", "\0")
    yield whole.replace("Status: 5.1.1", "Status: " + "5" * 100000)
    yield whole.replace("Status: 5.1.1", "Status: 5.1.1" + ".1" * 100000)
    yield whole.replace("Action: failed", "Action: failed\n" * 20000)
    yield whole.replace("=_b", "")
    yield report("\xff\xfe\x80" * 1000)
    yield report(failed("5.1.1"), encode=True).replace("=", "%")
    yield "To: TO\nContent-Type: multipart/report; boundary=b\n\n" + "--b\n\n\n" * 10000 + "--b--\n"
    yield ("To: TO\nContent-Type: multipart/report; boundary=b\n\n"
           + "--b\nContent-Type: message/delivery-status\n\n\nAction: failed\nStatus: 5.1.1\n\n" * 10000 + "--b--\n")
    yield "".join(f"Content-Type: multipart/report; boundary=b{depth}\n\n--b{depth}\n" for depth in range(20000))
    yield "Content-Type: message/rfc822\n\n" * 30000
    yield "To: TO\n" * 100000 + "\n"
    yield "To: " + "TO," * 100000 + "\n\n"
    yield report(failed("4.4.1"), returned="To: " + "a," * 500000 + "\n\n")
    yield report(failed("4.4.1"), returned="To: " + "a:" * 500000 + "\n\n")
    yield report(failed("4.4.1"), returned="To: " + "(" * 500000 + "\n\n")
    yield report(failed("4.4.1"), returned="Subject: " + "=?utf-8?q?a?= " * 50000 + "\n\n")
    yield report(failed("4.4.1"), returned="Content-Type: text/plain; " + "; a=b" * 50000 + "\n\n")
    yield report(failed("4.4.1"), kind="report" + "; a*1*=b" * 50000)
    yield report(failed("4.4.1"), returned="References: " + "<a@b> " * 50000 + "\n\n")
    yield "To: " + "a:" * 500000 + "\n\n"
    yield report(failed("4.4.1")).replace("This is a MIME", "Content-Type: multipart/report; boundary=x\n" * 20000)
    yield "X: " + "y" * 10_000_000 + "\n\n"
    yield plain("x" * 70 + "\n") * 100000
