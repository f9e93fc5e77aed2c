/*
 * The table of packets. What a scan asks of lamna is what its columns need, and nothing else.
 *
 * Of a packet with several headers of a kind (tunnels), the columns that are always there tell of the first
 * transport: its ports, and the addresses of the IP header that carries it. What an ICMP error quotes is not
 * the packet's own.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sql/error.h"
#include "sql/roles.h"
#include "sql/tables.h"
#include "sql/told.h"

enum {
    NOWHERE = 0xffff,
    NO_ROLE = 0xff,
    IS_ANALYSIS = 0xfe,
    ANALYSIS_MOST = 64,   /* marks of a packet */
    WORTH_BYTES = 4 << 20 /* a capture below that is read before threads have begun */
};

/* What a column's value comes from. */
enum kind {
    KIND_ITEM,   /* items, as they are met */
    KIND_MARK,   /* the same; but where there is none, that is a value */
    KIND_RECORD, /* the packet's record */
    KIND_CAST    /* the roles that items play */
};

/* What the threads of a scan share, and what each has for itself. */
struct packets {
    struct scan *scan;
    lamna_query *query;
    uint16_t *column_of;    /* by number of the field: the first column that holds it, or NOWHERE */
    uint16_t *column_after; /* by column: the next one that holds the same field */
    atomic_bool *more;      /* by column: a packet had values that it does not hold */
    uint8_t *kinds;         /* by column: enum kind */
    uint8_t *role_of;   /* by number of the field: its place in `roles`, NO_ROLE, or IS_ANALYSIS */
    uint32_t analysis;  /* the column of that name, or NOWHERE */
    atomic_bool failed; /* out of memory */
    struct thread {
        lamna_text *text;
    } threads[LAMNA_THREADS_MOST];
    pthread_mutex_t lock; /* for the list of outputs */
    struct output {
        struct output *next;
        const lamna_text *text; /* of lamna */
        struct block *blocks;   /* of the batch whose output it is now, the last one first */
    } * outputs;                /* owned */
    struct block *block;        /* of a run without other threads: being filled; or NULL */
    bool more_wanted;
};

/* Which items of a packet play the roles; SIZE_MAX: none. */
struct cast {
    size_t item[ROLES];
    const char *transport;
    bool placed;                   /* the first transport was met: addresses stay as they are */
    bool quoted;                   /* what comes is what an ICMP error quotes */
    uint32_t marks[ANALYSIS_MOST]; /* fields that say so, sorted */
    size_t mark_count;
};

/* ---- Cells ----------------------------------------------------------------------------------- */

static void set_item_text(struct thread *t, struct block *b, uint32_t column,
                          const lamna_packet *packet, size_t item)
{
    size_t length;
    lamna_text_clear(t->text);
    lamna_item_value(packet, item, t->text);
    const char *text = lamna_text_data(t->text, &length);
    if (text != NULL)
        block_set_text(b, column, text, length);
    else
        b->failed = true;
}

static uint64_t bits_of(double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    return bits;
}

static void set_field(const struct packets *p, struct thread *t, struct block *b, uint32_t column,
                      const lamna_packet *packet, size_t number)
{
    size_t count;
    const lamna_item *item = lamna_packet_items(packet, &count) + number;
    const struct column *c = p->scan->columns[column];
    switch (c->field->type) {
    case LAMNA_NONE:
    case LAMNA_PROTOCOL:
        block_set(b, column, 1);
        break;
    case LAMNA_BOOLEAN:
        block_set(b, column, item->value.u != 0);
        break;
    case LAMNA_FLOAT:
    case LAMNA_DOUBLE:
        block_set(b, column, bits_of(item->value.d));
        break;
    case LAMNA_RELATIVE_TIME:
        block_set(b, column, bits_of((double)item->value.i / 1e9));
        break;
    case LAMNA_STRING:
    case LAMNA_BYTES:
    case LAMNA_UINT_BYTES:
        block_set_text(b, column, (const char *)item->value.p, item->value_length);
        break;
    default:
        if (c->kind == DUCK_VARCHAR)
            set_item_text(t, b, column, packet, number);
        else
            block_set(b, column, item->value.u);
    }
}

