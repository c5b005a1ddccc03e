/* test_schema.c: what a schema refuses, where and why; and which schemas are refused. */
#include <jansson.h>
#include <string.h>

#include "api/json_tree.h"
#include "api/schema.h"
#include "core/buffer.h"
#include "tests/unit/fixture.h"

static void
drop(void *value)
{
	json_decref(value);
}

/* A value that lives as long as the arena; apostrophes stand for quotation marks. */
static json_t *
parse(struct arena *arena, const char *text)
{
	char *copy = arena_strdup(arena, text);
	json_t *value;

	for (char *at = copy; *at != '\0'; at++)
		if (*at == '\'')
			*at = '"';
	value = json_loads(copy, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	if (value == NULL)
		fail_msg("no JSON: %s", copy);
	arena_defer(arena, drop, value);
	return value;
}

static struct schema *
compile(struct arena *arena, const char *text)
{
	const json_t *source = parse(arena, text);
	const char *error = NULL;
	struct schema *schema = schema_compile(arena, source, source, &error);

	if (schema == NULL)
		fail_msg("%s: %s", text, error);
	return schema;
}

/* "pointer code, pointer code, …" */
static const char *
list_faults(struct arena *arena, const struct faults *faults)
{
	struct buffer text;

	buffer_init(&text, arena, 0);
	for (size_t i = 0; i < faults->count && i < FAULTS_MAX; i++)
		buffer_printf(&text, "%s%s %s", i == 0 ? "" : ", ", faults->items[i].pointer,
		    faults->items[i].code);
	return buffer_text(&text);
}

static struct faults *
validate(struct arena *arena, const char *schema, const json_t *value)
{
	struct faults *faults = faults_new(arena);

	schema_validate(compile(arena, schema), value, "", faults);
	return faults;
}

struct example {
	const char *value;
	const char *faults; /* "" if it is accepted */
};

static void
assert_examples(
    struct arena *arena, const char *schema, const struct example *examples, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const json_t *value = parse(arena, examples[i].value);
		const char *found = list_faults(arena, validate(arena, schema, value));

		if (strcmp(found, examples[i].faults) != 0)
			fail_msg("%s, %s: \"%s\" instead of \"%s\"", schema, examples[i].value,
			    found, examples[i].faults);
	}
}

#define ASSERT_EXAMPLES(state, schema, ...)                                          \
	assert_examples(*(state), (schema), (const struct example[]){ __VA_ARGS__ }, \
	    sizeof((const struct example[]){ __VA_ARGS__ }) / sizeof(struct example))

/* Schema, value, and the whole detail of the first fault. */
static void
assert_detail(struct arena *arena, const char *schema, const char *value, const char *detail)
{
	const struct faults *faults = validate(arena, schema, parse(arena, value));

	assert_true(faults->count > 0);
	assert_string_equal(faults->items[0].detail, detail);
}

static void
the_empty_schema_accepts_everything(void **state)
{
	ASSERT_EXAMPLES(state, "{}", { "null", "" }, { "1.5", "" }, { "{'a':[1,'b',{}]}", "" });
}

static void
a_value_has_one_of_the_types(void **state)
{
	ASSERT_EXAMPLES(state, "{'type':'null'}", { "null", "" }, { "0", " type" });
	ASSERT_EXAMPLES(
	    state, "{'type':'boolean'}", { "true", "" }, { "false", "" }, { "'true'", " type" });
	ASSERT_EXAMPLES(state, "{'type':'string'}", { "''", "" }, { "1", " type" });
	ASSERT_EXAMPLES(state, "{'type':'array'}", { "[]", "" }, { "{}", " type" });
	ASSERT_EXAMPLES(state, "{'type':'object'}", { "{}", "" }, { "[]", " type" });
	ASSERT_EXAMPLES(
	    state, "{'type':['string','null']}", { "null", "" }, { "'x'", "" }, { "7", " type" });
}

static void
a_real_number_is_no_integer(void **state)
{
	ASSERT_EXAMPLES(
	    state, "{'type':'integer'}", { "-3", "" }, { "1.0", " type" }, { "1e2", " type" });
	ASSERT_EXAMPLES(
	    state, "{'type':'number'}", { "-3", "" }, { "1.0", "" }, { "'1'", " type" });
}

static void
a_wrong_type_hides_what_else_is_wrong(void **state)
{
	ASSERT_EXAMPLES(state, "{'type':'string','enum':['a'],'minLength':3}", { "5", " type" });
}

