// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ctl/: the server and the client over a real socket; clients that are slow,
 * talk too much, talk nonsense, or do not read.
 */
#include "ctl/server.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <event2/event.h>
#include "ctl/address.h"
#include "ctl/client.h"
#include "kselftest_harness.h"

#define BIG (4 * 1024 * 1024)

static json_t *echo(void *arg, const json_t *request, char *why, size_t why_len)
{
	(void)arg;
	(void)why;
	(void)why_len;
	return json_incref(json_object_get(request, "text"));
}

static json_t *fail(void *arg, const json_t *request, char *why, size_t why_len)
{
	(void)request;
	snprintf(why, why_len, "%s", (const char *)arg);
	return NULL;
}

static json_t *big(void *arg, const json_t *request, char *why, size_t why_len)
{
	char *text = malloc(BIG);
	json_t *value;

	(void)arg;
	(void)request;
	(void)why;
	(void)why_len;
	if (!text)
		return NULL;
	memset(text, 'x', BIG);
	value = json_stringn(text, BIG);
	free(text);
	return value;
}

static const struct ctl_command commands[] = {
	{ "echo", echo },
	{ "fail", fail },
	{ "big", big },
};

FIXTURE(ctl) {
	char dir[32], path[64], why[256];
	struct event_base *base;
	struct ctl_server *server;
	pthread_t thread;
	int stop[2];
};

static void on_stop(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	event_base_loopbreak(arg);
}

/* The server's loop, until the pipe is closed. */
static void run(FIXTURE_DATA(ctl) * self)
{
	struct event *stop = event_new(self->base, self->stop[0], EV_READ,
				       on_stop, self->base);

	event_add(stop, NULL);
	event_base_dispatch(self->base);
	event_free(stop);
}

static void *serve(void *arg)
{
	run(arg);
	return NULL;
}

FIXTURE_SETUP(ctl) {
	signal(SIGPIPE, SIG_IGN);
	strcpy(self->dir, "/tmp/ctl_testXXXXXX");
	ASSERT_TRUE(mkdtemp(self->dir));
	snprintf(self->path, sizeof(self->path), "%s/control", self->dir);
	self->base = event_base_new();
	self->server = ctl_server_create(self->base, self->path, commands, 3,
					 "it is refused", 1, self->why,
					 sizeof(self->why));
	ASSERT_TRUE(self->server);
	ASSERT_EQ(0, pipe(self->stop));
	ASSERT_EQ(0, pthread_create(&self->thread, NULL, serve, self));
}

FIXTURE_TEARDOWN(ctl) {
	struct stat st;

	close(self->stop[1]);
	pthread_join(self->thread, NULL);
	close(self->stop[0]);
	ctl_server_destroy(self->server);
	event_base_free(self->base);
	EXPECT_TRUE(lstat(self->path, &st));
	unlink(self->path);
	rmdir(self->dir);
}

static int dial(const char *path)
{
	struct sockaddr_un un;
	char why[256];
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (!ctl_address(path, &un, why, sizeof(why)) ||
	    connect(fd, (struct sockaddr *)&un, sizeof(un)))
		abort();
	return fd;
}

/* One line, or what came before the end. */
static char *read_line(int fd, char *buf, size_t len)
{
	size_t n = 0;

	while (n + 1 < len && read(fd, buf + n, 1) == 1)
		if (buf[n++] == '\n')
			break;
	buf[n] = 0;
	return buf;
}

static void say(int fd, const char *text)
{
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		abort();
}

TEST_F(ctl, answers_and_refuses) {
	json_t *q = json_pack("{s:s, s:s}", "command", "echo", "text", "hallo");
	bool absent = true;
	json_t *a = ctl_request(self->path, q, &absent, self->why,
				sizeof(self->why));

	ASSERT_TRUE(a);
	EXPECT_FALSE(absent);
	EXPECT_STREQ("hallo", json_string_value(a));
	json_decref(a);
	json_object_set_new(q, "command", json_string("fail"));
	a = ctl_request(self->path, q, NULL, self->why, sizeof(self->why));
	EXPECT_FALSE(a);
	EXPECT_STREQ("it is refused", self->why);
	json_object_set_new(q, "command", json_string("none"));
	a = ctl_request(self->path, q, NULL, self->why, sizeof(self->why));
	EXPECT_FALSE(a);
	EXPECT_STREQ("no such command", self->why);
	json_decref(q);
}

TEST_F(ctl, a_large_answer_arrives_whole) {
	json_t *q = json_pack("{s:s}", "command", "big");
	json_t *a =
		ctl_request(self->path, q, NULL, self->why, sizeof(self->why));

	ASSERT_TRUE(a);
	EXPECT_EQ(BIG, json_string_length(a));
	json_decref(a);
	json_decref(q);
}

