/* Makes the index of a capture (index/index.h), and finds the one that there is. */
#include "query/indexing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/source.h"
#include "query/parallel.h"

/* ---- Which capture, and where its index is --------------------------------------------------- */

static uint64_t mix(uint64_t h, const void *bytes, size_t n)
{
    const uint8_t *at = bytes;
    for (size_t i = 0; i < n; i++)
        h = (h ^ at[i]) * 0x100000001b3u;
    return h;
}

/* Which fields there are, in which order: numbers of fields mean nothing with others. */
static uint64_t identity_of_fields(const lamna_registry *reg)
{
    uint64_t h = mix(0xcbf29ce484222325u, LAMNA_VERSION, sizeof LAMNA_VERSION);
    for (size_t i = 0; i < lamna_field_count(reg); i++) {
        const lamna_field *f = lamna_field_at(reg, i);
        if (f->name != NULL)
            h = mix(h, f->name, strlen(f->name) + 1);
        h = mix(h, &f->type, sizeof f->type);
    }
    return h;
}

static bool identity_of(const lamna_registry *reg, const lamna_source *src,
                        struct index_identity *id)
{
    enum { END_BYTES = 32 << 10 };
    const struct raw *raw = &src->input.raw;
    struct stat st;
    uint8_t *bytes = malloc(2 * END_BYTES);
    if (bytes == NULL || raw->fd < 0 || !raw->regular || raw->start != 0 ||
        fstat(raw->fd, &st) != 0) {
        free(bytes);
        return false;
    }
    ssize_t first = pread(raw->fd, bytes, END_BYTES, 0);
    off_t at = st.st_size > END_BYTES ? st.st_size - END_BYTES : 0;
    ssize_t last = pread(raw->fd, bytes + END_BYTES, END_BYTES, at);
    *id = (struct index_identity){.fields = identity_of_fields(reg),
                                  .size = (uint64_t)st.st_size,
                                  .time_ns =
                                      (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec};
    if (first >= 0 && last >= 0)
        id->ends =
            mix(mix(0xcbf29ce484222325u, bytes, (size_t)first), bytes + END_BYTES, (size_t)last);
    free(bytes);
    return first >= 0 && last >= 0;
}

/* "FILE.lamna", beside the capture. */
static char *path_beside(const lamna_source *src)
{
    size_t n = strlen(src->path) + sizeof ".lamna";
    char *path = malloc(n);
    if (path != NULL)
        (void)snprintf(path, n, "%s.lamna", src->path);
    return path;
}

/* In the user's cache, under a name made of the capture's whole path. NULL if there is no such folder. */
static char *path_in_cache(const lamna_source *src)
{
    const char *folder = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    bool set = folder != NULL && folder[0] == '/';
    char *whole = realpath(src->path, NULL);
    if (whole == NULL || (!set && home == NULL)) {
        free(whole);
        return NULL;
    }
    size_t n = strlen(set ? folder : home) + 64;
    char *path = malloc(n);
    if (path != NULL)
        (void)snprintf(path, n, "%s%s/lamna/%016llx.lamna", set ? folder : home,
                       set ? "" : "/.cache",
                       (unsigned long long)mix(0xcbf29ce484222325u, whole, strlen(whole)));
    free(whole);
    return path;
}

/* Makes the folders that the path needs, as far as that can be done. */
static void make_folders(char *path)
{
    for (char *at = strchr(path + 1, '/'); at != NULL; at = strchr(at + 1, '/')) {
        *at = '\0';
        (void)mkdir(path, 0700);
        *at = '/';
    }
}

/* ---- Rows ------------------------------------------------------------------------------------ */

/* Which column a field fills, if any; the values of others are told in the packet's set. */
enum { NO_COLUMN = INDEX_COLUMNS, IN_SET, VALUES_MOST = 32 };

struct builder {
    struct index_writer *writer;
    struct touches touches;
    uint8_t *columns;   /* owned; by field number, enum index_column */
    uint64_t *salts[2]; /* owned; by field number */
    uint32_t *seen;     /* owned; by field number: the packet that had it last, modulo 2^32 */
    uint32_t *fields;   /* owned; of the present packet, each once */
    uint32_t field_count;
    struct index_set_value values[VALUES_MOST]; /* of the present packet, each once */
    uint32_t value_count;
    bool untold;                    /* there were more: none is told */
    uint32_t counts[INDEX_COLUMNS]; /* how often the packet had a field of that column */
    struct index_row row;
    int64_t previous_ns;
    const lamna_source *source;
    size_t blocks_at_first; /* interfaces and sections that were known with the first packet */
};

static const struct {
    const char *name;
    enum index_column column;
} filled_by[] = {
    {"tcp.srcport", INDEX_SRC_PORT}, {"udp.srcport", INDEX_SRC_PORT},
    {"tcp.dstport", INDEX_DST_PORT}, {"udp.dstport", INDEX_DST_PORT},
    {"ip.src", INDEX_SRC_ADDRESS},   {"ipv6.src", INDEX_SRC_ADDRESS},
    {"ip.dst", INDEX_DST_ADDRESS},   {"ipv6.dst", INDEX_DST_ADDRESS},
    {"tcp.flags", INDEX_TCP_FLAGS},  {"tcp.len", INDEX_PAYLOAD},
    {"tcp.stream", INDEX_STREAM},    {"udp.stream", INDEX_STREAM},
};

/* Fields of few values, which people ask for: numbers, and texts of a few letters. */
static const char *const valued[] = {
    "arp.opcode",
    "bgp.type",
    "dcerpc.opnum",
    "dcerpc.pkt_type",
    "dhcp.option.dhcp",
    "diameter.cmd.code",
    "dns.flags.rcode",
    "dns.flags.response",
    "dns.qry.type",
    "eth.type",
    "ftp.request.command",
    "ftp.response.code",
    "gtp.message",
    "http.request.method",
    "http.response.code",
    "http2.type",
    "icmp.code",
    "icmp.type",
    "icmpv6.type",
    "ip.flags.mf",
    "ip.proto",
    "ip.version",
    "ipv6.nxt",
    "ldap.protocolOp",
    "modbus.func_code",
    "mqtt.msgtype",
    "ntp.flags.mode",
    "ospf.msg",
    "quic.long.packet_type",
    "radius.code",
    "rpc.msgtyp",
    "rpc.procedure",
    "rtp.p_type",
    "rtsp.method",
    "sctp.chunk_type",
    "sip.Method",
    "sip.Status-Code",
    "smb2.cmd",
    "smtp.req.command",
    "smtp.response.code",
    "ssh.message_code",
    "stun.type",
    "tftp.opcode",
    "tls.alert_message.desc",
    "tls.handshake.type",
    "tls.record.content_type",
    "vlan.id",
    "websocket.opcode",
    "wlan.fc.type_subtype",
};

static uint64_t scramble(uint64_t v)
{
    v = (v ^ v >> 30) * 0xbf58476d1ce4e5b9u;
    v = (v ^ v >> 27) * 0x94d049bb133111ebu;
    return v ^ v >> 31;
}

static bool builder_init(struct builder *b, const lamna_registry *reg, const lamna_source *src)
{
    size_t n = lamna_field_count(reg);
    *b = (struct builder){.source = src};
    touches_init(&b->touches);
    b->columns = malloc(n);
    b->seen = calloc(n, sizeof *b->seen);
    b->fields = malloc(n * sizeof *b->fields);
    b->salts[0] = malloc(n * sizeof *b->salts[0]);
    b->salts[1] = malloc(n * sizeof *b->salts[1]);
    if (b->columns == NULL || b->seen == NULL || b->fields == NULL || b->salts[0] == NULL ||
        b->salts[1] == NULL)
        return false;
    for (size_t f = 0; f < n; f++) {
        const char *name = lamna_field_at(reg, f)->name;
        b->columns[f] = NO_COLUMN;
        for (size_t i = 0; i < sizeof filled_by / sizeof filled_by[0] && name != NULL; i++) {
            if (strcmp(name, filled_by[i].name) == 0)
                b->columns[f] = (uint8_t)filled_by[i].column;
        }
        for (size_t i = 0; i < sizeof valued / sizeof valued[0] && name != NULL; i++) {
            if (strcmp(name, valued[i]) == 0)
                b->columns[f] = IN_SET;
        }
        b->salts[0][f] = scramble(2 * f + 1);
        b->salts[1][f] = scramble(2 * f + 2);
    }
    return true;
}

static void builder_free(struct builder *b)
{
    touches_free(&b->touches);
    free(b->columns);
    free(b->seen);
    free(b->fields);
    free(b->salts[0]);
    free(b->salts[1]);
    index_writer_free(b->writer);
}

static uint32_t number_of_address(struct builder *b, const lamna_item *item, bool is_ipv6)
{
    struct index_address address = {.version = is_ipv6 ? 6 : 4};
    if (is_ipv6 && item->value_length != 16)
        return INDEX_UNKNOWN;
    if (is_ipv6)
        memcpy(address.bytes, item->value.p, 16);
    for (unsigned i = 0; i < 4 && !is_ipv6; i++)
        address.bytes[i] = (uint8_t)(item->value.u >> (24 - 8 * i));
    return index_add_address(b->writer, &address);
}

static void take_column(struct builder *b, const lamna_registry *reg, const lamna_item *item)
{
    unsigned column = b->columns[item->field];
    if (b->counts[column]++ > 0)
        return;
    bool is_address = column == INDEX_SRC_ADDRESS || column == INDEX_DST_ADDRESS;
    b->row.v[column] =
        is_address
            ? number_of_address(b, item, lamna_field_at(reg, item->field)->type == LAMNA_IPv6)
            : item->value.u;
}

static int compare_fields(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* The number of the set of fields that the packet has, which is new only now and then. */
static uint32_t number_of_set(struct builder *b, uint32_t columns, uint64_t digest[2])
{
    if (b->untold)
        b->value_count = 0;
    digest[0] += columns;
    digest[1] += b->untold;
    uint32_t number = index_find_set(b->writer, (const uint8_t *)digest);
    if (number != INDEX_UNKNOWN)
        return number;
    qsort(b->fields, b->field_count, sizeof *b->fields, compare_fields);
    struct index_set set = {columns, b->field_count, b->value_count, b->fields, b->values};
    return index_add_set(b->writer, (const uint8_t *)digest, &set);
}

/* The value as the set tells it. */
static struct index_set_value set_value(const lamna_registry *reg, const lamna_item *item)
{
    uint64_t v = item->value.u;
    if (lamna_field_at(reg, item->field)->type == LAMNA_STRING)
        v = indexed_text(item->value.p, item->value_length);
    if (v == UINT64_MAX)
        return (struct index_set_value){item->field | (uint32_t)INDEX_VALUE_UNKNOWN, 0, 0};
    return (struct index_set_value){item->field, (uint32_t)v, (uint32_t)(v >> 32)};
}

static void take_value(struct builder *b, const lamna_registry *reg, const lamna_item *item,
                       uint64_t digest[2])
{
    struct index_set_value v = set_value(reg, item);
    for (uint32_t i = 0; i < b->value_count; i++) {
        if (memcmp(&b->values[i], &v, sizeof v) == 0)
            return;
    }
    b->untold |= b->value_count == VALUES_MOST;
    if (b->untold)
        return;
    b->values[b->value_count++] = v;
    uint64_t h = scramble(((uint64_t)v.high << 32 | v.low) ^ scramble(v.field));
    digest[0] += h;
    digest[1] += scramble(h);
}

/* Fields, and the columns that they fill. A column counts if the packet has one value for it. */
static void take_items(struct builder *b, const lamna_packet *packet)
{
    size_t count;
    const lamna_item *items = lamna_packet_items(packet, &count);
    uint32_t stamp = (uint32_t)lamna_packet_get_info(packet)->number;
    uint64_t digest[2] = {0};
    b->field_count = b->value_count = 0;
    b->untold = false;
    memset(b->counts, 0, sizeof b->counts);
    for (size_t i = 0; i < count; i++) {
        uint32_t f = items[i].field;
        if (b->columns[f] == IN_SET)
            take_value(b, packet->packet.reg, &items[i], digest);
        else if (b->columns[f] != NO_COLUMN)
            take_column(b, packet->packet.reg, &items[i]);
        if (b->seen[f] == stamp)
            continue;
        b->seen[f] = stamp;
        b->fields[b->field_count++] = f;
        digest[0] += b->salts[0][f];
        digest[1] += b->salts[1][f];
    }
    uint32_t columns = 0;
    for (unsigned c = 0; c < INDEX_COLUMNS; c++)
        columns |= b->counts[c] == 1 ? 1u << c : 0;
    if (b->touches.stream_count > 1)
        columns &= ~(1u << INDEX_STREAM);
    b->row.v[INDEX_SET] = number_of_set(b, columns, digest);
}

static void take_touches(struct builder *b)
{
    struct touches *t = &b->touches;
    b->row.v[INDEX_GROUP] = t->group;
    b->row.v[INDEX_MARKS] |= t->marks;
    if (t->stream_count > 0)
        b->row.v[INDEX_STREAM] = t->streams[0].stream;
    for (uint32_t i = 0; i < t->stream_count && t->stream_count > 1; i++)
        index_add_stream(b->writer, &t->streams[i]);
    touches_begin(t);
}

static void take_packet(void *builder, unsigned thread, const lamna_packet *packet, lamna_text *out)
{
    struct builder *b = builder;
    const lamna_packet_info *in = lamna_packet_get_info(packet);
    (void)thread, (void)out;
    if (in->number == 1)
        b->blocks_at_first = b->source->interface_count + b->source->section_count;
    bool timed = (in->flags & LAMNA_PACKET_HAS_TIME) != 0;
    if (timed)
        b->previous_ns = in->time_ns;
    b->row = (struct index_row){{0}};
    b->row.v[INDEX_OFFSET] = in->offset;
    b->row.v[INDEX_TIME] = indexed_time(b->previous_ns);
    b->row.v[INDEX_LENGTH] = in->length;
    b->row.v[INDEX_MISSING] = in->length - in->captured;
    b->row.v[INDEX_MARKS] = timed ? 0 : INDEX_MARK_NO_TIME;
    take_items(b, packet);
    take_touches(b);
    index_add(b->writer, &b->row);
}

/* ---- Making one ------------------------------------------------------------------------------ */

/* Every field but those that only later packets tell: of these an index knows nothing. */
static void want_indexed(lamna_query *q)
{
    lamna_query_want_all(q, false);
    for (uint32_t f = 1; f < q->reg->field_count; f++) {
        if ((registry_def(q->reg, f)->display & FUTURE) != 0)
            q->wanted->field[f] = 0;
    }
}

static uint32_t flags_of(const struct builder *b, const lamna_run *run)
{
    const lamna_source *src = b->source;
    bool placed = src->input.decoder == NULL &&
                  src->interface_count + src->section_count == b->blocks_at_first;
    bool alone = flow_table_forgot(run->flows) || src->secrets.length > 0 || b->touches.beyond;
    return (placed ? INDEX_FLAG_PLACED : 0u) | (alone ? INDEX_FLAG_ALONE : 0u);
}

static lamna_status read_capture(struct builder *b, lamna_query *q, lamna_source *src,
                                 const struct index_identity *identity, lamna_error *err)
{
    lamna_run *run = lamna_run_new(q, src, err);
    if (run == NULL)
        return err != NULL ? err->status : LAMNA_ERR_MEMORY;
    run->recorder.touches = &b->touches;
    touches_begin(&b->touches);
    lamna_work work = {.context = b, .packet = take_packet, .in_order = true};
    lamna_status status = lamna_run_all(run, 0, &work, NULL, err);
    if (status == LAMNA_END) {
        touches_settle(&b->touches);
        status =
            b->touches.failed
                ? error_memory(err)
                : index_writer_finish(b->writer, identity, flags_of(b, run), b->touches.parts_of,
                                      b->touches.parts_of != NULL ? b->touches.groups : 0, err);
    }
    lamna_run_free(run);
    return status;
}

static lamna_status build_at(const lamna_registry *reg, lamna_source *src, const char *path,
                             lamna_error *err)
{
    struct builder b;
    struct index_identity identity;
    lamna_query *q = NULL;
    lamna_status status = LAMNA_OK;
    if (!builder_init(&b, reg, src))
        status = error_memory(err);
    else if (!identity_of(reg, src, &identity))
        status = error_set(err, LAMNA_ERR_UNSUPPORTED,
                           "%s is no file, and only files have an index", src->path);
    else if ((b.writer = index_writer_new(path, err)) == NULL ||
             (q = lamna_query_new(reg, err)) == NULL)
        status = err != NULL ? err->status : LAMNA_ERR_IO;
    if (status == LAMNA_OK) {
        want_indexed(q);
        status = read_capture(&b, q, src, &identity, err);
    }
    lamna_query_free(q);
    builder_free(&b);
    return status;
}

lamna_status lamna_index_build(const lamna_registry *reg, lamna_source *src, const char *path,
                               lamna_error *err)
{
    if (path != NULL)
        return build_at(reg, src, path, err);
    char *beside = path_beside(src), *cache = path_in_cache(src);
    lamna_status status = beside == NULL ? error_memory(err) : build_at(reg, src, beside, err);
    if (status == LAMNA_ERR_PERMISSION && src->packets == 0 && cache != NULL) {
        make_folders(cache);
        status = build_at(reg, src, cache, err);
    }
    free(beside);
    free(cache);
    return status;
}

/* ---- Finding one ----------------------------------------------------------------------------- */

static lamna_index *open_at(const lamna_registry *reg, const lamna_source *src, const char *path,
                            lamna_error *err)
{
    struct index_identity identity;
    lamna_index *index = calloc(1, sizeof *index);
    if (index == NULL || (index->path = strdup(path)) == NULL) {
        lamna_index_close(index);
        (void)error_memory(err);
        return NULL;
    }
    index->reg = reg;
    if (reg->decodes_as || !identity_of(reg, src, &identity))
        (void)error_set(err, LAMNA_END, "%s is no file, and has no index", src->path);
    else
        index->file = index_open(path, &identity, err);
    if (index->file != NULL)
        return index;
    lamna_index_close(index);
    return NULL;
}

lamna_index *lamna_index_open(const lamna_registry *reg, const lamna_source *src, const char *path,
                              lamna_error *err)
{
    lamna_error here = {0};
    if (err == NULL)
        err = &here;
    if (path != NULL)
        return open_at(reg, src, path, err);
    char *beside = path_beside(src), *cache = path_in_cache(src);
    lamna_index *index = NULL;
    if (beside == NULL)
        (void)error_memory(err);
    else
        index = open_at(reg, src, beside, err);
    if (index == NULL && err->status == LAMNA_END && cache != NULL)
        index = open_at(reg, src, cache, err);
    free(beside);
    free(cache);
    return index;
}

void lamna_index_close(lamna_index *index)
{
    if (index == NULL)
        return;
    index_close(index->file);
    free(index->path);
    free(index);
}

bool lamna_index_damaged(const lamna_index *index)
{
    return index->damaged;
}

const char *lamna_index_path(const lamna_index *index)
{
    return index->path;
}

uint64_t lamna_index_packets(const lamna_index *index)
{
    return index_packets(index->file);
}

uint64_t lamna_index_bytes(const lamna_index *index)
{
    return index_size(index->file);
}
