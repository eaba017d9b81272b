/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Connections that are over but for the peer's reading of our last words. One
 * that is closed while something of the peer's is unread is reset by TCP, and a
 * peer that is busy sending never sees why.
 */
#ifndef CESTEER_BGP_PARTING_H
#define CESTEER_BGP_PARTING_H

struct event_base;

/*
 * Takes fd, to which all has been written: reads it until the peer closes it,
 * for two seconds at most, then closes it. Few at a time: others at once.
 */
void bgp_parting_begin(struct event_base *base, int fd);
/* Close those of a loop that ends. */
void bgp_parting_close(struct event_base *base);

#endif /* CESTEER_BGP_PARTING_H */
