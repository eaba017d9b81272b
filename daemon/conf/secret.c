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

void secret_wipe(void *key, size_t len)
{
	explicit_bzero(key, len);
}