static void set_string(struct block *b, uint32_t column, const char *text)
{
    if (text != NULL)
        block_set_text(b, column, text, strlen(text));
}

static void set_flags(struct block *b, uint32_t column, uint64_t flags)
{
    char text[64];
    role_flags_text(flags, text, sizeof text);
    block_set_text(b, column, text, strlen(text));
}

static void set_number(struct block *b, uint32_t column, const lamna_item *items, size_t item)
{
    if (item != SIZE_MAX)
        block_set(b, column, items[item].value.u);
}

static void set_payload(struct block *b, uint32_t column, const lamna_item *items,
                        const struct cast *cast)
{
    size_t tcp = cast->item[ROLE_TCP_PAYLOAD], udp = cast->item[ROLE_UDP_LENGTH];
    if (tcp != SIZE_MAX && (udp == SIZE_MAX || tcp < udp))
        block_set(b, column, items[tcp].value.u);
    else if (udp != SIZE_MAX && items[udp].value.u >= UDP_HEADER)
        block_set(b, column, items[udp].value.u - UDP_HEADER);
}

static void set_column_text(struct thread *t, struct block *b, uint32_t column,
                            const lamna_packet *packet, lamna_column which)
{
    size_t length;
    lamna_text_clear(t->text);
    lamna_packet_column(packet, which, t->text);
    const char *text = lamna_text_data(t->text, &length);
    if (text != NULL)
        block_set_text(b, column, text, length);
}

/* What a packet's record tells. */
static void set_of_record(const struct packets *p, struct block *b, uint32_t column,
                          const lamna_packet_info *info)
{
    switch (p->scan->columns[column]->id) {
    case COLUMN_FILE:
        set_string(b, column, p->scan->path);
        break;
    case COLUMN_NUMBER:
        block_set(b, column, info->number);
        break;
    case COLUMN_TIME:
        if ((info->flags & LAMNA_PACKET_HAS_TIME) != 0)
            block_set(b, column, (uint64_t)info->time_ns);
        break;
    case COLUMN_LENGTH:
        block_set(b, column, info->length);
        break;
    case COLUMN_CAPTURED:
        block_set(b, column, info->captured);
        break;
    case COLUMN_INTERFACE:
        set_string(b, column, info->interface_name);
        break;
    case COLUMN_LINK_TYPE:
        block_set(b, column, info->link_type);
        break;
    case COLUMN_OFFSET:
        block_set(b, column, info->offset);
        break;
    case COLUMN_DATA:
        block_set_text(b, column, (const char *)info->data, info->captured);
        break;
    default:
        break;
    }
}

static void set_analysis(const struct packets *p, struct block *b, const struct cast *cast)
{
    const lamna_registry *reg = p->scan->binding->session->options->reg;
    for (size_t i = 0; i < cast->mark_count; i++)
        set_string(b, p->analysis, role_analysis_name(lamna_field_at(reg, cast->marks[i])));
}

/* What its items tell, besides fields. */
static void set_of_cast(const struct packets *p, struct thread *t, struct block *b, uint32_t column,
                        const lamna_packet *packet, const struct cast *cast)
{
    size_t count;
    const lamna_item *items = lamna_packet_items(packet, &count);
    switch (p->scan->columns[column]->id) {
    case COLUMN_SOURCE:
        if (cast->item[ROLE_SOURCE] != SIZE_MAX)
            set_item_text(t, b, column, packet, cast->item[ROLE_SOURCE]);
        break;
    case COLUMN_DESTINATION:
        if (cast->item[ROLE_DESTINATION] != SIZE_MAX)
            set_item_text(t, b, column, packet, cast->item[ROLE_DESTINATION]);
        break;
    case COLUMN_SOURCE_PORT:
        set_number(b, column, items, cast->item[ROLE_SOURCE_PORT]);
        break;
    case COLUMN_DESTINATION_PORT:
        set_number(b, column, items, cast->item[ROLE_DESTINATION_PORT]);
        break;
    case COLUMN_TRANSPORT:
        set_string(b, column, cast->transport);
        break;
    case COLUMN_STREAM:
        set_number(b, column, items, cast->item[ROLE_STREAM]);
        break;
    case COLUMN_PAYLOAD:
        set_payload(b, column, items, cast);
        break;
    case COLUMN_FLAGS:
        if (cast->item[ROLE_FLAGS] != SIZE_MAX)
            set_flags(b, column, items[cast->item[ROLE_FLAGS]].value.u);
        break;
    case COLUMN_ANALYSIS:
        set_analysis(p, b, cast);
        break;
    case COLUMN_PROTOCOL:
        set_column_text(t, b, column, packet, LAMNA_COLUMN_PROTOCOL);
        break;
    case COLUMN_INFO:
        set_column_text(t, b, column, packet, LAMNA_COLUMN_INFO);
        break;
    default:
        break;
    }
}

