/* smtp_settings.c: how libcurl is to talk to the mail server. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/address.h"
#include "core/secrets.h"
#include "workers/smtp_settings.h"

#define CONNECT_MS 5000L
#define WHOLE_MS   30000L /* of one letter; late is better than twice */
#define SECRET_MAX 1024

static bool
is_loopback(const char *host)
{
	struct in_addr four;

	if (inet_pton(AF_INET, host, &four) == 1)
		return ntohl(four.s_addr) >> 24 == 127;
	return strcmp(host, "[::1]") == 0 || strcmp(host, "localhost") == 0;
}

/* The URL for libcurl, which has behind the host whom we say we are; NULL if it is none. */
static const char *
read_url(struct arena *arena, const char *url, const char *name, bool *ret_is_near)
{
	CURLU *parts = curl_url();
	char *host = NULL, *whole = NULL;
	const char *read = NULL;

	if (curl_url_set(parts, CURLUPART_URL, url, CURLU_DISALLOW_USER) == CURLUE_OK &&
	    curl_url_set(parts, CURLUPART_PATH, name, 0) == CURLUE_OK &&
	    curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
	    curl_url_get(parts, CURLUPART_URL, &whole, 0) == CURLUE_OK) {
		*ret_is_near = is_loopback(host);
		read = arena_strdup(arena, whole);
	}
	curl_free(whole);
	curl_free(host);
	curl_url_cleanup(parts);
	return read;
}

/* Where the server is; whether that is on this machine, in *ret_is_near. */
static const char *
take_url(struct arena *arena, const struct config *config, CURL *curl, bool *ret_is_near)
{
	static const char unix_socket[] = "smtp+unix:";
	const char *url = config->smtp_url;
	struct mailbox from;

	if (strncmp(url, unix_socket, sizeof(unix_socket) - 1) == 0) {
		curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, url + sizeof(unix_socket) - 1);
		url = "smtp://localhost";
	}
	if (!address_read_mailbox(arena, config->mail_from, &from) ||
	    (url = read_url(arena, url, from.address.domain, ret_is_near)) == NULL)
		return "RUNDE_SMTP_URL must be smtp://HOST:PORT or smtps://HOST:PORT";
	curl_easy_setopt(curl, CURLOPT_URL, url);
	return NULL;
}

static const char *
take_password(struct arena *arena, const struct config *config, CURL *curl)
{
	char *secret = arena_alloc(arena, SECRET_MAX);
	FILE *file;

	if (config->smtp_user[0] == '\0')
		return NULL;
	if ((file = fopen(config->smtp_password_file, "re")) == NULL)
		return "RUNDE_SMTP_PASSWORD_FILE cannot be read";
	secret[fread(secret, 1, SECRET_MAX - 1, file)] = '\0';
	fclose(file);
	secret[strcspn(secret, "\r\n")] = '\0';
	curl_easy_setopt(curl, CURLOPT_USERNAME, config->smtp_user);
	curl_easy_setopt(curl, CURLOPT_PASSWORD, secret);
	curl_easy_setopt(curl, CURLOPT_SASL_IR, 1L);
	secrets_forget(secret, SECRET_MAX);
	return NULL;
}

static const char *
take_security(const struct config *config, CURL *curl, bool is_near)
{
	bool is_named = config->smtp_ca_file[0] != '\0';

	if (is_named && access(config->smtp_ca_file, R_OK) != 0)
		return "RUNDE_SMTP_CA_FILE cannot be read";
	if (is_named)
		curl_easy_setopt(curl, CURLOPT_CAINFO, config->smtp_ca_file);
	curl_easy_setopt(curl, CURLOPT_USE_SSL,
	    is_near && !is_named ? (long)CURLUSESSL_NONE : (long)CURLUSESSL_ALL);
	return NULL;
}

static void
take_limits(CURL *curl)
{
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, WHOLE_MS);
}

const char *
smtp_settings_take(struct arena *arena, const struct config *config, CURL *curl)
{
	bool is_near = false;
	const char *error;

	take_limits(curl);
	if ((error = take_url(arena, config, curl, &is_near)) != NULL ||
	    (error = take_security(config, curl, is_near)) != NULL)
		return error;
	return take_password(arena, config, curl);
}
