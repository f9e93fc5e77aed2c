/*
 * fragments: IP datagrams that come in pieces (RFC 791, section 3.2; RFC 8200, section 4.5), and messages of
 * protocols over UDP that come in several datagrams.
 *
 * A few datagrams are kept while they are incomplete; when there are too many, the oldest is given up.
 * Where fragments overlap, the bytes of the one that begins earlier stay, and of two that begin alike those of the
 * one that came first, as in Wireshark; what is wrong is marked.
 */
#ifndef FLOW_FRAGMENTS_H
#define FLOW_FRAGMENTS_H

#include "flow/tcp.h"

struct fragments;

/* NULL without memory. */
struct fragments *fragments_new(void);
void fragments_free(struct fragments *f);
/* Did one that was not whole have to make room? */
bool fragments_forgot(const struct fragments *f);
/* STREAM_NEW: it cannot be kept. Else as struct flow_hook says; a datagram that is whole becomes spent. */
void fragments_take(struct fragments *all, struct message **spent, const struct fragment *f, struct stream_piece *piece);

#endif
