"""test_texts.py: every text that somebody may enter comes back from every reader, and none ends its line."""

from datetime import date, timedelta

import pytest

from tests.calendars import content
from tests.calendars.feeds import Feed, feed_path, read
from tests.calendars.naughty import CONTROLS, LONG, TEXTS, URLS
from tests.circle import Circle


def meeting(client, group, number, **members):
    """The answer to a single meeting; each begins at another time."""
    at = f"{date.today() + timedelta(days=14 + number // 10)}T{10 + number % 10}:00:00"
    body = {"starts_at_local": at, "time_zone": "Europe/Berlin", "duration": "PT1H", "format": "online", **members}
    return client.post(f"/v1/groups/{group['id']}/meetings", body)


def in_turn(feed, member):
    return [event[member] for event in sorted(feed.events, key=lambda event: event["start"])]


def without_end(texts):
    """As the readers compare them."""
    return [text.rstrip(" ") for text in texts]


def test_titles_and_notes_are_read_as_they_were_written(given, portal, calendar):
    group = given.group(portal)
    titles = [text[:120] for text in TEXTS + LONG]
    for number, (title, note) in enumerate(zip(titles, TEXTS + LONG)):
        given.made(meeting(portal, group, number, title=title, note=note))
    feed = calendar(group)
    assert in_turn(feed, "summary") == without_end(titles)
    assert in_turn(feed, "description") == without_end(TEXTS + LONG)


def test_what_is_before_a_title_or_a_note_does_not_change_it(given, portal, calendar):
    group = given.group(portal)
    for number, text in enumerate(TEXTS):
        made = given.made(meeting(portal, group, number, title=text[:120], note=text))
        if number % 2 == 0:
            assert portal.patch(f"/v1/meetings/{made['id']}", {"cancelled": True}).status == 200
        else:
            moved = {"starts_at_local": made["starts_at_local"][:14] + "05:00"}
            assert portal.patch(f"/v1/meetings/{made['id']}", moved).status == 200
    feed = calendar(group)
    assert in_turn(feed, "summary") == without_end(
        ("" if number % 2 else "Abgesagt: ") + text[:120] for number, text in enumerate(TEXTS))
    for number, description in enumerate(in_turn(feed, "description")):
        first = description.partition("\n")[0] + "\n" if number % 2 else ""
        assert first.startswith("Verlegt; geplant war: ") == bool(number % 2)
        assert description == without_end([first + TEXTS[number]])[0]


def test_names_and_summaries_of_groups_are_read_as_they_were_written(given, portal, api, tmp_path):
    group = given.group(portal)
    given.made(meeting(portal, group, 1))
    feeds = []
    for text in TEXTS + LONG:
        name = (text if len(text) > 1 else text * 2)[:120]
        reply = portal.patch(f"/v1/groups/{group['id']}", {"name": name, "summary": text[:300]})
        assert reply.status == 200, reply.json
        feeds.append(Feed(api, f"/v1/groups/{group['id']}/calendar.ics"))
        feeds[-1].name, feeds[-1].summary = name, text[:300]
    for feed in read(tmp_path, feeds):
        assert [content.text(feed.calendar.get(one)) for one in ("NAME", "DESCRIPTION")] == [feed.name, feed.summary]
        assert in_turn(feed, "summary") == without_end([feed.name])
        assert in_turn(feed, "description") == without_end([feed.summary])


@pytest.mark.parametrize("member, most", [("name", 120), ("street", 120), ("town", 100)])
def test_places_are_read_as_they_were_written(given, portal, calendar, member, most):
    group, wanted = given.group(portal), []
    for number, text in enumerate(TEXTS):
        address = {"country": "DE", "postcode": "50667", "street": "Beispielgasse 1", "town": "Köln"}
        words = {"name": "Haus"} | address | {member: (text if len(text) > 1 else text * 2)[:most]}
        venue = given.venue(portal, name=words["name"], address={name: words[name] for name in address})
        given.made(meeting(portal, group, number, format="in_person", venue_id=venue["id"]))
        wanted.append(f"{words['name']}, {words['street']}, {words['postcode']} {words['town']}")
    assert in_turn(calendar(group), "location") == without_end(wanted)


@pytest.mark.parametrize("text", CONTROLS)
def test_a_control_character_is_refused_wherever_it_is_written(given, portal, text):
    group = given.group(portal)
    for member in "title", "note":
        assert meeting(portal, group, 1, **{member: text}).pointers() == {f"/{member}"}
    for member in "name", "summary":
        assert portal.patch(f"/v1/groups/{group['id']}", {member: text}).pointers() == {f"/{member}"}
    venue = given.new_venue()
    for body in venue | {"name": text}, venue | {"address": venue["address"] | {"street": text, "town": text}}:
        assert portal.post("/v1/venues", body).status == 422
    assert meeting(portal, group, 1, online={"join_url": f"https://example.org/{text}", "disclosure": "public"}).status == 422


def test_an_address_to_join_at_is_read_as_it_was_written_or_is_refused(given, keeper, api, tmp_path):
    circle = Circle(given, keeper)
    feeds, path = [], feed_path(circle.join(None), detail="full")
    for url in URLS:
        reply = circle.change(online={"join_url": url, "disclosure": "accepted"})
        assert reply.status in (200, 422), reply.json
        if reply.status == 200:
            feeds.append(Feed(api, path))
            feeds[-1].url = url
    for feed in read(tmp_path, feeds):
        assert {event["conference"] for event in feed.events} == {feed.url}
    assert len(feeds) > 8 and not any(set(feed.url) & set("\r\n\t <>\"") for feed in feeds)
