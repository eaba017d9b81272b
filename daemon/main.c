// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cesteerd: options, signals, the event loop, and the words to systemd. It
 * always runs in the foreground; a service manager does the rest.
 */
#include <errno.h>
#include <event2/event.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/log.h"
#include "conf/conf.h"
#include "ctl/ctl.h"
#include "daemon.h"

#define ROOM "main"
#define WHY_LEN 1024

struct options {
	const char *file;
	bool test, debug, flush;
};

struct run {
	struct event_base *base;
	struct daemon *daemon;
};

static void usage(FILE *to)
{
	fputs("usage: cesteerd [-c FILE] [-t] [-v] [--flush-on-exit]\n"
	      "\n"
	      "  -c, --config FILE    read FILE (" CONF_DEFAULT_PATH ")\n"
	      "  -t, --test           only check the configuration; exit 0 or 1\n"
	      "  -v, --verbose        log at level debug, whatever FILE says\n"
	      "      --flush-on-exit  leave nothing behind in the kernel and the\n"
	      "                       IKE daemon; without it, what is installed\n"
	      "                       keeps protecting while cesteerd is away\n"
	      "  -V, --version        print the version\n"
	      "  -h, --help           print this\n"
	      "\n"
	      "SIGHUP reads FILE again; SIGTERM and SIGINT end.\n",
	      to);
}

/* What to end with once all was printed: was it? */
static int printed(void)
{
	if (!fflush(stdout) && !ferror(stdout))
		return EXIT_SUCCESS;
	fprintf(stderr, "cesteerd: output: %s\n", strerror(errno));
	return EXIT_FAILURE;
}

/* Exits where there is nothing else to do. */
static void parse_options(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "test", no_argument, NULL, 't' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "flush-on-exit", no_argument, NULL, 'F' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int c;

	o->file = CONF_DEFAULT_PATH;
	while ((c = getopt_long(argc, argv, "c:tvVh", longs, NULL)) != -1) {
		switch (c) {
		case 'c':
			o->file = optarg;
			break;
		case 't':
			o->test = true;
			break;
		case 'v':
			o->debug = true;
			break;
		case 'F':
			o->flush = true;
			break;
		case 'V':
			puts("cesteerd " DAEMON_VERSION);
			exit(printed());
		case 'h':
			usage(stdout);
			exit(printed());
		default:
			usage(stderr);
			exit(2);
		}
	}
	if (optind < argc) {
		fprintf(stderr, "cesteerd: unexpected argument: %s\n",
			argv[optind]);
		usage(stderr);
		exit(2);
	}
}

/* sd_notify(3)'s protocol: a datagram to the socket in NOTIFY_SOCKET. */
static void notify(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void notify(const char *fmt, ...)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	char text[256];
	va_list ap;
	socklen_t len;
	int fd, n;

	if (!path || (*path != '/' && *path != '@') ||
	    strlen(path) >= sizeof(un.sun_path))
		return;
	memcpy(un.sun_path, path, strlen(path));
	len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
			  strlen(path));
	if (*path == '@')
		un.sun_path[0] = '\0';
	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (n < 0 || (size_t)n >= sizeof(text) ||
	    sendto(fd, text, (size_t)n, MSG_NOSIGNAL, (struct sockaddr *)&un,
		   len) < 0)
		log_warn(ROOM, "the service manager was not told: %s",
			 strerror(errno));
	close(fd);
}

static void on_hangup(evutil_socket_t fd, short what, void *arg)
{
	struct run *run = arg;
	char why[WHY_LEN];

	notify("RELOADING=1\nMONOTONIC_USEC=%llu",
	       (unsigned long long)clock_us());
	daemon_reload(run->daemon, why, sizeof(why));
	notify("READY=1");
}

static void on_end(evutil_socket_t fd, short what, void *arg)
{
	struct run *run = arg;

	log_info(ROOM, "ending: %s", strsignal(fd));
	event_base_loopbreak(run->base);
}

/*
 * The folder of the default control socket, where no service manager made it;
 * why it is not there is said when the socket cannot be.
 */
static void make_folder(const struct conf *conf)
{
	if (!strcmp(conf->control, CTL_SOCKET))
		mkdir(CTL_FOLDER, 0750);
}

static int serve(const struct options *o, struct conf *conf)
{
	struct event *hup, *term, *intr;
	char why[WHY_LEN] = "";
	struct run run;
	bool clean;

	if (o->debug)
		log_set_floor(LOG_LEVEL_DEBUG);
	run.base = event_base_new();
	if (!run.base) {
		log_error(ROOM, "no event loop");
		conf_free(conf);
		return EXIT_FAILURE;
	}
	signal(SIGPIPE, SIG_IGN);
	make_folder(conf);
	log_info(ROOM, "cesteerd " DAEMON_VERSION " starts with %s", o->file);
	run.daemon = daemon_create(run.base, conf, why, sizeof(why));
	if (!run.daemon) {
		log_error(ROOM, "%s", why);
		event_base_free(run.base);
		return EXIT_FAILURE;
	}
	hup = evsignal_new(run.base, SIGHUP, on_hangup, &run);
	term = evsignal_new(run.base, SIGTERM, on_end, &run);
	intr = evsignal_new(run.base, SIGINT, on_end, &run);
	event_add(hup, NULL);
	event_add(term, NULL);
	event_add(intr, NULL);
	notify("READY=1");
	event_base_dispatch(run.base);
	notify("STOPPING=1");
	clean = daemon_destroy(run.daemon, o->flush);
	event_free(hup);
	event_free(term);
	event_free(intr);
	event_base_free(run.base);
	libevent_global_shutdown();
	if (!o->flush)
		log_info(ROOM, "ended; what is installed stays");
	else if (clean)
		log_info(ROOM, "ended; nothing is left behind");
	else
		log_warn(ROOM,
			 "ended; something may be left behind, as said above");
	return EXIT_SUCCESS;
}

static void print_warnings(const struct conf *conf)
{
	size_t i;

	for (i = 0; i < conf->n_warnings; i++)
		fprintf(stderr, "%s\n", conf->warnings[i]);
}

int main(int argc, char **argv)
{
	struct options o = { 0 };
	char why[WHY_LEN];
	struct conf *conf;

	parse_options(argc, argv, &o);
	conf = conf_load(o.file, why, sizeof(why));
	if (!conf) {
		fprintf(stderr, "%s\n", why);
		return EXIT_FAILURE;
	}
	if (o.test) {
		print_warnings(conf);
		printf("%s: valid\n", o.file);
		conf_free(conf);
		return printed();
	}
	return serve(&o, conf);
}
