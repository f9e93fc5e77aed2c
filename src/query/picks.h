/*
 * picks: which packets a run must read, where an index tells that it need not read all.
 *
 *     index      no | yes | perhaps | no | yes ...    what it tells of the filter, packet by packet
 *     sure       -     x      -       -     x         match, and need not be looked at to know that
 *     read       -     x      x       x     x         these, and what their groups have before them
 *
 * Packets that depend on others need their groups (query/touch.h): from the first one on, all that come before
 * the last one asked for.
 */
#ifndef QUERY_PICKS_H
#define QUERY_PICKS_H

#include "query/indexing.h"

struct picks;

/* What the index of run->query tells of its filter; NULL if that is nothing, or reading everything is cheaper
 * all the same. */
struct picks *picks_new(const lamna_run *run);
/* The packets whose bits are set; takes over `read`, unless it gives NULL. */
struct picks *picks_of(struct index *index, uint64_t *read);
void picks_free(struct picks *p);
/* Settles what is read. `count_only`: packets that match for sure need not be. False if reading everything is
 * cheaper. */
bool picks_settle(struct picks *p, const lamna_run *run, bool count_only);
/* How many packets match without being read: after picks_settle(). */
uint64_t picks_unread(const struct picks *p);
/* How many packets are read. */
uint64_t picks_to_read(const struct picks *p);
/* Reads the next packet after *number, which is 0 at first, from src; sets times->previous and, of what
 * `recorder` shall say, the streams. LAMNA_END behind the last. */
lamna_status picks_next(struct picks *p, lamna_source *src, uint64_t *number,
                        lamna_packet_info *packet, struct frame_times *times, lamna_error *err);
/* Of the packet that was read last. */
const struct stream_numbers *picks_streams(const struct picks *p);
/* When the first packet of the capture was captured. */
void picks_first_time(const struct picks *p, struct frame_times *times);

#endif