static void
a_value_is_one_of_those_listed(void **state)
{
	ASSERT_EXAMPLES(state, "{'enum':['free',1,null,{'a':[1]}]}", { "'free'", "" }, { "1", "" },
	    { "null", "" }, { "{'a':[1]}", "" }, { "1.0", " enum" }, { "'fre'", " enum" },
	    { "{'a':[2]}", " enum" });
	ASSERT_EXAMPLES(state, "{'const':'fee'}", { "'fee'", "" }, { "'free'", " const" });
	ASSERT_EXAMPLES(state, "{'const':null}", { "null", "" }, { "0", " const" });
}

static void
length_is_counted_in_characters(void **state)
{
	ASSERT_EXAMPLES(state, "{'minLength':2,'maxLength':3}", { "'ab'", "" }, { "'äöü'", "" },
	    { "'a'", " too_short" }, { "'äöüß'", " too_long" },
	    { "'\\ud83d\\ude00\\ud83d\\ude00'", "" }, { "'\\u20ac'", " too_short" });
}

static void
a_pattern_may_match_anywhere(void **state)
{
	ASSERT_EXAMPLES(state, "{'pattern':'b+'}", { "'abba'", "" }, { "'aca'", " pattern" });
	ASSERT_EXAMPLES(state, "{'pattern':'^[a-z]{2}$'}", { "'ab'", "" }, { "'abc'", " pattern" },
	    { "'ab\\n'", " pattern" });
	ASSERT_EXAMPLES(state, "{'pattern':'^.$'}", { "'€'", "" }, { "'€€'", " pattern" });
	ASSERT_EXAMPLES(state, "{'pattern':'^\\\\u20ac$'}", { "'€'", "" }, { "'$'", " pattern" });
	ASSERT_EXAMPLES(state, "{'pattern':'^\\\\u{20ac}$'}", { "'€'", "" }, { "'u'", " pattern" });
	ASSERT_EXAMPLES(
	    state, "{'pattern':'^\\\\p{Lu}'}", { "'Ärger'", "" }, { "'ärger'", " pattern" });
	ASSERT_EXAMPLES(state, "{'pattern':'^\\\\d+$'}", { "'42'", "" }, { "'٤٢'", " pattern" });
}

static void
no_pattern_burns_the_processor(void **state)
{
	ASSERT_EXAMPLES(state, "{'pattern':'^(a+)+$'}", { "'aaaa'", "" },
	    { "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!'", " pattern" });
}

static void
numbers_keep_within_their_bounds(void **state)
{
	ASSERT_EXAMPLES(state, "{'minimum':1,'maximum':3}", { "1", "" }, { "3", "" }, { "2.5", "" },
	    { "0", " too_small" }, { "0.999", " too_small" }, { "4", " too_large" }, { "'x'", "" });
	ASSERT_EXAMPLES(state, "{'exclusiveMinimum':1,'exclusiveMaximum':3}", { "2", "" },
	    { "1.001", "" }, { "1", " too_small" }, { "3.0", " too_large" });
	ASSERT_EXAMPLES(state, "{'maximum':9007199254740993}", { "9007199254740993", "" },
	    { "9007199254740994", " too_large" });
	ASSERT_EXAMPLES(state, "{'minimum':-90.5}", { "-90.5", "" }, { "-91", " too_small" });
}

static void
arrays_keep_within_their_bounds(void **state)
{
	ASSERT_EXAMPLES(state, "{'minItems':1,'maxItems':2,'items':{'type':'integer'}}",
	    { "[1]", "" }, { "[1,2]", "" }, { "[]", " too_few_items" },
	    { "[1,2,3]", " too_many_items" }, { "[1,'x']", "/1 type" }, { "{}", "" });
}

static void
items_that_must_differ_do(void **state)
{
	ASSERT_EXAMPLES(state, "{'uniqueItems':true}", { "[]", "" }, { "[1]", "" },
	    { "[1,2,'1',null,true,[1],{'a':1}]", "" }, { "[1,2,1]", " not_unique" },
	    { "['a','b','a']", " not_unique" }, { "[{'a':1,'b':2},{'b':2,'a':1}]", " not_unique" },
	    { "[[1,2],[2,1]]", "" }, { "['ab','a','b']", "" }, { "[null,null]", " not_unique" });
	ASSERT_EXAMPLES(state, "{'uniqueItems':false}", { "[1,1]", "" });
}

