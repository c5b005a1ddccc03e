"""letters.py: mails as they travel, read by two parsers of different make, which have to agree."""

import email
import email.errors
import email.policy
import os
import re
import subprocess
import tempfile
from html import unescape

ENCODED_WORD = re.compile(rb"=\?[^?\s]+\?[BQbq]\?[^?\s]*\?=")


def parsed(content):
    """As email.message.EmailMessage; headers may be in UTF-8 (RFC 6532)."""
    return email.message_from_string(content.decode(), policy=email.policy.default)


def text_of(mail):
    """What it says, without the page that says the same."""
    return mail.get_body(("plain",)).get_content().replace("\r\n", "\n")


def html_of(mail):
    return mail.get_body(("html",)).get_content().replace("\r\n", "\n")


def words_of(html):
    """What a reader of the page sees, word by word."""
    return unescape(re.sub(r"<[^>]*>", " ", html.split("<body>", 1)[1])).split()


def defects_of(mail):
    """All that the parser has to complain of, in headers and parts; not that an address needs SMTPUTF8."""
    return [defect for part in mail.walk() for name, value in part.items()
            for defect in [*part.defects, *getattr(value, "defects", ())]
            if not isinstance(defect, email.errors.NonASCIILocalPartDefect)]


def mblaze(*words):
    done = subprocess.run([str(word) for word in words], capture_output=True, check=True,
                          env={**os.environ, "LC_ALL": "C.UTF-8"})
    return done.stdout.decode().replace("\r\n", "\n")


def check(*contents):
    """Every mail is without a defect, and mblaze reads the same in it as Python does."""
    with tempfile.NamedTemporaryFile(suffix=".eml") as file:
        for content in contents:
            mail = parsed(content)
            assert defects_of(mail) == []
            assert max(map(len, content.splitlines())) <= 998 and max(map(len, ENCODED_WORD.findall(content)), default=0) <= 75
            file.seek(0)
            file.truncate()
            file.write(content)
            file.flush()
            for name in ("subject", "to", "message-id") if content.isascii() else ("subject",):
                assert mblaze("mhdr", "-d", "-h", name, file.name).split() == str(mail[name]).split(), name
            assert mblaze("mshow", "-O", file.name, "2") == text_of(mail)


def spam_points(*files):
    """What SpamAssassin gives each of them, without asking anybody."""
    done = subprocess.run(["spamassassin", "-L", "-t", *map(str, files)], capture_output=True, text=True, check=True)
    return [float(points) for points in re.findall(r"Content analysis details: +\((-?[0-9.]+) points", done.stdout)]
