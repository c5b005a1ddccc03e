/* test_calendar_page.c: the page of a calendar: its links, its languages, and texts that attack. */
#include <sodium.h>
#include <string.h>

#include "api/calendar_page.h"
#include "api/calendar_page_texts.h"
#include "api/layout.h"
#include "api/qr.h"
#include "fixture.h"

static const struct calendar_page public_page = {
	.language = "de",
	.title = "Offener Abend",
	.feed = "https://runde.example/v1/calendar.ics?topic=sleep&within_km=20",
	.other_language_url = "https://runde.example/v1/calendar?topic=sleep&lang=en",
};

static const struct calendar_page personal_page = {
	.language = "en",
	.title = "Dates",
	.feed = "https://runde.example/v1/feeds/AbC_1-2.ics",
	.is_personal = true,
};

static char *
page_of(struct arena *arena, const struct calendar_page *page)
{
	struct buffer out;

	buffer_init(&out, arena, 0);
	calendar_page_write(&out, page);
	return buffer_text(&out);
}

static void
assert_contains(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("%s is missing in %s", part, text);
}

static void
assert_lacks(const char *text, const char *part)
{
	if (strcasestr(text, part) != NULL)
		fail_msg("%s is in %s", part, text);
}

static size_t
count_of(const char *text, const char *part)
{
	size_t count = 0;

	while ((text = strstr(text, part)) != NULL) {
		text += strlen(part);
		count++;
	}
	return count;
}

static void
a_feed_is_offered_in_three_forms(void **state)
{
	const char *page = page_of(*state, &public_page);

	assert_contains(
	    page, ">https://runde.example/v1/calendar.ics?topic=sleep&amp;within_km=20</textarea>");
	assert_contains(
	    page, "href=\"webcal://runde.example/v1/calendar.ics?topic=sleep&amp;within_km=20\"");
	assert_contains(page,
	    "href=\"https://calendar.google.com/calendar/r?cid=webcal%3A%2F%2Frunde.example%2Fv1"
	    "%2Fcalendar.ics%3Ftopic%3Dsleep%26within_km%3D20\"");
}

static void
what_a_query_has_encoded_is_encoded_again_for_google(void **state)
{
	struct calendar_page page = public_page;

	page.feed = "http://localhost:8080/v1/calendar.ics?near=K%C3%B6ln";
	assert_contains(page_of(*state, &page),
	    "cid=webcal%3A%2F%2Flocalhost%3A8080%2Fv1%2Fcalendar.ics%3Fnear%3DK%25C3%25B6ln\"");
}

static void
a_hostile_title_is_only_text(void **state)
{
	struct calendar_page page = public_page;
	const char *html;

	page.title = "</title><script>alert('1')</script>\"&amp;<img src=x onerror=alert(2)>";
	html = page_of(*state, &page);
	assert_int_equal(count_of(html,
			     "&lt;/title&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&#34;"
			     "&amp;amp;&lt;img src=x onerror=alert(2)&gt;"),
	    2);
	assert_lacks(html, "<script");
	assert_lacks(html, "<img");
	assert_int_equal(count_of(html, "</title>"), 1);
}

static void
hostile_addresses_stay_in_their_places(void **state)
{
	struct calendar_page page = public_page;
	const char *html;

	page.feed = "https://runde.example/\"><script>x</script></textarea>'";
	page.other_language_url = "https://runde.example/\" onclick=\"x";
	html = page_of(*state, &page);
	assert_lacks(html, "<script");
	assert_lacks(html, "\" onclick");
	assert_int_equal(count_of(html, "</textarea>"), 1);
	assert_contains(html, "r?cid=webcal%3A%2F%2Frunde.example%2F%22%3E%3Cscript%3E");
}

/* Every text of one language that each page has, and none of the other. */
static void
assert_speaks(const char *html, enum language language)
{
	for (enum text text = 0; text < TEXT_COUNT; text++) {
		if (text != TEXT_PERSONAL && text != TEXT_PERSONAL_HINT)
			assert_contains(html, calendar_page_texts[text][language]);
		assert_lacks(html, calendar_page_texts[text][1 - language]);
	}
}

static void
the_page_speaks_one_language_and_links_the_other(void **state)
{
	struct calendar_page page = public_page;
	const char *html = page_of(*state, &page);

	assert_contains(html, "<html lang=\"de\">");
	assert_contains(html,
	    "<a lang=\"en\" hreflang=\"en\" "
	    "href=\"https://runde.example/v1/calendar?topic=sleep&amp;lang=en\">English</a>");
	assert_speaks(html, LANGUAGE_DE);

	page.language = "en";
	html = page_of(*state, &page);
	assert_contains(html, "<html lang=\"en\">");
	assert_contains(html, "<a lang=\"de\" hreflang=\"de\"");
	assert_speaks(html, LANGUAGE_EN);

	page.other_language_url = NULL;
	assert_lacks(page_of(*state, &page), "hreflang");
}

