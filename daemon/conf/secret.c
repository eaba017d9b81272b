// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reading secrets. The permissions are those of the descriptor that is read,
 * not of a name that somebody may replace in between. What is read is never
 * part of a message.
 */
#include "conf/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool permissions(int fd, const char *file, char *why, size_t why_len)
{
	struct stat st;

	if (fstat(fd, &st)) {
		snprintf(why, why_len, "%s: %s", file, strerror(errno));
		return false;
	}
	if (!S_ISREG(st.st_mode)) {
		snprintf(why, why_len, "%s is not a regular file", file);
		return false;
	}
	if (st.st_mode & 077) {
		snprintf(
			why, why_len,
			"%s has mode %04o, expected 0600: a secret must not be open to group or others",
			file, st.st_mode & 07777);
		return false;
	}
	if (st.st_uid && st.st_uid != geteuid()) {
		snprintf(
			why, why_len,
			"%s is owned by uid %u, expected root or the daemon's own user",
			file, st.st_uid);
		return false;
	}
	return true;
}

/* One octet more than max is read, to tell what is too long. */
static bool contents(int fd, const char *file, size_t max, uint8_t *key,
		     size_t *len, char *why, size_t why_len)
{
	uint8_t buf[SECRET_MAX + 3];
	size_t n = 0;
	ssize_t r;

	do {
		r = read(fd, buf + n, max + 2 - n);
		if (r > 0)
			n += (size_t)r;
	} while (r > 0 && n < max + 2);
	if (r < 0) {
		snprintf(why, why_len, "%s: %s", file, strerror(errno));
		n = 0;
	} else {
		if (n && buf[n - 1] == '\n')
			n--;
		if (!n)
			snprintf(why, why_len, "%s is empty, expected a secret",
				 file);
		else if (n > max)
			snprintf(why, why_len,
				 "%s is too long, expected at most %zu octets",
				 file, max);
		if (n > max)
			n = 0;
	}
	memcpy(key, buf, n);
	*len = n;
	secret_wipe(buf, sizeof(buf));
	return n;
}

bool secret_read(const char *file, size_t max, uint8_t *key, size_t *len,
		 char *why, size_t why_len)
{
	bool ok;
	int fd;

	/* Not blocking: a pipe by that name must not hold the daemon up. */
	fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0) {
		snprintf(why, why_len, "%s: %s", file, strerror(errno));
		return false;
	}
	ok = permissions(fd, file, why, why_len) &&
	     contents(fd, file, max, key, len, why, why_len);
	close(fd);
	return ok;
}

/* What nobody means to be part of a key, and where; NULL: nothing. */
static const char *flaw(const uint8_t *key, size_t len, size_t *at)
{
	static const uint8_t bom[] = { 0xef, 0xbb, 0xbf };

	*at = 0;
	if (len >= sizeof(bom) && !memcmp(key, bom, sizeof(bom)))
		return "a byte order mark (UTF-8 BOM)";
	for (*at = 0; *at < len; ++*at) {
		if (key[*at] == '\r')
			return "a carriage return (CR)";
		if (key[*at] == '\n')
			return "the end of a first line";
		if (!key[*at])
			return "a NUL";
	}
	return NULL;
}

bool secret_read_line(const char *file, size_t max, uint8_t *key, size_t *len,
		      char *why, size_t why_len)
{
	const char *what;
	size_t at;

	if (!secret_read(file, max, key, len, why, why_len))
		return false;
	what = flaw(key, *len, &at);
	if (!what)
		return true;
	snprintf(
		why, why_len,
		"%s has %s at octet %zu: expected one line of text, with no more than a newline (LF) after it",
		file, what, at + 1);
	secret_wipe(key, *len);
	*len = 0;
	return false;
}

void secret_wipe(void *key, size_t len)
{
	explicit_bzero(key, len);
}
