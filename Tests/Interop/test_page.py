"""The page in headless Chromium: healthy, and under `silent-handlers`. Screenshots: .build-screens/"""

import os
import shutil

import pytest
from conftest import FAULTS, ROOT, eventually, life

SCREENS = ROOT / ".build-screens"
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--window-size=1100,900",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]

pytestmark = pytest.mark.skipif(
    not (shutil.which("chromium") and shutil.which("chromedriver")),
    reason="no browser: apt-get install chromium chromium-driver fonts-dejavu-core",
)


class Page:
    """The page in a browser of its own."""

    def __init__(self, url, more_flags=()):
        from selenium import webdriver
        from selenium.webdriver.chrome.service import Service

        os.environ["SE_OFFLINE"] = "true"
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium")
        for flag in [*FLAGS, *more_flags]:
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(
            options=options, service=Service(shutil.which("chromedriver"))
        )
        self.driver.get(url)

    def find(self, name):
        return self.driver.find_element("id", name)

    def count(self, name):
        return int(self.find("heartbeat").get_attribute(f"data-{name}"))

    def log(self, side, kind):
        return self.driver.find_elements("css selector", f"#log li.{side}[data-type='{kind}']")

    def say(self, text):
        self.find("text").send_keys(text)
        self.find("send").click()

    def shot(self, name):
        SCREENS.mkdir(exist_ok=True)
        self.driver.save_screenshot(str(SCREENS / f"{name}.png"))


@pytest.fixture
def page():
    opened = []

    def open_one(url):
        opened.append(Page(url))
        return opened[-1]

    yield open_one
    for one in opened:
        one.driver.quit()


def test_healthy_through_a_sleep_and_a_wake(up, page, tmp_path):
    # Beats are further apart than sleep is away, so the object sleeps between two.
    server = up("--hibernate-after", "500ms", "--heartbeat-interval", "2s", "--trace", tmp_path)
    one = page(server.http + "/")
    assert eventually(lambda: one.find("state").get_attribute("data-state") == "open")
    assert eventually(lambda: one.log("received", "welcome"))
    one.say("hello from a browser")
    assert eventually(lambda: one.log("received", "echo"))
    one.find("ping").click()
    assert eventually(lambda: one.log("received", "pong"))
    assert eventually(lambda: life(tmp_path, "hibernated")), "it never slept"
    assert eventually(lambda: one.count("answered") >= 2), "beats through sleep are answered"
    assert len(life(tmp_path, "hibernated")) >= 1
    one.say("and once more after a wake")
    assert eventually(lambda: len(one.log("received", "echo")) == 2)
    assert one.find("heartbeat").is_displayed() and one.count("unanswered") <= 1
    assert not one.find("warning").is_displayed()
    one.shot("healthy")
    one.find("connect").click()
    assert eventually(lambda: one.find("state").get_attribute("data-state") == "closed")
    assert "1000" in one.find("state").text
    errors = [entry for entry in one.driver.get_log("browser") if entry["level"] == "SEVERE"]
    assert not errors


def test_silence_is_seen_under_silent_handlers(up, page, tmp_path):
    server = up(
        "--hibernate-after", "500ms", "--heartbeat-interval", "800ms", "--trace", tmp_path,
        "--faults", FAULTS / "silent-handlers.yaml",
    )
    one = page(server.http + "/?object=room")
    assert eventually(lambda: one.log("received", "welcome"))
    one.say("anybody there")
    one.find("ping").click()
    assert eventually(lambda: life(tmp_path, "hibernated")), "it never slept"
    assert eventually(lambda: one.find("warning").is_displayed()), "three unanswered, no warning"
    assert one.count("unanswered") >= 3 and one.count("answered") == 0
    assert one.find("state").get_attribute("data-state") == "open"
    assert not one.log("received", "echo") and not one.log("received", "pong")
    one.shot("silent-handlers")
