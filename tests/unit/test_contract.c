/* test_contract.c: what a description must not promise, and how paths find their routes. */
#include <string.h>

#include "api/contract.h"
#include "tests/unit/fixture.h"

/* Statements that the build knows: of the operations getGroup, patchGroup, listTopics. */
#define ID        "{'name':'group_id','in':'path','required':true,'schema':{'type':'string'}}"
#define OK        "'responses':{'200':{'content':{'application/json':{}}}}"
#define GET_GROUP "'operationId':'getGroup','security':[],"

static enum problem
answer(struct request *request)
{
	(void)request;
	return PROBLEM_NONE;
}

static const struct named_handler handlers[] = { { "weather_get", answer }, { NULL, NULL } };

/* Texts are written with ' for ", for the sake of their readers. */
static const struct contract *
read_document(struct arena *arena, const char *text, const char **ret_error)
{
	char *json = arena_strdup(arena, text);

	for (char *c = json; *c != '\0'; c++)
		if (*c == '\'')
			*c = '"';
	return contract_read(arena, json, strlen(json), handlers, ret_error);
}

static const struct contract *
read_paths(struct arena *arena, const char *paths)
{
	const char *error = NULL;
	const struct contract *contract = read_document(
	    arena, arena_printf(arena, "{'info':{'version':'1.2'},'paths':%s}", paths), &error);

	if (contract == NULL)
		fail_msg("%s", error);
	return contract;
}

/* The only operation of a document with this member under /v1/groups/{group_id}. */
static const struct operation *
read_operation(struct arena *arena, const char *method)
{
	const char *paths = arena_printf(arena, "{'/v1/groups/{group_id}':{%s}}", method);

	return read_paths(arena, paths)->routes[0].operations[0];
}

static void
assert_document_refused(struct arena *arena, const char *document, const char *expected)
{
	const char *error = NULL;

	assert_null(read_document(arena, document, &error));
	assert_non_null(error);
	if (strcmp(error, expected) != 0)
		fail_msg("\"%s\" instead of \"%s\"", error, expected);
}

static void
assert_refused(struct arena *arena, const char *method, const char *expected)
{
	const char *document = arena_printf(arena,
	    "{'paths':{'/v1/groups/{group_id}':{%s}},'components':{'schemas':{'Group':{}}}}",
	    method);

	assert_document_refused(arena, document, expected);
}

static void
reads_an_operation(void **state)
{
	const struct contract *contract = read_paths(*state,
	    "{'/v1/groups/{group_id}':{'get':{" GET_GROUP "'parameters':[" ID "]," OK "}}}");
	const struct operation *op = contract->routes[0].operations[0];

	assert_string_equal(contract->version, "1.2");
	assert_int_equal(contract->route_count, 1);
	assert_int_equal(contract->operation_count, 1);
	assert_string_equal(op->name, "group_get");
	assert_string_equal(op->method, "GET");
	assert_string_equal(op->path, "/v1/groups/{group_id}");
	assert_int_equal(op->manner, ONE);
	assert_string_equal(op->statement->name, "group_get");
	assert_null(op->handler);
	assert_int_equal(op->status, 200);
	assert_string_equal(op->type, "application/json");
	assert_int_equal(op->parameter_count, 1);
	assert_int_equal(op->parameters[0].place, IN_PATH);
}

static void
a_handler_needs_no_statement(void **state)
{
	const struct operation *op =
	    read_operation(*state, "'get':{'operationId':'getWeather','security':[]," OK "}");

	assert_ptr_equal(op->handler, answer);
	assert_null(op->statement);
}

static void
a_list_in_the_manner_of_fhir_is_a_bundle(void **state)
{
	const struct operation *op = read_operation(*state,
	    "'get':{" GET_GROUP "'parameters':[{'name':'cursor','in':'query','schema':"
	    "{'type':'string'}},{'name':'name:contains','in':'query','schema':{'type':'string'}}],"
	    "'responses':{'200':{'content':{'application/fhir+json':{},'application/json':{}}}}}");

	assert_int_equal(op->manner, BUNDLE);
	assert_string_equal(op->parameters[1].name, "name:contains");
	assert_string_equal(op->type, "application/fhir+json");
	assert_string_equal(op->other_type, "application/json");
}

static void
a_list_is_what_takes_a_cursor(void **state)
{
	const struct operation *op = read_operation(*state,
	    "'get':{'operationId':'listTopics','security':[],'parameters':[{'name':'cursor',"
	    "'in':'query','schema':{'type':'string'}}]," OK "}");

	assert_string_equal(op->name, "topics_list");
	assert_int_equal(op->manner, LIST);
}

