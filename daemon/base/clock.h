/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CLOCK_MONOTONIC, which nobody sets.
 */
#ifndef CESTEER_BASE_CLOCK_H
#define CESTEER_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Microseconds. */
static inline uint64_t clock_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

/* Milliseconds. */
static inline uint64_t clock_ms(void)
{
	return clock_us() / 1000;
}

/* Seconds. */
static inline time_t clock_s(void)
{
	return (time_t)(clock_us() / 1000000);
}

#endif /* CESTEER_BASE_CLOCK_H */