TEST_F(ctl, nonsense_is_answered) {
	static const char *const nonsense[] = {
		"\n",
		"{\n",
		"[]\n",
		"nul\n",
		"{\"command\": 7}\n",
		"{\"command\": \"echo\", \"command\": \"fail\"}\n",
		"\xff\xfe\n",
		"{\"command\": \"\xff\"}\n",
	};
	char buf[512];
	size_t i;
	int fd = dial(self->path);

	for (i = 0; i < sizeof(nonsense) / sizeof(*nonsense); i++) {
		say(fd, nonsense[i]);
		read_line(fd, buf, sizeof(buf));
		EXPECT_TRUE(strstr(buf, "\"ok\":false"))
		{
			TH_LOG("%s -> %s", nonsense[i], buf);
		}
	}
	/* And the connection still works. */
	say(fd, "{\"command\": \"echo\", \"text\": 1}\n");
	EXPECT_TRUE(strstr(read_line(fd, buf, sizeof(buf)), "\"ok\":true"));
	close(fd);
}

TEST_F(ctl, requests_in_one_write_in_pieces_and_half_closed) {
	int fd = dial(self->path);
	char buf[128];

	say(fd, "{\"command\": \"echo\", \"text\": 1}\n"
		"{\"command\": \"echo\", \"text\": 2}\n"
		"{\"command\": \"ec");
	EXPECT_TRUE(strstr(read_line(fd, buf, sizeof(buf)), ":1}"));
	EXPECT_TRUE(strstr(read_line(fd, buf, sizeof(buf)), ":2}"));
	say(fd, "ho\", \"text\": 3}\n");
	shutdown(fd, SHUT_WR);
	EXPECT_TRUE(strstr(read_line(fd, buf, sizeof(buf)), ":3}"));
	EXPECT_STREQ("", read_line(fd, buf, sizeof(buf)));
	close(fd);
}

TEST_F(ctl, the_longest_request_and_a_longer_one) {
	static const char head[] = "{\"command\": \"echo\", \"text\": \"";
	static const char tail[] = "\"}\n";
	size_t fill = CTL_REQUEST_MAX + 1 - strlen(head) - strlen(tail);
	char *text = malloc(CTL_REQUEST_MAX + 64);
	char *buf = malloc(CTL_REQUEST_MAX + 64);
	int fd = dial(self->path);

	ASSERT_TRUE(text && buf);
	memset(text, 'x', CTL_REQUEST_MAX + 64);
	memcpy(text, head, strlen(head));
	strcpy(text + strlen(head) + fill, tail);
	say(fd, text);
	read_line(fd, buf, CTL_REQUEST_MAX + 64);
	EXPECT_TRUE(strstr(buf, "\"ok\":true"));
	text[strlen(head) + fill] = 'x';
	strcpy(text + strlen(head) + fill + 1, tail);
	say(fd, text);
	read_line(fd, buf, CTL_REQUEST_MAX + 64);
	EXPECT_TRUE(strstr(buf, "the request is too long"));
	EXPECT_STREQ("", read_line(fd, buf, 64));
	close(fd);
	free(text);
	free(buf);
}

TEST_F(ctl, silence_is_hung_up_on) {
	int fd = dial(self->path);
	char buf[16];

	say(fd, "{\"comm");
	/* The server's patience is one second; the harness's more. */
	EXPECT_STREQ("", read_line(fd, buf, sizeof(buf)));
	close(fd);
}

TEST_F(ctl, who_does_not_read_is_hung_up_on) {
	int fd = dial(self->path), i;
	char chunk[65536];
	struct pollfd hung_up = { .fd = fd, .events = POLLRDHUP };
	size_t total = 0;
	ssize_t got;

	for (i = 0; i < 16; i++)
		say(fd, "{\"command\": \"big\"}\n");
	EXPECT_EQ(1, poll(&hung_up, 1, 20 * 1000));
	while ((got = read(fd, chunk, sizeof(chunk))) > 0)
		total += (size_t)got;
	EXPECT_LT(total, BIG);
	close(fd);
}

TEST_F(ctl, clients_beyond_the_limit) {
	int fd[CTL_CLIENTS_MAX + 1], i;
	char buf[128];

	for (i = 0; i <= CTL_CLIENTS_MAX; i++)
		fd[i] = dial(self->path);
	/* The last one is closed at once, the first one is served. */
	EXPECT_STREQ("", read_line(fd[CTL_CLIENTS_MAX], buf, sizeof(buf)));
	say(fd[0], "{\"command\": \"echo\", \"text\": 1}\n");
	EXPECT_TRUE(strstr(read_line(fd[0], buf, sizeof(buf)), ":1}"));
	for (i = 0; i <= CTL_CLIENTS_MAX; i++)
		close(fd[i]);
}