static void
parameters_say_what_they_are(void **state)
{
	const struct operation *op = read_operation(*state,
	    "'parameters':[" ID "],'get':{" GET_GROUP "'parameters':["
	    "{'name':'topic','in':'query','explode':false,"
	    "'schema':{'type':'array','items':{'type':'string'}}},"
	    "{'name':'limit','in':'query','schema':{'type':'integer','default':20}},"
	    "{'name':'sort','in':'query','schema':{'type':'string','default':'name'}},"
	    "{'name':'If-Match','in':'header','required':true,'schema':{'type':'string'}},"
	    "{'name':'Idempotency-Key','in':'header','schema':{'type':'string'}}]," OK "}");

	assert_int_equal(op->parameter_count, 6);
	assert_true(op->parameters[0].required);
	assert_true(op->parameters[1].is_list);
	assert_true(op->parameters[1].comma_listed);
	assert_false(op->parameters[2].is_list);
	assert_string_equal(op->parameters[2].otherwise, "20");
	assert_string_equal(op->parameters[3].otherwise, "name");
	assert_null(op->parameters[4].otherwise);
	assert_true(op->needs_if_match);
	assert_true(op->idempotent_by_key);
}

static void
a_patch_has_a_document_and_a_whole(void **state)
{
	const char *error = NULL;
	const struct contract *contract = read_document(*state,
	    "{'paths':{'/v1/groups/{group_id}':{'patch':{'operationId':'patchGroup','security':[],"
	    "'requestBody':{'content':{'application/merge-patch+json':{'schema':"
	    "{'$ref':'#/components/schemas/Patch'}}}}," OK "}}},"
	    "'components':{'schemas':{'Patch':{'x-patch-of':'Group','type':'object'},"
	    "'Group':{'type':'object'}}}}",
	    &error);
	const struct operation *op;

	assert_null(error);
	op = contract->routes[0].operations[0];
	assert_int_equal(op->manner, ONE);
	assert_string_equal(op->document->name, "group_document");
	assert_string_equal(op->body_type, "application/merge-patch+json");
	assert_non_null(op->body);
	assert_non_null(op->whole);
}

static void
security_is_a_list_of_alternatives(void **state)
{
	static const struct {
		const char *security;
		bool ignores_keys;
		bool anonymous_allowed;
		scope_set scopes;
		bool allowed[CALLER_COUNT];
	} cases[] = {
		{ "[]", true, true, 0, { false } },
		{ "[{}]", false, true, 0, { false } },
		{ "[{'key':[]}]", false, false, 0, { [CALLER_CLIENT] = true } },
		{ "[{'key':['admin']}]", false, false, SCOPE_BIT(SCOPE_ADMIN),
		    { [CALLER_CLIENT] = true } },
		{ "[{},{'key':['admin']},{'key':['groups:read']}]", false, true,
		    SCOPE_BIT(SCOPE_ADMIN) | SCOPE_BIT(SCOPE_GROUPS_READ),
		    { [CALLER_CLIENT] = true } },
		{ "[{'capability':[]},{'session':[]}]", false, false, 0,
		    { [CALLER_PERSON] = true, [CALLER_LEADER] = true } },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct operation *op = read_operation(*state,
		    arena_printf(*state, "'get':{'operationId':'getGroup','security':%s," OK "}",
			cases[i].security));

		assert_int_equal(op->ignores_keys, cases[i].ignores_keys);
		assert_int_equal(op->anonymous_allowed, cases[i].anonymous_allowed);
		assert_int_equal(op->scopes, cases[i].scopes);
		assert_memory_equal(op->allowed, cases[i].allowed, sizeof(op->allowed));
	}
}

static void
refuses_what_is_no_description(void **state)
{
	assert_document_refused(*state, "", "contract: document: no paths");
	assert_document_refused(*state, "[]", "contract: document: no paths");
	assert_document_refused(*state, "{'paths':{},'paths':{}}", "contract: document: no paths");
}

static void
refuses_an_operation_that_nobody_carries_out(void **state)
{
	assert_refused(*state, "'get':{'operationId':'getMoon','security':[]," OK "}",
	    "contract: moon_get: has neither a handler nor a statement");
	assert_refused(*state, "'get':{'security':[]," OK "}",
	    "contract: /v1/groups/{group_id}: has neither a handler nor a statement");
	assert_refused(*state, "'trace':{" GET_GROUP OK "}",
	    "contract: trace: is nothing that is carried out");
}