static void
many_items_are_compared_fast(void **state)
{
	json_t *array = json_array();
	const struct schema *schema = compile(*state, "{'uniqueItems':true}");
	struct faults *faults = faults_new(*state);

	arena_defer(*state, drop, array);
	for (int i = 0; i < 20000; i++)
		json_array_append_new(array, json_pack("{s:i}", "number", i));
	schema_validate(schema, array, "", faults);
	assert_int_equal(faults->count, 0);
	json_array_append_new(array, json_pack("{s:i}", "number", 7));
	schema_validate(schema, array, "", faults);
	assert_string_equal(list_faults(*state, faults), " not_unique");
}

static void
members_are_held_against_their_schemas(void **state)
{
	ASSERT_EXAMPLES(state,
	    "{'properties':{'a':{'type':'integer'},'b':{'properties':"
	    "{'c':{'items':{'maxLength':1}}}}}}",
	    { "{}", "" }, { "{'a':1,'z':2}", "" }, { "{'a':'x'}", "/a type" },
	    { "{'b':{'c':['x','yy','z','ww']}}", "/b/c/1 too_long, /b/c/3 too_long" });
}

static void
unknown_members_are_named(void **state)
{
	ASSERT_EXAMPLES(state, "{'properties':{'a':{}},'additionalProperties':false}",
	    { "{'a':1}", "" }, { "{'b':1,'a':2,'c':3}", "/b unknown_member, /c unknown_member" },
	    { "{'x/y~z':1}", "/x~1y~0z unknown_member" }, { "{'':1}", "/ unknown_member" });
	ASSERT_EXAMPLES(state, "{'additionalProperties':true}", { "{'a':1}", "" });
}

static void
long_names_are_cut_between_characters(void **state)
{
	ASSERT_EXAMPLES(state, "{'additionalProperties':false}",
	    { "{'aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff1234x':1}",
		"/aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff1234"
		" unknown_member" },
	    { "{'aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff123ä':1}",
		"/aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff123"
		" unknown_member" });
}

static void
other_members_follow_their_own_schema(void **state)
{
	ASSERT_EXAMPLES(state, "{'properties':{'a':{}},'additionalProperties':{'type':'string'}}",
	    { "{'a':1,'de':'x','en':'y'}", "" }, { "{'de':1}", "/de type" });
}

static void
missing_members_are_named(void **state)
{
	ASSERT_EXAMPLES(state, "{'required':['name','a/b'],'properties':{'name':{}}}",
	    { "{'name':null,'a/b':1}", "" }, { "{}", "/name required, /a~1b required" },
	    { "[]", "" });
}

static void
objects_keep_within_their_bounds(void **state)
{
	ASSERT_EXAMPLES(state, "{'minProperties':1,'maxProperties':2}", { "{'a':1}", "" },
	    { "{}", " too_few_members" }, { "{'a':1,'b':2,'c':3}", " too_many_members" });
}

static void
everything_that_is_wrong_is_listed_at_once(void **state)
{
	ASSERT_EXAMPLES(state,
	    "{'type':'object','required':['role'],'additionalProperties':false,"
	    "'properties':{'pseudonym':{'type':'string','minLength':1},"
	    "'age':{'type':'object','properties':{'from':{'type':'integer','minimum':0}}},"
	    "'role':{'enum':['affected','relative']}}}",
	    { "{'pseudonym':'','mail':'x','age':{'from':-1}}",
		"/role required, /pseudonym too_short, /age/from too_small,"
		" /mail unknown_member" });
}

static void
all_of_several_schemas_hold(void **state)
{
	ASSERT_EXAMPLES(state, "{'allOf':[{'minLength':2},{'pattern':'^a'}]}", { "'ab'", "" },
	    { "'b'", " too_short,  pattern" }, { "'bb'", " pattern" });
}

static void
exactly_one_of_several_schemas_holds(void **state)
{
	ASSERT_EXAMPLES(state, "{'oneOf':[{'minimum':5},{'maximum':10}]}", { "3", "" },
	    { "12", "" }, { "7", " ambiguous" });
	ASSERT_EXAMPLES(state, "{'oneOf':[{'minimum':10},{'maximum':5}]}", { "7", " no_match" });
	ASSERT_EXAMPLES(state, "{'anyOf':[{'minimum':5},{'maximum':10}]}", { "7", "" });
	ASSERT_EXAMPLES(
	    state, "{'anyOf':[{'minimum':10},{'maximum':5}]}", { "7", " no_match" }, { "5", "" });
}

#define COST                                                                  \
	"[{'properties':{'kind':{'const':'free'}},'required':['kind'],"       \
	"'additionalProperties':false},"                                      \
	"{'properties':{'kind':{'enum':['fee']},'amount':{'type':'string'}}," \
	"'required':['kind','amount'],'additionalProperties':false}]"

