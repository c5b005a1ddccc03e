"""test_letters.py: letters as they travel: whatever people write stays where it belongs, and no byte more."""

import json
import re
import subprocess

import pytest

from tests.letters import check, html_of, parsed, spam_points, text_of, words_of
from tests.server import ROOT, programs

CALENDAR = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:CANCEL\r\nEND:VCALENDAR\r\n"
HEADERS = ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "List-Id", "Content-Language", "MIME-Version",
           "Content-Type"]
HOSTILE = [
    "a\r\nBcc: b@mail.example", "a\nBcc: b@mail.example", "a\rBcc: b@mail.example", "\r\n\r\n<b>body</b>", "\r\n\r\n--=_1.2",
    "=?utf-8?Q?=0D=0ABcc:_b@mail.example?=", "=?utf-8?B?QUJD?=", "=? utf-8 ?=", "a =?utf-8?Q?b?= c", "🌻" * 300, "x" * 2000,
    "👩\u200d👩\u200d👧 " * 60, "ä" * 998, "\x07\x1b[31m", "a\u2028b\u2029c\u0085d", '"Gruppe" <b@mail.example>',
    "(Kommentar", "a, b@mail.example; c:", "\u202eelpmaxe", "  zwei  Leerzeichen  ", ".", "--", "\ufeffBOM", "Ünï <>&\"'"]

FACTS = {"code": "Zq3_-" * 8 + "abc", "text": "Bis bald."}


def letter(**members):
    """The bytes of a letter with these members, and others that do not matter."""
    given = {"id": "1.2", "date": 1770000000000000, "from": "Runde <runde@mail.example>", "to": "a@mail.example",
             "language": "de", "subject": "Ihr Termin", "text": "Guten Tag,\n\nbis morgen.\n",
             "base_url": "https://runde.example", **{name: value for name, value in members.items() if name != "sender"}}
    given["from"] = members.get("sender", given["from"])
    done = subprocess.run([programs() / "tests/workers/letter"], input=json.dumps(given).encode(), capture_output=True, check=False)
    assert done.returncode == 0 and done.stderr == b"", done.stderr.decode()
    check(done.stdout)
    return done.stdout


def as_one_line(text):
    return re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", text)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_whatever_is_written_into_a_header_stays_one_value(text):
    content = letter(subject=text, sender=f"{as_one_line(text)} <runde@mail.example>")
    mail = parsed(content)
    assert mail.keys() == HEADERS and [part.get_content_subtype() for part in mail.iter_parts()] == ["plain", "html"]
    assert " ".join(mail["Subject"].split()) == " ".join(as_one_line(text).split())
    assert [address.addr_spec for address in mail["From"].addresses] == ["runde@mail.example"]
    assert content.isascii() and max(map(len, content.split(b"\r\n"))) <= 78
    assert words_of(html_of(mail)) == ["Guten", "Tag,", "bis", "morgen."]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_whatever_is_written_into_a_text_is_only_text(text):
    content = letter(text=f"Guten Tag,\n\n{text}\n\nEnde.\n")
    mail = parsed(content)
    told = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", " ", text.replace("\r", ""))
    assert mail.keys() == HEADERS and text_of(mail) == f"Guten Tag,\n\n{told}\n\nEnde.\n"
    assert words_of(html_of(mail)) == text_of(mail).split()
    assert set(re.findall(r"<(\w+)", html_of(mail).split("<body>")[1])) <= {"p", "br"}


def test_the_same_letter_is_the_same_bytes_and_another_is_not():
    assert letter() == letter() != letter(id="1.3")
    assert parsed(letter())["Message-ID"] == "<1.2@mail.example>"
    assert str(parsed(letter())["Date"].datetime) == "2026-02-02 02:40:00+00:00"


def test_a_calendar_comes_last_and_says_what_it_is_for():
    mail = parsed(letter(calendar=CALENDAR, method="CANCEL"))
    parts = list(mail.iter_parts())
    assert [part.get_content_subtype() for part in parts] == ["plain", "html", "calendar"]
    assert parts[2].get_content().replace("\r\n", "\n") == CALENDAR.replace("\r\n", "\n")
    assert dict(parts[2]["Content-Type"].params) == {"charset": "utf-8", "method": "CANCEL"}


def test_whoever_can_unsubscribe_can_do_so_with_one_post():
    url = f"https://runde.example/v1/unsubscribe/{'x' * 200}"
    content = letter(unsubscribe=url)
    assert f"\r\nList-Unsubscribe: <{url}>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n".encode() in content
    assert "List-Unsubscribe" not in parsed(letter())


@pytest.mark.parametrize("url, host", [
    ("https://runde.example", "runde.example"), ("http://localhost:8080", "localhost"), ("https://a.example/b/c", "a.example"),
    ("http://[::1]:80", "---1")])
def test_the_list_is_named_after_the_host_and_nothing_else(url, host):
    assert parsed(letter(base_url=url))["List-Id"] == f"<notices.{host}>"


def test_only_links_to_ourselves_can_be_followed():
    text = ("https://runde.example/a?b=1&c=2.\n(https://runde.example) und https://runde.example/x\"onclick=\n"
            "https://runde.example.evil.example/ https://runde.example@evil.example http://evil.example\n"
            "xhttps://runde.example/y\n")
    html = html_of(parsed(letter(text=text)))
    assert re.findall(r'<a href="([^"]*)">([^<]*)</a>', html) == [
        (link, link) for link in ("https://runde.example/a?b=1&amp;c=2", "https://runde.example", "https://runde.example/x")]
    assert html.count("<a ") == 3 and "onclick" in html and 'href="https://runde.example/x"onclick' not in html


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_page_can_be_read_aloud_and_loads_nothing(language):
    html = html_of(parsed(letter(language=language, text="Eins\nzwei\n\n\n\ndrei\n")))
    assert f'<html lang="{language}">' in html and "<title>Ihr Termin</title>" in html
    assert "<p>Eins<br>\nzwei</p>\n<p>drei</p>" in html and "color-scheme:light dark" in html
    assert not re.search(r"(?i)src=|url\(|@import|<link|<img|<script|<table|http", html)


def test_no_mail_looks_like_advertising(tmp_path):
    files = []
    for template in sorted((ROOT / "workers/templates").glob("*.txt")):
        subject, _, text = template.read_text(encoding="utf-8").split("\n", 2)
        told = re.sub(r"\{(\w+)\}", lambda place: FACTS.get(place[1], "Mittwoch, 7. Januar 2026, 19:00 Uhr"), text)
        files.append(tmp_path / template.name)
        files[-1].write_bytes(letter(subject=subject, text=told, language=template.suffixes[0][1:],
                                     unsubscribe="https://runde.example/u/1"))
    points = spam_points(*files)
    assert len(points) == len(files) and max(points) < 1.0, dict(zip([file.name for file in files], points))
