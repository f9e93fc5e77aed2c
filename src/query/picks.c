#include "query/picks.h"

#include <stdlib.h>
#include <string.h>

#include "capture/source.h"
#include "query/judge.h"

/* A packet that is read where it lies costs a few times what it costs in its turn. In a small capture that is
 * of no matter. */
enum { WORTH_READING = 4, SMALL = 1 << 14 };

struct picks {
    struct index *index; /* borrowed */
    uint64_t packets;
    uint64_t *maybe; /* owned; a bit for each packet: it matches, or may */
    uint64_t *sure;  /* owned: it matches */
    uint64_t *read;  /* owned: it is to be read; NULL until that is settled */
    uint64_t read_count, unread_count;
    bool placed;
    const struct index_stream *others; /* of the index */
    uint64_t other_count, other_at;
    struct stream_numbers numbers; /* of the packet read last */
};

static uint64_t bits_count(const uint64_t *bits, uint64_t n)
{
    uint64_t count = 0;
    for (uint64_t i = 0; i <= n / 64; i++)
        count += (uint64_t)__builtin_popcountll(bits[i]);
    return count;
}

/* ---- Making picks ---------------------------------------------------------------------------- */

/* What makes answers depend on more than the capture's bytes, the index knows nothing of. */
static bool index_fits(const lamna_query *q, const lamna_source *src)
{
    bool chooses = (q->filter != NULL) != (q->packets != NULL);
    return q->index != NULL && chooses && q->resolve == 0 && q->keylog.file == NULL &&
           !q->options.verify_checksums && src->packets == 0 && src->listeners == NULL &&
           !src->input.raw.follow;
}

struct picks *picks_new(const lamna_run *run)
{
    const lamna_query *q = run->query;
    if (!index_fits(q, run->source))
        return NULL;
    struct picks *p = calloc(1, sizeof *p);
    if (p == NULL)
        return NULL;
    p->index = q->index->file;
    p->packets = index_packets(p->index);
    p->placed = (index_flags(p->index) & INDEX_FLAG_PLACED) != 0;
    p->maybe = bits_new(p->packets);
    p->sure = bits_new(p->packets);
    bool able = p->maybe != NULL && p->sure != NULL;
    if (able && q->packets != NULL) {
        memcpy(p->maybe, q->packets, (p->packets / 64 + 1) * sizeof *p->maybe);
        return p;
    }
    if (able && judge_packets(q->filter, q->reg, p->index, p->maybe, p->sure))
        return p;
    q->index->damaged = able;
    picks_free(p);
    return NULL;
}

struct picks *picks_of(struct index *index, uint64_t *read)
{
    struct picks *p = calloc(1, sizeof *p);
    if (p == NULL)
        return NULL;
    *p = (struct picks){.index = index, .packets = index_packets(index), .read = read};
    p->read_count = bits_count(read, p->packets);
    p->others = index_streams(index, &p->other_count);
    if (p->others != NULL)
        return p;
    p->read = NULL;
    picks_free(p);
    return NULL;
}

void picks_free(struct picks *p)
{
    if (p == NULL)
        return;
    free(p->maybe);
    free(p->sure);
    free(p->read);
    free(p);
}

/* ---- What is read ---------------------------------------------------------------------------- */

/* Of each group, the last packet up to which it is read. */
struct reach {
    const uint32_t *groups;
    uint32_t count;
    uint64_t *last;           /* owned; by group; 0: it is not needed */
    uint32_t least, greatest; /* of the groups that are needed, and their parts */
    bool flows, future;       /* what the query asks of them */
};

/* Is any packet of the block to be read, so far? */
static bool reads_block(const struct picks *p, uint32_t block)
{
    const uint64_t *bits = p->read + (size_t)block * (INDEX_BLOCK / 64);
    for (uint32_t i = 0; i < (index_block_count(p->index, block) + 63) / 64; i++) {
        if (bits[i] != 0)
            return true;
    }
    return false;
}

