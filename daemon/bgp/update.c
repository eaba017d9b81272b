// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The frame of an UPDATE message, and the last word on its errors. Never
 * logs, never calls back. RFC 4271, section 6.3; RFC 7606, sections 3 to 5.
 */
#include "bgp/update.h"

#include "bgp/wire.h"

/* A fault of the message rather than of one attribute. */
static void frame_fault(struct bgp_update *u, enum bgp_verdict verdict,
			uint8_t subcode, const char *why,
			const struct bgp_nlri *quoted)
{
	struct bgp_fault f = { .verdict = verdict,
			       .subcode = subcode,
			       .why = why,
			       .p = quoted->p,
			       .len = quoted->len };

	bgp_faults_add(&u->faults, &f);
}

static bool plain_list(struct bgp_update *u, struct bgp_nlri *list,
		       const struct bgp_update_ctx *ctx, const uint8_t *p,
		       size_t len, const char *why)
{
	*list = (struct bgp_nlri){ p, len, BGP_IPV4, ctx->add_path & BGP_IPV4 };
	if (bgp_nlri_valid(list))
		return true;
	frame_fault(u, BGP_SESSION_RESET, BGP_UPDATE_NETWORK, why, list);
	return false;
}

static uint8_t end_of_rib(const struct bgp_update *u, size_t attrs_len,
			  const struct bgp_update_ctx *ctx)
{
	if (u->withdrawn.len || u->reach.len || u->faults.n)
		return 0;
	if (!attrs_len)
		return ctx->families & BGP_IPV4;
	if (u->path.count == 1 && bgp_path_has(&u->path, BGP_ATTR_MP_UNREACH) &&
	    !u->path.unreach.len)
		return u->path.unreach_family;
	return 0;
}

static void decode(struct bgp_update *u, struct rd r,
		   const struct bgp_update_ctx *ctx)
{
	size_t withdrawn_len, attrs_len;
	struct rd withdrawn, attrs;
	struct bgp_nlri all = { r.p, rd_left(&r), BGP_IPV4, false };

	withdrawn_len = rd_u16(&r);
	withdrawn = rd_sub(&r, withdrawn_len);
	attrs_len = rd_u16(&r);
	attrs = rd_sub(&r, attrs_len);
	if (r.failed) {
		frame_fault(u, BGP_SESSION_RESET, BGP_UPDATE_ATTR_LIST,
			    "lengths reach beyond the message's end", &all);
		return;
	}
	if (!plain_list(u, &u->withdrawn, ctx, withdrawn.p, withdrawn_len,
			"withdrawn prefixes cannot be read") ||
	    !plain_list(u, &u->reach, ctx, r.p, rd_left(&r),
			"prefixes cannot be read"))
		return;
	bgp_attrs_decode(&u->path, attrs.p, attrs_len, u->reach.len > 0, ctx,
			 &u->faults);
	u->path.reaches |= u->reach.len > 0;
	if (!(ctx->families & BGP_IPV4) && (u->withdrawn.len || u->reach.len)) {
		frame_fault(u, BGP_DISCARD, 0,
			    "prefixes of a family that was not negotiated",
			    u->reach.len ? &u->reach : &u->withdrawn);
		u->withdrawn.len = 0;
		u->reach.len = 0;
	}
	u->end_of_rib = end_of_rib(u, attrs_len, ctx);
}

/*
 * RFC 7606, 5.2: with nothing to withdraw, prefixes may have been lost with
 * the attribute that was at fault.
 */
static void harden(struct bgp_faults *f)
{
	unsigned int i;

	for (i = 0; i < f->n; i++)
		if (f->list[i].verdict == BGP_TREAT_AS_WITHDRAW)
			f->list[i].verdict = BGP_SESSION_RESET;
	f->verdict = BGP_SESSION_RESET;
}

/* RFC 4271, 6.3: the attribute is quoted; of a missing one, its type. */
static void set_error(struct bgp_error *e, const struct bgp_fault *worst)
{
	if (worst->type && worst->p)
		bgp_error_set(e, BGP_ERR_UPDATE, worst->subcode, worst->why,
			      worst->p, worst->len);
	else
		bgp_error_set(e, BGP_ERR_UPDATE, worst->subcode, worst->why,
			      &worst->type, worst->type ? 1 : 0);
}

void bgp_update_decode(struct bgp_update *u, const uint8_t *body, size_t len,
		       const struct bgp_update_ctx *ctx, struct bgp_error *e)
{
	struct bgp_as_path as_path = u->path.as_path;

	memset(u, 0, sizeof(*u));
	u->path.as_path = as_path;
	decode(u, rd_init(body, len), ctx);
	if (u->faults.verdict == BGP_TREAT_AS_WITHDRAW && !u->path.reaches)
		harden(&u->faults);
	if (u->faults.verdict == BGP_SESSION_RESET)
		set_error(e, bgp_faults_worst(&u->faults));
}
