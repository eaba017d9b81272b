// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Asking the daemon. The answer may be long (a table), so it grows as it
 * comes; the connection is closed after it.
 */
#include "ctl/client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>
#include "ctl/address.h"
#include "ctl/ctl.h"

static int dial(const char *path, bool *absent, char *why, size_t why_len)
{
	const struct timeval patience = { .tv_sec = CTL_TIMEOUT };
	struct sockaddr_un un;
	int fd, err;

	if (!ctl_address(path, &un, why, why_len))
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		snprintf(why, why_len, "socket: %s", strerror(errno));
		return -1;
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (!connect(fd, (struct sockaddr *)&un, sizeof(un)))
		return fd;
	err = errno;
	*absent = err == ENOENT || err == ECONNREFUSED;
	if (*absent)
		snprintf(why, why_len, "cesteerd does not run (%s: %s)", path,
			 strerror(err));
	else
		snprintf(why, why_len, "%s: %s", path, strerror(err));
	close(fd);
	return -1;
}

static bool send_all(int fd, const char *text, size_t len)
{
	while (len) {
		ssize_t sent = send(fd, text, len, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0)
			return false;
		text += sent;
		len -= (size_t)sent;
	}
	return true;
}

/* Up to the end of the line, without it. NULL with errno; the caller frees. */
static char *receive_line(int fd)
{
	size_t len = 0, size = 0;
	char *line = NULL;

	for (;;) {
		char *end, *grown;
		ssize_t got;

		if (len + 1 >= size) {
			size = size ? 2 * size : 16 * 1024;
			grown = realloc(line, size);
			if (!grown)
				break;
			line = grown;
		}
		got = recv(fd, line + len, size - len - 1, 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (!got)
			errno = ECONNRESET;
		if (got <= 0)
			break;
		end = memchr(line + len, '\n', (size_t)got);
		len += (size_t)got;
		if (end) {
			*end = 0;
			return line;
		}
	}
	free(line);
	return NULL;
}

/* What an answer's line holds: its result (a new reference), or a sentence. */
static json_t *open_answer(const char *line, char *why, size_t why_len)
{
	json_t *answer = json_loads(line, 0, NULL);
	json_t *result = NULL;

	if (json_is_true(json_object_get(answer, "ok"))) {
		result = json_incref(json_object_get(answer, "result"));
		if (!result)
			result = json_null();
	} else {
		const char *error =
			json_string_value(json_object_get(answer, "error"));

		snprintf(why, why_len, "%s",
			 error ? error : "cesteerd's answer makes no sense");
	}
	json_decref(answer);
	return result;
}

json_t *ctl_request(const char *path, const json_t *request, bool *absent,
		    char *why, size_t why_len)
{
	json_t *result = NULL;
	bool unasked;
	char *text, *line;
	int fd;

	if (!absent)
		absent = &unasked;
	*absent = false;
	fd = dial(path, absent, why, why_len);
	if (fd < 0)
		return NULL;
	text = json_dumps(request, JSON_COMPACT);
	if (!text) {
		snprintf(why, why_len, "out of memory");
		goto out;
	}
	if (!send_all(fd, text, strlen(text)) || !send_all(fd, "\n", 1)) {
		snprintf(why, why_len, "asking cesteerd: %s", strerror(errno));
		goto out;
	}
	line = receive_line(fd);
	if (!line) {
		snprintf(why, why_len, "no answer from cesteerd: %s",
			 errno == EAGAIN ? "it took too long" :
					   strerror(errno));
		goto out;
	}
	result = open_answer(line, why, why_len);
	free(line);
out:
	free(text);
	close(fd);
	return result;
}