/* ---- Rows ------------------------------------------------------------------------------------- */

static void cast_item(struct cast *cast, uint8_t place, size_t i)
{
    enum role role = role_fields[place].role;
    switch (role) {
    case ROLE_SOURCE:
    case ROLE_DESTINATION:
        if (!cast->placed)
            cast->item[role] = i;
        return;
    case ROLE_ICMP:
    case ROLE_SOURCE_PORT:
        if (!cast->placed)
            cast->transport = role_fields[place].transport;
        cast->quoted = cast->quoted || role == ROLE_ICMP;
        cast->placed = true;
        break;
    default:
        break;
    }
    if (!cast->quoted && cast->item[role] == SIZE_MAX)
        cast->item[role] = i;
}

/* Each once, in the order of the fields, which is the same wherever the marks come from. */
static void cast_analysis(struct cast *cast, uint32_t field)
{
    size_t at = cast->mark_count;
    while (at > 0 && cast->marks[at - 1] > field)
        at--;
    if ((at > 0 && cast->marks[at - 1] == field) || cast->mark_count == ANALYSIS_MOST)
        return;
    memmove(cast->marks + at + 1, cast->marks + at, (cast->mark_count - at) * sizeof *cast->marks);
    cast->marks[at] = field;
    cast->mark_count++;
}

/* Puts the values of fields into their columns. */
static void take_items(const struct packets *p, struct thread *t, struct block *b,
                       const lamna_packet *packet, struct cast *cast)
{
    size_t count;
    const lamna_item *items = lamna_packet_items(packet, &count);
    for (size_t i = 0; i < count; i++) {
        uint32_t column = p->column_of[items[i].field];
        for (; column != NOWHERE; column = p->column_after[column]) {
            if (p->scan->columns[column]->list || !block_has(b, column))
                set_field(p, t, b, column, packet, i);
            else if (!column_is_mark(p->scan->columns[column]))
                atomic_store_explicit(&p->more[column], true, memory_order_relaxed);
        }
        uint8_t place = p->role_of[items[i].field];
        if (place == IS_ANALYSIS)
            cast_analysis(cast, items[i].field);
        else if (place != NO_ROLE)
            cast_item(cast, place, i);
    }
}

static void add_row(const struct packets *p, struct thread *t, struct block *b,
                    const lamna_packet *packet)
{
    struct cast cast;
    const lamna_packet_info *info = lamna_packet_get_info(packet);
    for (size_t i = 0; i < ROLES; i++)
        cast.item[i] = SIZE_MAX;
    cast.transport = NULL;
    cast.placed = cast.quoted = false;
    cast.mark_count = 0;
    block_begin_row(b);
    take_items(p, t, b, packet, &cast);
    for (uint32_t i = 0; i < p->scan->column_count; i++) {
        if (p->kinds[i] == KIND_RECORD)
            set_of_record(p, b, i, info);
        else if (p->kinds[i] == KIND_CAST)
            set_of_cast(p, t, b, i, packet, &cast);
        else if (p->kinds[i] == KIND_MARK && !block_has(b, i))
            block_set(b, i, 0); /* that it is not there is known */
    }
}

/* ---- Threads ---------------------------------------------------------------------------------- */

/* A block on its way. */
struct given {
    struct output *output;
    struct block *block;
};

