-- A directory to look at: some forty invented groups, most around Köln, Leipzig and Freiburg.
-- A keeper is the number of an organisation in demo_organisations.sql; rest is what differs from the usual.
-- now: the clock
-- lane: write
WITH given (number, keeper, topics, name, postcode, town, rest, summary, description) AS (VALUES
    (1, 2, '{angststoerung, panikstoerung-und-agoraphobie}', 'Zwei Schritte vor', '50667', 'Köln',
     '{"joining": "contact_first", "cost": {"kind": "donation"}, "activities": ["talk", "mutual_help"],
       "accessibility": ["step_free", "near_public_transport"], "website": "https://zwei-schritte-vor.example.org/"}',
     'Gesprächskreis für Menschen mit Angst und Panikattacken',
     'Wir reden darüber, was die Angst mit unserem Alltag macht, und üben gemeinsam kleine Schritte. Wer mag, fährt '
     'nach dem Treffen mit uns eine Station mit der Bahn. Niemand muss etwas erzählen; Zuhören reicht am Anfang.'),

    (2, 2, '{angststoerung}', 'Mit im Boot', '50823', 'Köln',
     '{"point": "SRID=4326;POINT(6.9241 50.9502)", "precision": "street", "audience": ["relatives"],
       "status": "founding", "joining": "registration", "formats": ["hybrid"],
       "activities": ["talk", "expert_lectures"], "duration": {"kind": "limited", "sessions": 12},
       "supported_by_id": "01980000-0000-7000-8000-000000000002"}',
     'Für Partner, Eltern und Freunde von Menschen mit einer Angststörung',
     'Wie helfe ich, ohne der Angst den Weg zu ebnen? Für diese Frage suchen wir Mitstreiter. Geplant sind zwölf '
     'Abende, zu denen wir zweimal einen Gast aus der Beratung einladen. Wer nicht kommen kann, schaltet sich zu.'),

    (3, 2, '{depression}', 'Graublau', '50677', 'Köln',
     '{"point": "SRID=4326;POINT(6.9479 50.9204)", "precision": "street", "joining": "screening",
       "accepting_newcomers": "waiting_list", "activities": ["talk"], "accessibility": ["near_public_transport"]}',
     'Feste Runde von acht Menschen mit Depressionen',
     'Wir kennen uns seit Jahren und nehmen uns Zeit füreinander. Damit jeder zu Wort kommt, sind wir höchstens '
     'acht; wenn ein Platz frei wird, laden wir zu einem Gespräch ein. Was hier gesagt wird, bleibt hier.'),

    (4, 2, '{depression, selbstwert-und-selbstsicherheit}', 'Junge Selbsthilfe Seelenwetter', '50667', 'Köln',
     '{"age": {"from": 18, "to": 30}, "joining": "drop_in", "formats": ["in_person", "online"],
       "languages": ["de", "en"], "activities": ["talk", "leisure", "mutual_help"],
       "website": "https://seelenwetter.example.org/"}',
     'Offener Treff für alle zwischen 18 und 30, denen es gerade nicht gut geht',
     'Studium, Ausbildung, Job oder nichts davon: Bei uns ist egal, was du machst. Wir kochen, reden, gehen raus '
     'und melden uns, wenn jemand nicht aus dem Bett kommt. Komm einfach vorbei, gern auch zu zweit.'),

    (5, 3, '{depression-rund-um-die-geburt}', 'Wiegenlied', '04229', 'Leipzig',
     '{"point": "SRID=4326;POINT(12.3305 51.3253)", "precision": "street", "leadership": "professionally_led",
       "joining": "registration", "cost": {"kind": "fee", "amount": "4.00", "currency": "EUR"},
       "duration": {"kind": "limited", "sessions": 10}, "activities": ["talk", "information", "counselling"],
       "accessibility": ["step_free", "accessible_toilet", "parking"]}',
     'Für Mütter, bei denen nach der Geburt das Glück ausbleibt',
     'Eine Hebamme begleitet zehn Vormittage, an denen Erschöpfung, Traurigkeit und Wut Platz haben. Babys sind '
     'willkommen und dürfen schreien. Eine Behandlung ersetzt die Gruppe nicht, sie kann sie aber gut ergänzen.'),

    (6, 4, '{burnout, beruf-und-neuorientierung}', 'Halbe Kraft', '79098', 'Freiburg im Breisgau',
     '{"joining": "contact_first", "activities": ["talk", "leisure"], "accessibility": ["step_free"]}',
     'Für Menschen, die sich müde gearbeitet haben',
     'Wir sprechen über Grenzen, Krankschreibung und die Rückkehr in den Beruf. Einmal im Monat gehen wir statt des '
     'Gesprächs gemeinsam in den Wald. Neue melden sich bitte vorher kurz.'),

    (7, 6, '{alkoholabhaengigkeit}', 'Trockenen Fußes Ehrenfeld', '50825', 'Köln',
     '{"point": "SRID=4326;POINT(6.9156 50.9513)", "precision": "street", "joining": "drop_in",
       "cost": {"kind": "donation"}, "activities": ["talk", "mutual_help", "leisure"],
       "accessibility": ["step_free", "near_public_transport"],
       "website": "https://trockenen-fusses.example.org/ehrenfeld"}',
     'Offene Gruppe für alle, die mit dem Trinken aufhören wollen oder aufgehört haben',
     'Die Tür steht offen, auch nach einem Rückfall. Wir erzählen der Reihe nach, wie es uns geht, und geben keine '
     'ungefragten Ratschläge. An den Feiertagen sind wir erst recht da.'),

    (8, 6, '{alkoholabhaengigkeit, medikamentenabhaengigkeit}', 'Trockenen Fußes Lindenau', '04177', 'Leipzig',
     '{"point": "SRID=4326;POINT(12.3362 51.3385)", "precision": "street", "joining": "drop_in",
       "cost": {"kind": "donation"}, "activities": ["talk", "mutual_help"],
       "accessibility": ["near_public_transport"]}',
     'Für Menschen mit Abhängigkeit von Alkohol oder Tabletten',
     'Wir treffen uns jede Woche und fangen pünktlich an. Wer aus der Klinik kommt, findet hier Leute, die den '
     'ersten Monat danach kennen. Es reicht, nüchtern zu kommen.'),

    (9, 6, '{angehoerige-sucht, co-abhaengigkeit}', 'Trockenen Fußes für Angehörige', NULL, NULL,
     '{"audience": ["relatives"], "joining": "contact_first", "formats": ["online"],
       "activities": ["talk", "information"]}',
     'Abendrunde im Netz für Menschen, die jemanden mit einer Suchterkrankung lieben',
     'Wir haben gelernt, dass wir niemanden trocken machen können, und kümmern uns deshalb um uns selbst. Die '
     'Kamera darf aus bleiben. Den Zugang gibt es nach einem kurzen Telefonat.'),

    (10, 3, '{amphetamin-und-crystal-abhaengigkeit}', 'Klarer Tag', '04109', 'Leipzig',
     '{"age": {"from": 18}, "leadership": "professionally_led", "joining": "screening",
       "accepting_newcomers": "on_assessment", "activities": ["talk", "counselling", "leisure"]}',
     'Begleitete Gruppe für Menschen, die ohne Crystal leben wollen',
     'Eine Fachkraft moderiert, die Themen bestimmen wir. Vor dem ersten Abend sprechen wir miteinander, ob es '
     'gerade passt. Danach zählt vor allem, dass man wiederkommt.'),

    (11, 2, '{gluecksspielsucht, schulden-und-armut}', 'Ausgespielt', '51373', 'Leverkusen',
     '{"audience": ["affected", "relatives"], "joining": "drop_in",
       "activities": ["talk", "information", "mutual_help"]}',
     'Für Spielerinnen und Spieler und für die, die mit ihnen leben',
     'Automaten, Wetten, Casino im Netz: Das Geld war weg und das Vertrauen auch. Wir reden offen über beides und '
     'helfen einander, Ordnung in die Briefe zu bringen. Den zweiten Teil des Abends verbringen Angehörige unter '
     'sich.'),

    (12, 4, '{medien-und-internetsucht}', 'Funkloch', '79098', 'Freiburg im Breisgau',
     '{"age": {"from": 16, "to": 27}, "joining": "drop_in", "activities": ["leisure", "talk"]}',
     'Ein Abend in der Woche ohne Bildschirm, für junge Leute',
     'Das Handy kommt in eine Kiste, dann wird geklettert, gespielt oder geredet. Wir wissen, wie zäh die ersten '
     'zwanzig Minuten sind. Vorkenntnisse braucht niemand, Geduld bringen wir mit.'),

    (13, 2, '{brustkrebs, leben-nach-krebs}', 'Wellenreiterinnen', '50935', 'Köln',
     '{"point": "SRID=4326;POINT(6.9003 50.9182)", "precision": "street", "joining": "contact_first",
       "activities": ["talk", "leisure", "expert_lectures"],
       "accessibility": ["step_free", "accessible_toilet", "parking"],
       "contact": {"via": "contact_point", "phone": "+49 221 4710 120"}}',
     'Frauen mit Brustkrebs, in der Behandlung und lange danach',
     'Bei uns sitzen Frauen, die gestern die Diagnose bekommen haben, neben solchen, bei denen sie zehn Jahre her '
     'ist. Wir tauschen Adressen, Mützen und Mut. Im Sommer paddeln wir einmal auf dem See.'),

    (14, 2, '{prostatakrebs}', 'Männerrunde Prostata', '53111', 'Bonn',
     '{"audience": ["affected", "relatives"], "age": {"from": 40}, "joining": "drop_in",
       "activities": ["information", "expert_lectures", "talk"], "accessibility": ["step_free", "parking"]}',
     'Erfahrungsaustausch über Diagnose, Entscheidung und das Leben danach',
     'Operieren, bestrahlen, abwarten? Wir haben alles davon hinter uns und hören zu, bevor wir antworten. Jeden '
     'dritten Monat beantwortet ein Arzt unsere Fragen. Partnerinnen und Partner sind willkommen.'),

    (15, 3, '{stoma, darmkrebs}', 'Saalebeutel', '06108', 'Halle (Saale)',
     '{"joining": "contact_first", "activities": ["mutual_help", "information"],
       "accessibility": ["step_free", "accessible_toilet"], "website": "https://saalebeutel.example.org/"}',
     'Leben mit künstlichem Darmausgang, mit Humor und ohne Scham',
     'Schwimmen, Reisen, Liebe: Es geht mehr, als man im Krankenhaus glaubt. Wir zeigen einander, womit wir gut '
     'zurechtkommen. Auf Wunsch besuchen wir Neue auch vor der Operation.'),

    (16, 3, '{junge-erwachsene-mit-krebs}', 'Zwischenhalt', '04109', 'Leipzig',
     '{"age": {"from": 18, "to": 39}, "joining": "contact_first", "formats": ["hybrid"], "languages": ["de", "en"],
       "activities": ["talk", "leisure"], "accessibility": ["step_free", "near_public_transport"]}',
     'Für Menschen unter vierzig mit einer Krebserkrankung',
     'Prüfungen, Kinderwunsch, Kredit: Mit zwanzig oder dreißig stellt Krebs andere Fragen. Wir treffen uns in '
     'einer Küche, und wer Infekte meiden muss, kommt über den Bildschirm dazu. Über Haare reden wir auch.'),

    (17, 4, '{parkinson}', 'Taktwechsel', '79114', 'Freiburg im Breisgau',
     '{"point": "SRID=4326;POINT(7.8231 48.0034)", "precision": "street", "audience": ["affected", "relatives"],
       "joining": "drop_in", "activities": ["leisure", "talk", "expert_lectures"],
       "accessibility": ["step_free", "accessible_toilet", "parking", "near_public_transport"]}',
     'Bewegung und Gespräch für Menschen mit Parkinson',
     'Wir beginnen mit einer halben Stunde Tanz, danach gibt es Kaffee. Wer schlecht hineinkommt, bekommt einen '
     'Arm. Die Angehörigen haben nebenan ihre eigene Runde.'),

    (18, 2, '{multiple-sklerose}', 'Frühstück mit MS', '50667', 'Köln',
     '{"joining": "contact_first", "activities": ["leisure", "talk", "advocacy"],
       "accessibility": ["step_free", "accessible_toilet", "parking"]}',
     'Samstagsfrühstück für Menschen mit Multipler Sklerose und solche, die es gerade erfahren haben',
     'Fatigue, Rente, Reisen mit Rollstuhl: Beim Frühstück kommt alles auf den Tisch. Der Raum liegt ebenerdig und '
     'ist kühl. Bitte vorher Bescheid geben, damit die Brötchen reichen.'),

    (19, 3, '{schlaganfall, aphasie}', 'Wortfinder', '04103', 'Leipzig',
     '{"point": "SRID=4326;POINT(12.3921 51.3349)", "precision": "street", "audience": ["affected", "relatives"],
       "joining": "contact_first", "activities": ["mutual_help", "talk", "education"],
       "accessibility": ["step_free", "accessible_toilet", "easy_language"]}',
     'Für Menschen, die nach einem Schlaganfall ihre Wörter suchen',
     'Wir haben Zeit. Wir sprechen, zeigen, malen und singen. Jeder darf ausreden, auch wenn es lange dauert.'),

    (20, 4, '{epilepsie}', 'Kurz weg', '78462', 'Konstanz',
     '{"joining": "contact_first", "status": "paused", "accepting_newcomers": "no",
       "activities": ["talk", "information"]}',
     'Austausch über Anfälle, Führerschein und Beruf',
     'Wir machen gerade eine Pause, weil zwei von uns weggezogen sind. Wer Lust hat, die Gruppe mit neu zu '
     'beginnen, schreibt uns gern. Anfälle bringen uns nicht aus der Ruhe.'),

    (21, 2, '{diabetes-typ-1}', 'Einheiten & Einhörner', '52349', 'Düren',
     '{"age": {"from": 14, "to": 25}, "joining": "drop_in", "activities": ["leisure", "mutual_help"],
       "accessibility": ["near_public_transport"], "website": "https://einheiten.example.org/"}',
     'Junge Leute mit Diabetes Typ 1',
     'Sensor piept, keiner dreht sich um: Bei uns ist das normal. Wir gehen klettern, essen Pizza und rechnen dabei '
     'zusammen. Eltern warten bitte draußen.'),

    (22, 2, '{adipositas}', 'Schwergewichte', '51465', 'Bergisch Gladbach',
     '{"joining": "contact_first", "activities": ["talk", "leisure", "information"],
       "accessibility": ["step_free", "parking"]}',
     'Für Menschen mit starkem Übergewicht, vor und nach einer Operation und ganz ohne',
     'Hier gibt es keine Waage. Wir sprechen über Blicke im Bus, Anträge bei der Kasse und darüber, was uns guttut. '
     'Die Stühle haben keine Armlehnen.'),

    (23, 3, '{copd-und-lungenemphysem, lungenfibrose}', 'Langer Atem', '09111', 'Chemnitz',
     '{"joining": "drop_in", "formats": ["in_person", "phone"],
       "activities": ["mutual_help", "information", "leisure"],
       "accessibility": ["step_free", "accessible_toilet", "parking"]}',
     'Gruppe für Menschen mit Lungenerkrankungen',
     'Wir üben das Atmen, singen mit wenig Luft und reden über Sauerstoff auf Reisen. In der Erkältungszeit treffen '
     'wir uns am Telefon. Bitte kein Parfüm.'),

    (24, 2, '{morbus-crohn-und-colitis-ulcerosa}', 'Bauchredner', '50667', 'Köln',
     '{"joining": "contact_first", "formats": ["in_person", "online"], "activities": ["talk", "information"],
       "accessibility": ["accessible_toilet", "near_public_transport"]}',
     'Für Menschen mit chronisch entzündlichem Darm',
     'Wir wissen, wo die nächste Toilette ist, und reden trotzdem lieber über etwas anderes. Medikamente, Ernährung '
     'und der Schub vor der Prüfung kommen dennoch dran. Jeder zweite Abend findet im Netz statt.'),

    (25, 4, '{endometriose, ungewollte-kinderlosigkeit}', 'Endlich benannt', '79098', 'Freiburg im Breisgau',
     '{"joining": "contact_first", "accepting_newcomers": "waiting_list",
       "activities": ["talk", "advocacy", "expert_lectures"]}',
     'Gruppe für alle mit Endometriose',
     'Bis zur Diagnose vergehen oft viele Jahre; diese Jahre haben wir gemeinsam. Wir sprechen über Schmerzen, '
     'Behandlung und Kinderwunsch. Zurzeit führen wir eine Warteliste und rufen zurück, sobald ein Platz frei ist.'),

    (26, 3, '{long-covid-und-post-covid, me-cfs}', 'Kleine Portionen', NULL, NULL,
     '{"audience": ["affected", "relatives"], "joining": "registration", "formats": ["online", "phone"],
       "activities": ["mutual_help", "information"], "website": "https://kleine-portionen.example.org/"}',
     'Dreißig Minuten im Liegen: kurze Runden für Menschen mit wenig Kraft',
     'Wir halten die Treffen so kurz, dass sie niemanden umwerfen. Teilnehmen geht im Bett, ohne Bild und auch nur '
     'zum Zuhören. Wer absagt, muss nichts erklären.'),

    (27, 4, '{fibromyalgie, chronische-schmerzen}', 'Wetterfühlig', '78050', 'Villingen-Schwenningen',
     '{"joining": "drop_in", "cost": {"kind": "fee", "amount": "2.50", "currency": "EUR"},
       "activities": ["leisure", "talk", "mutual_help"], "accessibility": ["step_free", "parking"]}',
     'Warmes Wasser, warme Worte: Gruppe bei Fibromyalgie und Dauerschmerz',
     'Wir treffen uns im Bewegungsbad und bleiben danach sitzen. Das Eintrittsgeld geht an das Bad. Schlechte Tage '
     'sind kein Grund, nicht zu kommen.'),

    (28, 2, '{schwerhoerigkeit, tinnitus}', 'Ganz Ohr mit halbem Ohr', '50667', 'Köln',
     '{"joining": "drop_in", "activities": ["information", "talk", "advocacy"], "languages": ["de", "gsg"],
       "accessibility": ["hearing_loop", "sign_language", "near_public_transport"]}',
     'Für Menschen, die schlecht hören oder zu viel hören',
     'Im Raum liegt eine Höranlage, und alles wird mitgeschrieben. Es spricht immer nur einer. Einmal im Monat '
     'übersetzt jemand in Gebärdensprache.'),

    (29, 3, '{makuladegeneration, sehbehinderung-und-blindheit}', 'Hörensagen', NULL, NULL,
     '{"age": {"from": 60}, "joining": "registration", "formats": ["phone"], "activities": ["talk", "mutual_help"]}',
     'Telefonrunde für ältere Menschen, deren Augen nachlassen',
     'Eine gewöhnliche Telefonnummer genügt, man braucht keinen Computer. Wir tauschen Hilfsmittel, Hörbücher und '
     'Rezepte aus. Zur Anmeldung rufen wir auch gern zurück.'),

    (30, 2, '{autistische-erwachsene}', 'Leise Runde', '50733', 'Köln',
     '{"point": "SRID=4326;POINT(6.9512 50.9664)", "precision": "street", "age": {"from": 18},
       "joining": "contact_first", "activities": ["talk", "leisure"],
       "accessibility": ["step_free", "easy_language"]}',
     'Autistische Erwachsene unter sich, mit und ohne Diagnose',
     'Gedämpftes Licht, feste Plätze, ein Ablauf, der vorher feststeht. Wer nicht sprechen möchte, schreibt auf '
     'Karten. Fotos vom Raum und vom Weg schicken wir auf Wunsch zu.'),

    (31, 2, '{adhs-bei-erwachsenen}', 'Vierzig offene Fenster', '53840', 'Troisdorf',
     '{"age": {"from": 18}, "joining": "contact_first", "accepting_newcomers": "waiting_list",
       "formats": ["hybrid"], "activities": ["mutual_help", "talk", "information"]}',
     'ADHS bei Erwachsenen: Austausch und gemeinsames Anfangen',
     'Erst erzählen wir, dann macht jeder eine Stunde lang das, was er seit Wochen aufschiebt. Zuspätkommen ist '
     'eingeplant. Die Liste der Wartenden ist lang, aber sie bewegt sich.'),

    (32, 3, '{eltern-autistischer-kinder}', 'Anders als geplant', '07743', 'Jena',
     '{"audience": ["relatives"], "joining": "contact_first", "activities": ["talk", "information", "advocacy"],
       "accessibility": ["step_free", "parking"]}',
     'Eltern autistischer Kinder und Jugendlicher',
     'Schulbegleitung, Pflegegrad, Familienfeste: Wir kennen die Anträge und die Blicke. Die Kinder werden im '
     'Nebenraum betreut, wenn sie das mögen. Großeltern sind ebenso willkommen.'),

    (33, 5, '{ehlers-danlos-syndrom}', 'Seltenlicht Bindegewebe', NULL, NULL,
     '{"joining": "registration", "formats": ["online"], "languages": ["de", "en"],
       "activities": ["information", "talk"], "website": "https://seltenlicht.example.org/bindegewebe"}',
     'Bundesweite Runde für Menschen mit Ehlers-Danlos-Syndrom',
     'Überbeweglich, oft verletzt und selten verstanden: Wir treffen uns einmal im Monat im Netz. Nach einer '
     'Vorstellungsrunde teilen wir uns nach Themen auf. Wer Fragen an eine Fachklinik hat, reicht sie vorher ein.'),

    (34, 5, '{leben-ohne-diagnose, seltene-erkrankungen}', 'Seltenlicht ohne Namen', NULL, NULL,
     '{"audience": ["affected", "relatives"], "status": "founding", "joining": "contact_first",
       "formats": ["online", "phone"], "activities": ["mutual_help", "talk"]}',
     'Gesucht: Menschen, deren Krankheit noch keinen Namen hat',
     'Wir sind bisher zu dritt und möchten mehr werden. Uns verbindet nicht die Diagnose, sondern dass sie fehlt. '
     'Wie oft wir uns treffen, entscheiden wir gemeinsam.'),

    (35, 5, '{mitochondriale-erkrankungen}', 'Seltenlicht Kraftwerk', '04109', 'Leipzig',
     '{"audience": ["affected", "relatives"], "visibility": "partners", "joining": "screening",
       "accepting_newcomers": "on_assessment", "formats": ["hybrid"],
       "partner_note": "Kleine Gruppe; bitte vor jeder Vermittlung anrufen."}',
     'Familien mit einer mitochondrialen Erkrankung',
     'Wir sind wenige Familien und kennen einander gut. Neue lernen wir zuerst am Telefon kennen. Zweimal im Jahr '
     'sehen wir uns für ein Wochenende.'),

    (36, 2, '{sternenkinder, verwaiste-eltern}', 'Ungelebte Tage', '53111', 'Bonn',
     '{"audience": ["relatives"], "leadership": "professionally_led", "joining": "screening",
       "duration": {"kind": "limited", "sessions": 8}, "cost": {"kind": "donation"},
       "activities": ["talk", "counselling"], "accessibility": ["step_free"]}',
     'Acht Abende für Eltern, deren Kind vor, bei oder bald nach der Geburt gestorben ist',
     'Eine Trauerbegleiterin führt durch die Abende; sie hat selbst ein Kind verloren. Man kann allein oder als '
     'Paar kommen. Vorher sprechen wir miteinander, damit die Gruppe zusammenpasst.'),

    (37, 3, '{hinterbliebene-nach-suizid}', 'Offene Frage', '04277', 'Leipzig',
     '{"point": "SRID=4326;POINT(12.3823 51.3057)", "precision": "street", "audience": ["relatives"],
       "joining": "screening", "accepting_newcomers": "on_assessment", "activities": ["talk", "mutual_help"]}',
     'Für Menschen, die jemanden durch Suizid verloren haben',
     'Warum? Diese Frage dürfen wir hier stellen, ohne sie zu beantworten. Manche kommen ein Jahr, manche viele. '
     'Das Vorgespräch führt, wer selbst betroffen ist.'),

    (38, 4, '{jung-verwitwet, alleinerziehende}', 'Weiter zu dritt', '79098', 'Freiburg im Breisgau',
     '{"audience": ["relatives"], "age": {"from": 20, "to": 50}, "joining": "contact_first",
       "activities": ["talk", "leisure", "mutual_help"], "accessibility": ["step_free", "near_public_transport"]}',
     'Früh verwitwete Mütter und Väter mit ihren Kindern',
     'Am Sonntag, wenn die anderen Familien unterwegs sind, treffen wir uns. Die Kinder spielen, wir reden, und '
     'wenn einer weint, ist das in Ordnung. Wer keine Kinder hat, kommt genauso gern.'),

    (39, 2, '{angehoerige-demenz, migration-und-flucht}', 'Birlikte – Demenz in der Familie', '51103', 'Köln',
     '{"point": "SRID=4326;POINT(7.0108 50.9391)", "precision": "street", "audience": ["relatives"],
       "languages": ["de", "tr"], "joining": "drop_in", "activities": ["talk", "information", "mutual_help"],
       "accessibility": ["step_free", "easy_language"],
       "contact": {"via": "public", "email": "birlikte@example.org"}}',
     'Türkisch-deutsche Runde für pflegende Töchter, Söhne und Ehepartner',
     'Wir sprechen Türkisch und Deutsch, oft im selben Satz. Es geht um vergessene Namen, um Pflegegeld und um das '
     'schlechte Gewissen. Tee ist da, Zeit auch.'),

    (40, 4, '{alleinerziehende}', 'Café Einzelteil', '79098', 'Freiburg im Breisgau',
     '{"joining": "drop_in", "languages": ["de", "fr", "uk"], "activities": ["leisure", "mutual_help"],
       "accessibility": ["step_free", "near_public_transport"]}',
     'Treffpunkt für Alleinerziehende, mit Spielecke',
     'Wir tauschen Kinderkleidung, Babysitter und Nerven. Wer einen Brief vom Amt hat, bringt ihn mit. Am Ende '
     'räumen alle zusammen auf.'),

    (41, 2, '{trans-und-nichtbinaer, coming-out}', 'Wie ich heiße', '50667', 'Köln',
     '{"age": {"from": 16, "to": 27}, "joining": "contact_first", "formats": ["hybrid"], "languages": ["de", "en"],
       "activities": ["talk", "leisure", "advocacy"], "visibility": "partners",
       "partner_note": "Treffort nur nach Rücksprache."}',
     'Junge trans und nichtbinäre Menschen unter sich',
     'Namen ausprobieren, Briefe an Behörden schreiben, zusammen einkaufen gehen: alles schon gemacht. Den Ort '
     'nennen wir nach dem ersten Kontakt. Du musst dir noch über nichts sicher sein.'),

    (42, 3, '{haeusliche-gewalt}', 'Eigene Schlüssel', '04109', 'Leipzig',
     '{"visibility": "unlisted", "leadership": "professionally_led", "joining": "screening",
       "accepting_newcomers": "on_assessment", "activities": ["talk", "counselling", "mutual_help"],
       "contact": {"via": "contact_point"}}',
     'Für Frauen, die eine gewaltvolle Beziehung verlassen haben',
     'Der Weg zu uns führt nur über die Kontaktstelle. Wir reden über das, was war, und über das erste eigene '
     'Konto. Kinder werden betreut.'),

    (43, 2, '{einsamkeit-und-kontakte, aelter-werden}', 'Donnerstags nie allein', '50667', 'Köln',
     '{"age": {"from": 55}, "joining": "drop_in", "activities": ["leisure", "talk"],
       "accessibility": ["step_free", "accessible_toilet", "near_public_transport"]}',
     'Kaffee, Karten und Gespräche gegen die Stille',
     'Wir sind kein Verein und keine Partnerbörse. Donnerstags um drei wird der Tisch gedeckt, und wer kommt, '
     'gehört dazu. Im Winter holen wir einander ab.'),

    (44, 4, '{mobbing-am-arbeitsplatz}', 'Rückgrat', '79098', 'Freiburg im Breisgau',
     '{"status": "closed", "accepting_newcomers": "no", "joining": "contact_first",
       "activities": ["talk", "information"]}',
     'Gruppe gegen Mobbing am Arbeitsplatz (beendet)',
     'Nach sechs Jahren haben wir uns verabschiedet, weil es uns allen besser geht. Wer eine neue Gruppe gründen '
     'möchte, bekommt von der Kontaktstelle unsere Unterlagen.'),

    (45, 3, '{depression, migration-und-flucht}', 'Far from Home', '04109', 'Leipzig',
     '{"language_of_text": "en", "languages": ["en"], "age": {"from": 18}, "joining": "drop_in",
       "status": "founding", "activities": ["talk", "leisure"], "accessibility": ["near_public_transport"]}',
     'English-speaking circle for people with low mood, far away from family and friends',
     'We came for work, study or love, and the winters turned out to be long. We meet, walk along the river and '
     'speak English with every accent. We are just beginning, so your ideas count.'),

    (46, 4, '{trennung-und-scheidung, getrennt-lebende-eltern}', 'Halber Hausrat', '78462', 'Konstanz',
     '{"status": "paused", "joining": "registration", "activities": ["talk", "information"],
       "verified_at": "2024-03-09T18:00:00Z"}',
     'Für Menschen in Trennung, mit und ohne Kinder',
     'Wer behält das Sofa, und wer die Freunde? Wir sprechen über Verletzungen, Umgangszeiten und neue Wohnungen. '
     'Bis zum Frühjahr ruht die Gruppe, danach geht es an einem neuen Ort weiter.'),

    (47, 3, '{bipolare-stoerung}', 'Ebbe und Flut', '06108', 'Halle (Saale)',
     '{"status": "closed", "accepting_newcomers": "no", "audience": ["affected", "relatives"],
       "joining": "contact_first", "activities": ["talk", "mutual_help"], "verified_at": null}',
     'Menschen mit bipolarer Störung und ihre Angehörigen (beendet)',
     'Die Gruppe ist im guten Einvernehmen auseinandergegangen. Einige von uns treffen sich weiter privat. Die '
     'Kontaktstelle nennt gern Gruppen in der Nähe.')
), wanted AS (
    SELECT group_of(jsonb_build_object(
               'id',              '01980000-0000-7000-8001-' || lpad(number::text, 12, '0'),
               'organisation_id', '01980000-0000-7000-8000-00000000000' || keeper,
               'name',            name,
               'summary',         summary,
               'description',     description,
               'topic_ids',       (SELECT jsonb_agg(t.id ORDER BY p.place)
                                   FROM unnest(topics::text[]) WITH ORDINALITY AS p (slug, place)
                                   JOIN topics t USING (slug)),
               'audience',        jsonb_build_array('affected'),
               'leadership',      'peer_led',
               'formats',         jsonb_build_array('in_person'),
               'languages',       jsonb_build_array('de'),
               'country',         CASE WHEN postcode IS NOT NULL THEN 'DE' END,
               'postcode',        postcode,
               'town',            town,
               'revision',        1,
               'verified_at',     :'now'::timestamptz,
               'created_at',      :'now'::timestamptz,
               'updated_at',      :'now'::timestamptz,
               'writer',          jsonb_build_object('demo', true)) || rest::jsonb) AS g
    FROM given
), written AS (
    INSERT INTO groups
    SELECT (g).*
    FROM wanted
    ON CONFLICT DO NOTHING
    RETURNING id
)
SELECT count(*) AS groups FROM written;
