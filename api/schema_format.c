/* schema_format.c: the table of formats, and those of codes: UUIDs, countries, languages. */
#include <string.h>

#include "api/scan.h"
#include "api/schema_format.h"

/* clang-format off */
static const struct format formats[] = {
	{ "uuid",            format_uuid,            "must be a UUID"                                   },
	{ "date",            format_date,            "must be a date such as 2026-11-25"                },
	{ "date-time",       format_date_time,       "must be an instant such as 2026-11-25T18:30:00Z"  },
	{ "local-date-time", format_local_date_time, "must be a local time such as 2026-11-25T19:30:00" },
	{ "time-of-day",     format_time_of_day,     "must be a time of day such as 19:30"              },
	{ "time-zone",       format_time_zone,       "must be a time zone such as Europe/Berlin"        },
	{ "duration",        format_duration,        "must be a duration such as P2W, P1D or PT1H30M"   },
	{ "search-date",     format_search_date,     "must be a date such as ge2026, 2026-11, lt2026-11-25 or ge2026-11-25T18:30:00Z" },
	{ "uri",             format_uri,             "must be an absolute URI with https or http"       },
	{ "idn-email",       format_email,           "must be an e-mail address, without name or quotes" },
	{ "country",         format_country,         "must be a country code such as DE"                },
	{ "language",        format_language,        "must be a language tag such as de or pt-BR"       },
};
/* clang-format on */

/* For every first letter of a country code, what may be the second. */
static const char country_codes[26][26] = {
	"DEFGILMOQRSTUWXZ",
	"ABDEFGHIJLMNOQRSTVWYZ",
	"ACDFGHIKLMNORUVWXYZ",
	"EJKMOZ",
	"CEGHRST",
	"IJKMOR",
	"ABDEFGHILMNPQRSTUWY",
	"KMNRTU",
	"DELMNOQRST",
	"EMOP",
	"EGHIMNPRWYZ",
	"ABCIKRSTUVY",
	"ACDEFGHKLMNOPQRSTUVWXYZ",
	"ACEFGILOPRUZ",
	"M",
	"AEFGHKLMNRSTWY",
	"A",
	"EOSUW",
	"ABCDEGHIJKLMNORSTVXYZ",
	"CDFGHJKLMNORTVWZ",
	"AGMSYZ",
	"ACEGINU",
	"FS",
	"",
	"ET",
	"AMW",
};

const struct format *
format_find(const char *name)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++)
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
	return NULL;
}

bool
format_uuid(const char *bytes, size_t length)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

	if (length != sizeof(form) - 1)
		return false;
	for (size_t i = 0; i < length; i++)
		if (form[i] == 'x' ? !is_hexadecimal(bytes[i]) : bytes[i] != form[i])
			return false;
	return true;
}

bool
format_country(const char *bytes, size_t length)
{
	return length == 2 && bytes[0] >= 'A' && bytes[0] <= 'Z' &&
	    is_one_of(bytes[1], country_codes[bytes[0] - 'A']);
}

/* Takes the next subtag and its hyphen, if it has the length and is all of one kind. */
static bool
take_subtag(struct scan *scan, size_t shortest, size_t longest, character_kind *is_kind)
{
	struct scan ahead = *scan;
	size_t length = scan_run(&ahead, is_kind);

	if (length < shortest || length > longest)
		return false;
	if (!scan_is_done(&ahead) && (!scan_take(&ahead, "-") || scan_is_done(&ahead)))
		return false;
	*scan = ahead;
	return true;
}

static bool
take_subtags(struct scan *scan, size_t shortest)
{
	if (!take_subtag(scan, shortest, 8, is_alphanumeric))
		return false;
	while (take_subtag(scan, shortest, 8, is_alphanumeric))
		;
	return true;
}

/* The grammar has room for longer ones, but none is registered. */
static bool
take_primary(struct scan *scan)
{
	if (!take_subtag(scan, 2, 3, is_letter))
		return false;
	for (int extended = 0; extended < 3 && take_subtag(scan, 3, 3, is_letter); extended++)
		;
	return true;
}

static void
take_script_and_region(struct scan *scan)
{
	take_subtag(scan, 4, 4, is_letter);
	if (!take_subtag(scan, 2, 2, is_letter))
		take_subtag(scan, 3, 3, is_digit);
}

static bool
take_variant(struct scan *scan)
{
	return take_subtag(scan, 5, 8, is_alphanumeric) ||
	    (!scan_is_done(scan) && is_digit(*scan->at) &&
		take_subtag(scan, 4, 4, is_alphanumeric));
}

static bool
is_private_mark(char character)
{
	return is_one_of(character, "xX");
}

static bool
is_extension_mark(char character)
{
	return is_alphanumeric(character) && !is_private_mark(character);
}

static bool
take_extensions(struct scan *scan)
{
	while (take_subtag(scan, 1, 1, is_extension_mark))
		if (!take_subtags(scan, 2))
			return false;
	return true;
}

static bool
take_private_use(struct scan *scan)
{
	return take_subtag(scan, 1, 1, is_private_mark) && take_subtags(scan, 1);
}

bool
format_language(const char *bytes, size_t length)
{
	struct scan scan = { bytes, bytes + length };

	if (take_primary(&scan)) {
		take_script_and_region(&scan);
		while (take_variant(&scan))
			;
		if (!take_extensions(&scan))
			return false;
		if (scan_is_done(&scan))
			return true;
	}
	return take_private_use(&scan) && scan_is_done(&scan);
}