TEST_F(ctl, the_sockets_file) {
	struct event_base *base = event_base_new();
	char path[64], longer[256];
	struct ctl_server *other;
	struct stat st;
	int fd;

	ASSERT_EQ(0, lstat(self->path, &st));
	EXPECT_EQ(0660, st.st_mode & 0777);
	/* A second daemon is refused, and takes nothing away. */
	other = ctl_server_create(base, self->path, commands, 3, NULL, 1,
				  self->why, sizeof(self->why));
	EXPECT_FALSE(other);
	EXPECT_TRUE(strstr(self->why, "another daemon"));
	EXPECT_EQ(0, lstat(self->path, &st));
	/* What a dead one left is replaced. */
	snprintf(path, sizeof(path), "%s/stale", self->dir);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (fd >= 0) {
		struct sockaddr_un un;
		bool fits;

		fits = ctl_address(path, &un, self->why, sizeof(self->why));
		ASSERT_TRUE(fits);
		ASSERT_EQ(0, bind(fd, (struct sockaddr *)&un, sizeof(un)));
		close(fd);
	}
	other = ctl_server_create(base, path, commands, 3, NULL, 1, self->why,
				  sizeof(self->why));
	EXPECT_TRUE(other);
	ctl_server_destroy(other);
	EXPECT_TRUE(lstat(path, &st));
	/* A file that is no socket stays. */
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	close(fd);
	other = ctl_server_create(base, path, commands, 3, NULL, 1, self->why,
				  sizeof(self->why));
	EXPECT_FALSE(other);
	EXPECT_TRUE(strstr(self->why, "no socket"));
	EXPECT_EQ(0, unlink(path));
	memset(longer, 'x', sizeof(longer));
	longer[255] = 0;
	other = ctl_server_create(base, longer, commands, 3, NULL, 1, self->why,
				  sizeof(self->why));
	EXPECT_FALSE(other);
	EXPECT_TRUE(strstr(self->why, "a socket's path"));
	event_base_free(base);
}

/* The log goes to a file meanwhile; returns what standard error was. */
static int log_to(const char *path)
{
	int was = dup(STDERR_FILENO);
	int fd = open(path, O_CREAT | O_RDWR | O_TRUNC, 0600);

	if (was < 0 || fd < 0 || dup2(fd, STDERR_FILENO) < 0)
		abort();
	close(fd);
	return was;
}

static unsigned int lines_of(const char *path)
{
	FILE *f = fopen(path, "r");
	unsigned int n = 0;
	int c;

	while (f && (c = getc(f)) != EOF)
		n += c == '\n';
	if (f)
		fclose(f);
	return n;
}

/* Who connects then has to wait, and the daemon does little meanwhile. */
TEST_F(ctl, no_descriptors) {
	static const char ask[] = "{\"command\":\"echo\",\"text\":\"x\"}\n";
	struct rlimit all, none;
	struct sockaddr_un un;
	char path[96], got[64];
	int was, fd, next;
	clock_t spent;

	ASSERT_TRUE(ctl_address(self->path, &un, self->why, sizeof(self->why)));
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	ASSERT_GE(fd, 0);
	snprintf(path, sizeof(path), "%s/log", self->dir);
	was = log_to(path);
	next = dup(fd);
	close(next);
	ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &all));
	none = all;
	none.rlim_cur = (rlim_t)next;
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &none));
	spent = clock();
	EXPECT_EQ(0, connect(fd, (struct sockaddr *)&un, sizeof(un)));
	usleep(500 * 1000);
	spent = clock() - spent;
	EXPECT_EQ(0, setrlimit(RLIMIT_NOFILE, &all));
	EXPECT_EQ(sizeof(ask) - 1, send(fd, ask, sizeof(ask) - 1, 0));
	EXPECT_GT(recv(fd, got, sizeof(got), 0), 0);
	dup2(was, STDERR_FILENO);
	close(was);
	close(fd);
	EXPECT_LT(spent, CLOCKS_PER_SEC / 5);
	EXPECT_EQ(1, lines_of(path));
	unlink(path);
}

TEST(nobody_listens) {
	json_t *q = json_pack("{s:s}", "command", "echo");
	bool absent = false;
	char why[256];
	json_t *a = ctl_request("/nowhere", q, &absent, why, sizeof(why));

	EXPECT_FALSE(a);
	EXPECT_TRUE(absent);
	EXPECT_TRUE(strstr(why, "cesteerd does not run"));
	json_decref(q);
}

TEST_HARNESS_MAIN
