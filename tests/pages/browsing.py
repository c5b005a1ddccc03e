"""browsing.py: a browser without scripts: it keeps cookies, fills in forms, and follows where answers lead."""

import re
from html.parser import HTMLParser
from urllib.parse import urlencode, urlsplit

from tests.sealing import link_token

PERSON, NO_REMINDERS, NO_MAILS, ENTRY, REFERRALS = range(5)  # of enum link_purpose
PATHS = {PERSON: "/my/", NO_REMINDERS: "/no-reminders/", NO_MAILS: "/no-mails/", ENTRY: "/entry/",
         REFERRALS: "/referred/"}
ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
FORM = "application/x-www-form-urlencoded"


def link(person, purpose=PERSON, generation=1):
    """The path of a link that a mail to a person has."""
    return PATHS[purpose] + link_token(purpose, person.id, generation)


class Reader(HTMLParser):
    """What a page is made of."""

    def __init__(self, html):
        super().__init__()
        self.forms, self.links, self.tags, self.words = [], [], [], []
        self.area = self.select = None
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        has = dict(attrs)
        self.tags.append((tag, has))
        if tag == "form":
            self.forms.append({"action": has["action"], "fields": [], "buttons": []})
        elif tag == "a":
            self.links.append(has["href"])
        elif tag == "input" and (has["type"] not in ("radio", "checkbox") or "checked" in has):
            self.forms[-1]["fields"].append((has["name"], has.get("value", "")))
        elif tag == "select":
            self.select = has["name"]
        elif tag == "option" and "selected" in has:
            self.forms[-1]["fields"].append((self.select, has["value"]))
        elif tag == "button":
            self.forms[-1]["buttons"].append(has.get("formaction"))
        elif tag == "textarea" and "name" in has:
            self.area = (has["name"], [])

    def handle_endtag(self, tag):
        if tag == "textarea" and self.area:
            name, parts = self.area
            self.forms[-1]["fields"].append((name, "".join(parts)[1:]))
            self.area = None

    def handle_data(self, data):
        (self.area[1] if self.area else self.words).append(data)


class Page:
    def __init__(self, browser, path, reply):
        self.browser, self.path, self.reply = browser, path, reply
        self.status, self.headers, self.html = reply.status, reply.headers, reply.body.decode()
        self.read = Reader(self.html)
        self.text = re.sub(r"\s+", " ", " ".join(self.read.words))

    def form(self, end):
        """The form whose address ends so."""
        found = [form for form in self.read.forms
                 if form["action"].split("?")[0].endswith(end) or any((b or "").split("?")[0].endswith(end) for b in form["buttons"])]
        assert len(found) == 1, (end, [form["action"] for form in self.read.forms])
        return found[0]

    def fields(self, end):
        return dict(self.form(end)["fields"])

    def send(self, end, **values):
        """Presses the button that sends a form, with some fields filled in anew; a list ticks several boxes."""
        form = self.form(end)
        action = next((b for b in form["buttons"] if b and b.split("?")[0].endswith(end)), form["action"])
        kept = [(name, value) for name, value in form["fields"] if name not in values]
        given = [(name, one) for name, value in values.items() for one in (value if isinstance(value, list) else [value])]
        return self.browser.post(action, kept + given)


class Browser:
    def __init__(self, api, **fields):
        self.api, self.fields, self.cookies = api.as_client(None), fields, {}

    def request(self, method, path, body=None, **fields):
        headers = {"Accept": ACCEPT, **self.fields, **fields}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        reply = self.api.request(method, path, body, **headers)
        cookie = reply.headers.get("set-cookie")
        if cookie:
            name, value = cookie.split(";")[0].split("=", 1)
            self.cookies[name] = value
        return reply

    def get(self, path, **fields):
        return Page(self, path, self.request("GET", path, **fields))

    def post(self, path, pairs=(), **fields):
        """What comes of a form, where the answer leads if it leads somewhere."""
        fields.setdefault("Origin", "null")
        fields.setdefault("Sec-Fetch-Site", "same-origin")
        reply = self.request("POST", path, urlencode(list(pairs)), **{"Content-Type": FORM, **fields})
        if reply.status != 303:
            return Page(self, path, reply)
        where = urlsplit(reply.headers["location"])
        return self.get(where.path + (f"?{where.query}" if where.query else ""))
