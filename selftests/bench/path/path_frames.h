/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The packets of the path bench, put into an open /dev/path_send. They fit the
 * networks that selftests/bench/path/path.sh draws:
 *
 *	source j	10.0.0.0/24 + j		fd00::/64 + j
 *	subnet i	16.0.0.0/24 + s(i)	2001:db8::/64 + s(i)
 *	no subnet	48.0.0.0/24 + s(i)	2001:db9::/64 + s(i)
 *
 * where s() scatters them, so that what hashes prefixes sees different ones.
 */
#ifndef BENCH_PATH_FRAMES_H
#define BENCH_PATH_FRAMES_H

#include <stdbool.h>
#include <stdint.h>

/* What every device that takes packets in is set to. */
#define FRAMES_MAC               \
	{                        \
		2, 0, 0, 0, 0, 1 \
	}
#define FRAMES_ETH 14

/*
 * struct traffic - which packets
 * @bytes: of each, from the IP header on
 * @flows: different ones, 64k at most; destinations are spread over all subnets
 * @miss: to no subnet; @back: from subnets to sources
 */
struct traffic {
	bool v6, miss, back;
	unsigned int subnets, sources, bytes, flows;
};

/*
 * Frames that end in the octets that PATH_SEND_RUN's pad is to add, whose
 * number is returned. Ends the program where that cannot be done.
 */
unsigned int frames_make(int fd, const struct traffic *t);

/*
 * Let a device take in the frames of one sender, and give what leaves by
 * another, addressed to FRAMES_MAC, to a second sender. n: at most. In the
 * current network namespace. Ends the program as above.
 */
void frames_capture(int from, unsigned int pad, const char *in, const char *out,
		    int to, unsigned int n);

#endif /* BENCH_PATH_FRAMES_H */
