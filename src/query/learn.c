#include "query/learn.h"

#include <stdlib.h>
#include <string.h>

#include "capture/source.h"

/* Which column a field fills, if any; the values of others are told in the packet's set. */
enum { NO_COLUMN = INDEX_COLUMNS, IN_SET };

static const struct {
    const char *name;
    enum index_column column;
} filled_by[] = {
    {"tcp.srcport", INDEX_SRC_PORT}, {"udp.srcport", INDEX_SRC_PORT},
    {"tcp.dstport", INDEX_DST_PORT}, {"udp.dstport", INDEX_DST_PORT},
    {"ip.src", INDEX_SRC_ADDRESS},   {"ipv6.src", INDEX_SRC_ADDRESS},
    {"ip.dst", INDEX_DST_ADDRESS},   {"ipv6.dst", INDEX_DST_ADDRESS},
    {"tcp.flags", INDEX_TCP_FLAGS},  {"tcp.len", INDEX_PAYLOAD},
    {"udp.length", INDEX_PAYLOAD},   {"tcp.stream", INDEX_STREAM},
    {"udp.stream", INDEX_STREAM},
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

enum index_column learner_column_named(const char *field)
{
    for (size_t i = 0; i < sizeof filled_by / sizeof filled_by[0]; i++) {
        if (strcmp(field, filled_by[i].name) == 0)
            return filled_by[i].column;
    }
    return INDEX_COLUMNS;
}

bool learner_init(struct learner *l, const lamna_registry *reg, const lamna_source *src)
{
    size_t n = lamna_field_count(reg);
    *l = (struct learner){.source = src};
    touches_init(&l->touches);
    l->columns = malloc(n);
    l->seen = calloc(n, sizeof *l->seen);
    l->fields = malloc(n * sizeof *l->fields);
    l->salts[0] = malloc(n * sizeof *l->salts[0]);
    l->salts[1] = malloc(n * sizeof *l->salts[1]);
    if (l->columns == NULL || l->seen == NULL || l->fields == NULL || l->salts[0] == NULL ||
        l->salts[1] == NULL)
        return false;
    for (size_t f = 0; f < n; f++) {
        const char *name = lamna_field_at(reg, f)->name;
        l->columns[f] = name != NULL ? (uint8_t)learner_column_named(name) : NO_COLUMN;
        for (size_t i = 0; i < sizeof valued / sizeof valued[0] && name != NULL; i++) {
            if (strcmp(name, valued[i]) == 0)
                l->columns[f] = IN_SET;
        }
        l->salts[0][f] = scramble(2 * f + 1);
        l->salts[1][f] = scramble(2 * f + 2);
    }
    return true;
}

void learner_free(struct learner *l)
{
    touches_free(&l->touches);
    free(l->columns);
    free(l->seen);
    free(l->fields);
    free(l->salts[0]);
    free(l->salts[1]);
    index_writer_free(l->writer);
}

bool learner_address(const lamna_registry *reg, const lamna_item *item,
                     struct index_address *address)
{
    bool is_ipv6 = lamna_field_at(reg, item->field)->type == LAMNA_IPv6;
    *address = (struct index_address){.version = is_ipv6 ? 6 : 4};
    if (is_ipv6 && item->value_length != 16)
        return false;
    if (is_ipv6)
        memcpy(address->bytes, item->value.p, 16);
    for (unsigned i = 0; i < 4 && !is_ipv6; i++)
        address->bytes[i] = (uint8_t)(item->value.u >> (24 - 8 * i));
    return true;
}

enum index_column learner_column(const struct learner *l, uint32_t field)
{
    return l->columns[field] < INDEX_COLUMNS ? (enum index_column)l->columns[field] : INDEX_COLUMNS;
}

static uint32_t number_of_address(struct learner *l, const lamna_registry *reg,
                                  const lamna_item *item)
{
    struct index_address address;
    return learner_address(reg, item, &address) ? index_add_address(l->writer, &address)
                                                : INDEX_UNKNOWN;
}

static void take_column(struct learner *l, const lamna_registry *reg, const lamna_item *item)
{
    unsigned column = l->columns[item->field];
    if (l->counts[column]++ > 0)
        return;
    bool is_address = column == INDEX_SRC_ADDRESS || column == INDEX_DST_ADDRESS;
    l->row.v[column] = is_address ? number_of_address(l, reg, item) : item->value.u;
}

static int compare_fields(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* The number of the set of fields that the packet has, which is new only now and then. */
static uint32_t number_of_set(struct learner *l, uint32_t columns, uint64_t digest[2])
{
    if (l->untold)
        l->value_count = 0;
    digest[0] += columns;
    digest[1] += l->untold;
    uint32_t number = index_find_set(l->writer, (const uint8_t *)digest);
    if (number != INDEX_UNKNOWN)
        return number;
    qsort(l->fields, l->field_count, sizeof *l->fields, compare_fields);
    struct index_set set = {columns, l->field_count, l->value_count, l->fields, l->values};
    return index_add_set(l->writer, (const uint8_t *)digest, &set);
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

static void digest_value(uint64_t digest[2], const struct index_set_value *v)
{
    uint64_t h = scramble(((uint64_t)v->high << 32 | v->low) ^ scramble(v->field));
    digest[0] += h;
    digest[1] += scramble(h);
}

static void take_value(struct learner *l, const lamna_registry *reg, const lamna_item *item,
                       uint64_t digest[2])
{
    struct index_set_value v = set_value(reg, item);
    for (uint32_t i = 0; i < l->value_count; i++) {
        if (memcmp(&l->values[i], &v, sizeof v) == 0)
            return;
    }
    l->untold |= l->value_count == VALUES_MOST;
    if (l->untold)
        return;
    l->values[l->value_count++] = v;
    digest_value(digest, &v);
}

/* Fields, and the columns that they fill. A column counts if the packet has one value for it. */
static void take_items(struct learner *l, const lamna_packet *packet)
{
    size_t count;
    const lamna_item *items = lamna_packet_items(packet, &count);
    uint32_t stamp = (uint32_t)lamna_packet_get_info(packet)->number;
    uint64_t digest[2] = {0};
    l->field_count = l->value_count = 0;
    l->untold = false;
    memset(l->counts, 0, sizeof l->counts);
    for (size_t i = 0; i < count; i++) {
        uint32_t f = items[i].field;
        if (l->columns[f] == IN_SET)
            take_value(l, packet->packet.reg, &items[i], digest);
        else if (l->columns[f] != NO_COLUMN)
            take_column(l, packet->packet.reg, &items[i]);
        if (l->seen[f] == stamp)
            continue;
        l->seen[f] = stamp;
        l->fields[l->field_count++] = f;
        digest[0] += l->salts[0][f];
        digest[1] += l->salts[1][f];
    }
    uint32_t columns = 0;
    for (unsigned c = 0; c < INDEX_COLUMNS; c++)
        columns |= l->counts[c] == 1 ? 1u << c : 0;
    if (l->touches.stream_count > 1)
        columns &= ~(1u << INDEX_STREAM);
    l->row.v[INDEX_SET] = number_of_set(l, columns, digest);
}

uint32_t learner_add_set(struct learner *l, const struct index_set *set)
{
    uint64_t digest[2] = {set->columns, 0};
    for (uint32_t i = 0; i < set->count; i++) {
        digest[0] += l->salts[0][set->fields[i]];
        digest[1] += l->salts[1][set->fields[i]];
    }
    for (uint32_t i = 0; i < set->value_count; i++)
        digest_value(digest, &set->values[i]);
    /* There may be one more with the same contents: of packets whose values were too many to be told. */
    if (index_find_set(l->writer, (const uint8_t *)digest) != INDEX_UNKNOWN)
        digest[1]++;
    return index_add_set(l->writer, (const uint8_t *)digest, set);
}

static void take_touches(struct learner *l)
{
    struct touches *t = &l->touches;
    l->row.v[INDEX_GROUP] = t->group;
    l->row.v[INDEX_MARKS] |= t->marks;
    if (t->stream_count > 0)
        l->row.v[INDEX_STREAM] = t->streams[0].stream;
    for (uint32_t i = 0; i < t->stream_count && t->stream_count > 1; i++)
        index_add_stream(l->writer, &t->streams[i]);
    touches_begin(t);
}

void learner_take(void *learner, unsigned thread, const lamna_packet *packet, lamna_text *out)
{
    struct learner *l = learner;
    const lamna_packet_info *in = lamna_packet_get_info(packet);
    (void)thread, (void)out;
    if (in->number == 1)
        l->blocks_at_first = l->source->interface_count + l->source->section_count;
    bool timed = (in->flags & LAMNA_PACKET_HAS_TIME) != 0;
    if (timed)
        l->previous_ns = in->time_ns;
    l->row = (struct index_row){{0}};
    l->row.v[INDEX_OFFSET] = in->offset;
    l->row.v[INDEX_TIME] = indexed_time(l->previous_ns);
    l->row.v[INDEX_LENGTH] = in->length;
    l->row.v[INDEX_MISSING] = in->length - in->captured;
    l->row.v[INDEX_MARKS] = timed ? 0 : INDEX_MARK_NO_TIME;
    take_items(l, packet);
    take_touches(l);
    index_add(l->writer, &l->row);
}
