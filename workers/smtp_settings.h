/* smtp_settings.h: how libcurl is to talk to the mail server; for workers/smtp.c only. */
#ifndef WORKERS_SMTP_SETTINGS_H
#define WORKERS_SMTP_SETTINGS_H

#include <curl/curl.h>

#include "core/config.h"
#include "core/arena.h"

/* NULL, or a sentence about the setting at fault. */
const char *smtp_settings_take(struct arena *arena, const struct config *config, CURL *curl);

#endif
