/* config.c: settings out of the environment. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/config.h"

static char complaint[200];

static const char *
read_text(const char *variable, const char *otherwise)
{
	const char *value = getenv(variable);

	return value != NULL && value[0] != '\0' ? value : otherwise;
}

static const char *
read_number(const char *variable, size_t otherwise, size_t least, size_t greatest, size_t *ret)
{
	const char *value = getenv(variable);
	unsigned long long number;
	char *end;

	if (value == NULL || value[0] == '\0') {
		*ret = otherwise;
		return NULL;
	}
	errno = 0;
	number = strtoull(value, &end, 10);
	if (errno != 0 || *end != '\0' || number < least || number > greatest) {
		snprintf(complaint, sizeof(complaint), "%s must be a number from %zu to %zu",
		    variable, least, greatest);
		return complaint;
	}
	*ret = (size_t)number;
	return NULL;
}

const char *
config_read(struct config *config)
{
	const char *error = NULL;

#define X(name, variable, value, help) config->name = read_text(variable, value);
	CONFIG_TEXTS(X)
#undef X
#define X(name, variable, value, least, greatest, help) \
	if (error == NULL)                              \
		error = read_number(variable, value, least, greatest, &config->name);
	CONFIG_NUMBERS(X)
#undef X
	return error;
}

void
config_explain(void)
{
#define X(name, variable, value, help) printf("%-32s %s [%s]\n", variable, help, value);
	CONFIG_TEXTS(X)
#undef X
#define X(name, variable, value, least, greatest, help) \
	printf("%-32s %s [%d]\n", variable, help, value);
	CONFIG_NUMBERS(X)
#undef X
}
