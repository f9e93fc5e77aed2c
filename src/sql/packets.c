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
#include "sql/tables.h"

/* What a field means for the columns that are always there. */
enum role {
    ROLE_SOURCE,
    ROLE_DESTINATION,
    ROLE_ICMP, /* what follows is quoted */
    ROLE_SOURCE_PORT,
    ROLE_DESTINATION_PORT,
    ROLE_STREAM,
    ROLE_TCP_PAYLOAD,
    ROLE_UDP_LENGTH,
    ROLE_FLAGS,
    ROLES
};

static const struct {
    const char *field;
    enum role role;
    const char *transport; /* that the field proves */
} roles[] = {{"ip.src", ROLE_SOURCE, NULL},
             {"ipv6.src", ROLE_SOURCE, NULL},
             {"ip.dst", ROLE_DESTINATION, NULL},
             {"ipv6.dst", ROLE_DESTINATION, NULL},
             {"icmp.type", ROLE_ICMP, "icmp"},
             {"icmpv6.type", ROLE_ICMP, "icmpv6"},
             {"tcp.srcport", ROLE_SOURCE_PORT, "tcp"},
             {"udp.srcport", ROLE_SOURCE_PORT, "udp"},
             {"sctp.srcport", ROLE_SOURCE_PORT, "sctp"},
             {"dccp.srcport", ROLE_SOURCE_PORT, "dccp"},
             {"tcp.dstport", ROLE_DESTINATION_PORT, NULL},
             {"udp.dstport", ROLE_DESTINATION_PORT, NULL},
             {"sctp.dstport", ROLE_DESTINATION_PORT, NULL},
             {"dccp.dstport", ROLE_DESTINATION_PORT, NULL},
             {"tcp.stream", ROLE_STREAM, NULL},
             {"udp.stream", ROLE_STREAM, NULL},
             {"tcp.len", ROLE_TCP_PAYLOAD, NULL},
             {"udp.length", ROLE_UDP_LENGTH, NULL},
             {"tcp.flags", ROLE_FLAGS, NULL}};

/* What the columns need each role for. */
static const struct {
    enum column_id column;
    uint32_t roles; /* bits */
} needs[] = {
    {COLUMN_SOURCE, 1u << ROLE_SOURCE | 1u << ROLE_SOURCE_PORT | 1u << ROLE_ICMP},
    {COLUMN_DESTINATION, 1u << ROLE_DESTINATION | 1u << ROLE_SOURCE_PORT | 1u << ROLE_ICMP},
    {COLUMN_SOURCE_PORT, 1u << ROLE_SOURCE_PORT | 1u << ROLE_ICMP},
    {COLUMN_DESTINATION_PORT, 1u << ROLE_DESTINATION_PORT | 1u << ROLE_ICMP},
    {COLUMN_TRANSPORT, 1u << ROLE_SOURCE_PORT | 1u << ROLE_ICMP},
    {COLUMN_STREAM, 1u << ROLE_STREAM | 1u << ROLE_ICMP},
    {COLUMN_PAYLOAD, 1u << ROLE_TCP_PAYLOAD | 1u << ROLE_UDP_LENGTH | 1u << ROLE_ICMP},
    {COLUMN_FLAGS, 1u << ROLE_FLAGS | 1u << ROLE_ICMP},
};

static const char analysis[] = "tcp.analysis.";

enum {
    ROLE_FIELDS = sizeof roles / sizeof *roles,
    NOWHERE = 0xffff,
    NO_ROLE = 0xff,
    IS_ANALYSIS = 0xfe,
    UDP_HEADER = 8,
    WORTH_BYTES = 4 << 20 /* a capture below that is read before threads have begun */
};