/* The packet's group, if it brings it in: without flows only fragments need each other. 0: none. */
static uint32_t group_of(const struct reach *r, uint64_t group, uint64_t marks)
{
    return r->flows || (marks & INDEX_MARK_FRAGMENT) != 0 ? r->groups[group] : 0;
}

/* Calls `each` for the packets of a block that bring in a group. False if the block is damaged. */
static bool each_in_group(struct picks *p, struct reach *r, uint32_t block,
                          void (*each)(struct picks *p, struct reach *r, uint32_t group,
                                       uint64_t packet))
{
    uint64_t groups[INDEX_BLOCK], marks[INDEX_BLOCK];
    if (!index_block(p->index, block, INDEX_GROUP, groups) ||
        (!r->flows && !index_block(p->index, block, INDEX_MARKS, marks)))
        return false;
    for (uint32_t i = 0; i < index_block_count(p->index, block); i++) {
        if (groups[i] == 0)
            continue;
        if (groups[i] >= r->count || r->groups[groups[i]] >= r->count)
            return false;
        uint32_t group = group_of(r, groups[i], r->flows ? 0 : marks[i]);
        if (group != 0)
            each(p, r, group, (uint64_t)block * INDEX_BLOCK + i);
    }
    return true;
}

static void note_reach(struct picks *p, struct reach *r, uint32_t group, uint64_t packet)
{
    if (bit_get(p->read, packet))
        r->last[group] = r->future ? UINT64_MAX : packet + 1;
}

static void mark_reached(struct picks *p, struct reach *r, uint32_t group, uint64_t packet)
{
    if (packet < r->last[group])
        bit_set(p->read, packet);
}

/* Between which numbers the needed groups and their parts are, so that most blocks can be passed over. */
static void find_range(struct reach *r)
{
    r->least = UINT32_MAX;
    for (uint32_t g = 1; g < r->count; g++) {
        if (r->groups[g] >= r->count || r->last[r->groups[g]] == 0)
            continue;
        r->least = r->least < g ? r->least : g;
        r->greatest = g;
    }
}

static bool may_reach(const struct picks *p, const struct reach *r, uint32_t block)
{
    uint64_t least, most;
    index_block_range(p->index, block, INDEX_GROUP, &least, &most);
    return least <= r->greatest && most >= r->least;
}

static bool read_groups(struct picks *p, const lamna_query *q)
{
    struct reach r = {.flows = q->wanted->flows || q->filter_wants->flows,
                      .future = q->wanted->future || q->filter_wants->future};
    r.groups = index_groups(p->index, &r.count);
    r.last = calloc(r.count + 1u, sizeof *r.last);
    bool ok = r.last != NULL && r.groups != NULL;
    for (uint32_t b = 0; ok && b < index_blocks(p->index); b++)
        ok = !reads_block(p, b) || each_in_group(p, &r, b, note_reach);
    if (ok)
        find_range(&r);
    for (uint32_t b = 0; ok && b < index_blocks(p->index); b++)
        ok = !may_reach(p, &r, b) || each_in_group(p, &r, b, mark_reached);
    free(r.last);
    return ok;
}

/* Are the columns whole that reading needs? The time is that of the packet before, which may be in the block
 * before. */
static bool check_places(const struct picks *p)
{
    static const enum index_column columns[] = {INDEX_TIME, INDEX_OFFSET, INDEX_STREAM,
                                                INDEX_MARKS};
    uint64_t values[INDEX_BLOCK];
    uint32_t blocks = index_blocks(p->index);
    for (uint32_t b = 0; b < blocks; b++) {
        bool reads = reads_block(p, b), times = b == 0 || (b + 1 < blocks && reads_block(p, b + 1));
        for (size_t c = 0; c < sizeof columns / sizeof columns[0]; c++) {
            bool needed =
                reads || (times && columns[c] != INDEX_OFFSET && columns[c] != INDEX_STREAM);
            if (needed && !index_block(p->index, b, columns[c], values))
                return false;
        }
    }
    return true;
}

