-- Groups for load tests; each follows from its number, so that every run makes the same.
-- now: the clock; offset: the number before the first; count: how many
-- lane: write
WITH clock AS (
    SELECT :'now'::timestamptz AS now
), draw AS MATERIALIZED (
    SELECT number, ARRAY(SELECT (hashint8extended(number, seed) & 1073741823) / 1073741824::float8
                         FROM generate_series(1, 60) AS seed) AS chance
    FROM generate_series(:'offset'::bigint + 1, :'offset'::bigint + :'count'::bigint) AS number

-- The frequent ones first: what stands at rank (n + 1) ^ chance is drawn as often as Zipf's law says.
), topic AS MATERIALIZED (
    SELECT id, names ->> 'de' AS name,
           row_number() OVER (ORDER BY array_position(ARRAY[
               'alkoholabhaengigkeit', 'depression', 'angststoerung', 'angehoerige-sucht', 'brustkrebs', 'parkinson',
               'trauer-und-verlust', 'multiple-sklerose', 'diabetes-typ-2', 'pflegende-angehoerige', 'burnout',
               'fibromyalgie', 'schlaganfall', 'adhs-bei-erwachsenen', 'drogenabhaengigkeit'], slug),
               parent_id IS NULL, rare, md5(slug)) AS rank
    FROM topics
    WHERE deleted_at IS NULL
), place AS MATERIALIZED (
    SELECT country, postcode, town, point,
           row_number() OVER (ORDER BY array_position(ARRAY[
               'Berlin', 'Hamburg', 'München', 'Köln', 'Frankfurt am Main', 'Stuttgart', 'Düsseldorf', 'Leipzig',
               'Dortmund', 'Essen', 'Bremen', 'Dresden', 'Hannover', 'Nürnberg', 'Duisburg'], town), md5(town)) AS rank
    FROM (SELECT DISTINCT ON (town) *
          FROM postcodes
          WHERE country = 'DE'
          ORDER BY town, postcode) AS towns

-- In texts: %1$s the topic, %2$s the town, %3$s an image, %4$s a burden, %5$s a matter, %6$s a joy, %7$s a house.
), word AS MATERIALIZED (
    SELECT
        ARRAY[
            '%1$s %2$s', 'Selbsthilfegruppe %1$s %2$s', 'Gesprächskreis %1$s', '%3$s – %1$s', '%3$s %2$s',
            'Treffpunkt %1$s %2$s', '%1$s: Runde im Haus %7$s', 'Initiative %3$s', 'Offener Abend %1$s',
            '%3$s – Selbsthilfe in %2$s', 'Stammtisch %1$s'
        ] AS titles,
        ARRAY[
            'Austausch zum Thema %1$s in %2$s', 'Wir reden über %1$s und über %4$s', 'Selbsthilfe rund um %1$s',
            'Gespräche, Rat und %6$s: Gruppe zum Thema %1$s', '%1$s – niemand muss damit allein bleiben',
            'Feste Runde zum Thema %1$s, mit Platz für %5$s', 'Für alle, die %1$s betrifft, in %2$s und Umgebung'
        ] AS summaries,
        ARRAY[
            'Licht', 'Mut', 'Stern', 'Wind', 'Herz', 'Wort', 'Quell', 'Insel', 'Regen', 'Sommer', 'Morgen', 'Wolken',
            'Feder', 'Wellen', 'Anker', 'Segel', 'Wurzel', 'Blüten', 'Kiesel', 'Funken', 'Seil', 'Fluss', 'Perlen'
        ] AS heads,
        ARRAY[
            'brücke', 'kreis', 'runde', 'blick', 'zeit', 'spur', 'pfad', 'werk', 'klang', 'fenster', 'laterne',
            'garten', 'kompass', 'raum', 'bogen', 'sprung', 'ufer', 'faden'
        ] AS tails,
        ARRAY[
            'Erschöpfung', 'Scham', 'Schmerzen', 'Nebenwirkungen', 'Schlaf', 'Rückfälle', 'Wut', 'Trauer', 'Einsamkeit',
            'Medikamente', 'Panik', 'Gedächtnis', 'Schuld', 'Diagnose', 'Operationen', 'Schwindel', 'Heißhunger',
            'Konzentration', 'Vergesslichkeit', 'Selbstzweifel', 'Grübeln', 'Atemnot', 'Zittern', 'Sterben',
            'Albträume', 'Schübe', 'Narben', 'Klinikaufenthalte', 'Nachsorge', 'Körpergefühl', 'Perfektionismus', 'Abhängigkeit'
        ] AS burdens,
        ARRAY[
            'Arbeit', 'Partnerschaft', 'Kinder', 'Krankenkasse', 'Rente', 'Reha', 'Anträge', 'Ernährung', 'Bewegung',
            'Freundschaft', 'Schwerbehinderung', 'Wiedereingliederung', 'Pflegegrad', 'Sexualität', 'Führerschein',
            'Reisen', 'Geld', 'Wohnung', 'Studium', 'Ausbildung', 'Hilfsmittel', 'Therapieplätze', 'Zweitmeinungen',
            'Feiertage', 'Geschwister', 'Großeltern', 'Haustiere', 'Ehrenamt', 'Nachbarschaft', 'Vorsorgevollmacht',
            'Glauben', 'Prüfungen', 'Schulden', 'Umzüge', 'Kollegen', 'Hausärzte'
        ] AS matters,
        ARRAY[
            'Kaffee', 'Spaziergänge', 'gemeinsames Kochen', 'Singen', 'Brettspiele', 'Wandern', 'Malen', 'Schwimmen',
            'Tanzen', 'Gartenarbeit', 'Radtouren', 'Kino', 'Museumsbesuche', 'Yoga', 'Töpfern', 'Vorlesen', 'Kegeln',
            'Grillen', 'Theater', 'Stricken', 'Fotografieren', 'Bogenschießen', 'Minigolf', 'Trommeln', 'Backen'
        ] AS joys,
        ARRAY[
            'Linden', 'Birken', 'Eschen', 'Ahorn', 'Buchen', 'Erlen', 'Ulmen', 'Weiden', 'Kirsch', 'Hasel', 'Holunder',
            'Fichten', 'Kranich', 'Amsel', 'Falken', 'Reiher', 'Dachs', 'Igel', 'Biber', 'Mühlen', 'Kloster', 'Markt',
            'Sonnen', 'Rosen', 'Garten', 'Stein', 'Wiesen', 'Berg'
        ] AS trees,
        ARRAY[
            'hof', 'grund', 'winkel', 'stieg', 'tal', 'höhe', 'brunn', 'anger', 'kamp', 'rain', 'horst', 'egge', 'furt',
            'see', 'bruch', 'busch', 'blick', 'garten', 'wiese', 'bach'
        ] AS grounds

-- The sentences of a description: in what order, how often, which to choose from.
), sentence (position, share, texts) AS (VALUES
    (1, 1.0, ARRAY[
        'Wir sind eine Gruppe von Menschen in %2$s, die das Thema %1$s verbindet.',
        'In %2$s treffen sich seit einigen Jahren Menschen, um offen über %1$s zu sprechen.',
        'Angefangen hat es mit einem Aushang in %2$s, heute sind wir ein vertrauter Kreis zum Thema %1$s.',
        'Wer mit dem Thema %1$s lebt, kennt Tage, an denen keiner versteht, was los ist. Wir verstehen es.',
        'Unsere Runde zum Thema %1$s gehört denen, die kommen: Es gibt keine Leitung, aber klare Absprachen.']),
    (2, 1.0, ARRAY[
        'Oft geht es um %4$s und %5$s, manchmal auch nur um das Wetter und die letzte Woche.',
        'Zuletzt haben wir lange über %4$s gesprochen, beim nächsten Mal steht %5$s auf dem Zettel.',
        'Wir tauschen Erfahrungen aus, zum Beispiel mit dem Thema %4$s, und helfen einander bei Fragen zum Thema %5$s.',
        'Fragen rund um %4$s haben bei uns ebenso Platz wie Freude, Ärger, Neugier und %5$s.',
        'Manche suchen Auskunft über %4$s, andere wollen über %5$s reden oder einfach nur dabeisitzen und schweigen.',
        'Am Anfang erzählt jeder kurz, wie es geht, danach wählen wir ein Thema, etwa %4$s oder %5$s.']),
    (3, 0.9, ARRAY[
        'Was in der Gruppe gesagt wird, bleibt in der Gruppe, auch wenn jemand uns verlässt.',
        'Alle versprechen zu schweigen, und daran halten wir uns seit dem ersten Abend ohne Ausnahme.',
        'Wir duzen uns, hören zu und lassen einander ausreden, selbst wenn es einmal länger dauert.',
        'Niemand muss den vollen Namen nennen, und niemand muss etwas sagen, was er nicht sagen möchte.',
        'Ratschläge geben wir nur, wenn jemand ausdrücklich darum bittet; meist hilft schon das Zuhören.']),
    (4, 0.9, ARRAY[
        'Neue melden sich am besten vorher, damit wir uns beim ersten Mal Zeit für sie nehmen können.',
        'Man kann ohne Anmeldung hereinschauen und nach einer Viertelstunde wieder gehen, wenn es nicht passt.',
        'Vor dem ersten Besuch telefonieren wir gern, dann ist das Ankommen für alle leichter.',
        'Die Gruppe ist klein, deshalb fragen wir vor dem ersten Mal, ob gerade ein Platz frei ist.',
        'Wer unsicher ist, bringt zum ersten Treffen einen vertrauten Menschen mit, der wieder gehen darf.']),
    (5, 0.7, ARRAY[
        'Neben den Gesprächen gibt es %6$s, weil Lachen auch hilft und der Kopf dabei Pause macht.',
        'Einmal im Vierteljahr steht %6$s auf dem Programm, dazu dürfen Freunde und Familie mitkommen.',
        'Im Sommer verlegen wir die Treffen nach draußen, dann gehören %6$s und frische Luft dazu.',
        'Wer will, bleibt danach noch sitzen; aus dem Reden wird dann leicht %6$s bis in den späten Abend.']),
    (6, 0.6, ARRAY[
        'Wir treffen uns im Haus %7$s, der Raum ist hell, liegt ruhig und hat eine kleine Teeküche.',
        'Das Haus %7$s stellt uns den Raum umsonst, mit der Einrichtung haben wir sonst nichts zu tun.',
        'Vom Bahnhof zum Haus %7$s sind es wenige Minuten zu Fuß, abends gehen wir gemeinsam zurück.',
        'Wenn jemand nicht in das Haus %7$s kommen kann, schalten wir den großen Bildschirm ein.',
        'Den Weg zum Haus %7$s beschreiben wir nach der ersten Nachricht.']),
    (7, 0.6, ARRAY[
        'Hin und wieder laden wir eine Fachfrau oder einen Fachmann ein, die Fragen sammeln wir vorher.',
        'Eine Behandlung ersetzen wir nicht, doch viele kommen neben der Therapie oder lange danach.',
        'Mit der Kontaktstelle arbeiten wir gut zusammen, sie hat uns auch beim Gründen geholfen.',
        'Einmal im Jahr stehen wir mit einem Tisch auf dem Selbsthilfetag und erzählen von uns.',
        'Im Schrank steht eine kleine Bücherei, die über die Jahre durch Spenden gewachsen ist.',
        'Mit einer befreundeten Gruppe fahren wir im Herbst für ein Wochenende in eine Hütte.']),
    (8, 0.5, ARRAY[
        'Beim Thema %5$s gehen die Meinungen auseinander, und das darf so bleiben.',
        'Über %4$s und %1$s gibt es viele Bücher; was sie verschweigen, erfährt man hier.',
        'Zwei von uns kennen sich mit dem Thema %5$s besonders gut aus und geben ihr Wissen gern weiter.',
        'Wenn es um %4$s geht, wird es manchmal still, und auch die Stille teilen wir.']),
    (9, 0.4, ARRAY[
        'Die Aufgaben wandern: Einer schließt auf, eine kocht Tee, jemand achtet auf die Uhr.',
        'Moderiert wird reihum, und wer sich das nicht zutraut, wird einfach übersprungen.',
        'Fördermittel der Krankenkassen bezahlen Porto, Raum und ab und zu einen Vortrag.',
        'Fahrgemeinschaften sprechen wir unter uns ab, damit auch die vom Land kommen können.']),
    (10, 0.7, ARRAY[
        'Wir freuen uns auf dich und auf das, was du mitbringst.',
        'Schreib uns einfach, wir antworten innerhalb einer Woche.',
        'Es tut gut zu merken, dass man mit alldem nicht allein ist.',
        'Am meisten hilft uns, dass hier keiner etwas erklären muss.',
        'Schön, dass du bis hierher gelesen hast; der nächste Schritt ist kleiner, als er aussieht.'])

), choice AS MATERIALIZED (
    SELECT
        number, chance,
        now - chance[1] * interval '6 years'             AS began_at,
        now - chance[1] * chance[2] * interval '6 years' AS wrote_at,
        (ARRAY[2, 3, 4])[width_bucket(chance[3], ARRAY[0, .5, .8])] AS keeper,
        (ARRAY['in_person', 'in_person,online', 'hybrid', 'online', 'phone'])
            [width_bucket(chance[4], ARRAY[0, .72, .80, .90, .98])] AS formats,
        (ARRAY['active', 'founding', 'paused', 'closed'])
            [width_bucket(chance[5], ARRAY[0, .80, .88, .95])] AS status,
        (ARRAY[first.id, nullif(second.id, first.id), nullif(nullif(third.id, second.id), first.id)])
            [1:width_bucket(chance[6], ARRAY[0, .6, .9])] AS topic_ids,
        place.country, place.postcode, place.town,
        ST_Project(place.point, 7000 * chance[7], 2 * pi() * chance[8]) AS point,
        ARRAY[
            first.name,
            coalesce(place.town, 'Deutschland'),
            heads[1 + floor(chance[20] * cardinality(heads))] || tails[1 + floor(chance[21] * cardinality(tails))],
            burdens[floor(power(cardinality(burdens) + 1, chance[22]))],
            matters[floor(power(cardinality(matters) + 1, chance[23]))],
            joys[floor(power(cardinality(joys) + 1, chance[24]))],
            trees[1 + floor(chance[25] * cardinality(trees))] || grounds[1 + floor(chance[26] * cardinality(grounds))]
        ] AS words,
        titles[1 + floor(chance[27] * cardinality(titles))] AS title,
        summaries[1 + floor(chance[28] * cardinality(summaries))] AS summary,
        (SELECT string_agg(texts[1 + floor(chance[40 + position] * cardinality(texts))], ' ' ORDER BY position)
         FROM sentence
         WHERE chance[50 + position] < share) AS description
    FROM draw
    CROSS JOIN clock
    CROSS JOIN word
    JOIN topic AS first       ON first.rank = floor(power((SELECT count(*) FROM topic) + 1, chance[9]))
    LEFT JOIN topic AS second ON second.rank = floor(power((SELECT count(*) FROM topic) + 1, chance[10]))
    LEFT JOIN topic AS third  ON third.rank = floor(power((SELECT count(*) FROM topic) + 1, chance[11]))
    LEFT JOIN place ON place.rank = floor(power((SELECT count(*) FROM place) + 1, chance[12]))
                   AND (chance[4] < .9 OR chance[13] < .5)
)
INSERT INTO groups (
    id, slug, organisation_id, supported_by_id, name, summary, description, topic_ids, audience, age_from, age_to,
    leadership, duration, status, joining, accepting_newcomers, cost, activities, formats, languages, accessibility,
    country, postcode, town, point, precision, contact, website, visibility, verified_at, created_at, updated_at,
    writer)