/* What the threads of a scan share, and what each has for itself. */
struct packets {
    struct scan *scan;
    lamna_query *query;
    uint16_t *column_of;    /* by number of the field: the first column that holds it, or NOWHERE */
    uint16_t *column_after; /* by column: the next one that holds the same field */
    atomic_bool *more;      /* by column: a packet had values that it does not hold */
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
    bool placed; /* the first transport was met: addresses stay as they are */
    bool quoted; /* what comes is what an ICMP error quotes */
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

/* RFC 9293, section 3.1; the order is that of the bits, from the least. */
static void set_flags(struct thread *t, struct block *b, uint32_t column, uint64_t flags)
{
    static const char *const names[] = {"FIN", "SYN", "RST", "PSH", "ACK",
                                        "URG", "ECE", "CWR", "AE"};
    size_t length;
    lamna_text_clear(t->text);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if ((flags >> i & 1) == 0)
            continue;
        (void)lamna_text_data(t->text, &length);
        if (length > 0)
            lamna_text_add(t->text, ", ", 2);
        lamna_text_add(t->text, names[i], strlen(names[i]));
    }
    const char *text = lamna_text_data(t->text, &length);
    if (text != NULL)
        block_set_text(b, column, text, length);
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
static bool set_of_record(const struct packets *p, struct block *b, uint32_t column,
                          const lamna_packet_info *info)
{
    switch (p->scan->columns[column]->id) {
    case COLUMN_FILE:
        set_string(b, column, p->scan->path);
        return true;
    case COLUMN_NUMBER:
        block_set(b, column, info->number);
        return true;
    case COLUMN_TIME:
        if ((info->flags & LAMNA_PACKET_HAS_TIME) != 0)
            block_set(b, column, (uint64_t)info->time_ns);
        return true;
    case COLUMN_LENGTH:
        block_set(b, column, info->length);
        return true;
    case COLUMN_CAPTURED:
        block_set(b, column, info->captured);
        return true;
    case COLUMN_INTERFACE:
        set_string(b, column, info->interface_name);
        return true;
    case COLUMN_LINK_TYPE:
        block_set(b, column, info->link_type);
        return true;
    case COLUMN_OFFSET:
        block_set(b, column, info->offset);
        return true;
    case COLUMN_DATA:
        block_set_text(b, column, (const char *)info->data, info->captured);
        return true;
    default:
        return false;
    }
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
            set_flags(t, b, column, items[cast->item[ROLE_FLAGS]].value.u);
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
    enum role role = roles[place].role;
    switch (role) {
    case ROLE_SOURCE:
    case ROLE_DESTINATION:
        if (!cast->placed)
            cast->item[role] = i;
        return;
    case ROLE_ICMP:
    case ROLE_SOURCE_PORT:
        if (!cast->placed)
            cast->transport = roles[place].transport;
        cast->quoted = cast->quoted || role == ROLE_ICMP;
        cast->placed = true;
        break;
    default:
        break;
    }
    if (!cast->quoted && cast->item[role] == SIZE_MAX)
        cast->item[role] = i;
}

static void set_analysis(const struct packets *p, struct block *b, const lamna_item *item)
{
    const lamna_field *field = lamna_field_at(p->scan->binding->session->options->reg, item->field);
    set_string(b, p->analysis, field->name + sizeof analysis - 1);
}

static bool is_mark(const struct column *c)
{
    return c->field != NULL && !c->list &&
           (c->field->type == LAMNA_NONE || c->field->type == LAMNA_PROTOCOL);
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
            else if (!is_mark(p->scan->columns[column]))
                atomic_store_explicit(&p->more[column], true, memory_order_relaxed);
        }
        uint8_t place = p->role_of[items[i].field];
        if (place == IS_ANALYSIS)
            set_analysis(p, b, &items[i]);
        else if (place != NO_ROLE)
            cast_item(cast, place, i);
    }
}

static void add_row(const struct packets *p, struct thread *t, struct block *b,
                    const lamna_packet *packet)
{
    struct cast cast = {0};
    const lamna_packet_info *info = lamna_packet_get_info(packet);
    for (size_t i = 0; i < ROLES; i++)
        cast.item[i] = SIZE_MAX;
    block_begin_row(b);
    take_items(p, t, b, packet, &cast);
    for (uint32_t i = 0; i < p->scan->column_count; i++) {
        if (is_mark(p->scan->columns[i])) {
            if (!block_has(b, i))
                block_set(b, i, 0); /* that it is not there is known */
        } else if (!set_of_record(p, b, i, info)) {
            set_of_cast(p, t, b, i, packet, &cast);
        }
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

/* An index that lies beside the capture tells which packets match; without a filter, all do. */
static lamna_index *open_index(const struct scan *scan, const lamna_source *source)
{
    lamna_error none;
    const struct binding *b = scan->binding;
    bool filters = b->filter != NULL || b->session->options->filter != NULL;
    return filters ? lamna_index_open(b->session->options->reg, source, NULL, &none) : NULL;
}

static lamna_status read_packets(struct scan *scan, lamna_source *source, lamna_error *err)
{
    struct packets *p = scan->made;
    lamna_status status;
    lamna_work work = {.context = p, .packet = take_packet, .text = take_batch};
    lamna_index *index = open_index(scan, source);
    lamna_query_index(p->query, index);
    lamna_run *run = lamna_run_new(p->query, source, err);
    if (run == NULL)
        status = err->status;
    else if (index == NULL && worth_threads(scan, source))
        status = lamna_run_all(run, scan->binding->session->options->threads, &work, NULL, err);
    else
        status = read_alone(p, run, err);
    lamna_run_free(run);
    for (uint32_t i = 0; i < scan->column_count; i++) {
        if (atomic_load(&p->more[i]))
            session_note(scan->binding->session, scan->columns[i]->name);
    }
    lamna_query_index(p->query, NULL);
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
        if (field->type == LAMNA_NONE && strncmp(field->name, analysis, sizeof analysis - 1) == 0 &&
            strcmp(field->name, "tcp.analysis.flags") != 0)
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
    uint32_t needed = 0;
    if (id == COLUMN_FIELD)
        return want_field(p, column, err);
    if (id == COLUMN_PROTOCOL || id == COLUMN_INFO)
        lamna_query_want_columns(p->query);
    if (id == COLUMN_ANALYSIS) {
        p->analysis = column;
        return want_analysis(p, err);
    }
    for (size_t i = 0; i < sizeof needs / sizeof *needs; i++)
        needed |= needs[i].column == id ? needs[i].roles : 0;
    for (size_t i = 0; i < ROLE_FIELDS && status == LAMNA_OK; i++) {
        if ((needed >> roles[i].role & 1) != 0)
            status = want(p, roles[i].field, (uint8_t)i, err);
    }
    return status;
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
    bool able =
        p->column_of != NULL && p->column_after != NULL && p->role_of != NULL && p->more != NULL;
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