bool picks_settle(struct picks *p, const lamna_run *run, bool count_only)
{
    const lamna_query *q = run->query;
    free(p->read);
    p->read = bits_new(p->packets);
    if (p->read == NULL)
        return false;
    for (uint64_t i = 0; i <= p->packets / 64; i++)
        p->read[i] = count_only ? p->maybe[i] & ~p->sure[i] : p->maybe[i];
    bool any = bits_count(p->read, p->packets) > 0,
         alone = (index_flags(p->index) & INDEX_FLAG_ALONE) != 0;
    if (any && (!p->placed || alone))
        return false;
    p->others = index_streams(p->index, &p->other_count);
    if (p->others == NULL || (any && (!read_groups(p, q) || !check_places(p)))) {
        q->index->damaged = true;
        return false;
    }
    p->read_count = bits_count(p->read, p->packets);
    p->unread_count = 0;
    for (uint64_t i = 0; i <= p->packets / 64; i++)
        p->unread_count += (uint64_t)__builtin_popcountll(p->sure[i] & ~p->read[i]);
    return (p->packets < SMALL || p->read_count <= p->packets / WORTH_READING);
}

uint64_t picks_unread(const struct picks *p)
{
    return p->unread_count;
}

uint64_t picks_to_read(const struct picks *p)
{
    return p->read_count;
}

/* ---- Reading --------------------------------------------------------------------------------- */

/* The next bit from `at` on; `packets` if there is none. */
static uint64_t next_bit(const struct picks *p, uint64_t at)
{
    uint64_t i = at / 64;
    uint64_t word = at < p->packets ? p->read[i] >> at % 64 << at % 64 : 0;
    while (word == 0 && ++i <= p->packets / 64)
        word = p->read[i];
    return word == 0 ? p->packets : i * 64 + (uint64_t)__builtin_ctzll(word);
}

/* Finds the packet's rows among those of packets in several streams, which come in the same order. */
static void find_streams(struct picks *p, uint64_t number)
{
    p->numbers =
        (struct stream_numbers){.stream = (uint32_t)index_value(p->index, number, INDEX_STREAM)};
    if ((index_value(p->index, number, INDEX_MARKS) & INDEX_MARK_STREAMS) == 0)
        return;
    if (p->other_at > 0 && p->others[p->other_at - 1].packet >= number)
        p->other_at = 0; /* the packets are read again from the first */
    while (p->other_at < p->other_count && p->others[p->other_at].packet < number)
        p->other_at++;
    p->numbers.others = p->others + p->other_at;
    while (p->other_at < p->other_count && p->others[p->other_at].packet == number) {
        p->other_at++;
        p->numbers.count++;
    }
}

lamna_status picks_next(struct picks *p, lamna_source *src, uint64_t *number,
                        lamna_packet_info *packet, struct frame_times *times, lamna_error *err)
{
    uint64_t next = next_bit(p, *number) + 1;
    if (next > p->packets)
        return source_ended(src, LAMNA_END, err);
    bool jumps = next != src->packets + 1;
    if (jumps && !source_seek(src, next, index_value(p->index, next, INDEX_OFFSET)))
        return error_set(err, LAMNA_ERR_IO, "%s cannot be read at packet %llu", src->path,
                         (unsigned long long)next);
    lamna_status status = lamna_source_next(src, packet, err);
    if (status != LAMNA_OK)
        return status;
    find_streams(p, next);
    if (next > 1)
        times->previous = index_ns(index_value(p->index, next - 1, INDEX_TIME));
    *number = next;
    return LAMNA_OK;
}

const struct stream_numbers *picks_streams(const struct picks *p)
{
    return &p->numbers;
}

void picks_first_time(const struct picks *p, struct frame_times *times)
{
    int64_t first = index_first_time(p->index);
    *times = (struct frame_times){first, first, first};
}
