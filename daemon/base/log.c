// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Log lines to stderr, one write(2) each, so that lines of several processes
 * do not mix. What a peer said may be in a message: control characters are
 * replaced, so that nobody can forge a line or drive a terminal.
 */
#include "base/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "base/text.h"

#define LINE_MAX_OCTETS 2048

static enum log_level max_level = LOG_LEVEL_INFO;
static enum log_level min_level; /* that max_level is not set below */

void log_set_level(enum log_level level)
{
	max_level = level > min_level ? level : min_level;
}

void log_set_floor(enum log_level level)
{
	min_level = level;
	log_set_level(max_level);
}

bool log_has_level(enum log_level level)
{
	return level <= max_level;
}

/* systemd names the socket it gave us: "device:inode". */
static bool to_journal(void)
{
	static int known = -1;
	unsigned long dev, ino;
	const char *stream;
	struct stat st;

	if (known >= 0)
		return known;
	known = 0;
	stream = getenv("JOURNAL_STREAM");
	if (stream && sscanf(stream, "%lu:%lu", &dev, &ino) == 2 &&
	    !fstat(STDERR_FILENO, &st))
		known = st.st_dev == dev && st.st_ino == ino;
	return known;
}

static size_t start_line(char *line, size_t size, enum log_level level)
{
	struct timespec ts;
	struct tm tm;
	size_t n;

	if (to_journal())
		return (size_t)snprintf(line, size, "<%d>", (int)level);
	clock_gettime(CLOCK_REALTIME, &ts);
	gmtime_r(&ts.tv_sec, &tm);
	n = strftime(line, size, "%Y-%m-%dT%H:%M:%S", &tm);
	return n + (size_t)snprintf(line + n, size - n, ".%03ldZ %s",
				    ts.tv_nsec / 1000000,
				    level == LOG_LEVEL_ERROR ? "error: " :
				    level == LOG_LEVEL_WARN  ? "warning: " :
							       "");
}

void log_write(enum log_level level, const char *room, const char *fmt, ...)
{
	char line[LINE_MAX_OCTETS];
	size_t n, i;
	va_list ap;
	int len;

	if (level > max_level)
		return;
	n = start_line(line, sizeof(line), level);
	n += (size_t)snprintf(line + n, sizeof(line) - n, "%s: ", room);
	if (n >= sizeof(line) - 1)
		n = sizeof(line) - 2;
	i = n;
	va_start(ap, fmt);
	len = vsnprintf(line + n, sizeof(line) - n - 1, fmt, ap);
	va_end(ap);
	if (len > 0)
		n += (size_t)len;
	if (n > sizeof(line) - 2) {
		n = sizeof(line) - 2;
		memcpy(line + n - 3, "...", 3);
	}
	text_clean(line + i, n - i);
	line[n++] = '\n';
	/* There is nowhere to say that the log itself cannot be written. */
	if (write(STDERR_FILENO, line, n) < 0)
		return;
}
