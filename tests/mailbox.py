"""mailbox.py: reads back what was put into a Maildir, by a parser of another make."""

from tests.letters import check, parsed, text_of
from tests.wire import await_truth


class Mailbox:
    def __init__(self, path):
        self.path = path

    def mails(self, to=None):
        """As email.message.EmailMessage, in the order of their delivery; all, or those to one address."""
        files = sorted(self.path.glob("new/*"), key=lambda file: (file.stat().st_mtime_ns, file.name))
        found = [parsed(file.read_bytes()) for file in files]
        return [mail for mail in found if to in (None, mail["To"])]

    def check(self):
        """Whatever a test was about: all of its mails are well formed."""
        check(*(file.read_bytes() for file in self.path.glob("new/*")))

    def await_mails(self, count, to=None):
        await_truth(lambda: len(self.mails(to)) >= count)
        return self.mails(to)

    def await_mail(self, to=None):
        """The newest one, as soon as there is any."""
        return self.await_mails(1, to)[-1]


def code_of(mail):
    """The token that a mail carries: the line that is one word of at least 43 characters."""
    return next(line for line in text_of(mail).splitlines() if len(line) >= 43 and " " not in line and "://" not in line)
