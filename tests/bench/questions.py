"""questions.py: what the bench asks for, made from what is in the directory; the same for everybody."""

import json
import os
from datetime import datetime, timedelta, timezone
from urllib.parse import urlencode

from tests.sealing import KEY, TEXT, seal

IDS = 20
BODIES = 8
SEARCHES = 30
PAGE = 20

GROUPS = """
    SELECT id::text FROM groups
    WHERE deleted_at IS NULL AND visibility = 'public' AND status = 'active'
    ORDER BY md5(id::text) LIMIT %s"""

TOPICS = """
    SELECT t.id::text, t.slug, t.names ->> 'de', coalesce(t.synonyms -> 'de' ->> 0, t.names ->> 'de')
    FROM groups g, unnest(g.topic_keys) AS key JOIN topics t ON t.slug = key
    GROUP BY t.id ORDER BY count(*) DESC, t.slug LIMIT %s"""

TOWNS = """
    SELECT town, postcode, round(avg(ST_Y(point::geometry))::numeric, 3) || ',' ||
                           round(avg(ST_X(point::geometry))::numeric, 3)
    FROM groups WHERE town IS NOT NULL AND country = 'DE' AND postcode IS NOT NULL
    GROUP BY town, postcode ORDER BY count(*) DESC, town, postcode LIMIT %s"""

SENTENCES = [
    "Wir treffen uns alle zwei Wochen am Abend und reden reihum über das, was gerade schwerfällt.",
    "Was hier gesagt wird, nimmt niemand mit nach Hause; darauf verlassen sich alle im Raum.",
    "Zum ersten Treffen kommt ihr am besten eine Viertelstunde früher, dann zeigen wir euch alles.",
    "Im Sommer gehen wir nach dem Gespräch gern noch eine Runde um den See.",
    "Ein Arzt sitzt nicht dabei, aber zweimal im Jahr laden wir jemanden zu einem Vortrag ein.",
    "Der Raum liegt im Erdgeschoss und hat keine Stufen; Tee steht bereit.",
]

PSEUDONYMS = ["Amsel", "Birke", "Dompfaff", "Erle", "Kiebitz", "Linde", "Rotkehlchen", "Wacholder"]


class Questions:
    def __init__(self, cursor):
        def rows(sql, count):
            cursor.execute(sql, (count,))
            found = cursor.fetchall()
            return [found[i % len(found)] for i in range(count)]
        self.group_ids = [group for group, in rows(GROUPS, IDS)]
        self.topics, self.towns = rows(TOPICS, SEARCHES), rows(TOWNS, SEARCHES)
        cursor.execute("SELECT version, (SELECT max(id)::text FROM wrapping_keys) FROM consent_texts "
                       "WHERE purpose = 'registration' ORDER BY current_since DESC LIMIT 1")
        consent, self.wrapping_id = cursor.fetchone()
        self.registrants = [
            json.dumps({"pseudonym": pseudonym, "role": "affected", "newcomer": i % 2 == 0, "language": "de",
                        "message": SENTENCES[i % len(SENTENCES)], "consent": {"version": consent}}, ensure_ascii=False)
            for i, pseudonym in enumerate(PSEUDONYMS)]

    def groups(self):
        return [f"/v1/groups/{group}" for group in self.group_ids]

    @staticmethod
    def lists():
        return [f"/v1/groups?limit={PAGE}"]

    def searches(self):
        """Topic, place and text at once, frequent and rare ones mixed; the text is a name of the topic, or the town."""
        for i, (_, slug, name, synonym) in enumerate(self.topics):
            town, _, near = self.towns[i * 7 % SEARCHES]
            words = (name, synonym, town)[i % 3]
            yield "/v1/groups?" + urlencode({"topic": slug, "near": near, "q": words, "limit": PAGE})

    def meetings(self):
        """In the next seven days, near a town, on a topic, in the evening where newcomers are welcome."""
        until = (datetime.now(timezone.utc) + timedelta(days=7)).strftime("%Y-%m-%dT00:00:00Z")
        for i, (_, slug, _, _) in enumerate(self.topics):
            _, _, near = self.towns[i * 7 % SEARCHES]
            evening = {"time_from": "17:00", "accepting_newcomers": "yes"} if i % 2 else {}
            yield "/v1/meetings?" + urlencode({"topic": slug, "near": near, "within_km": 20, "to": until, "limit": PAGE,
                                               **evening})

    def bodies(self):
        """New groups of about a kilobyte each."""
        for i in range(BODIES):
            topic, _, name, synonym = self.topics[i]
            town, postcode, _ = self.towns[i]
            yield json.dumps({
                "name": f"Abendrunde {name} {i}"[:120], "summary": f"Für alle in {town}, die {synonym} betrifft",
                "description": "\n".join(SENTENCES[(i + k) % len(SENTENCES)] for k in range(5)),
                "topic_ids": [topic], "audience": ["affected", "relatives"], "age": {"from": 18},
                "leadership": "peer_led", "joining": "contact_first", "cost": {"kind": "donation"},
                "activities": ["talk", "leisure"], "formats": ["in_person"], "languages": ["de"],
                "accessibility": ["step_free"], "place": {"country": "DE", "postcode": postcode, "town": town},
                "website": "https://abendrunde.example.org/",
            }, ensure_ascii=False)

    def sealed_registrants(self):
        """The same as Runde hands them on: nobody opens what is sealed, it is only as long; $ is to be replaced."""
        for body in map(json.loads, self.registrants):
            sealed = {"wrapped": (KEY, os.urandom(32)), "pseudonym": (TEXT, body["pseudonym"].encode()),
                      "message": (TEXT, body["message"].encode())}
            yield json.dumps([{**body, "id": "$id", "wrapping_id": self.wrapping_id, "capability": r"\x$capability",
                               **{name: r"\x" + seal(os.urandom(32), "", kind, content).hex()
                                  for name, (kind, content) in sealed.items()}}])
