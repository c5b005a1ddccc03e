"""mailbox.py: reads back what was put into a Maildir, by a parser of another make."""

import email
import email.policy
import re
from html import unescape

from tests.wire import await_truth


def parsed(content):
    """As email.message.EmailMessage."""
    return email.message_from_bytes(content, policy=email.policy.default)


class Mailbox:
    def __init__(self, path):
        self.path = path

    def mails(self, to=None):
        """As email.message.EmailMessage, in the order of their delivery; all, or those to one address."""
        files = sorted(self.path.glob("new/*"), key=lambda file: (file.stat().st_mtime_ns, file.name))
        found = [parsed(file.read_bytes()) for file in files]
        return [mail for mail in found if to in (None, mail["To"])]

    def await_mails(self, count, to=None):
        await_truth(lambda: len(self.mails(to)) >= count)
        return self.mails(to)

    def await_mail(self, to=None):
        """The newest one, as soon as there is any."""
        return self.await_mails(1, to)[-1]


def text_of(mail):
    """What it says, without the page that says the same."""
    return mail.get_body(("plain",)).get_content().replace("\r\n", "\n")


def html_of(mail):
    return mail.get_body(("html",)).get_content()


def words_of(html):
    """What a reader of the page sees, word by word."""
    body = html.split("<body>", 1)[1]
    return unescape(re.sub(r"<[^>]*>", " ", body)).split()


def defects_of(mail):
    """All that the parser has to complain of, in headers and parts."""
    return [defect for part in mail.walk() for name, value in part.items()
            for defect in [*part.defects, *getattr(value, "defects", ())]]


def code_of(mail):
    """The token that a mail carries: the line that is one word of at least 43 characters."""
    return next(line for line in text_of(mail).splitlines() if len(line) >= 43 and " " not in line)