static void
the_branch_that_a_member_chooses_says_what_is_wrong(void **state)
{
	static const struct example examples[] = {
		{ "{'kind':'free'}", "" },
		{ "{'kind':'fee','amount':'3.50'}", "" },
		{ "{'kind':'fee'}", "/amount required" },
		{ "{'kind':'fee','amount':3}", "/amount type" },
		{ "{'kind':'free','amount':'1'}", "/amount unknown_member" },
		{ "{'kind':'other'}", " no_match" },
		{ "{}", " no_match" },
	};

	assert_examples(*state, "{'oneOf':" COST "}", examples, 7);
	assert_examples(*state, "{'anyOf':" COST "}", examples, 7);
	ASSERT_EXAMPLES(state,
	    "{'oneOf':[{'allOf':[{'properties':{'kind':{'const':'a'}}}],'required':['x']},"
	    "{'properties':{'kind':{'const':'b'}},'required':['y']}]}",
	    { "{'kind':'b'}", "/y required" }, { "{'kind':'a'}", "/x required" });
}

static void
the_branch_that_the_type_leaves_says_what_is_wrong(void **state)
{
	ASSERT_EXAMPLES(state,
	    "{'oneOf':[{'type':'null'},{'type':'object','required':['a']},"
	    "{'type':'string','maxLength':1}]}",
	    { "null", "" }, { "{}", "/a required" }, { "'xy'", " too_long" }, { "5", " no_match" });
}

static void
references_are_followed_and_may_recur(void **state)
{
	static const char tree[] = "{'$ref':'#/definitions/tree','description':'x',"
				   "'x-all':{'not':'looked at'}}";
	const json_t *document = parse(*state,
	    "{'definitions':{'tree':{'type':'object','additionalProperties':false,"
	    "'properties':{'name':{'$ref':'#/definitions/name'},"
	    "'parts':{'type':'array','items':{'$ref':'#/definitions/tree'}}}},"
	    "'name':{'type':'string'}}}");
	const char *error;
	const struct schema *schema = schema_compile(*state, document, parse(*state, tree), &error);
	struct faults *faults = faults_new(*state);

	assert_non_null(schema);
	assert_string_equal(schema_type(schema), "object");
	schema_validate(schema,
	    parse(*state, "{'name':'a','parts':[{'parts':[{'name':1}]},{'n':2}]}"), "/body",
	    faults);
	assert_string_equal(list_faults(*state, faults),
	    "/body/parts/0/parts/0/name type, /body/parts/1/n unknown_member");
}

static void
type_and_items_can_be_asked_for(void **state)
{
	const struct schema *schema =
	    compile(*state, "{'type':['array','null'],'items':{'type':'integer'}}");

	assert_string_equal(schema_type(schema), "array");
	assert_string_equal(schema_type(schema_items(schema)), "integer");
	assert_null(schema_items(schema_items(schema)));
	assert_null(schema_type(compile(*state, "{}")));
}

static void
control_characters_are_refused_wherever_they_are(void **state)
{
	ASSERT_EXAMPLES(state, "{'properties':{'a':{'type':'string'}}}",
	    { "{'a':'x\\ty\\nz \\u00a0\\u20ac'}", "" },
	    { "{'a':'\\u0000'}", "/a control_character" },
	    { "{'a':'x\\u0000y'}", "/a control_character" },
	    { "{'a':'x\\r'}", "/a control_character" },
	    { "{'a':'\\u001b'}", "/a control_character" },
	    { "{'a':'\\u007f'}", "/a control_character" },
	    { "{'a':'\\u0080'}", "/a control_character" },
	    { "{'a':'\\u009f'}", "/a control_character" },
	    { "{'free':[{'b':'\\u0007'}]}", "/free/0/b control_character" },
	    { "{'free':{'x\\u0007':1}}", "/free/x\x07 control_character" });
}

/* [[[…]]], so many in one another, around a number. */
static const json_t *
nested(struct arena *arena, size_t levels)
{
	json_t *value = json_integer(1);

	while (levels-- > 0)
		value = json_pack("[o]", value);
	arena_defer(arena, drop, value);
	return value;
}

static void
nesting_is_limited(void **state)
{
	assert_int_equal(validate(*state, "{}", nested(*state, 32))->count, 0);
	assert_string_equal(list_faults(*state, validate(*state, "{}", nested(*state, 33))),
	    "/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0 too_deep");
	assert_int_equal(validate(*state, "{}", nested(*state, 2000))->count, 1);
}

