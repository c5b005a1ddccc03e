/* postcodes.c: reads the GeoNames postal-code format. */
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/postcodes.h"
#include "admin_sql.h"

#define COLUMNS       12
#define COMPLAINTS    10 /* lines named before we give up naming them */
#define PROGRESS_STEP 1000

struct reading {
	struct context *context;
	unsigned long line, kept, refused;
};

static bool
is_coordinate(const char *text, double limit)
{
	char *end;
	double value = strtod(text, &end);

	return end != text && *end == '\0' && value >= -limit && value <= limit;
}

/*
 * What is wrong with a line, or NULL. country, code, place, name1, code1, name2, code2, name3,
 * code3, lat, lon, accuracy
 */
static const char *
complaint_about(char *const columns[COLUMNS], size_t count)
{
	if (count < COLUMNS - 1)
		return "has too few columns";
	if (strlen(columns[0]) != 2 || strspn(columns[0], "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 2)
		return "does not begin with a country";
	if (columns[1][0] == '\0' || strlen(columns[1]) > 12 || columns[2][0] == '\0')
		return "has no postcode or no place";
	if (!is_coordinate(columns[9], 90) || !is_coordinate(columns[10], 180))
		return "has no coordinates";
	return NULL;
}

/* What is wrong with a line as text, or NULL. */
static const char *
complaint_about_text(const char *line, size_t length)
{
	if (strlen(line) != length || strchr(line, '\\') != NULL)
		return "has signs that no place has";
	return mbstowcs(NULL, line, 0) == (size_t)-1 ? "is not UTF-8" : NULL;
}

static void
read_line(struct reading *reading, char *line, size_t length)
{
	char *columns[COLUMNS] = { NULL }, *rest = line;
	const char *complaint = complaint_about_text(line, length), *row;
	size_t count = 0;

	while (rest != NULL && count < COLUMNS)
		columns[count++] = strsep(&rest, "\t");
	if (complaint == NULL)
		complaint = complaint_about(columns, count);
	if (complaint != NULL) {
		if (++reading->refused <= COMPLAINTS)
			fprintf(stderr, "line %lu %s\n", reading->line, complaint);
		return;
	}
	row = arena_printf(reading->context->arena, "%s\t%s\t%s\t%s\t%s\t%s\t%s", columns[0],
	    columns[1], columns[2], columns[3], columns[4], columns[9], columns[10]);
	if (!db_copy_line(reading->context->db, row, strlen(row)))
		command_fail("the connection to the database was lost");
	reading->kept++;
}

static void
read_all(struct reading *reading, FILE *file)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t length;

	while ((length = getline(&line, &size, file)) > 0) {
		reading->line++;
		while (length > 0 && strchr("\r\n", line[length - 1]) != NULL)
			line[--length] = '\0';
		if (length > 0)
			read_line(reading, line, (size_t)length);
		if (reading->line % PROGRESS_STEP == 0)
			command_progress("postcodes", reading->line, reading->line + 1);
	}
	command_progress("postcodes", reading->line, reading->line);
	free(line);
}

static void
must(bool done, const struct db_error *error)
{
	if (!done)
		command_fail("%s", error->message);
}

int
postcodes_import(struct context *context)
{
	const char *path = context->arguments[0];
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
	struct reading reading = { .context = context };
	struct db_error error;

	if (file == NULL)
		command_fail("%s: %s", path, strerror(errno));
	must(db_script(context->db, "BEGIN", &error), &error);
	command_query(context, &statements[SQL_POSTCODES_PREPARE], NULL);
	must(db_copy_begin(context->db, "COPY incoming_postcodes FROM STDIN", &error), &error);
	setlocale(LC_CTYPE, "C.UTF-8");
	read_all(&reading, file);
	if (ferror(file))
		command_fail("%s: %s", path, strerror(errno));
	must(db_copy_end(context->db, &error), &error);
	if (reading.refused > 0)
		command_fail("%lu of %lu lines cannot be read; nothing was imported",
		    reading.refused, reading.line);
	command_query(context, &statements[SQL_POSTCODES_MERGE], NULL);
	command_query(context, &statements[SQL_POSTCODES_LEARN], NULL);
	must(db_script(context->db, "COMMIT", &error), &error);
	printf("%lu places imported\n", reading.kept);
	return 0;
}