/* The output of that text, known from now on; NULL without memory. There are as many as lamna has batches at hand. */
static struct output *output_of(struct packets *p, const lamna_text *text)
{
    (void)pthread_mutex_lock(&p->lock);
    struct output *o = p->outputs;
    while (o != NULL && o->text != text)
        o = o->next;
    if (o == NULL && (o = calloc(1, sizeof *o)) != NULL) {
        o->text = text;
        o->next = p->outputs;
        p->outputs = o;
    }
    (void)pthread_mutex_unlock(&p->lock);
    return o;
}

static void drop_blocks(struct packets *p, struct output *o)
{
    while (o->blocks != NULL) {
        struct block *left = o->blocks;
        o->blocks = left->next;
        scan_drop(p->scan, left);
    }
}

/*
 * What is appended to a batch's output are pointers to its blocks, the one that is being filled last. An output that
 * is empty begins a batch; blocks that are then still with it are of a batch that lamna took back, to do it again.
 */
static struct block *block_for(struct packets *p, lamna_text *out)
{
    size_t length;
    struct given given = {NULL, NULL};
    const char *all = lamna_text_data(out, &length);
    if (all != NULL && length >= sizeof given)
        memcpy(&given, all + length - sizeof given, sizeof given);
    else if ((given.output = output_of(p, out)) != NULL)
        drop_blocks(p, given.output);
    if (given.block != NULL && given.block->rows < BLOCK_ROWS)
        return given.block;
    struct block *b = given.output != NULL ? scan_block(p->scan) : NULL;
    if (b == NULL)
        return NULL;
    b->next = given.output->blocks;
    given.output->blocks = b;
    given.block = b;
    lamna_text_add(out, (const char *)&given, sizeof given);
    return b;
}

static void take_packet(void *context, unsigned thread, const lamna_packet *packet, lamna_text *out)
{
    struct packets *p = context;
    struct block *b = block_for(p, out);
    if (b != NULL)
        add_row(p, &p->threads[thread], b, packet);
    else
        atomic_store(&p->failed, true);
}

/* Takes the blocks of a batch. */
static bool take_batch(void *context, const char *bytes, size_t n)
{
    struct packets *p = context;
    bool more = !atomic_load(&p->failed);
    struct given given;
    if (n >= sizeof given) {
        memcpy(&given, bytes, sizeof given);
        given.output->blocks = NULL;
    }
    for (size_t at = 0; at + sizeof given <= n; at += sizeof given) {
        memcpy(&given, bytes + at, sizeof given);
        more = scan_give(p->scan, given.block) && more;
    }
    return more;
}

/* ---- One thread ------------------------------------------------------------------------------- */

/* Before the run waits for input, what there is goes on. */
static void give_block(void *packets)
{
    struct packets *p = packets;
    if (p->block != NULL)
        p->more_wanted = scan_give(p->scan, p->block) && p->more_wanted;
    p->block = NULL;
}

/* What comes packet by packet anyway is put into blocks here: as batches these would be of one row. */
static lamna_status read_alone(struct packets *p, lamna_run *run, lamna_error *err)
{
    const lamna_packet *packet;
    lamna_status status = LAMNA_OK;
    p->more_wanted = true;
    lamna_run_on_wait(run, give_block, p);
    while (p->more_wanted && (status = lamna_run_next(run, &packet, err)) == LAMNA_OK) {
        if (p->block == NULL && (p->block = scan_block(p->scan)) == NULL)
            return sql_error(err, LAMNA_ERR_MEMORY, "out of memory");
        add_row(p, &p->threads[0], p->block, packet);
        if (p->block->rows == BLOCK_ROWS)
            give_block(p);
    }
    give_block(p);
    return status;
}

static bool worth_threads(const struct scan *scan, lamna_source *source)
{
    lamna_source_stats stats;
    unsigned threads = scan->binding->session->options->threads;
    lamna_source_stats_get(source, &stats);
    return stats.size >= WORTH_BYTES &&
           (threads != 0 ? threads > 1 : sysconf(_SC_NPROCESSORS_ONLN) > 1);
}

/* ---- With an index ---------------------------------------------------------------------------- */

