"""naughty.py: texts of the kinds that break calendars, and those that no text of ours may be."""

FOLDS = [f"{'x' * start}{unit * 60}" for unit in ("ä", "€", "😀😀", "👩‍👩‍👧") for start in (0, 1, 2, 3)]
ESCAPED_FOLDS = [f"{'y' * start}" + "\\,;" * 25 for start in range(6)]

TEXTS = [
    # What calendars escape, or what looks as if they had.
    "a,b;c", "\\", "\\\\", "ends with a backslash\\", "\\n", "\\N and \\n", "\\\\n", "\\;\\,", ";,;,\\;\\,", ":", "a:b",
    "\"quoted\"", "'", "\"", "`", "^n ^' ^^", "tab\\tno tab", "=0D=0A", "%0d%0aX-EVIL:1", "&#13;&#10;X-EVIL:1", "\\r\\nX-EVIL:1",
    "BEGIN:VEVENT", "END:VCALENDAR", "END:VEVENT\\nEND:VCALENDAR", "X-EVIL;VALUE=URI:https://example.org", "UID:0", "RRULE:FREQ=DAILY",
    # What is no text in other languages.
    "${7*7}", "{{7*7}}", "$(reboot)", "%s%s%n", "%00", "<script>alert(1)</script>", "<!--", "]]>", "'; DROP TABLE feeds; --",
    "null", "NULL", "undefined", "true", "NaN", "-0", "1e400", "0x0", "../../etc/passwd", "\\u0000", "{\"a\":[1]}", "[]", "[\"a\"",
    # Scripts and directions.
    "Öffnung für Größen: ÄÖÜß", "Ωμέγα", "Привет, мир", "שלום, עולם", "مرحبا بالعالم", "田中さんにあげて下さい", "ไทย, ภาษา", "हिन्दी; भाषा",
    "\u202edrow sdrawkcab\u202c", "\u2066isolated\u2069", "a\u200bb\u200cc\u200dd\ufeffe", "\u200b\u200b", "soft\u00adhyphen",
    "no\u00a0break\u202fspace", "line\u2028separator", "paragraph\u2029separator", "wide\u3000space", "dots…", "«guillemets»",
    "e\u0301 is é", "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘!", "i\u0307 ı İ", "ﬁ ﬂ ß ẞ",
    "😀😀", "👩‍👩‍👧‍👦", "🏳️‍🌈", "🇩🇪🇦🇹🇨🇭", "👍🏽", "𝕋𝕙𝕖 𝕢𝕦𝕚𝕔𝕜", "𠜎𠜱𠝹", "\U0010fffd\U0010fffd", "\ufffd\ufffd",
    # Lengths.
    "ab", "w" * 120, "ä" * 120, "😀" * 120, "words and " * 12,
    *FOLDS, *ESCAPED_FOLDS,
]
LONG = ["w" * 300, "ö" * 300, "Wort " * 59 + "Ende.", "\\" * 300, "," * 300, "🏳️‍🌈" * 50, "zwei\nZeilen", "\n\n", "Zeile\\nkeine\nZeile",
        "tab\tulator", "a\n b\n\tc"]
CONTROLS = [f"a{control}b" for control in ("\0", "\a", "\b", "\x0b", "\f", "\r", "\r\n", "\x1b[31m", "\x1f", "\x7f", "\x85", "\x9b", "\r\nX-EVIL:1")]
URLS = [
    "https://example.org/?a=1,2;3&b=%0d%0aX-EVIL:1", "https://example.org/a;b,c:d", "https://example.org/'quoted'",
    "https://example.org/#frag,ment", "https://example.org:8443/" + "x" * 300, "https://example.org/%C3%B6",
    "https://example.org/$%7B7*7%7D", "https://example.org/(round)", "https://example.org/~a!b*c", "https://example.org/\\n",
    "https://example.org/ö", "https://example.org/\"quoted\"", "https://example.org/<b>", "https://example.org/{a}|b^c`d",
    "https://example.org/%", "https://[::1]/", "javascript:alert(1)", "data:text/html,x", "https://user:pass@example.org/",
    "https://example.org/\r\nX-EVIL:1", "https://example.org/\nX-EVIL:1", "https://example.org/a b", "https://example.org/\t", "https://"]
