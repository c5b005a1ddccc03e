/* schema_format.h: the formats that a schema may ask of a string. */
#ifndef API_SCHEMA_FORMAT_H
#define API_SCHEMA_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

/* True if the text, which may contain anything, has the format. */
typedef bool format_check(const char *bytes, size_t length);

struct format {
	const char *name;
	format_check *matches;
	const char *detail; /* what to say when it does not match */
};

/* The format of this name, or NULL. */
const struct format *format_find(const char *name);

/* 8-4-4-4-12 hexadecimal digits of either case. */
format_check format_uuid;

/* RFC 3339, full-date: a day that the calendar has, in the years 0001 to 9999. */
format_check format_date;

/* RFC 3339, date-time: no leap second, at most 9 decimals, an offset of less than 16 hours. */
format_check format_date_time;

/* A date, T and a time of day to the second, as clocks there show it, in the years 2000 to 2099. */
format_check format_local_date_time;

/* A time of day to the minute. */
format_check format_time_of_day;

/* A name of the IANA time zone database that is installed here. */
format_check format_time_zone;

/*
 * A date of FHIR searches: a year, a month, a day or an instant as above, behind eq, gt, lt, ge,
 * le, sa, eb or nothing.
 */
format_check format_search_date;

/* RFC 3339, appendix A, without years and months, and no longer than 36525 days. */
format_check format_duration;

/* RFC 3986: http or https, a name or an address as host, no user, at most 2000 bytes. */
format_check format_uri;

/*
 * RFC 6531, so in any script; without quotation marks, comments, names or address literals. The
 * domain has two labels or more.
 */
format_check format_email;

/* ISO 3166-1 alpha-2, in capitals. */
format_check format_country;

/*
 * BCP 47: well-formed after RFC 5646, section 2.1, beginning with two or three letters as every
 * registered language does, or "x"; none of the grandfathered tags.
 */
format_check format_language;

#endif
