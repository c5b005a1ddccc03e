"""Asks Evolution's data server, inside a session bus of its own: a line of JSON for each word on standard input."""

import json
import signal
import sys

import gi

gi.require_version("ECal", "2.0")
gi.require_version("EDataServer", "1.2")
gi.require_version("ICalGLib", "3.0")
from gi.repository import ECal, EDataServer, GLib, ICalGLib  # noqa: E402

PATIENCE = 60  # seconds; whoever asks finds us gone then


def is_cancelled(event):
    status = event.get_first_property(ICalGLib.PropertyKind.STATUS_PROPERTY)
    return status is not None and status.get_status() == ICalGLib.PropertyStatus.CANCELLED


class Evolution:
    def __init__(self):
        self.registry = EDataServer.SourceRegistry.new_sync(None)

    def subscribe(self, url):
        source = EDataServer.Source.new_with_uid("feed", None)
        source.set_display_name("Feed")
        source.set_parent("webcal-stub")
        source.get_extension(EDataServer.SOURCE_EXTENSION_CALENDAR).set_backend_name("webcal")
        source.get_extension(EDataServer.SOURCE_EXTENSION_WEBDAV_BACKEND).set_uri(GLib.Uri.parse(url, GLib.UriFlags.NONE))
        self.registry.commit_source_sync(source, None)
        loop = GLib.MainContext.default()
        while self.registry.ref_source("feed") is None:
            loop.iteration(True)
        self.client = ECal.Client.connect_sync(self.registry.ref_source("feed"), ECal.ClientSourceType.EVENTS, 1, None)
        return self.sync()

    def sync(self):
        try:
            self.client.refresh_sync(None)
        except GLib.Error as error:
            return error.message
        return ""

    def shows(self, since, until):
        """Every occurrence between two instants, in seconds: its start in seconds, its title, whether it is cancelled."""
        found = []

        def take(event, start, *unused):
            found.append([start.as_timet_with_zone(start.get_timezone() or ICalGLib.Timezone.get_utc_timezone()),
                          event.get_summary(), is_cancelled(event)])
            return True
        self.client.generate_instances_sync(since, until, None, take)
        return found


evolution = Evolution()
for line in sys.stdin:
    signal.alarm(PATIENCE)
    word, *values = json.loads(line)
    print(json.dumps(getattr(evolution, word)(*values)), flush=True)
    signal.alarm(0)
