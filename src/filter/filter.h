/*
 * filter: the display-filter language, compiled. It knows the field registry and the flat array of
 * items, nothing else. lamna_filter_new() and lamna_filter_free() of lamna.h are defined here.
 */
#ifndef FILTER_FILTER_H
#define FILTER_FILTER_H

#include "dissect/packet.h"
#include "filter/names.h"
#include "filter/routes.h"

/* As lamna_filter_new(), with macros and saved filters; names may be NULL. */
lamna_filter *filter_new(const lamna_registry *reg, const lamna_names *names, const char *text,
                         lamna_error *err);

/* The same filter once more, for another thread: matching patterns takes memory of the filter's own. What a
 * selected packet gave is shared, so the first must live longer. NULL without memory. */
lamna_filter *filter_copy(const lamna_filter *filter);

/* Adds to `w` every field that the filter reads. */
void filter_want(const lamna_filter *filter, struct wanted *w);
/* The same without what stands in fixed headers: if this needs no flows, flows may miss the packets that
 * filter_verdict() decides. A stream may carry headers too, but then all its packets are in doubt. */
void filter_want_beyond(const lamna_filter *filter, struct wanted *w);
/* Does the dissected packet match? The fields of filter_want() must have been asked for. */
bool filter_match(const lamna_filter *filter, const struct packet *p);

/* What the packet's fixed headers alone tell; PERHAPS: only filter_match() knows. */
enum verdict filter_verdict(const lamna_filter *filter, const lamna_packet_info *in);

/* What an index knows of a packet (index/index.h). */
enum indexed_value {
    INDEXED_NUMBER,
    INDEXED_LENGTH,
    INDEXED_CAPTURED,
    INDEXED_SRC_PORT, /* of the one TCP or UDP header there is; and so on */
    INDEXED_DST_PORT,
    INDEXED_SRC_ADDRESS, /* of IPv4 the number */
    INDEXED_DST_ADDRESS,
    INDEXED_TCP_FLAGS,
    INDEXED_STREAM,
    INDEXED_PAYLOAD,  /* tcp.len */
    INDEXED_TIME,     /* as indexed_time() */
    INDEXED_RELATIVE, /* since the first packet, as indexed_time() */
    INDEXED_VALUES
};
/* One value of a field that the packet has. */
struct indexed_field_value {
    uint32_t field; /* INDEXED_UNKNOWN_VALUE: or-ed to it where the value is not told */
    uint64_t value; /* a number, or indexed_text() */
};
enum { INDEXED_UNKNOWN_VALUE = 1 << 30, INDEXED_TEXT_MOST = 7 };
struct indexed {
    bool fields_known;
    uint64_t has;   /* what filter_indexed_has() tells of its fields */
    /* All values of some fields; of the others none. */
    const struct indexed_field_value *field_values;
    uint32_t field_value_count;
    unsigned known; /* bit by enum indexed_value */
    uint64_t values[INDEXED_VALUES];
    const uint8_t *addresses[2]; /* source and destination, 16 bytes each, of IPv6 */
    const uint64_t *lasts; /* not one packet is meant but many, whose values lie between `values` and these */
};
/* Times and texts as numbers that are compared as they are; texts only for equality. */
static inline uint64_t indexed_time(int64_t ns)
{
    return (uint64_t)ns ^ (uint64_t)1 << 63;
}
/* UINT64_MAX: it is too long. */
uint64_t indexed_text(const uint8_t *text, uint32_t n);

/* What the filter makes of the fields that a packet has: has[number of the field] is not 0. */
uint64_t filter_indexed_has(const lamna_filter *filter, const uint8_t *has);
enum verdict filter_verdict_indexed(const lamna_filter *filter, const struct indexed *x);
/* Which values could tell more than `has` alone: bits by enum indexed_value. */
unsigned filter_indexed_values(const lamna_filter *filter);

/* Appends a capture filter that passes every packet that the filter may match, and both directions of a
 * conversation alike if `whole_flows`. False, and nothing appended, if it would pass everything. */
bool filter_capture(const lamna_filter *filter, bool whole_flows, struct buf *out);
/* Appends the plan, in lines; `w` is what filter_want() asked for, finished. */
void filter_explain(const lamna_filter *filter, const struct wanted *w, struct buf *out);

/* Does it refer, with ${field}, to a packet that must be selected? */
bool filter_has_references(const lamna_filter *filter);
/* Adds to `w` the fields that filter_select() reads. */
void filter_want_references(const lamna_filter *filter, struct wanted *w);
/* Takes the values of all references from p. False without memory. */
bool filter_select(lamna_filter *filter, const struct packet *p);

#endif