static void
refuses_an_unknown_scope_or_scheme(void **state)
{
	static const char *const scopes[] = { "'groups:eat'", "'Admin'", "''", "7", "'admin','x'" };

	for (size_t i = 0; i < sizeof(scopes) / sizeof(*scopes); i++)
		assert_refused(*state,
		    arena_printf(*state,
			"'get':{'operationId':'getGroup','security':[{'key':[%s]}]," OK "}",
			scopes[i]),
		    "contract: group_get: an unknown scope");
	assert_refused(*state, "'get':{'operationId':'getGroup','security':[{'oauth':[]}]," OK "}",
	    "contract: group_get: an unknown security scheme");
}

static void
refuses_silence_about_security(void **state)
{
	assert_refused(*state, "'get':{'operationId':'getGroup'," OK "}",
	    "contract: group_get: says nothing about security");
}

static void
refuses_a_keyword_that_nobody_enforces(void **state)
{
	assert_refused(*state,
	    "'get':{" GET_GROUP "'parameters':[{'name':'q','in':'query',"
	    "'schema':{'type':'string','contentEncoding':'base64'}}]," OK "}",
	    "contract: q: /contentEncoding: no keyword that is enforced");
	assert_refused(*state,
	    "'get':{" GET_GROUP "'requestBody':{'content':{'application/json':{'schema':"
	    "{'properties':{'a':{'items':{'if':{}}}}}}}}," OK "}",
	    "contract: group_get: /properties/a/items/if: no keyword that is enforced");
}

static void
refuses_parameters_that_are_not_read(void **state)
{
	assert_refused(*state,
	    "'get':{" GET_GROUP "'parameters':[{'name':'a','in':'cookie','schema':{}}]," OK "}",
	    "contract: group_get: a parameter is neither in path, query nor header");
	assert_refused(*state,
	    "'get':{" GET_GROUP "'parameters':[{'in':'query','schema':{}}]," OK "}",
	    "contract: group_get: a parameter without name or schema");
	assert_refused(*state,
	    "'get':{" GET_GROUP "'parameters':[{'name':'a','in':'query'}]," OK "}",
	    "contract: group_get: a parameter without name or schema");
	assert_refused(*state, "'get':{" GET_GROUP "'parameters':[{'$ref':'#/nowhere'}]," OK "}",
	    "contract: #/nowhere: leads nowhere");
}

static void
refuses_more_parameters_than_there_is_room_for(void **state)
{
	char *parameters = "";

	for (int i = 0; i <= PARAMETERS_MAX; i++)
		parameters = arena_printf(*state, "%s%s{'name':'p%d','in':'query','schema':{}}",
		    parameters, i == 0 ? "" : ",", i);
	assert_refused(*state,
	    arena_printf(*state, "'get':{" GET_GROUP "'parameters':[%s]," OK "}", parameters),
	    "contract: group_get: too many parameters");
}

static void
json_may_have_two_names(void **state)
{
	const struct operation *op = read_operation(*state,
	    "'get':{" GET_GROUP "'requestBody':{'content':{'application/fhir+json':{'schema':{}},"
	    "'application/json':{'schema':{}}}}," OK "}");

	assert_string_equal(op->body_type, "application/fhir+json");
	assert_string_equal(op->other_body_type, "application/json");
}

static void
refuses_bodies_that_are_not_read(void **state)
{
	assert_refused(*state, "'get':{" GET_GROUP "'requestBody':{'content':{}}," OK "}",
	    "contract: group_get: not exactly one media type for the body");
	assert_refused(*state,
	    "'get':{" GET_GROUP "'requestBody':{'content':{'a/b':{'schema':{}},"
	    "'c/d':{'schema':{}}}}," OK "}",
	    "contract: group_get: not exactly one media type for the body");
}

static void
refuses_a_patch_of_nothing(void **state)
{
	static const char *const schemas[] = { "{}", "{'x-patch-of':'Nothing'}" };

	for (size_t i = 0; i < sizeof(schemas) / sizeof(*schemas); i++)
		assert_refused(*state,
		    arena_printf(*state,
			"'patch':{'operationId':'patchGroup','security':[],'requestBody':"
			"{'content':{'application/merge-patch+json':{'schema':%s}}}," OK "}",
			schemas[i]),
		    "contract: group_patch: a patch whose schema has no x-patch-of");
}

static void
refuses_an_operation_that_can_only_fail(void **state)
{
	assert_refused(*state, "'get':{" GET_GROUP "'responses':{'404':{}}}",
	    "contract: group_get: no way to succeed");
	assert_refused(*state, "'get':{'operationId':'getGroup','security':[]}",
	    "contract: group_get: no way to succeed");
}

