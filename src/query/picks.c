#include "query/picks.h"

#include <stdlib.h>
#include <string.h>

#include "capture/source.h"

/* A packet that is read where it lies costs a few times what it costs in its turn. In a small capture that is
 * of no matter. */
enum { WORTH_READING = 4, SMALL = 1 << 14 };

struct picks {
    struct index *index; /* borrowed */
    uint64_t packets;
    uint64_t *maybe; /* owned; a bit for each packet: it matches, or may */
    uint64_t *sure;  /* owned: it matches */
    uint64_t *read;  /* owned: it is to be read; NULL until that is settled */
    uint64_t sure_count, maybe_count, read_count, unread_count;
    bool placed;
    const struct index_stream *others; /* of the index */
    uint64_t other_count, other_at;
    struct stream_numbers numbers; /* of the packet read last */
};

static bool bit(const uint64_t *bits, uint64_t i)
{
    return (bits[i / 64] >> i % 64 & 1) != 0;
}

static void set_bit(uint64_t *bits, uint64_t i)
{
    bits[i / 64] |= (uint64_t)1 << i % 64;
}

static uint64_t *bits_new(uint64_t n)
{
    return calloc((size_t)(n / 64 + 1), sizeof(uint64_t));
}

static uint64_t bits_count(const uint64_t *bits, uint64_t n)
{
    uint64_t count = 0;
    for (uint64_t i = 0; i <= n / 64; i++)
        count += (uint64_t)__builtin_popcountll(bits[i]);
    return count;
}

/* ---- What the index tells of the filter ------------------------------------------------------ */

struct judge {
    const lamna_filter *filter;
    struct index *index;
    struct judged_set {
        enum verdict verdict; /* whatever the values are */
        uint32_t columns;
        uint64_t has;
    } * sets; /* owned; 0 is INDEX_UNKNOWN */
    uint32_t set_count;
    unsigned values; /* that tell more: bits by enum indexed_value */
    const struct index_address *addresses;
    uint32_t address_count;
    uint64_t *columns[INDEX_COLUMNS]; /* owned; of the present block, where they are decoded */
    unsigned decoded;                 /* bit by column */
};

/* The columns that a value is made of. */
static const struct {
    enum index_column column;
    bool counts; /* only if the packet's set says so */
} made_of[INDEXED_VALUES] = {
    [INDEXED_NUMBER] = {INDEX_COLUMNS, false},
    [INDEXED_LENGTH] = {INDEX_LENGTH, false},
    [INDEXED_CAPTURED] = {INDEX_MISSING, false},
    [INDEXED_SRC_PORT] = {INDEX_SRC_PORT, true},
    [INDEXED_DST_PORT] = {INDEX_DST_PORT, true},
    [INDEXED_SRC_ADDRESS] = {INDEX_SRC_ADDRESS, true},
    [INDEXED_DST_ADDRESS] = {INDEX_DST_ADDRESS, true},
    [INDEXED_TCP_FLAGS] = {INDEX_TCP_FLAGS, true},
    [INDEXED_STREAM] = {INDEX_STREAM, true},
};

static void judge_set(struct judge *j, struct judged_set *to, const struct index_set *set,
                      uint8_t *has)
{
    for (uint32_t i = 0; i < set->count; i++)
        has[set->fields[i]] = 1;
    to->columns = set->columns;
    to->has = filter_indexed_has(j->filter, has);
    for (uint32_t i = 0; i < set->count; i++)
        has[set->fields[i]] = 0;
    struct indexed x = {.fields_known = true, .has = to->has};
    to->verdict = filter_verdict_indexed(j->filter, &x);
}

static bool fields_fit(const struct index_set *set, size_t field_count)
{
    for (uint32_t i = 0; i < set->count; i++) {
        if (set->fields[i] >= field_count)
            return false;
    }
    return true;
}

static bool judge_sets(struct judge *j, const lamna_registry *reg)
{
    size_t field_count = lamna_field_count(reg);
    struct index_set *sets = index_sets(j->index, &j->set_count);
    uint8_t *has = calloc(field_count, 1);
    j->sets = sets == NULL ? NULL : calloc(j->set_count + 1u, sizeof *j->sets);
    bool ok = j->sets != NULL && has != NULL;
    for (uint32_t i = 0; ok && i < j->set_count; i++) {
        ok = fields_fit(&sets[i], field_count);
        if (ok)
            judge_set(j, &j->sets[i + 1], &sets[i], has);
    }
    if (ok)
        j->sets[INDEX_UNKNOWN].verdict = filter_verdict_indexed(j->filter, &(struct indexed){0});
    free(has);
    free(sets);
    return ok;
}

static bool decode(struct judge *j, uint32_t block, enum index_column column)
{
    if ((j->decoded & 1u << column) != 0)
        return true;
    if (j->columns[column] == NULL)
        j->columns[column] = malloc(INDEX_BLOCK * sizeof(uint64_t));
    if (j->columns[column] == NULL || !index_block(j->index, block, column, j->columns[column]))
        return false;
    j->decoded |= 1u << column;
    return true;
}

/* The columns that the values need. */
static bool decode_values(struct judge *j, uint32_t block)
{
    bool ok = true;
    for (unsigned v = INDEXED_LENGTH; v < INDEXED_VALUES; v++) {
        if ((j->values & 1u << v) != 0)
            ok &= decode(j, block, made_of[v].column);
    }
    return ok && ((j->values & 1u << INDEXED_CAPTURED) == 0 || decode(j, block, INDEX_LENGTH));
}

