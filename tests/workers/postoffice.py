"""postoffice.py: a Postfix and a Dovecot of a test's own: TLS and passwords are required, and mails are read back by IMAP."""

import imaplib
import os
import pwd
import shutil
import signal
import ssl
import subprocess
import tempfile
from pathlib import Path

from tests.server import free_port
from tests.wire import await_truth
from tests.workers.mailserver import PASSWORD

MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
alias_maps =
alias_database =
local_recipient_maps =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.mail.example
mydestination = home.example
transport_maps = texthash:{folder}/postfix/transport
mynetworks =
virtual_mailbox_domains = mail.example
virtual_transport = {transport}
smtpd_tls_security_level = encrypt
smtpd_tls_auth_only = yes
smtpd_tls_cert_file = {certificate.chain}
smtpd_tls_key_file = {certificate.key}
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = {folder}/auth
smtpd_helo_required = yes
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions = check_recipient_access texthash:{folder}/postfix/access, permit_sasl_authenticated, reject
smtpd_milters = {milters}
default_process_limit = 5
"""

SERVICES = """
{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
bounces unix - n n - - pipe
  user={reader} argv=/bin/sh {folder}/bounces ${{recipient}}
"""

BOUNCES = """
cd /
exec {program} bounces - --to "$1" >>{folder}/bounced 2>&1
"""

DOVECOT = """
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
ssl = required
ssl_cert = <{certificate.chain}
ssl_key = <{certificate.key}
mail_location = maildir:{folder}/mail/%n
mail_uid = {owner}
mail_gid = {owner}
first_valid_uid = 1
auth_mechanisms = plain login
auth_username_format = %Ln
auth_failure_delay = 0
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={owner} gid={owner} home={folder}/mail/%n allow_all_users=yes
}}
service imap-login {{
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {imap}
    ssl = yes
  }}
}}
service lmtp {{
  unix_listener {folder}/lmtp {{
    mode = 0666
  }}
}}
service auth {{
  unix_listener {folder}/auth {{
    mode = 0666
  }}
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
"""

ACCESS = """
unknown@mail.example 550 5.1.1 no such user
full@mail.example 452 4.2.2 full
"""

SIGNING = """
Domain localhost
Selector runde
KeyFile {folder}/dkim.key
Socket local:{folder}/dkim/socket
UMask 000
Mode s
Canonicalization relaxed/relaxed
OversignHeaders From,List-Unsubscribe,List-Unsubscribe-Post
SignHeaders *,+List-Unsubscribe,+List-Unsubscribe-Post
InternalHosts 127.0.0.1
PidFile {folder}/opendkim.pid
UserID {signer}
Syslog no
"""


class PostOffice:
    """Started when made. It signs what it takes and keeps it; or does neither, and forgets it."""

    def __init__(self, certificate, keeps=True):
        self.folder = Path(tempfile.mkdtemp(prefix="runde-post-"))  # short, for the sockets in it
        self.folder.chmod(0o755)
        self.certificate, self.port, self.imap = certificate, free_port(), free_port()
        self.transport = f"lmtp:unix:{self.folder}/lmtp" if keeps else "discard:"
        self.milters = f"unix:{self.folder}/dkim/socket" if keeps else ""
        for name in ("queue", "data", "mail", "run", "postfix", "dkim"):
            (self.folder / name).mkdir()
        shutil.chown(self.folder / "dkim", "opendkim")
        shutil.chown(self.folder / "data", "postfix")
        shutil.chown(self.folder / "mail", "postfix")
        try:
            self.start()
        except BaseException:
            print(self.log())
            self.stop()
            raise

    def start(self):
        self.sign()
        self.write("dovecot.conf", DOVECOT)
        self.write("postfix/main.cf", MAIN)
        self.write("postfix/master.cf", SERVICES)
        self.write("postfix/access", ACCESS)
        self.write("postfix/transport", "bounces.example bounces:\n")
        self.run("dovecot", "-c", self.folder / "dovecot.conf")
        self.run("postfix", "-c", self.folder / "postfix", "start")
        await_truth(lambda: (self.folder / "dkim/socket").exists() and self.reaches(self.port) and self.reaches(self.imap), 20)

    def write(self, name, text):
        (self.folder / name).write_text(text.format(
            folder=self.folder, certificate=self.certificate, port=self.port, imap=self.imap,
            milters=self.milters, transport=self.transport, owner=pwd.getpwnam("postfix").pw_uid, password=PASSWORD.decode(),
            signer="opendkim", reader=os.environ["RUNDE_USER"]))

    def read_bounces(self, program, key, **settings):
        """From now on mails to bounces.example are read by the operator's command, as whom Runde runs as."""
        kept = self.folder / "secret.key"
        shutil.copy(key, kept)
        shutil.chown(kept, os.environ["RUNDE_USER"])
        (self.folder / "bounced").touch()
        shutil.chown(self.folder / "bounced", os.environ["RUNDE_USER"])
        settings = {**settings, "RUNDE_KEY_FILE": kept, "ASAN_OPTIONS": "detect_leaks=0"}
        (self.folder / "bounces").write_text("".join(f"export {name}='{value}'\n" for name, value in settings.items())
                                             + BOUNCES.format(program=program, folder=self.folder))

    def bounced(self):
        """What the command has said of them."""
        return (self.folder / "bounced").read_text()

    def run(self, *words):
        """What it starts may outlive it, so it writes into a file and not into a pipe."""
        with (self.folder / "said").open("ab") as said:
            subprocess.run([str(word) for word in words], check=True, stdout=said, stderr=said, timeout=60)

    def sign(self):
        self.run("openssl", "genrsa", "-out", self.folder / "dkim.key", "2048")
        (self.folder / "dkim.key").chmod(0o600)
        shutil.chown(self.folder / "dkim.key", "opendkim")
        self.write("opendkim.conf", SIGNING)
        self.signer = subprocess.Popen(["opendkim", "-f", "-x", str(self.folder / "opendkim.conf")])

    def public_key(self):
        """As DNS would have it."""
        key = subprocess.run(["openssl", "rsa", "-in", self.folder / "dkim.key", "-pubout", "-outform", "DER"],
                             check=True, capture_output=True).stdout
        import base64
        return b"v=DKIM1; k=rsa; p=" + base64.b64encode(key)

    @staticmethod
    def reaches(port):
        import socket
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            return False
        return True

    def mails(self, address):
        """What has come to an address, read over IMAP, as bytes."""
        context = ssl.create_default_context(cafile=self.certificate.ca)
        with imaplib.IMAP4_SSL("localhost", self.imap, ssl_context=context) as session:
            session.login(address.split("@")[0], PASSWORD.decode())
            session.select()
            _, (found,) = session.search(None, "ALL")
            return [session.fetch(number, "(RFC822)")[1][0][1] for number in found.split()]

    def log(self):
        return "".join(path.read_text(errors="replace") for path in
                       (self.folder / "said", self.folder / "log", self.folder / "dovecot.log") if path.exists())

    def stop(self):
        subprocess.run(["postfix", "-c", str(self.folder / "postfix"), "stop"], capture_output=True, check=False)
        try:
            os.kill(int((self.folder / "run/master.pid").read_text()), signal.SIGTERM)
        except (OSError, ValueError):
            pass
        self.signer.terminate()
        self.signer.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)