static void
refuses_a_path_that_is_too_long(void **state)
{
	assert_document_refused(*state,
	    "{'paths':{'/1/2/3/4/5/6/7/8/9/10/11/12/13':{'get':{" GET_GROUP OK "}}}}",
	    "contract: /1/2/3/4/5/6/7/8/9/10/11/12/13: too many segments");
}

static void
literal_segments_go_before_parameters(void **state)
{
	static const struct {
		const char *path;
		char *segments[2];
		const char *value; /* of the only parameter */
	} cases[] = {
		{ "/groups/{group_id}", { "groups", "7" }, "7" },
		{ "/groups/here", { "groups", "here" }, NULL },
		{ "/{any}/there", { "topics", "there" }, "topics" },
		{ "/groups/{group_id}", { "groups", "there" }, "there" },
	};
	const struct contract *contract = read_paths(*state,
	    "{'/{any}/there':{'get':{" GET_GROUP OK "}},"
	    "'/groups/{group_id}':{'get':{" GET_GROUP OK "}},"
	    "'/groups':{'get':{" GET_GROUP OK "}},"
	    "'/groups/here':{'get':{" GET_GROUP OK "}}}");

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *values[SEGMENTS_MAX] = { NULL };
		const struct route *route = contract_route(contract, cases[i].segments, 2, values);

		assert_non_null(route);
		assert_string_equal(route->operations[0]->path, cases[i].path);
		if (cases[i].value != NULL)
			assert_string_equal(values[0], cases[i].value);
	}
}

static void
what_is_no_path_has_no_route(void **state)
{
	const struct contract *contract =
	    read_paths(*state, "{'/groups/{group_id}':{'get':{" GET_GROUP OK "}}}");
	char *segments[] = { "groups", "7", "8" };
	char *others[] = { "topics", "7" };
	const char *values[SEGMENTS_MAX];

	assert_null(contract_route(contract, segments, 0, values));
	assert_null(contract_route(contract, segments, 1, values));
	assert_null(contract_route(contract, segments, 3, values));
	assert_null(contract_route(contract, others, 2, values));
	assert_non_null(contract_route(contract, segments, 2, values));
}

static void
a_route_knows_its_methods(void **state)
{
	const struct contract *contract = read_paths(*state,
	    "{'/a':{'get':{" GET_GROUP OK "},'delete':{'operationId':'deleteGroup',"
	    "'security':[],'responses':{'204':{}}}}}");
	const struct route *route = &contract->routes[0];

	assert_int_equal(contract->operation_count, 2);
	assert_string_equal(route_operation(route, "GET")->name, "group_get");
	assert_string_equal(route_operation(route, "DELETE")->name, "group_delete");
	assert_int_equal(route_operation(route, "DELETE")->status, 204);
	assert_null(route_operation(route, "get"));
	assert_null(route_operation(route, "POST"));
}

static void
scopes_of_a_client_are_words_of_an_array(void **state)
{
	const scope_set both = SCOPE_BIT(SCOPE_GROUPS_READ) | SCOPE_BIT(SCOPE_ADMIN);

	(void)state;
	assert_int_equal(scopes_parse("{}"), 0);
	assert_int_equal(scopes_parse("{groups:read,admin}"), both);
	assert_int_equal(scopes_parse("{admin,groups:read,admin}"), both);
	assert_int_equal(
	    scopes_parse("{groups:eat,admin,administrator,adm}"), SCOPE_BIT(SCOPE_ADMIN));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(reads_an_operation, setup, teardown),
		cmocka_unit_test_setup_teardown(a_handler_needs_no_statement, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_list_in_the_manner_of_fhir_is_a_bundle, setup, teardown),
		cmocka_unit_test_setup_teardown(a_list_is_what_takes_a_cursor, setup, teardown),
		cmocka_unit_test_setup_teardown(parameters_say_what_they_are, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_patch_has_a_document_and_a_whole, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    security_is_a_list_of_alternatives, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_what_is_no_description, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    refuses_an_operation_that_nobody_carries_out, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    refuses_an_unknown_scope_or_scheme, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_silence_about_security, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    refuses_a_keyword_that_nobody_enforces, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    refuses_parameters_that_are_not_read, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    refuses_more_parameters_than_there_is_room_for, setup, teardown),
		cmocka_unit_test_setup_teardown(json_may_have_two_names, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_bodies_that_are_not_read, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_a_patch_of_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    refuses_an_operation_that_can_only_fail, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_a_path_that_is_too_long, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    literal_segments_go_before_parameters, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_no_path_has_no_route, setup, teardown),
		cmocka_unit_test_setup_teardown(a_route_knows_its_methods, setup, teardown),
		cmocka_unit_test(scopes_of_a_client_are_words_of_an_array),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
