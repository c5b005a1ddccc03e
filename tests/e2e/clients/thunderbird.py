"""Thunderbird without a window: its own calendar manager is asked, over Marionette, for what it would show."""

import itertools
import json
import os
import socket
import subprocess
import time

PREFERENCES = {
    "calendar.timezone.local": "Europe/Berlin",
    "calendar.timezone.useSystemTimezone": False,
    "network.proxy.type": 0,
    "app.update.enabled": False,
    "app.normandy.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "mail.provider.suppress_dialog_on_startup": True,
    "mail.spotlight.firstRunDone": True,
    "mailnews.start_page.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
}

CALENDAR = "const { cal } = ChromeUtils.importESModule('resource:///modules/calendar/calUtils.sys.mjs');"

SUBSCRIBE = CALENDAR + """
const calendar = cal.manager.createCalendar("ics", Services.io.newURI(arguments[0]));
calendar.name = "Feed";
calendar.setProperty("cache.enabled", true);
cal.manager.registerCalendar(cal.manager.getCalendars().find(other => other.id == calendar.id) || calendar);
"""

# Refreshing is over when the calendar has been loaded, or says that it could not be.
SYNC = CALENDAR + """
const done = arguments[arguments.length - 1];
const calendar = cal.manager.getCalendars().find(one => one.name == "Feed");
const nothing = () => {};
const observer = {
    QueryInterface: ChromeUtils.generateQI(["calIObserver"]),
    onLoad: () => end(""),
    onError: (_, number, message) => end(message || String(number)),
    onStartBatch: nothing, onEndBatch: nothing, onAddItem: nothing, onModifyItem: nothing, onDeleteItem: nothing,
    onPropertyChanged: nothing, onPropertyDeleting: nothing,
};
const end = error => { calendar.removeObserver(observer); done(error); };
calendar.addObserver(observer);
calendar.refresh();
"""

SHOWS = CALENDAR + """
const done = arguments[arguments.length - 1];
const calendar = cal.manager.getCalendars().find(one => one.name == "Feed");
const [since, until] = [arguments[0], arguments[1]].map(day => cal.createDateTime(day.replaceAll("-", "")));
const two = number => String(number).padStart(2, "0");
const shown = item => {
    const at = item.startDate.getInTimezone(cal.dtz.defaultTimezone);
    return [`${at.year}-${two(at.month + 1)}-${two(at.day)} ${two(at.hour)}:${two(at.minute)}`,
            item.title + (item.status == "CANCELLED" ? " [cancelled]" : "")];
};
calendar.getItemsAsArray(Ci.calICalendar.ITEM_FILTER_ALL_ITEMS | Ci.calICalendar.ITEM_FILTER_CLASS_OCCURRENCES, 0, since, until)
    .then(items => done(items.map(shown)));
"""


class Marionette:
    """One session: messages are [type, number, what, value], each after its length."""

    def __init__(self, port, seconds=60):
        deadline = time.monotonic() + seconds
        while True:
            try:
                self.socket = socket.create_connection(("127.0.0.1", port), timeout=seconds)
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
        self.bytes, self.numbers = self.socket.makefile("rb"), itertools.count(1)
        self.receive()
        self.call("WebDriver:NewSession", {})
        self.call("Marionette:SetContext", {"value": "chrome"})

    def receive(self):
        length = b""
        while (byte := self.bytes.read(1)) != b":":
            assert byte, "Thunderbird has gone"
            length += byte
        return json.loads(self.bytes.read(int(length)))

    def call(self, command, values):
        message = json.dumps([0, next(self.numbers), command, values]).encode()
        self.socket.sendall(b"%d:%s" % (len(message), message))
        _, _, error, value = self.receive()
        assert error is None, error
        return value

    def run(self, script, *arguments):
        """The value of a script that returns it."""
        return self.call("WebDriver:ExecuteScript", {"script": script, "args": arguments})["value"]

    def run_async(self, script, *arguments):
        """What a script hands to its last argument."""
        return self.call("WebDriver:ExecuteAsyncScript", {"script": script, "args": arguments})["value"]


class Thunderbird:
    name = "Thunderbird"

    def __init__(self, folder, since, days=120):
        self.folder, self.since, self.days = folder, since, days
        self.process = None

    def start(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        profile = self.folder / "profile"
        profile.mkdir(parents=True, exist_ok=True)
        preferences = {**PREFERENCES, "marionette.port": port}
        (profile / "user.js").write_text("".join(
            f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in preferences.items()))
        environment = {**os.environ, "HOME": str(self.folder), "MOZ_HEADLESS": "1", "TZ": "Europe/Berlin"}
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                ["thunderbird", "--headless", "--no-remote", "--marionette", "--remote-allow-system-access",
                 "--profile", profile], env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.marionette = Marionette(port)

    def subscribe(self, url):
        self.start()
        self.marionette.run(SUBSCRIBE, url)
        self.sync()

    def sync(self):
        """What it complains about; nothing if all is well."""
        return self.marionette.run_async(SYNC)

    def shows(self):
        """What stands in the calendar: (start, title), in Berlin's time; "[cancelled]" if it says so."""
        until = self.since.fromordinal(self.since.toordinal() + self.days)
        return sorted(map(tuple, self.marionette.run_async(SHOWS, str(self.since), str(until))))

    def close(self):
        if self.process:
            self.process.terminate()
            self.process.wait(20)
