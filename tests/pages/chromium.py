"""chromium.py: a real browser, for pages as people see them; axe-core looks at them too.

RUNDE_SHOTS=FOLDER keeps pictures.
"""

import base64
import os
from pathlib import Path

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.expected_conditions import staleness_of
from selenium.webdriver.support.ui import WebDriverWait

from tests.server import ROOT

AXE = (ROOT / "openapi/node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# It talks to nobody but our own server.
ARGUMENTS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--disable-background-networking", "--disable-component-update",
             "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
# Where one may stop with the tabulator: of radio buttons that belong together, at one.
STOPS = """
    const groups = new Set();
    return [...document.querySelectorAll('a[href], button, input:not([type=hidden]), textarea, select')].filter(e => {
        const known = e.type === 'radio' && groups.has(e.name);
        if (e.type === 'radio') groups.add(e.name);
        return !known;
    }).length"""
SCROLLS = "return document.documentElement.scrollWidth > document.documentElement.clientWidth"


class Chromium:
    def __init__(self, has_scripts=True, shots=os.environ.get("RUNDE_SHOTS")):
        options = webdriver.ChromeOptions()
        for argument in ARGUMENTS:
            options.add_argument(argument)
        options.binary_location = "/usr/bin/chromium"
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        scripts = {} if has_scripts else {"profile.managed_default_content_settings.javascript": 2}
        options.add_experimental_option("prefs", {"intl.accept_languages": "de", **scripts})
        self.driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        self.shots = shots and Path(shots)

    def quit(self):
        self.driver.quit()

    def command(self, name, **parameters):
        return self.driver.execute_cdp_cmd(name, parameters)

    def look(self, width, scheme):
        """From now on on a screen of this width, by day (light) or by night (dark)."""
        self.command("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 500)
        self.command("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def go(self, address):
        self.driver.get(address)

    def press(self, css, **filled):
        """Fills in fields by their names and presses a button, as a hand or a keyboard would."""
        for name, text in filled.items():
            self.driver.find_element(By.NAME, name).send_keys(text)
        button = self.driver.find_element(By.CSS_SELECTOR, css)
        button.send_keys(Keys.ENTER)
        WebDriverWait(self.driver, 10, ignored_exceptions=[WebDriverException]).until(staleness_of(button))

    def text(self):
        return self.driver.find_element(By.TAG_NAME, "body").text

    def path(self):
        return "/" + self.driver.current_url.split("/", 3)[3]

    def complaints(self):
        """What axe-core finds wrong, the console says, or goes beyond the edge of the screen."""
        if self.driver.execute_script("return typeof axe") == "undefined":
            self.driver.execute_script(AXE)
        found = self.driver.execute_async_script(
            "const done = arguments[arguments.length - 1];"
            "axe.run(document, {runOnly: arguments[0], resultTypes: ['violations']})"
            ".then(r => done(r.violations.map(v => v.id + ' ' + v.nodes.map(n => n.html).join(' '))), e => done([String(e)]))", RULES)
        found += [entry["message"] for entry in self.driver.get_log("browser")
                  if "favicon" not in entry["message"] and " status of 4" not in entry["message"]]
        return found + (["it scrolls sideways"] if self.driver.execute_script(SCROLLS) else [])

    def unreachable(self):
        """How many controls the tabulator does not reach."""
        self.driver.refresh()
        wanted, reached = self.driver.execute_script(STOPS), set()
        for _ in range(wanted):
            self.driver.switch_to.active_element.send_keys(Keys.TAB)
            reached.add(self.driver.switch_to.active_element.id)
        return wanted - len(reached - {self.driver.find_element(By.TAG_NAME, "body").id})

    def shoot(self, name):
        if not self.shots:
            return
        self.shots.mkdir(parents=True, exist_ok=True)
        shot = self.command("Page.captureScreenshot", captureBeyondViewport=True)
        (self.shots / f"{name}.png").write_bytes(base64.b64decode(shot["data"]))
