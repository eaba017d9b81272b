/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A configuration's file in a folder of its own, beside a file of a secret.
 */
#ifndef CESTEER_SELFTESTS_UNIT_CONF_FILE_H
#define CESTEER_SELFTESTS_UNIT_CONF_FILE_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "conf/conf.h"
#include "kselftest_harness.h"

FIXTURE(conf) {
	char dir[32];
	char file[64], secret[64];
	char why[1024];
	struct conf *c;
};

static inline void put(const char *file, const char *text, size_t len,
		       mode_t mode)
{
	int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, text, len) != (ssize_t)len || fchmod(fd, mode))
		abort();
	close(fd);
}

FIXTURE_SETUP(conf) {
	strcpy(self->dir, "/tmp/cesteer-conf-XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->dir));
	snprintf(self->file, sizeof(self->file), "%s/f.yaml", self->dir);
	snprintf(self->secret, sizeof(self->secret), "%s/secret", self->dir);
	self->c = NULL;
}

FIXTURE_TEARDOWN(conf) {
	conf_free(self->c);
	unlink(self->file);
	unlink(self->secret);
	rmdir(self->dir);
}

static inline bool load(FIXTURE_DATA(conf) * self, const char *text)
{
	put(self->file, text, strlen(text), 0644);
	conf_free(self->c);
	self->c = conf_load(self->file, self->why, sizeof(self->why));
	return self->c;
}

/* The error without the folder, which differs from run to run. */
static inline const char *refused(FIXTURE_DATA(conf) * self, const char *text)
{
	if (load(self, text))
		return "(taken)";
	return self->why + strlen(self->dir) + 1;
}

#endif /* CESTEER_SELFTESTS_UNIT_CONF_FILE_H */
