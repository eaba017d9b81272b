/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log lines: "room: message". To stderr (with journald's "<N>" prefix when
 * stderr is the journal, a time stamp otherwise). Never secrets.
 */
#ifndef CESTEER_BASE_LOG_H
#define CESTEER_BASE_LOG_H

#include <stdbool.h>

enum log_level {
	LOG_LEVEL_ERROR = 3, /* as syslog(3) */
	LOG_LEVEL_WARN = 4,
	LOG_LEVEL_INFO = 6,
	LOG_LEVEL_DEBUG = 7,
};

void log_set_level(enum log_level level);
/* Log up to this level, whatever log_set_level() says, now and later. */
void log_set_floor(enum log_level level);
/* Whether a line of that level is written: what goes into it may be dear. */
bool log_has_level(enum log_level level);
void log_write(enum log_level level, const char *room, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#define log_error(room, ...) log_write(LOG_LEVEL_ERROR, room, __VA_ARGS__)
#define log_warn(room, ...) log_write(LOG_LEVEL_WARN, room, __VA_ARGS__)
#define log_info(room, ...) log_write(LOG_LEVEL_INFO, room, __VA_ARGS__)
#define log_debug(room, ...) log_write(LOG_LEVEL_DEBUG, room, __VA_ARGS__)

#endif /* CESTEER_BASE_LOG_H */
