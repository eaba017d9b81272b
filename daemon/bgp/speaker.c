// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A speaker: what its neighbors share. Nothing happens until one is added.
 */
#include <event2/event.h>
#include <stdlib.h>
#include "base/mem.h"
#include "bgp/parting.h"
#include "bgp/peer.h"

struct bgp_speaker *bgp_speaker_create(struct event_base *base,
				       const struct bgp_speaker_conf *conf,
				       const struct bgp_events *ev, void *arg)
{
	struct bgp_speaker *s = xcalloc(1, sizeof(*s));

	s->base = base;
	s->conf = *conf;
	s->events = *ev;
	s->arg = arg;
	s->prefixes = xmalloc(BGP_NLRI_MAX * sizeof(*s->prefixes));
	s->as_path = xmalloc(BGP_AS_PATH_MAX);
	return s;
}

void bgp_speaker_restarted(struct bgp_speaker *s, bool preserved)
{
	s->restarting = true;
	s->preserved = preserved;
}

void bgp_speaker_settled(struct bgp_speaker *s)
{
	s->restarting = false;
}

void bgp_speaker_destroy(struct bgp_speaker *s, bool graceful)
{
	while (s->peers)
		bgp_peer_end(s->peers, graceful);
	bgp_listen_close(s);
	if (s->vrfs)
		event_free(s->vrfs);
	bgp_parting_close(s->base);
	free(s->as_path);
	free(s->prefixes);
	free(s);
}
