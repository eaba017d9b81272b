/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * /dev/path_send: a network card that is not one. Each write(2) adds a frame,
 * from the Ethernet header on; the ioctl lets an interface receive them.
 */
#ifndef BENCH_PATH_SEND_H
#define BENCH_PATH_SEND_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * struct path_send_run - receive frames, over and over, and take the time
 * @ifindex: of an Ethernet device in the caller's network namespace, by which
 *	they come in; 0: each frame is made, then freed
 * @count: how many
 * @batch: how many at a time, as a driver's poll would, 1 to 64
 * @pad: zero octets to add behind each frame
 * @ns: set: nanoseconds that all took
 */
struct path_send_run {
	__u32 ifindex;
	__u32 count;
	__u32 batch;
	__u32 pad;
	__u64 ns;
};

/* Octets of a frame, padding included. */
#define PATH_SEND_FRAME_MAX 2048

#define PATH_SEND_CLEAR _IO('p', 0xe0) /* forget the frames */
#define PATH_SEND_RUN _IOWR('p', 0xe1, struct path_send_run)

#endif /* BENCH_PATH_SEND_H */