/* The block that the next row goes into; NULL without memory. */
static struct block *next_block(struct packets *p)
{
    if (p->block != NULL && p->block->rows == BLOCK_ROWS)
        give_block(p);
    if (p->block == NULL)
        p->block = scan_block(p->scan);
    return p->block;
}

/* Reads on to the packet of that number, and adds its row. */
static lamna_status read_until(struct packets *p, lamna_run *run, uint64_t number, lamna_error *err)
{
    const lamna_packet *packet;
    lamna_status status;
    do {
        status = lamna_run_next(run, &packet, err);
    } while (status == LAMNA_OK && lamna_packet_get_info(packet)->number < number);
    if (status == LAMNA_OK)
        add_row(p, &p->threads[0], p->block, packet);
    return status;
}

/* Adds the rows of a block of the index; of packets in doubt the run tells. */
static lamna_status read_told(struct packets *p, struct told *told, size_t count, lamna_run *run,
                              lamna_error *err)
{
    lamna_status status = LAMNA_OK;
    for (size_t i = 0; i < count && status == LAMNA_OK && p->more_wanted; i++) {
        if (next_block(p) == NULL)
            status = sql_error(err, LAMNA_ERR_MEMORY, "out of memory");
        else if (told_has(told, i))
            told_add_row(told, p->block, i);
        else
            status = read_until(p, run, told_first(told) + i, err);
    }
    return status;
}

/* Where the index turns out to be damaged, the capture is read on from there. */
static lamna_status read_rest(struct packets *p, lamna_source *source, uint64_t from,
                              lamna_error *err)
{
    lamna_status status = LAMNA_OK;
    lamna_query_index(p->query, NULL);
    lamna_query_packets(p->query, NULL);
    lamna_run *run = lamna_run_new(p->query, source, err);
    if (run == NULL)
        return err->status;
    for (; status == LAMNA_OK && p->more_wanted; from++) {
        status = next_block(p) != NULL ? read_until(p, run, from, err)
                                       : sql_error(err, LAMNA_ERR_MEMORY, "out of memory");
    }
    lamna_run_free(run);
    return status;
}

static lamna_status read_indexed(struct packets *p, struct told *told, lamna_index *index,
                                 lamna_source *source, lamna_error *err)
{
    lamna_status status = LAMNA_OK;
    lamna_run *run = NULL;
    uint64_t number = 0;
    size_t count;
    p->more_wanted = true;
    lamna_query_packets(p->query, told_doubts(told));
    if (told_doubts(told) != NULL && (run = lamna_run_new(p->query, source, err)) == NULL)
        status = err->status;
    while (status == LAMNA_OK && p->more_wanted && (count = told_next(told)) > 0) {
        status = read_told(p, told, count, run, err);
        number += count;
    }
    lamna_run_free(run);
    bool whole = !lamna_index_damaged(index);
    lamna_source *twin = NULL;
    if (status == LAMNA_OK && p->more_wanted && !whole &&
        (twin = lamna_source_open(p->scan->path, NULL, err)) == NULL)
        status = err->status;
    if (twin != NULL)
        status = read_rest(p, twin, number + 1, err);
    lamna_source_close(twin);
    give_block(p);
    lamna_query_packets(p->query, NULL);
    return status;
}

/* An index that lies beside the capture tells which packets match, or, without a filter, what they are. It knows nothing
 * of what a key log opens. */
static lamna_index *open_index(const struct scan *scan, const lamna_source *source)
{
    lamna_error none;
    const struct sql_options *options = scan->binding->session->options;
    return options->keylog_count == 0 ? lamna_index_open(options->reg, source, NULL, &none) : NULL;
}

static bool has_filter(const struct scan *scan)
{
    return scan->binding->filter != NULL || scan->binding->session->options->filter != NULL;
}

static lamna_status read_capture(struct packets *p, lamna_source *source, bool filtered,
                                 lamna_error *err)
{
    lamna_work work = {.context = p, .packet = take_packet, .text = take_batch};
    unsigned threads = p->scan->binding->session->options->threads;
    lamna_run *run = lamna_run_new(p->query, source, err);
    if (run == NULL)
        return err->status;
    lamna_status status = !filtered && worth_threads(p->scan, source)
                              ? lamna_run_all(run, threads, &work, NULL, err)
                              : read_alone(p, run, err);
    lamna_run_free(run);
    return status;
}

