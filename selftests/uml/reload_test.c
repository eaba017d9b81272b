// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The module's ladders, up and down: loading it, and giving birth to a network
 * namespace, with each allocation failing once. What failed must be as if it
 * had not been tried, so that trying again succeeds.
 */
#include "../netlink/contract.h"
#include "fault.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "kselftest_harness.h"

static int module_load(void)
{
	const char *build = getenv("B");
	char path[256];
	int fd, rc;

	snprintf(path, sizeof(path), "%s/cesteer.ko", build ? build : "build");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	rc = (int)syscall(SYS_finit_module, fd, "", 0);
	close(fd);
	return rc;
}

/* Namespaces that still pin the module end a moment after their processes. */
static int module_unload(void)
{
	int i;

	for (i = 0; i < 100; i++) {
		if (!syscall(SYS_delete_module, "cesteer", O_NONBLOCK) ||
		    errno == ENOENT)
			return 0;
		usleep(100000);
	}
	return -1;
}

static bool module_works(void)
{
	struct sock s;
	bool works = sock_open(&s) && !add_vpn(&s, 0) && !add_gateway(&s, 1);

	if (works)
		sock_close(&s);
	return works;
}

FIXTURE(reload) {
};

FIXTURE_SETUP(reload) {
	const char *why;

	if (!contract_begin(&why) || !fault_begin(&why))
		SKIP(return, "%s", why);
}

FIXTURE_TEARDOWN(reload) {
}

TEST_F_TIMEOUT(reload, again_and_again, 120)
{
	int i;

	for (i = 0; i < 5; i++) {
		ASSERT_EQ(0, module_unload());
		ASSERT_EQ(0, module_load());
	}
	EXPECT_TRUE(module_works());
}

TEST_F_TIMEOUT(reload, with_each_allocation_failing, 240)
{
	unsigned int nth, refused = 0;
	bool fired;
	int rc;

	ASSERT_EQ(0, module_unload());
	for (nth = 1; nth < FAULT_MAX; nth++) {
		fault_arm(nth);
		rc = module_load();
		fired = fault_disarm();
		if (!fired)
			break;
		if (rc)
			refused++;
		else
			ASSERT_EQ(0, module_unload());
	}
	TH_LOG("%u allocations failed, by which it was refused %u times",
	       nth - 1, refused);
	ASSERT_GT(FAULT_MAX, nth);
	EXPECT_LT(0, refused);
	ASSERT_EQ(0, rc);
	EXPECT_TRUE(module_works());
}

/* How many allocations the birth of a namespace takes; 0 when it failed. */
static unsigned int birth_allocations(void)
{
	unsigned int n = 0;
	const char *why;
	int ends[2];

	if (pipe(ends))
		return 0;
	if (!fork()) {
		if (!fault_begin(&why))
			_exit(1);
		fault_arm(FAULT_MAX);
		if (unshare(CLONE_NEWNET))
			_exit(1);
		n = fault_count();
		_exit(write(ends[1], &n, sizeof(n)) != sizeof(n));
	}
	close(ends[1]);
	if (read(ends[0], &n, sizeof(n)) != sizeof(n))
		n = 0;
	close(ends[0]);
	wait(NULL);
	return n;
}

/* A child's: 0 born, 1 born without failure, 2 not born, 3 born but unusable. */
static int give_birth(unsigned int nth)
{
	const char *why;
	bool fired;
	int rc;

	if (!fault_begin(&why))
		return 3;
	fault_arm(nth);
	rc = unshare(CLONE_NEWNET);
	fired = fault_disarm();
	if (rc)
		return 2;
	if (!module_works())
		return 3;
	return !fired;
}

/*
 * The module's part of a birth is the last: it came to the kernel last. What
 * other parts make of a failure is theirs (6.1's routing rules break a rule of
 * RCU's).
 */
TEST_F_TIMEOUT(reload, namespaces_with_each_allocation_failing, 400)
{
	unsigned int first, nth, unborn = 0;
	int status;
	pid_t pid;

	ASSERT_EQ(0, module_unload());
	first = birth_allocations();
	ASSERT_LT(0, first);
	ASSERT_EQ(0, module_load());
	ASSERT_LT(first, birth_allocations());
	for (nth = first; nth < FAULT_MAX; nth++) {
		pid = fork();
		ASSERT_LE(0, pid);
		if (!pid)
			_exit(give_birth(nth));
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		ASSERT_TRUE(WIFEXITED(status));
		ASSERT_NE(3, WEXITSTATUS(status));
		if (WEXITSTATUS(status) == 1)
			break;
		unborn += WEXITSTATUS(status) == 2;
	}
	TH_LOG("%u allocations failed, by which %u were not born", nth - first,
	       unborn);
	ASSERT_GT(FAULT_MAX, nth);
	EXPECT_LT(0, unborn);
}

TEST_HARNESS_MAIN
