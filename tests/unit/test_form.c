/* test_form.c: forms as JSON: types, lists, lines, encodings, and what is none. */
#include <jansson.h>
#include <string.h>

#include "api/form.h"
#include "fixture.h"

#define PARTS "multipart/form-data; boundary=\"a b\""

static const char schema_text[] =
    "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"
    "\"text\":{\"type\":\"string\"},\"count\":{\"type\":\"integer\"},"
    "\"agreed\":{\"type\":\"boolean\"},"
    "\"times\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},"
    "\"numbers\":{\"type\":\"array\",\"items\":{\"type\":\"integer\"}}}}";

static void
json_free(void *json)
{
	json_decref(json);
}

static const struct schema *
schema(struct arena *arena)
{
	json_t *text = json_loads(schema_text, 0, NULL);
	const char *error = NULL;

	arena_defer(arena, json_free, text);
	return schema_compile(arena, text, text, &error);
}

static void
assert_form(void **state, const char *type, const char *text, const char *wanted)
{
	const char *error = NULL;
	json_t *form = form_read(*state, schema(*state), type, text, strlen(text), &error);
	json_t *right = json_loads(wanted, 0, NULL);

	assert_null(error);
	assert_true(json_equal(form, right));
	json_decref(form);
	json_decref(right);
}

static void
assert_none(void **state, const char *type, const char *text, size_t length)
{
	const char *error = NULL;

	assert_null(form_read(*state, schema(*state), type, text, length, &error));
	assert_non_null(error);
}

static void
fields_have_the_types_of_their_schema(void **state)
{
	assert_form(state, FORM_URLENCODED, "text=12&count=12&agreed=true",
	    "{\"text\":\"12\",\"count\":12,\"agreed\":true}");
	assert_form(state, FORM_URLENCODED, "times=a&numbers=1&times=b&numbers=2",
	    "{\"times\":[\"a\",\"b\"],\"numbers\":[1,2]}");
	assert_form(state, FORM_URLENCODED, "times=a", "{\"times\":[\"a\"]}");
}

static void
what_has_another_type_is_left_for_the_schema_to_refuse(void **state)
{
	assert_form(state, FORM_URLENCODED, "count=many&agreed=on&numbers=x",
	    "{\"count\":\"many\",\"agreed\":\"on\",\"numbers\":[\"x\"]}");
	assert_form(
	    state, FORM_URLENCODED, "text=a&text=b&text=c", "{\"text\":[\"a\",\"b\",\"c\"]}");
	assert_form(state, FORM_URLENCODED, "colour=blue&__proto__=1",
	    "{\"colour\":\"blue\",\"__proto__\":\"1\"}");
}

static void
what_is_empty_is_absent(void **state)
{
	assert_form(state, FORM_URLENCODED, "", "{}");
	assert_form(state, FORM_URLENCODED, "&&text=&count&=&times=", "{}");
}

static void
texts_are_decoded_and_their_lines_unified(void **state)
{
	assert_form(state, FORM_URLENCODED, "t%65xt=K%C3%B6ln+1%2B1%26%3D",
	    "{\"text\":\"K\\u00f6ln 1+1&=\"}");
	assert_form(
	    state, FORM_URLENCODED, "text=a%0D%0Ab%0D%0D%0Ac%0D", "{\"text\":\"a\\nb\\r\\nc\\r\"}");
}

static void
parts_are_fields(void **state)
{
	assert_form(state, PARTS,
	    "--a b\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nA&b=%41+\r\nc\r\n"
	    "--a b\r\nContent-Disposition: form-data; name=\"count\"\r\n\r\n7\r\n--a b--\r\n",
	    "{\"text\":\"A&b=%41+\\nc\",\"count\":7}");
	assert_form(state, "Multipart/Form-Data;boundary=x",
	    "--x\r\ncontent-disposition: form-data; name=\"text\"\r\n\r\n\r\n--x--", "{}");
}

static void
what_is_no_form_is_refused(void **state)
{
	static const char *const texts[] = { "text=%", "text=%4", "text=%zz", "%00=a", "text=%00",
		"text=%ff", "text=%ed%a0%80" };
	static const char *const parts[] = { "", "--a", "--a b", "--other\r\n\r\n\r\n--other--",
		"--a b\r\n\r\nOne\r\n--a b--", "--a b\r\nname=\"text\"\r\n--a b--",
		"--a b\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\n\xff\r\n--a b--" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_none(state, FORM_URLENCODED, texts[i], strlen(texts[i]));
	for (size_t i = 3; i < sizeof(parts) / sizeof(parts[0]); i++)
		assert_none(state, PARTS, parts[i], strlen(parts[i]));
	assert_none(state, PARTS, parts[0], 0);
	assert_none(state, PARTS, parts[1], strlen(parts[1]));
	assert_none(state, FORM_MULTIPART, "--\r\n\r\n\r\n----", 12);
	assert_none(state, FORM_MULTIPART "; boundary=", "--\r\n\r\n\r\n----", 12);
	assert_none(state, FORM_URLENCODED, "text=a\0b", 8);
}

static void
there_is_a_limit_to_fields(void **state)
{
	struct buffer many;

	buffer_init(&many, *state, 0);
	for (int i = 0; i < FORM_FIELDS_MAX; i++)
		buffer_string(&many, "times=a&");
	assert_none(state, FORM_URLENCODED, arena_printf(*state, "%stext=a", buffer_text(&many)),
	    many.length + 6);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(fields_have_the_types_of_their_schema),
		TEST(what_has_another_type_is_left_for_the_schema_to_refuse),
		TEST(what_is_empty_is_absent),
		TEST(texts_are_decoded_and_their_lines_unified),
		TEST(parts_are_fields),
		TEST(what_is_no_form_is_refused),
		TEST(there_is_a_limit_to_fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