static lamna_status read_packets(struct scan *scan, lamna_source *source, lamna_error *err)
{
    struct packets *p = scan->made;
    lamna_index *index = open_index(scan, source);
    bool filtered = index != NULL && has_filter(scan);
    struct told *told = index != NULL && !filtered ? told_new(scan, index) : NULL;
    lamna_query_index(p->query, index);
    lamna_status status = told != NULL ? read_indexed(p, told, index, source, err)
                                       : read_capture(p, source, filtered, err);
    for (uint32_t i = 0; i < scan->column_count; i++) {
        if (atomic_load(&p->more[i]))
            session_note(scan->binding->session, scan->columns[i]->name);
    }
    lamna_query_index(p->query, NULL);
    told_free(told);
    lamna_index_close(index);
    if (atomic_load(&p->failed))
        return sql_error(err, LAMNA_ERR_MEMORY, "out of memory");
    return status;
}

/* ---- Making ----------------------------------------------------------------------------------- */

static lamna_status want(struct packets *p, const char *name, uint8_t place, lamna_error *err)
{
    const lamna_field *field = lamna_field_find(p->scan->binding->session->options->reg, name);
    if (field == NULL)
        return LAMNA_OK; /* a protocol that is not built in */
    p->role_of[field->number] = place;
    return lamna_query_want(p->query, name, err);
}

static lamna_status want_analysis(struct packets *p, lamna_error *err)
{
    const lamna_registry *reg = p->scan->binding->session->options->reg;
    lamna_status status = LAMNA_OK;
    for (size_t i = 0; i < lamna_field_count(reg) && status == LAMNA_OK; i++) {
        const lamna_field *field = lamna_field_at(reg, i);
        if (role_is_analysis(field))
            status = want(p, field->name, IS_ANALYSIS, err);
    }
    return status;
}

static lamna_status want_field(struct packets *p, uint32_t column, lamna_error *err)
{
    const lamna_field *field = p->scan->columns[column]->field;
    p->column_after[column] = p->column_of[field->number];
    p->column_of[field->number] = (uint16_t)column;
    return lamna_query_want(p->query, field->name, err);
}

/* Asks the query for what a column needs. */
static lamna_status want_column(struct packets *p, uint32_t column, lamna_error *err)
{
    enum column_id id = p->scan->columns[column]->id;
    lamna_status status = LAMNA_OK;
    uint32_t needed = roles_of(id);
    if (id == COLUMN_FIELD)
        return want_field(p, column, err);
    if (id == COLUMN_PROTOCOL || id == COLUMN_INFO)
        lamna_query_want_columns(p->query);
    if (id == COLUMN_ANALYSIS) {
        p->analysis = column;
        return want_analysis(p, err);
    }
    for (size_t i = 0; i < ROLE_FIELDS && status == LAMNA_OK; i++) {
        if ((needed >> role_fields[i].role & 1) != 0)
            status = want(p, role_fields[i].field, (uint8_t)i, err);
    }
    return status;
}

static enum kind kind_of(const struct column *c)
{
    if (c->id == COLUMN_FIELD)
        return column_is_mark(c) ? KIND_MARK : KIND_ITEM;
    bool cast = roles_of(c->id) != 0 || c->id == COLUMN_ANALYSIS || c->id == COLUMN_PROTOCOL ||
                c->id == COLUMN_INFO;
    return cast ? KIND_CAST : KIND_RECORD;
}

