/* test_signatures.c: how webhooks are signed: the specification's vector, and a pair of keys. */
#include <sodium.h>
#include <string.h>

#include "core/signatures.h"
#include "tests/unit/fixture.h"

static const struct signed_message vector = { "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330,
	"{\"test\": 2432232314}" };

static void
the_vector_of_the_specification_comes_out(void **state)
{
	assert_string_equal(
	    signatures_shared(*state, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", &vector),
	    "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

static void
id_time_and_body_each_count(void **state)
{
	static const struct signed_message others[] = {
		{ "msg_p5jXN8AQM9LWM0D4loKWxJel", 1614265330, "{\"test\": 2432232314}" },
		{ "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265331, "{\"test\": 2432232314}" },
		{ "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, "{\"test\": 2432232315}" },
	};
	const char *secret = signatures_secret_new(*state);
	const char *right = signatures_shared(*state, secret, &vector);

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_string_not_equal(signatures_shared(*state, secret, &others[i]), right);
}

static void
a_secret_has_256_bits_and_is_new_each_time(void **state)
{
	const char *one = signatures_secret_new(*state), *other = signatures_secret_new(*state);

	assert_string_not_equal(one, other);
	assert_int_equal(strlen(one), strlen("whsec_") + 44);
}

static void
what_is_no_secret_signs_nothing(void **state)
{
	static const char *const wrong[] = { "", "whsec", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
		"whsec_!" };

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_null(signatures_shared(*state, wrong[i], &vector));
}

static void
whoever_has_the_public_key_can_check(void **state)
{
	static const char content[] =
	    "msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{\"test\": 2432232314}";
	unsigned char public[SIGNATURES_PUBLIC_SIZE], secret[SIGNATURES_SECRET_SIZE];
	unsigned char signature[crypto_sign_BYTES];
	const char *text;

	signatures_keys_new(public, secret);
	text = signatures_public(*state, secret, &vector);
	assert_memory_equal(text, "v1a,", 4);
	assert_int_equal(sodium_base642bin(signature, sizeof(signature), text + 4, strlen(text) - 4,
			     NULL, NULL, NULL, sodium_base64_VARIANT_ORIGINAL),
	    0);
	assert_int_equal(crypto_sign_verify_detached(
			     signature, (const unsigned char *)content, strlen(content), public),
	    0);
	public[0] ^= 1;
	assert_int_not_equal(crypto_sign_verify_detached(signature, (const unsigned char *)content,
				 strlen(content), public),
	    0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    the_vector_of_the_specification_comes_out, setup, teardown),
		cmocka_unit_test_setup_teardown(id_time_and_body_each_count, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_secret_has_256_bits_and_is_new_each_time, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_no_secret_signs_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    whoever_has_the_public_key_can_check, setup, teardown),
	};

	return cmocka_run_group_tests(tests, setup_secrets, NULL);
}
