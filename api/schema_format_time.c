/* schema_format_time.c: dates, instants and durations (RFC 3339). */
#include <string.h>
#include <sys/stat.h>

#include "api/scan.h"
#include "api/schema_format.h"

#define DAY          86400L
#define DURATION_MAX (36525 * DAY)
#define ZONES        "/usr/share/zoneinfo/"
#define ZONE_MAX     40

static bool
is_zone_sign(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	    c == '_' || c == '-' || c == '+';
}

static int
days_in(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && leap ? 29 : days[month - 1];
}

static bool
take_date(struct scan *scan)
{
	int year, month, day;

	return scan_number(scan, 4, &year) && scan_take(scan, "-") &&
	    scan_number(scan, 2, &month) && scan_take(scan, "-") && scan_number(scan, 2, &day) &&
	    year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= days_in(year, month);
}

static bool
take_hour_and_minute(struct scan *scan, int hour_max)
{
	int hour, minute;

	return scan_number(scan, 2, &hour) && scan_take(scan, ":") &&
	    scan_number(scan, 2, &minute) && hour <= hour_max && minute <= 59;
}

static bool
take_seconds(struct scan *scan)
{
	int second;
	size_t decimals;

	if (!scan_number(scan, 2, &second) || second > 59)
		return false;
	if (!scan_take(scan, "."))
		return true;
	decimals = scan_run(scan, is_digit);
	return decimals >= 1 && decimals <= 9;
}

/* PostgreSQL knows no offset of 16 hours or more. */
static bool
take_offset(struct scan *scan)
{
	return scan_take(scan, "Zz") || (scan_take(scan, "+-") && take_hour_and_minute(scan, 15));
}

bool
format_date(const char *bytes, size_t length)
{
	struct scan scan = { bytes, bytes + length };

	return take_date(&scan) && scan_is_done(&scan);
}

bool
format_local_date_time(const char *bytes, size_t length)
{
	struct scan scan = { bytes, bytes + length };

	return length == sizeof("2026-11-25T19:30:00") - 1 && bytes[0] == '2' && bytes[1] == '0' &&
	    take_date(&scan) && scan_take(&scan, "T") && take_hour_and_minute(&scan, 23) &&
	    scan_take(&scan, ":") && take_seconds(&scan) && scan_is_done(&scan);
}

bool
format_time_of_day(const char *bytes, size_t length)
{
	struct scan scan = { bytes, bytes + length };

	return take_hour_and_minute(&scan, 23) && scan_is_done(&scan);
}

/* Names such as EST and Etc/GMT+1 are no places whose clocks people go by. */
bool
format_time_zone(const char *bytes, size_t length)
{
	struct stat file;
	char path[sizeof(ZONES) + ZONE_MAX] = ZONES;
	struct scan scan = { bytes, bytes + length };
	size_t part;

	if (length > ZONE_MAX || memchr(bytes, '/', length) == NULL)
		return length == 3 && memcmp(bytes, "UTC", 3) == 0;
	do {
		part = scan_run(&scan, is_zone_sign);
	} while (part > 0 && scan_take(&scan, "/"));
	if (part == 0 || !scan_is_done(&scan) || length < 6 || memcmp(bytes, "posix/", 6) == 0 ||
	    memcmp(bytes, "right/", 6) == 0)
		return false;
	memcpy(path + sizeof(ZONES) - 1, bytes, length);
	return stat(path, &file) == 0 && S_ISREG(file.st_mode);
}

bool
format_date_time(const char *bytes, size_t length)
{
	struct scan scan = { bytes, bytes + length };

	return take_date(&scan) && scan_take(&scan, "Tt") && take_hour_and_minute(&scan, 23) &&
	    scan_take(&scan, ":") && take_seconds(&scan) && take_offset(&scan) &&
	    scan_is_done(&scan);
}

static void
skip_prefix(struct scan *scan)
{
	static const char *const prefixes[] = { "eq", "gt", "lt", "ge", "le", "sa", "eb" };

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (scan->end - scan->at >= 2 && memcmp(scan->at, prefixes[i], 2) == 0) {
			scan->at += 2;
			return;
		}
}

/* What is not said of a date is its beginning. */
bool
format_search_date(const char *bytes, size_t length)
{
	static const char beginning[] = "0000-01-01";
	struct scan scan = { bytes, bytes + length };
	char date[sizeof(beginning)];
	size_t said;

	skip_prefix(&scan);
	said = (size_t)(scan.end - scan.at);
	if (said >= sizeof(beginning))
		return format_date_time(scan.at, said);
	memcpy(date, beginning, sizeof(beginning));
	memcpy(date, scan.at, said);
	return (said == 4 || said == 7 || said == 10) && format_date(date, sizeof(date) - 1);
}

/* Takes a number with this unit and adds its seconds to the sum; nothing if the unit is another. */
static bool
take_part(struct scan *scan, const char *unit, long seconds, long *sum)
{
	struct scan ahead = *scan;
	size_t digits = scan_run(&ahead, is_digit);
	int number;

	if (digits < 1 || digits > 9 || !scan_take(&ahead, unit))
		return false;
	scan_number(scan, digits, &number);
	*scan = ahead;
	*sum += number * seconds;
	return true;
}

/* Appendix A has no seconds behind hours without minutes between them. */
static bool
take_time_parts(struct scan *scan, long *sum)
{
	bool hours = take_part(scan, "H", 3600, sum);
	bool minutes = take_part(scan, "M", 60, sum);
	bool seconds = take_part(scan, "S", 1, sum);

	return minutes || hours != seconds;
}

static bool
take_days_and_time(struct scan *scan, long *sum)
{
	bool days = take_part(scan, "D", DAY, sum);

	return scan_take(scan, "T") ? take_time_parts(scan, sum) : days;
}

bool
format_duration(const char *bytes, size_t length)
{
	struct scan scan = { bytes, bytes + length };
	long sum = 0;

	return scan_take(&scan, "P") &&
	    (take_part(&scan, "W", 7 * DAY, &sum) || take_days_and_time(&scan, &sum)) &&
	    scan_is_done(&scan) && sum <= DURATION_MAX;
}