static lamna_status make_packets(struct scan *scan, lamna_error *err)
{
    const lamna_registry *reg = scan->binding->session->options->reg;
    size_t fields = lamna_field_count(reg);
    struct packets *p = calloc(1, sizeof *p);
    if (p == NULL)
        return sql_error(err, LAMNA_ERR_MEMORY, "out of memory");
    scan->made = p;
    (void)pthread_mutex_init(&p->lock, NULL);
    p->scan = scan;
    p->analysis = NOWHERE;
    p->column_of = malloc(fields * sizeof *p->column_of);
    p->column_after = calloc(scan->column_count + 1u, sizeof *p->column_after);
    p->more = calloc(scan->column_count + 1u, sizeof *p->more);
    p->role_of = malloc(fields * sizeof *p->role_of);
    p->kinds = calloc(scan->column_count + 1u, sizeof *p->kinds);
    for (uint32_t i = 0; i < scan->column_count && p->kinds != NULL; i++)
        p->kinds[i] = (uint8_t)kind_of(scan->columns[i]);
    bool able = p->kinds != NULL && p->column_of != NULL && p->column_after != NULL &&
                p->role_of != NULL && p->more != NULL;
    for (size_t i = 0; i < LAMNA_THREADS_MOST && able; i++)
        able = (p->threads[i].text = lamna_text_new()) != NULL;
    if (!able || scan->column_count >= NOWHERE)
        return sql_error(err, LAMNA_ERR_MEMORY, "out of memory");
    memset(p->column_of, 0xff, fields * sizeof *p->column_of);
    memset(p->role_of, NO_ROLE, fields * sizeof *p->role_of);
    p->query = scan_query(scan, err);
    lamna_status status = p->query != NULL ? LAMNA_OK : err->status;
    for (uint32_t i = 0; i < scan->column_count && status == LAMNA_OK; i++)
        status = want_column(p, i, err);
    return status;
}

static void free_packets(struct scan *scan)
{
    struct packets *p = scan->made;
    if (p == NULL)
        return;
    for (size_t i = 0; i < LAMNA_THREADS_MOST; i++)
        lamna_text_free(p->threads[i].text);
    while (p->outputs != NULL) {
        struct output *o = p->outputs;
        p->outputs = o->next;
        block_free_all(o->blocks);
        free(o);
    }
    block_free(p->block);
    (void)pthread_mutex_destroy(&p->lock);
    lamna_query_free(p->query);
    free(p->column_of);
    free(p->column_after);
    free(p->role_of);
    free(p->more);
    free(p->kinds);
    free(p);
}

/* ---- The tables ------------------------------------------------------------------------------- */

static const enum column_id packet_columns[] = {COLUMN_FILE,        COLUMN_NUMBER,
                                                COLUMN_TIME,        COLUMN_LENGTH,
                                                COLUMN_CAPTURED,    COLUMN_INTERFACE,
                                                COLUMN_SOURCE,      COLUMN_SOURCE_PORT,
                                                COLUMN_DESTINATION, COLUMN_DESTINATION_PORT,
                                                COLUMN_TRANSPORT,   COLUMN_STREAM,
                                                COLUMN_PAYLOAD,     COLUMN_FLAGS,
                                                COLUMN_ANALYSIS,    COLUMN_PROTOCOL,
                                                COLUMN_INFO,        COLUMNS_FIXED};
static const enum column_id frame_columns[] = {
    COLUMN_FILE,   COLUMN_NUMBER,   COLUMN_TIME,   COLUMN_LINK_TYPE, COLUMN_INTERFACE,
    COLUMN_LENGTH, COLUMN_CAPTURED, COLUMN_OFFSET, COLUMN_DATA,      COLUMNS_FIXED};

static lamna_status packet_table_columns(struct binding *b, size_t more, lamna_error *err)
{
    b->columns = calloc(COLUMNS_FIXED + more, sizeof *b->columns);
    if (b->columns == NULL)
        return sql_error(err, LAMNA_ERR_MEMORY, "out of memory");
    for (const enum column_id *id = b->table->detail; *id != COLUMNS_FIXED; id++)
        b->columns[b->column_count++] = *column_fixed(*id);
    return LAMNA_OK;
}

const struct table table_packets = {.function = "lamna_packets",
                                    .detail = packet_columns,
                                    .columns = packet_table_columns,
                                    .fields = true,
                                    .make = make_packets,
                                    .free = free_packets,
                                    .read = read_packets};
const struct table table_frames_raw = {.function = "lamna_frames_raw",
                                       .detail = frame_columns,
                                       .columns = packet_table_columns,
                                       .make = make_packets,
                                       .free = free_packets,
                                       .read = read_packets};