/* An address's number becomes the address. */
static bool take_address(const struct judge *j, struct indexed *x, unsigned v)
{
    uint64_t number = x->values[v];
    if (number == INDEX_UNKNOWN || number > j->address_count)
        return false;
    const struct index_address *a = &j->addresses[number - 1];
    x->addresses[v - INDEXED_SRC_ADDRESS] = a->bytes;
    x->values[v] = (uint64_t)a->bytes[0] << 24 | (uint64_t)a->bytes[1] << 16 |
                   (uint64_t)a->bytes[2] << 8 | a->bytes[3];
    return true;
}

/* With the values of packet i of the block, whose number is `number`. */
static enum verdict judge_values(const struct judge *j, const struct judged_set *set, uint32_t i,
                                 uint64_t number)
{
    struct indexed x = {.fields_known = set != &j->sets[INDEX_UNKNOWN],
                        .has = set->has,
                        .known = 1u << INDEXED_NUMBER,
                        .values = {[INDEXED_NUMBER] = number}};
    for (unsigned v = INDEXED_LENGTH; v < INDEXED_VALUES; v++) {
        if ((j->values & 1u << v) == 0 ||
            (made_of[v].counts && (set->columns & 1u << made_of[v].column) == 0))
            continue;
        x.values[v] = j->columns[made_of[v].column][i];
        if (v == INDEXED_CAPTURED)
            x.values[v] = (uint32_t)(j->columns[INDEX_LENGTH][i] - x.values[v]);
        bool is_address = v == INDEXED_SRC_ADDRESS || v == INDEXED_DST_ADDRESS;
        if (!is_address || take_address(j, &x, v))
            x.known |= 1u << v;
    }
    return filter_verdict_indexed(j->filter, &x);
}

/* Can any packet of the block match, going by the numbers that they have? */
static bool may_match(const struct judge *j, uint64_t first, uint32_t count)
{
    struct indexed x = {
        .known = 1u << INDEXED_NUMBER, .values = {first + 1}, .last_number = first + count};
    return filter_verdict_indexed(j->filter, &x) != VERDICT_NO;
}

static bool judge_block(struct judge *j, uint32_t block, struct picks *p)
{
    uint32_t count = index_block_count(j->index, block);
    uint64_t first = (uint64_t)block * INDEX_BLOCK;
    j->decoded = 0;
    if (!may_match(j, first, count))
        return true;
    if (!decode(j, block, INDEX_SET))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t number = j->columns[INDEX_SET][i];
        if (number > j->set_count)
            return false;
        const struct judged_set *set = &j->sets[number];
        enum verdict verdict = set->verdict;
        if (verdict == VERDICT_PERHAPS && j->values != 0) {
            if (!decode_values(j, block))
                return false;
            verdict = judge_values(j, set, i, first + i + 1);
        }
        if (verdict != VERDICT_NO)
            set_bit(p->maybe, first + i);
        if (verdict == VERDICT_YES)
            set_bit(p->sure, first + i);
    }
    return true;
}

static bool judge_all(struct judge *j, const lamna_registry *reg, struct picks *p)
{
    j->values = filter_indexed_values(j->filter);
    j->addresses = index_addresses(j->index, &j->address_count);
    bool ok = j->addresses != NULL && judge_sets(j, reg);
    for (uint32_t block = 0; ok && block < index_blocks(j->index); block++)
        ok = judge_block(j, block, p);
    free(j->sets);
    for (unsigned c = 0; c < INDEX_COLUMNS; c++)
        free(j->columns[c]);
    return ok;
}

/* ---- Making picks ---------------------------------------------------------------------------- */

/* What makes answers depend on more than the capture's bytes, the index knows nothing of. */
static bool index_fits(const lamna_query *q, const lamna_source *src)
{
    return q->index != NULL && q->filter != NULL && q->resolve == 0 && q->keylog.file == NULL &&
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
    struct judge judge = {.filter = q->filter, .index = p->index};
    bool able = p->maybe != NULL && p->sure != NULL;
    if (!able || !judge_all(&judge, q->reg, p)) {
        q->index->damaged = able;
        picks_free(p);
        return NULL;
    }
    p->maybe_count = bits_count(p->maybe, p->packets);
    p->sure_count = bits_count(p->sure, p->packets);
    return p;
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
        !index_block(p->index, block, INDEX_MARKS, marks))
        return false;
    for (uint32_t i = 0; i < index_block_count(p->index, block); i++) {
        if (groups[i] == 0)
            continue;
        if (groups[i] >= r->count || r->groups[groups[i]] >= r->count)
            return false;
        uint32_t group = group_of(r, groups[i], marks[i]);
        if (group != 0)
            each(p, r, group, (uint64_t)block * INDEX_BLOCK + i);
    }
    return true;
}

static void note_reach(struct picks *p, struct reach *r, uint32_t group, uint64_t packet)
{
    if (bit(p->read, packet))
        r->last[group] = r->future ? UINT64_MAX : packet + 1;
}

static void mark_reached(struct picks *p, struct reach *r, uint32_t group, uint64_t packet)
{
    if (packet < r->last[group])
        set_bit(p->read, packet);
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

static int64_t time_of(const struct picks *p, uint64_t number)
{
    return (int64_t)(index_value(p->index, number, INDEX_TIME) ^ (uint64_t)1 << 63);
}

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
        times->previous = time_of(p, next - 1);
    *number = next;
    return LAMNA_OK;
}

const struct stream_numbers *picks_streams(const struct picks *p)
{
    return &p->numbers;
}

void picks_first_time(const struct picks *p, struct frame_times *times)
{
    int64_t first = p->packets > 0 ? time_of(p, 1) : 0;
    if (p->packets > 0 && (index_value(p->index, 1, INDEX_MARKS) & INDEX_MARK_NO_TIME) == 0)
        *times = (struct frame_times){first, first, first};
}
