#include "flow/fragments.h"

#include <stdlib.h>
#include <string.h>

enum { DATAGRAMS = 256, DATAGRAM_MAX = 65535, PARTS_MAX = 1024 };

/*
 * One datagram; its parts are sorted by offset and do not overlap.
 *
 *     data   |--part--|      |--part--|....|
 *                      ^gap                ^length, once the last fragment is here
 */
struct datagram {
    uint8_t version, protocol, src[16], dst[16];
    uint16_t of;
    uint64_t id;
    uint64_t used_at; /* when it was last added to; 0: free */
    uint32_t length;  /* 0: not known yet */
    uint8_t *data;    /* owned; DATAGRAM_MAX bytes at most */
    uint32_t capacity;
    struct stream_part *parts; /* owned */
    uint32_t part_count, part_capacity;
};

struct fragments {
    struct datagram datagrams[DATAGRAMS];
    uint64_t clock;
    bool forgot; /* one that was not whole had to make room */
};

struct fragments *fragments_new(void)
{
    return calloc(1, sizeof(struct fragments));
}

static void datagram_clear(struct datagram *d)
{
    free(d->data);
    free(d->parts);
    *d = (struct datagram){0};
}

void fragments_free(struct fragments *f)
{
    for (unsigned i = 0; f != NULL && i < DATAGRAMS; i++)
        datagram_clear(&f->datagrams[i]);
    free(f);
}

bool fragments_forgot(const struct fragments *f)
{
    return f->forgot;
}

static bool datagram_is(const struct datagram *d, const struct fragment *f)
{
    size_t n = f->ip_version == 6 ? 16 : 4;
    return d->used_at != 0 && d->id == f->id && d->of == f->of && d->version == f->ip_version &&
           d->protocol == f->protocol && memcmp(d->src, f->src, n) == 0 &&
           memcmp(d->dst, f->dst, n) == 0;
}

/* The fragment's datagram, or a new one in a free place or in that of the oldest. */
static struct datagram *datagram_find(struct fragments *all, const struct fragment *f)
{
    struct datagram *oldest = &all->datagrams[0];
    for (unsigned i = 0; i < DATAGRAMS; i++) {
        struct datagram *d = &all->datagrams[i];
        if (datagram_is(d, f))
            return d;
        if (d->used_at < oldest->used_at)
            oldest = d;
    }
    size_t n = f->ip_version == 6 ? 16 : 4;
    all->forgot |= oldest->used_at != 0;
    datagram_clear(oldest);
    oldest->version = f->ip_version;
    oldest->protocol = f->protocol;
    oldest->of = f->of;
    oldest->id = f->id;
    memcpy(oldest->src, f->src, n);
    memcpy(oldest->dst, f->dst, n);
    return oldest;
}

static bool datagram_reserve(struct datagram *d, uint32_t n)
{
    if (n > d->capacity) {
        uint32_t capacity = n < 4096 ? 4096 : 2 * n > DATAGRAM_MAX ? DATAGRAM_MAX : 2 * n;
        uint8_t *data = realloc(d->data, capacity);
        if (data == NULL)
            return false;
        d->data = data;
        d->capacity = capacity;
    }
    if (d->part_count == d->part_capacity) {
        uint32_t capacity = d->part_capacity == 0 ? 8 : 2 * d->part_capacity;
        struct stream_part *parts =
            capacity > PARTS_MAX ? NULL : realloc(d->parts, capacity * sizeof *parts);
        if (parts == NULL)
            return false;
        d->parts = parts;
        d->part_capacity = capacity;
    }
    return true;
}

/* Adds the fragment where nothing else was. False if it overlaps, or does not fit. */
static bool datagram_add(struct datagram *d, const struct fragment *f)
{
    uint32_t end = f->offset + f->length, at = 0;
    while (at < d->part_count && d->parts[at].offset < f->offset)
        at++;
    if (at > 0 && d->parts[at - 1].offset + d->parts[at - 1].length > f->offset)
        return false;
    if (at < d->part_count && d->parts[at].offset < end)
        return false;
    if (end > DATAGRAM_MAX || !datagram_reserve(d, end))
        return false;
    memmove(d->parts + at + 1, d->parts + at, (d->part_count - at) * sizeof *d->parts);
    d->parts[at] = (struct stream_part){f->packet, f->offset, f->length};
    d->part_count++;
    memcpy(d->data + f->offset, f->bytes, f->length);
    return true;
}

static bool datagram_is_whole(const struct datagram *d)
{
    uint32_t next = 0;
    for (uint32_t i = 0; i < d->part_count; i++) {
        if (d->parts[i].offset != next)
            return false;
        next += d->parts[i].length;
    }
    return d->length != 0 && next == d->length;
}

/* What was put together outlives its place here. False without memory. */
static bool datagram_spend(struct datagram *d, struct message **spent)
{
    struct message *m = calloc(1, sizeof *m);
    if (m == NULL)
        return false;
    m->begin = INT64_MIN; /* in no stream */
    m->data = d->data;
    m->parts = d->parts;
    m->next = *spent;
    *spent = m;
    *d = (struct datagram){0};
    return true;
}

void fragments_take(struct fragments *all, struct message **spent, const struct fragment *f,
                    struct stream_piece *piece)
{
    *piece = (struct stream_piece){.kind = STREAM_NEW, .used = f->length};
    struct datagram *d = datagram_find(all, f);
    d->used_at = ++all->clock;
    if (d->length == 0 && f->total != 0)
        d->length = f->total;
    else if (d->length == 0 && !f->more)
        d->length = f->offset + f->length;
    bool added = f->length > 0 && datagram_add(d, f);
    piece->kind = STREAM_PART;
    if (!added || !datagram_is_whole(d))
        return;
    *piece = (struct stream_piece){.kind = STREAM_WHOLE,
                                   .used = f->length,
                                   .data = d->data,
                                   .length = d->length,
                                   .parts = d->parts,
                                   .part_count = d->part_count};
    if (!datagram_spend(d, spent))
        *piece = (struct stream_piece){.kind = STREAM_PART, .used = f->length};
}