SELECT
    ('01980000-0000-7000-8002-' || lpad(to_hex(number), 12, '0'))::uuid,
    'demo-' || number,
    ('01980000-0000-7000-8000-00000000000' || keeper)::uuid,
    CASE WHEN status = 'founding' THEN ('01980000-0000-7000-8000-00000000000' || keeper)::uuid END,
    format(title, VARIADIC words),
    format(summary, VARIADIC words),
    format(description, VARIADIC words),
    array_remove(topic_ids, NULL),
    string_to_array((ARRAY['affected', 'affected,relatives', 'relatives', 'affected,relatives,professionals'])
        [width_bucket(chance[30], ARRAY[0, .60, .82, .98])], ','),
    CASE WHEN chance[31] < .12 THEN 16 WHEN chance[31] < .40 THEN 18 WHEN chance[31] < .45 THEN 60 END,
    CASE WHEN chance[31] < .12 THEN 35 END,
    CASE WHEN chance[32] < .93 THEN 'peer_led' ELSE 'professionally_led' END,
    CASE WHEN chance[33] < .95 THEN '{"kind": "open_ended"}' ELSE '{"kind": "limited", "sessions": 12}' END::jsonb,
    status,
    (ARRAY['contact_first', 'drop_in', 'registration', 'screening'])
        [width_bucket(chance[34], ARRAY[0, .45, .80, .92])],
    CASE WHEN status IN ('paused', 'closed') THEN 'no'
         ELSE (ARRAY['yes', 'waiting_list', 'on_assessment', 'no'])
             [width_bucket(chance[35], ARRAY[0, .78, .88, .96])] END,
    (ARRAY['{"kind": "free"}', '{"kind": "donation"}', '{"kind": "fee", "amount": "3.00", "currency": "EUR"}'])
        [width_bucket(chance[36], ARRAY[0, .70, .92])]::jsonb,
    (ARRAY['talk', 'information', 'mutual_help', 'leisure', 'expert_lectures', 'advocacy'])
        [1:1 + floor(6 * chance[37])],
    string_to_array(formats, ','),
    string_to_array((ARRAY['de', 'de,en', 'de,tr', 'de,ru', 'en', 'de,ar', 'de,gsg'])
        [width_bucket(chance[38], ARRAY[0, .90, .94, .96, .975, .985, .995])], ','),
    (ARRAY['near_public_transport', 'step_free', 'accessible_toilet', 'parking', 'hearing_loop'])
        [1:floor(6 * chance[39] * chance[40])],
    country, postcode, town, point, CASE WHEN point IS NOT NULL THEN 'postcode' END,
    CASE WHEN chance[14] < .85 THEN '{"via": "relay"}'
         ELSE '{"via": "contact_point", "phone": "+49 221 4710 120"}' END::jsonb,
    CASE WHEN chance[15] < .25 THEN 'https://demo-' || number || '.example.org/' END,
    (ARRAY['public', 'partners', 'unlisted'])[width_bucket(chance[16], ARRAY[0, .96, .99])],
    CASE WHEN chance[17] < .9 THEN wrote_at END,
    began_at, wrote_at, '{"demo": true}'
FROM choice
ORDER BY number
ON CONFLICT DO NOTHING;
