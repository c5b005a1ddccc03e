/* schema_check.c: what a schema says about a value as a whole: its kind, its size, its text. */
#include <stdarg.h>

#include "api/schema_check.h"

/* clang-format off */
static const unsigned types_of[] = {
	[JSON_NULL]    = TYPE_NULL,
	[JSON_TRUE]    = TYPE_BOOLEAN,
	[JSON_FALSE]   = TYPE_BOOLEAN,
	[JSON_INTEGER] = TYPE_INTEGER | TYPE_NUMBER,
	[JSON_REAL]    = TYPE_NUMBER,
	[JSON_STRING]  = TYPE_STRING,
	[JSON_ARRAY]   = TYPE_ARRAY,
	[JSON_OBJECT]  = TYPE_OBJECT,
};

static const struct {
	const char *code;
	const char *words;
	int direction;
	bool exclusive;
} bounds[BOUND_COUNT] = {
	[BOUND_MINIMUM]           = { "too_small", "at least",  +1, false },
	[BOUND_EXCLUSIVE_MINIMUM] = { "too_small", "more than", +1, true  },
	[BOUND_MAXIMUM]           = { "too_large", "at most",   -1, false },
	[BOUND_EXCLUSIVE_MAXIMUM] = { "too_large", "less than", -1, true  },
};
/* clang-format on */

static const struct measure characters = { "too_short", "too_long", "be", "character", " long" };

unsigned
type_of(const json_t *value)
{
	return types_of[json_typeof(value)];
}

void
check_fault(
    struct check *check, const struct place *place, const char *code, const char *detail, ...)
{
	struct faults *faults = check->faults;
	va_list arguments;

	check->found++;
	if (faults == NULL)
		return;
	if (faults->count >= FAULTS_MAX) {
		faults->count++;
		return;
	}
	va_start(arguments, detail);
	faults_add_pointer(faults, place_pointer(faults->arena, place), code, "%s",
	    arena_vprintf(faults->arena, detail, arguments));
	va_end(arguments);
}

bool
check_type(
    struct check *check, const struct types *types, const json_t *value, const struct place *place)
{
	bool nearly = json_is_real(value) && (types->allowed & TYPE_INTEGER) != 0;

	if ((types->allowed & type_of(value)) != 0)
		return true;
	check_fault(check, place, "type", "must be %s%s", types->text,
	    nearly ? ", written without decimal point and exponent" : "");
	return false;
}

static bool
is_chosen(const struct choice *choices, const json_t *value)
{
	for (size_t i = 0; i < json_array_size(choices->value); i++)
		if (json_equal(json_array_get(choices->value, i), value))
			return true;
	return choices->value == NULL;
}

void
check_choice(struct check *check, const struct schema *schema, const json_t *value,
    const struct place *place)
{
	if (schema->constant.value != NULL && !json_equal(schema->constant.value, value))
		check_fault(check, place, "const", "must be %s", schema->constant.text);
	if (!is_chosen(&schema->choices, value))
		check_fault(check, place, "enum", "must be one of: %s", schema->choices.text);
}

void
check_size(struct check *check, size_t size, const struct range *range,
    const struct measure *measure, const struct place *place)
{
	bool small = size < range->min;
	size_t limit = small ? range->min : range->max;

	if (size >= range->min && size <= range->max)
		return;
	check_fault(check, place, small ? measure->too_small : measure->too_large,
	    "must %s at %s %zu %s%s%s", measure->verb, small ? "least" : "most", limit,
	    measure->unit, limit == 1 ? "" : "s", measure->rest);
}

static size_t
count_characters(const char *bytes, size_t length)
{
	size_t count = 0;

	for (size_t i = 0; i < length; i++)
		count += ((unsigned char)bytes[i] & 0xC0) != 0x80;
	return count;
}

void
check_string(struct check *check, const struct schema *schema, const json_t *value,
    const struct place *place)
{
	const char *bytes = json_string_value(value);
	size_t length = json_string_length(value);

	check_size(check, count_characters(bytes, length), &schema->characters, &characters, place);
	if (schema->format != NULL && !schema->format->matches(bytes, length))
		check_fault(check, place, "format", "%s", schema->format->detail);
	if (schema->pattern != NULL && !pattern_matches(schema->pattern, bytes, length))
		check_fault(check, place, "pattern", "must match the pattern %s",
		    pattern_expression(schema->pattern));
}

void
check_number(struct check *check, const struct schema *schema, const json_t *value,
    const struct place *place)
{
	for (size_t i = 0; i < BOUND_COUNT; i++) {
		const struct bound *bound = &schema->bounds[i];
		long double room = (number_of(value) - bound->number) * bounds[i].direction;

		if (bound->text != NULL && (bounds[i].exclusive ? room <= 0 : room < 0))
			check_fault(check, place, bounds[i].code, "must be %s %s", bounds[i].words,
			    bound->text);
	}
}