static void
branches_within_branches_do_not_multiply_without_end(void **state)
{
	static const char schema[] = "{'anyOf':[{'type':'array','items':{'$ref':'#'}},"
				     "{'type':'array','items':{'$ref':'#'}},{'type':'null'}]}";

	assert_string_equal(
	    list_faults(*state, validate(*state, schema, nested(*state, 3))), " no_match");
	assert_string_equal(list_faults(*state, validate(*state, schema, nested(*state, 30))),
	    " no_match,  too_complex");
}

static void
faults_do_not_cost_more_than_are_kept(void **state)
{
	json_t *object = json_object();
	const struct faults *faults;

	arena_defer(*state, drop, object);
	for (int i = 0; i < 5000; i++)
		json_object_set_new(object, arena_printf(*state, "member %d", i), json_null());
	faults = validate(*state, "{'additionalProperties':false}", object);
	assert_int_equal(faults->count, 5000);
	assert_string_equal(faults->items[FAULTS_MAX - 1].pointer, "/member 99");
}

static void
details_are_sentences_that_quote_the_schema_only(void **state)
{
	static const struct {
		const char *schema;
		const char *value;
		const char *detail;
	} cases[] = {
		{ "{'type':['string','null']}", "1", "must be a string or null" },
		{ "{'type':'integer'}", "'x'", "must be an integer" },
		{ "{'type':'integer'}", "1.0",
		    "must be an integer, written without decimal point and exponent" },
		{ "{'enum':['free','donation',3]}", "'x'", "must be one of: free, donation, 3" },
		{ "{'const':true}", "false", "must be true" },
		{ "{'maxLength':200,'pattern':'^a'}",
		    "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'",
		    "must be at most 200 characters long" },
		{ "{'minLength':1}", "''", "must be at least 1 character long" },
		{ "{'minItems':2}", "[]", "must have at least 2 items" },
		{ "{'maxProperties':1}", "{'a':1,'b':2}", "must have at most 1 member" },
		{ "{'pattern':'^[a-z]+$'}", "'1'", "must match the pattern ^[a-z]+$" },
		{ "{'format':'uuid'}", "'1'", "must be a UUID" },
		{ "{'minimum':0.1}", "0", "must be at least 0.1" },
		{ "{'exclusiveMaximum':10}", "10", "must be less than 10" },
		{ "{'required':['a']}", "{}", "is required" },
		{ "{'additionalProperties':false}", "{'a':1}", "is not known here" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_detail(*state, cases[i].schema, cases[i].value, cases[i].detail);
}

static void
schemas_that_cannot_be_enforced_are_refused(void **state)
{
	static const struct {
		const char *schema;
		const char *error;
	} cases[] = {
		{ "{'properties':{'a':{'if':{}}}}",
		    "/properties/a/if: no keyword that is enforced" },
		{ "{'$ref':'#/nowhere'}", ": $ref leads nowhere" },
		{ "{'$ref':'other.json#/a'}", ": $ref leads nowhere" },
		{ "{'$ref':'#'}", "#: $ref leads nowhere" },
		{ "{'x-a':{'$ref':'#/x-b'},'x-b':{'$ref':'#/x-a'},'items':{'$ref':'#/x-a'}}",
		    "#/x-b: $ref leads nowhere" },
		{ "{'items':{'$ref':'#/x-a','minLength':1},'x-a':{}}",
		    "/items: only annotations may stand beside $ref" },
		{ "{'items':{'$ref':'#/x-a'},'x-a':{'type':'text'}}", "#/x-a/type: no such type" },
		{ "{'$ref':7}", "/$ref: no keyword that is enforced" },
		{ "{'type':[]}", "/type: names no type" },
		{ "{'type':7}", "/type: no such type" },
		{ "{'type':['string','text']}", "/type: no such type" },
		{ "{'format':'ipv4'}", "/format: no format that is enforced" },
		{ "{'format':1}", "/format: no format that is enforced" },
		{ "{'enum':[]}", "/enum: must be an array with items" },
		{ "{'minLength':-1}", "/minLength: must be an integer of 0 or more" },
		{ "{'maxItems':1.5}", "/maxItems: must be an integer of 0 or more" },
		{ "{'minimum':'1'}", "/minimum: must be a number" },
		{ "{'pattern':'['}", "/pattern: missing terminating ] for character class" },
		{ "{'pattern':1}", "/pattern: must be a string" },
		{ "{'uniqueItems':1}", "/uniqueItems: must be true or false" },
		{ "{'items':[{}]}", "/items: must be an object, not nested too deeply" },
		{ "{'properties':[]}", "/properties: must be an object" },
		{ "{'required':'a'}", "/required: must be an array" },
		{ "{'required':['a',1]}", "/required: must hold nothing but strings" },
		{ "{'additionalProperties':1}",
		    "/additionalProperties: must be an object, not nested too deeply" },
		{ "{'oneOf':[]}", "/oneOf: must be an array with items" },
		{ "{'allOf':[{},{'allOf':7}]}", "/allOf/1/allOf: must be an array with items" },
		{ "{'allOf':[{'$ref':'#'}]}", ": applies itself to the same value" },
		{ "{'items':{'$ref':'#/x-a'},'x-a':{'properties':{'b':{'$ref':'#/x-b'}},"
		  "'anyOf':[{'$ref':'#/x-b'}]},'x-b':{'oneOf':[{'$ref':'#/x-a'}]}}",
		    "#/x-b: applies itself to the same value" },
		{ "[]", ": must be an object, not nested too deeply" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const json_t *source = parse(*state, cases[i].schema);
		const char *error = "none";

		assert_null(schema_compile(*state, source, source, &error));
		assert_string_equal(error, cases[i].error);
	}
}

static void
annotations_are_allowed(void **state)
{
	compile(*state,
	    "{'title':'t','description':'d','default':1,'examples':[1],'example':1,"
	    "'deprecated':true,'readOnly':true,'writeOnly':false,'x-scope':'admin'}");
}

struct format_example {
	const char *format;
	const char *accepted[24];
	const char *refused[48];
};

static void
assert_format(struct arena *arena, const char *format, const char *text, bool accepted)
{
	const char *schema = arena_printf(arena, "{'format':'%s'}", format);
	json_t *value = json_string(text);
	bool matches;

	assert_non_null(value);
	arena_defer(arena, drop, value);
	matches = validate(arena, schema, value)->count == 0;
	if (matches != accepted)
		fail_msg("%s %s: %s", accepted ? "no" : "a", format, text);
}

static const struct format_example formats[] = {
	{ "uuid",
	    { "0193f5a2-7c11-7aaa-8bbb-0123456789ab", "0193F5A2-7C11-7AAA-8BBB-0123456789AB" },
	    { "", "0193f5a27c117aaa8bbb0123456789ab", "0193f5a2-7c11-7aaa-8bbb-0123456789a",
		"0193f5a2-7c11-7aaa-8bbb-0123456789ag", "{0193f5a2-7c11-7aaa-8bbb-0123456789ab}",
		"0193f5a2x7c11-7aaa-8bbb-0123456789ab" } },
	{ "date", { "2026-11-25", "2024-02-29", "2000-02-29", "0001-01-01", "9999-12-31" },
	    { "", "2026-11-31", "2026-02-29", "1900-02-29", "0000-01-01", "2026-00-10",
		"2026-13-10", "2026-01-00", "2026-1-1", "20260101", "2026-01-01 ", "-026-01-01",
		"10000-01-01", "2026-01-01T00:00:00Z" } },
	{ "date-time",
	    { "2026-11-25T18:30:00Z", "2026-11-25t18:30:00z", "2026-11-25T18:30:00.123456789+01:00",
		"2026-11-25T00:00:00-03:30", "2026-11-25T23:59:59-00:00",
		"2026-11-25T12:00:00+15:59" },
	    { "", "2026-11-25T18:30:00", "2026-11-25 18:30:00Z", "2026-11-25T24:00:00Z",
		"2026-11-25T18:60:00Z", "2026-12-31T23:59:60Z", "2026-11-25T18:30Z",
		"2026-11-25T18:30:00.Z", "2026-11-25T18:30:00.1234567890Z",
		"2026-11-25T18:30:00+0100", "2026-11-25T18:30:00+1:00", "2026-11-25T18:30:00+16:00",
		"2026-11-25T18:30:00+01:60", "2026-02-30T18:30:00Z", "2026-11-25T18:30:00ZZ",
		"2026-11-25T18:30:00,5Z" } },
	{ "search-date",
	    { "2026", "2026-11", "2026-11-25", "ge2026", "gt2026-02", "lt2024-02-29", "le0001",
		"sa9999-12-31", "eb2026-11-25T18:30:00Z", "eq2026-11-25T18:30:00.5+01:00",
		"2026-11-25T18:30:00Z" },
	    { "", "ge", "ne2026", "ap2026", "GE2026", "ge ge2026", "gege2026", "202", "20260",
		"0000", "2026-13", "2026-1", "2026-02-30", "2026-11-25T", "2026-11-25T18:30Z",
		"2026-11-25T18:30:00", "2026-11-25 18:30:00Z", "ge2026-11-25T25:00:00Z", "now",
		"2026-", "-026", "2026-11-25T18:30:00Zge" } },
	{ "duration",
	    { "P2W", "P1D", "P1DT2H", "PT1H30M", "PT1H30M15S", "PT90M", "PT5M30S", "PT0S",
		"P36525D" },
	    { "", "P", "PT", "P1DT", "1D", "P1Y", "P1M", "P1W1D", "P1D2W", "PT1H30S", "PT1S1M",
		"PT1.5H", "P-1D", "-P1D", "PT1D", "P1H", "p1d", "P1D ", "P36526D", "P9999999999D",
		"P36525DT1S", "P1D1D" } },
	{ "uri",
	    { "https://example.org", "http://example.org/", "HTTPS://example.org/a/b?c=d#e",
		"https://example.org:8443/x", "https://xn--kln-sna.example/%C3%A4?q=%20",
		"https://127.0.0.1/", "https://[2001:db8::1]:443/", "https://example.org?a=b/c?d",
		"https://example.org/a;b=1,(c)!$&'*+=:@~" },
	    { "", "example.org", "//example.org", "/path", "ftp://example.org",
		"mailto:a@b.example", "javascript:alert(1)", "https://", "https:///path",
		"https://user@example.org/", "https://user:pw@example.org/",
		"https://example.org/a b", "https://example.org/ä", "https://example.org/\"",
		"https://example.org/<a>", "https://example.org/%2", "https://example.org/%zz",
		"https://example.org/a#b#c", "https://example.org:99999/", "https://example.org:/",
		"https://example.org:8x/", "https://[2001:db8::g]/", "https://[::1", "https://[]/",
		"https://exa%6dple.org/", "https://example.org\\a", "https://example.org/[a]",
		"https://example.org/\r\nX: y", " https://example.org", "https://:80/" } },
	{ "idn-email",
	    { "a@b.example", "first.last+tag@mail.example.org", "o'neil_1@x-y.example",
		"!#$%&'*+-/=?^_`{|}~@example.org", "a@köln.example", "ä@example.org",
		"a@xn--kln-sna.example", "a@例え.example", "a@b.example.例え",
		"佐藤@例え.example" },
	    { "", "a", "@example.org", "a@", "a@localhost", "a@b@c.example", ".a@example.org",
		"a.@example.org", "a..b@example.org", "\"a b\"@example.org", "a b@example.org",
		"a@-b.example", "a@b-.example", "a@b..example", "a@b.example.", "a@.example",
		"a@[127.0.0.1]", "a@127.0.0.1", "a@b.example\n", "a,b@example.org",
		"A <a@b.example>", "\"a\"@example.org", "a(b)@example.org", "a@(b)example.org",
		"a@köln.example.", "a@köln", "a@kö ln.example", "a@\u200b.example",
		"a@b\u2024example", "a\u2028@example.org",
		"12345678901234567890123456789012345678901234567890123456789012345@b.example",
		"a@1234567890123456789012345678901234567890123456789012345678901234.example" } },
	{ "country", { "DE", "AT", "CH", "TR", "ZW", "AD" },
	    { "", "D", "DEU", "de", "De", "AA", "XX", "UK", "EU", "Z1", "1D", "XA" } },
	{ "language",
	    { "de", "de-AT", "zh-Hant-TW", "pt-BR", "es-419", "gsw", "sl-rozaj-biske", "de-CH-1996",
		"zh-yue-HK", "en-a-bbb-x-priv", "x-own", "de-x-a", "mn-Cyrl-MN", "DE-at",
		"en-u-ca-gregory" },
	    { "", "d", "de_AT", "de-", "-de", "de--AT", "german", "i-klingon", "de-1", "de-a", "x",
		"de-x", "de-abcdefghi", "d1", "de-419-BR-a", "ä", "de-AT ", "abcdefghi" } },
};

static void
formats_accept_and_refuse(void **state)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
		for (size_t j = 0; formats[i].accepted[j] != NULL; j++)
			assert_format(*state, formats[i].format, formats[i].accepted[j], true);
		for (size_t j = 0; formats[i].refused[j] != NULL; j++)
			assert_format(*state, formats[i].format, formats[i].refused[j], false);
	}
}

static void
there_are_249_countries(void **state)
{
	const struct schema *schema = compile(*state, "{'format':'country'}");
	size_t accepted = 0;

	for (int i = 0; i < 26 * 26; i++) {
		json_t *code = json_sprintf("%c%c", 'A' + i / 26, 'A' + i % 26);
		struct faults *faults = faults_new(*state);

		schema_validate(schema, code, "", faults);
		accepted += faults->count == 0;
		json_decref(code);
	}
	assert_int_equal(accepted, 249);
}

static void
long_addresses_are_refused(void **state)
{
	char uri[2002], mail[256];

	memset(uri, 'a', sizeof(uri));
	memcpy(uri, "https://", 8);
	uri[2000] = '\0';
	assert_format(*state, "uri", uri, true);
	uri[2000] = 'a';
	uri[2001] = '\0';
	assert_format(*state, "uri", uri, false);
	for (size_t i = 0; i < sizeof(mail); i++)
		mail[i] = i % 50 == 1 ? '.' : 'a';
	mail[1] = '@';
	mail[254] = '\0';
	assert_format(*state, "idn-email", mail, true);
	mail[254] = 'a';
	mail[255] = '\0';
	assert_format(*state, "idn-email", mail, false);
}

static void
a_format_says_nothing_about_other_types(void **state)
{
	ASSERT_EXAMPLES(state, "{'format':'date'}", { "5", "" }, { "null", "" });
}

static void
a_nul_never_ends_a_text_early(void **state)
{
	ASSERT_EXAMPLES(
	    state, "{'format':'date'}", { "'2026-11-25\\u0000'", " control_character,  format" });
	ASSERT_EXAMPLES(
	    state, "{'format':'uri'}", { "'https://[::1\\u0000]'", " control_character,  format" });
	ASSERT_EXAMPLES(state, "{'const':'a'}", { "'a\\u0000'", " control_character,  const" });
	ASSERT_EXAMPLES(
	    state, "{'maxLength':1}", { "'a\\u0000'", " control_character,  too_long" });
}

static void
pointers_lead_to_values(void **state)
{
	const json_t *document = parse(*state, "{'a/b':[1,{'~':2}],'':3}");

	assert_ptr_equal(json_at(document, ""), document);
	assert_int_equal(json_integer_value(json_at(document, "/a~1b/0")), 1);
	assert_int_equal(json_integer_value(json_at(document, "/a~1b/1/~0")), 2);
	assert_int_equal(json_integer_value(json_at(document, "/")), 3);
	assert_null(json_at(document, "/a~1b/2"));
	assert_null(json_at(document, "/a~1b/00"));
	assert_null(json_at(document, "/a~1b/-"));
	assert_null(json_at(document, "/a~1b/0/x"));
	assert_null(json_at(document, "/a~2b"));
	assert_null(json_at(document, "a"));
	assert_null(json_at(document, arena_printf(*state, "/%0300d", 1)));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_empty_schema_accepts_everything),
		TEST(a_value_has_one_of_the_types),
		TEST(a_real_number_is_no_integer),
		TEST(a_wrong_type_hides_what_else_is_wrong),
		TEST(a_value_is_one_of_those_listed),
		TEST(length_is_counted_in_characters),
		TEST(a_pattern_may_match_anywhere),
		TEST(no_pattern_burns_the_processor),
		TEST(numbers_keep_within_their_bounds),
		TEST(arrays_keep_within_their_bounds),
		TEST(items_that_must_differ_do),
		TEST(many_items_are_compared_fast),
		TEST(members_are_held_against_their_schemas),
		TEST(unknown_members_are_named),
		TEST(long_names_are_cut_between_characters),
		TEST(other_members_follow_their_own_schema),
		TEST(missing_members_are_named),
		TEST(objects_keep_within_their_bounds),
		TEST(everything_that_is_wrong_is_listed_at_once),
		TEST(all_of_several_schemas_hold),
		TEST(exactly_one_of_several_schemas_holds),
		TEST(the_branch_that_a_member_chooses_says_what_is_wrong),
		TEST(the_branch_that_the_type_leaves_says_what_is_wrong),
		TEST(references_are_followed_and_may_recur),
		TEST(type_and_items_can_be_asked_for),
		TEST(control_characters_are_refused_wherever_they_are),
		TEST(nesting_is_limited),
		TEST(branches_within_branches_do_not_multiply_without_end),
		TEST(faults_do_not_cost_more_than_are_kept),
		TEST(details_are_sentences_that_quote_the_schema_only),
		TEST(schemas_that_cannot_be_enforced_are_refused),
		TEST(annotations_are_allowed),
		TEST(formats_accept_and_refuse),
		TEST(there_are_249_countries),
		TEST(long_addresses_are_refused),
		TEST(a_format_says_nothing_about_other_types),
		TEST(a_nul_never_ends_a_text_early),
		TEST(pointers_lead_to_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