static void
texts_need_no_escaping(void **state)
{
	(void)state;
	for (enum text text = 0; text < TEXT_COUNT; text++)
		for (enum language language = 0; language < LANGUAGE_COUNT; language++)
			assert_null(strpbrk(calendar_page_texts[text][language], "<>&\"'"));
}

static void
only_a_personal_page_says_that_its_address_is_secret(void **state)
{
	const char *secret = calendar_page_texts[TEXT_PERSONAL_HINT][LANGUAGE_EN];
	struct calendar_page page = personal_page;

	assert_contains(page_of(*state, &page), secret);
	page.is_personal = false;
	assert_lacks(page_of(*state, &page), secret);
}

static void
nothing_comes_from_elsewhere(void **state)
{
	const char *html = page_of(*state, &public_page), *at = html;

	while ((at = strstr(at, "://")) != NULL) {
		at += strlen("://");
		assert_true(strncmp(at, "runde.example/", strlen("runde.example/")) == 0 ||
		    strncmp(at, "calendar.google.com/", strlen("calendar.google.com/")) == 0);
	}
	assert_lacks(html, "src=");
	assert_lacks(html, "url(");
	assert_lacks(html, "@import");
	assert_lacks(html, "<link");
	assert_lacks(html, " style=");
	assert_lacks(html, "=\"//");
}

static void
the_policy_allows_the_style_of_the_page_and_nothing_else(void **state)
{
	const char *html = page_of(*state, &public_page);
	const char *start = strstr(html, "<style>") + strlen("<style>");
	unsigned char hash[crypto_hash_sha256_BYTES];
	char digest[sodium_base64_ENCODED_LEN(sizeof(hash), sodium_base64_VARIANT_ORIGINAL)];

	crypto_hash_sha256(
	    hash, (const unsigned char *)start, (size_t)(strstr(html, "</style>") - start));
	sodium_bin2base64(
	    digest, sizeof(digest), hash, sizeof(hash), sodium_base64_VARIANT_ORIGINAL);
	assert_string_equal(layout_policy(),
	    arena_printf(*state,
		"default-src 'none'; style-src 'sha256-%s'; base-uri 'none'; "
		"form-action 'self'; frame-ancestors 'none'",
		digest));
}

static void
an_address_too_long_for_a_code_leaves_only_the_code_out(void **state)
{
	struct calendar_page page = public_page;
	const char *html;

	page.feed = arena_printf(*state, "https://runde.example/%06000d.ics", 0);
	html = page_of(*state, &page);
	assert_lacks(html, "<svg");
	assert_lacks(html, calendar_page_texts[TEXT_SCAN][LANGUAGE_DE]);
	assert_contains(html, page.feed);
	assert_contains(html, "</html>");
}

static void
what_makes_no_code_writes_nothing(void **state)
{
	struct buffer out;

	buffer_init(&out, *state, 0);
	assert_false(qr_write_svg(&out, "", "empty"));
	assert_int_equal(out.length, 0);
}

static void
a_code_has_its_quiet_zone_and_an_escaped_name(void **state)
{
	struct buffer out;
	const char *svg;

	buffer_init(&out, *state, 0);
	assert_true(qr_write_svg(&out, "webcal://a/b.ics", "\"<b>"));
	svg = buffer_text(&out);
	assert_contains(svg, "role=\"img\" aria-label=\"&#34;&lt;b&gt;\"");
	/* 21 or 25 modules, and a finder pattern of 7 in the first row, 4 from either edge. */
	assert_contains(svg, "viewBox=\"0 0 33 33\"");
	assert_contains(svg, " d=\"M4 4h7v1h-7z");
	assert_contains(svg, "M22 4h7v1h-7z");
	assert_lacks(svg, "M3 ");
	assert_int_equal(count_of(svg, "<path"), 1);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_feed_is_offered_in_three_forms),
		TEST(what_a_query_has_encoded_is_encoded_again_for_google),
		TEST(a_hostile_title_is_only_text),
		TEST(hostile_addresses_stay_in_their_places),
		TEST(the_page_speaks_one_language_and_links_the_other),
		TEST(texts_need_no_escaping),
		TEST(only_a_personal_page_says_that_its_address_is_secret),
		TEST(nothing_comes_from_elsewhere),
		TEST(the_policy_allows_the_style_of_the_page_and_nothing_else),
		TEST(an_address_too_long_for_a_code_leaves_only_the_code_out),
		TEST(what_makes_no_code_writes_nothing),
		TEST(a_code_has_its_quiet_zone_and_an_escaped_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
