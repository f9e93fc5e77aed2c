#include "flow/fragments.h"

#include <stdlib.h>
#include <string.h>

enum { DATAGRAMS = 256, DATAGRAM_MAX = 65535, PARTS_MAX = 1024 };

/*
 * One datagram; its parts are sorted by offset, and then as they came.
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
    struct stream_part *parts; /* owned; behind the room for them are the marks of each */
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

static uint8_t *marks_of(const struct datagram *d)
{
    return (uint8_t *)(d->parts + d->part_capacity);
}

static bool parts_grow(struct datagram *d)
{
    uint32_t capacity = d->part_capacity == 0 ? 8 : 2 * d->part_capacity;
    struct stream_part *parts =
        capacity > PARTS_MAX ? NULL : realloc(d->parts, capacity * (sizeof *parts + 1));
    if (parts == NULL)
        return false;
    memmove(parts + capacity, parts + d->part_capacity, d->part_count);
    d->parts = parts;
    d->part_capacity = capacity;
    return true;
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
    return d->part_count < d->part_capacity || parts_grow(d);
}

static uint32_t part_end(const struct stream_part *part)
{
    return part->offset + part->length;
}

/* Bytes [from, to) of the datagram: does the fragment have others there? */
static bool conflicts(const struct datagram *d, const struct fragment *f, uint32_t from,
                      uint32_t to)
{
    return from < to && memcmp(d->data + from, f->bytes + (from - f->offset), to - from) != 0;
}

/* What is wrong with the fragment, which becomes part number `at` and of which the bytes below `covered` were there;
 * parts behind it that it overlaps are marked. */
static uint8_t overlaps_mark(struct datagram *d, const struct fragment *f, uint32_t at,
                             uint32_t covered)
{
    uint32_t end = f->offset + f->length;
    uint8_t *marks = marks_of(d), mark = 0;
    if (!f->more && f->total == 0 && d->length != end)
        mark |= FRAGMENT_SECOND_TAIL;
    if (covered > f->offset)
        mark |= FRAGMENT_OVERLAPS;
    if (conflicts(d, f, f->offset, covered < end ? covered : end))
        mark |= FRAGMENT_CONFLICTS;
    for (; at < d->part_count && d->parts[at].offset < end; at++) {
        const struct stream_part *part = &d->parts[at];
        uint32_t from = covered > part->offset ? covered : part->offset;
        uint32_t to = part_end(part) < end ? part_end(part) : end;
        marks[at] |= FRAGMENT_OVERLAPS;
        if ((marks[at] & FRAGMENT_CONFLICTS) == 0 && conflicts(d, f, from, to))
            marks[at] |= FRAGMENT_CONFLICTS;
    }
    return mark;
}

/* Adds what is new of the fragment. False if it does not fit. */
static bool datagram_add(struct datagram *d, const struct fragment *f)
{
    uint32_t end = f->offset + f->length, at = 0, covered = f->offset;
    for (; at < d->part_count && d->parts[at].offset <= f->offset; at++) {
        if (part_end(&d->parts[at]) > covered)
            covered = part_end(&d->parts[at]);
    }
    if (end > DATAGRAM_MAX || !datagram_reserve(d, end))
        return false;
    uint8_t mark = overlaps_mark(d, f, at, covered), *marks = marks_of(d);
    memmove(d->parts + at + 1, d->parts + at, (d->part_count - at) * sizeof *d->parts);
    memmove(marks + at + 1, marks + at, d->part_count - at);
    d->parts[at] = (struct stream_part){f->packet, f->offset, f->length};
    marks[at] = mark;
    d->part_count++;
    if (covered < end)
        memcpy(d->data + covered, f->bytes + (covered - f->offset), end - covered);
    return true;
}

static bool datagram_is_whole(const struct datagram *d)
{
    uint32_t next = 0;
    for (uint32_t i = 0; i < d->part_count && d->parts[i].offset <= next; i++) {
        if (part_end(&d->parts[i]) > next)
            next = part_end(&d->parts[i]);
    }
    return d->length != 0 && next >= d->length;
}

static void mark_too_long(struct datagram *d)
{
    uint8_t *marks = marks_of(d);
    for (uint32_t i = 0; i < d->part_count; i++) {
        if (part_end(&d->parts[i]) > d->length)
            marks[i] |= FRAGMENT_TOO_LONG;
    }
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
    mark_too_long(d);
    *piece = (struct stream_piece){.kind = STREAM_WHOLE,
                                   .used = f->length,
                                   .data = d->data,
                                   .length = d->length,
                                   .parts = d->parts,
                                   .marks = marks_of(d),
                                   .part_count = d->part_count};
    if (!datagram_spend(d, spent))
        *piece = (struct stream_piece){.kind = STREAM_PART, .used = f->length};
}
