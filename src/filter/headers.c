#include "filter/headers.h"

#include <string.h>

#include "base/bytes.h"
#include "filter/values.h"

/* ---- Where fields are ------------------------------------------------------------------------ */

static const struct place {
    const char *name;
    uint8_t header, offset, size;
    uint8_t offset2; /* of the destination, for the fields that are both; else 0 */
    uint16_t mask;   /* where the field's own row has none */
} places[] = {
    {"frame.number", HEADER_FRAME, FRAME_NUMBER, 8, 0},
    {"frame.len", HEADER_FRAME, FRAME_LEN, 4, 0},
    {"frame.cap_len", HEADER_FRAME, FRAME_CAP_LEN, 4, 0},
    {"eth", HEADER_ETH, 0, 0, 0},
    {"eth.dst", HEADER_ETH, 0, 6, 0},
    {"eth.src", HEADER_ETH, 6, 6, 0},
    {"eth.addr", HEADER_ETH, 0, 6, 6},
    {"ip", HEADER_IP, 0, 0, 0},
    {"ip.len", HEADER_IP, 2, 2, 0},
    {"ip.id", HEADER_IP, 4, 2, 0},
    {"ip.ttl", HEADER_IP, 8, 1, 0},
    {"ip.proto", HEADER_IP, 9, 1, 0},
    {"ip.src", HEADER_IP, 12, 4, 0},
    {"ip.dst", HEADER_IP, 16, 4, 0},
    {"ip.addr", HEADER_IP, 12, 4, 16},
    {"ipv6", HEADER_IPV6, 0, 0, 0},
    {"ipv6.plen", HEADER_IPV6, 4, 2, 0},
    {"ipv6.nxt", HEADER_IPV6, 6, 1, 0},
    {"ipv6.hlim", HEADER_IPV6, 7, 1, 0},
    {"ipv6.src", HEADER_IPV6, 8, 16, 0},
    {"ipv6.dst", HEADER_IPV6, 24, 16, 0},
    {"ipv6.addr", HEADER_IPV6, 8, 16, 24},
    {"tcp", HEADER_TCP, 0, 0, 0},
    {"tcp.srcport", HEADER_TCP, 0, 2, 0},
    {"tcp.dstport", HEADER_TCP, 2, 2, 0},
    {"tcp.port", HEADER_TCP, 0, 2, 2},
    {"tcp.seq_raw", HEADER_TCP, 4, 4, 0},
    {"tcp.ack_raw", HEADER_TCP, 8, 4, 0},
    {"tcp.flags", HEADER_TCP, 12, 2, 0, 0xfff},
    {"tcp.flags.cwr", HEADER_TCP, 12, 2, 0},
    {"tcp.flags.ece", HEADER_TCP, 12, 2, 0},
    {"tcp.flags.urg", HEADER_TCP, 12, 2, 0},
    {"tcp.flags.ack", HEADER_TCP, 12, 2, 0},
    {"tcp.flags.push", HEADER_TCP, 12, 2, 0},
    {"tcp.flags.reset", HEADER_TCP, 12, 2, 0},
    {"tcp.flags.syn", HEADER_TCP, 12, 2, 0},
    {"tcp.flags.fin", HEADER_TCP, 12, 2, 0},
    {"tcp.window_size_value", HEADER_TCP, 14, 2, 0},
    {"udp", HEADER_UDP, 0, 0, 0},
    {"udp.srcport", HEADER_UDP, 0, 2, 0},
    {"udp.dstport", HEADER_UDP, 2, 2, 0},
    {"udp.port", HEADER_UDP, 0, 2, 2},
    {"udp.length", HEADER_UDP, 4, 2, 0},
};

uint32_t facts_of(const char *name, uint64_t mask, struct fact facts[2])
{
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        const struct place *p = &places[i];
        if (strcmp(p->name, name) != 0)
            continue;
        if (mask == 0)
            mask = p->mask;
        uint8_t shift = mask != 0 ? (uint8_t)__builtin_ctzll(mask) : 0;
        facts[0] = (struct fact){p->header, p->offset, p->size, shift, mask};
        facts[1] = (struct fact){p->header, p->offset2, p->size, shift, mask};
        return p->offset2 != 0 ? 2 : 1;
    }
    return 0;
}

/* ---- Which protocols lead to headers --------------------------------------------------------- */

static const struct table *find_table(const lamna_registry *reg, const char *name)
{
    uint32_t number = registry_table(reg, name);
    return number == UINT32_MAX ? NULL : &reg->tables[number];
}

static bool leads_on(const struct plan *plan, const lamna_registry *reg, uint16_t proto)
{
    const struct protocol *def = reg->protos[proto].def;
    for (unsigned t = 0; def->tables != NULL && def->tables[t] != NULL; t++) {
        const struct table *table = &reg->tables[reg->protos[proto].tables[t]];
        for (uint32_t s = 0; s <= table->mask; s++) {
            uint16_t child = table->slots[s].proto;
            if (child != 0 && plan->holds[child] && registry_leads(reg, proto, table, child))
                return true;
        }
        for (uint32_t h = 0; h < table->heuristic_count; h++) {
            uint16_t child = table->heuristics[h];
            if (plan->holds[child] && registry_leads(reg, proto, table, child))
                return true;
        }
    }
    return false;
}

static bool probes_hold(const struct plan *plan, const struct table *table)
{
    bool found = false;
    for (uint32_t h = 0; table != NULL && h < table->heuristic_count; h++)
        found |= plan->holds[table->heuristics[h]] != 0;
    return found;
}

bool plan_routes(struct plan *plan, const lamna_registry *reg, struct arena *arena)
{
    static const char *const headers[HEADER_COUNT] = {"frame", "eth", "ip", "ipv6", "tcp", "udp"};
    plan->holds = arena_zalloc(arena, reg->proto_count);
    if (plan->holds == NULL)
        return false;
    for (unsigned h = HEADER_ETH; h < HEADER_COUNT; h++) {
        plan->protos[h] = registry_proto(reg, headers[h]);
        plan->holds[plan->protos[h]] = 1;
    }
    plan->vlan = registry_proto(reg, "vlan");
    plan->provider_vlan = registry_proto(reg, "ieee8021ad");
    plan->rawip = registry_proto(reg, "raw");
    plan->link_types = find_table(reg, "link_type");
    plan->ethertypes = find_table(reg, "ethertype");
    plan->ip_protocols = find_table(reg, "ip.proto");
    plan->versions = find_table(reg, "ip.version");
    plan->tcp_ports = find_table(reg, "tcp.port");
    plan->udp_ports = find_table(reg, "udp.port");
    for (bool changed = true; changed;) {
        changed = false;
        for (uint16_t i = 1; i < reg->proto_count; i++) {
            if (plan->holds[i] != 0 || !leads_on(plan, reg, i))
                continue;
            plan->holds[i] = 1;
            changed = true;
        }
    }
    plan->holds[0] = 0; /* a key that nobody bound: plain data */
    plan->tcp_doubt = probes_hold(plan, plan->tcp_ports);
    plan->udp_doubt = probes_hold(plan, plan->udp_ports);
    return true;
}

/* ---- Reading the headers --------------------------------------------------------------------- */

/* What is known of a packet: where its headers are, and that there are no others of their kinds. */
struct known {
    const lamna_packet_info *in;
    const uint8_t *header[HEADER_COUNT]; /* NULL: there is none */
    bool sure;                           /* the bytes leave no doubt */
};

enum {
    ETH_BYTES = 14,
    IP_BYTES = 20,
    IPV6_BYTES = 40,
    TCP_BYTES = 20,
    UDP_BYTES = 8,
    MIN_ETHERTYPE = 1536
};

/* May what the ports lead to carry one of the headers? */
static bool ports_hold(const struct plan *plan, const struct table *table, const uint8_t *ports)
{
    return table != NULL && (plan->holds[table_find(table, be16(ports))] ||
                             plan->holds[table_find(table, be16(ports + 2))]);
}

/* `left` bytes at p are what IP of either version carries. */
static bool read_transport(const struct plan *plan, struct known *k, const uint8_t *p,
                           uint32_t left, uint8_t protocol)
{
    uint16_t proto = plan->ip_protocols != NULL ? table_find(plan->ip_protocols, protocol) : 0;
    if (proto == 0)
        return true;
    if (proto == plan->protos[HEADER_TCP]) {
        if (left < TCP_BYTES || p[12] >> 4 < 5 || plan->tcp_doubt ||
            ports_hold(plan, plan->tcp_ports, p))
            return false;
        k->header[HEADER_TCP] = p;
        return true;
    }
    if (proto == plan->protos[HEADER_UDP]) {
        if (left < UDP_BYTES || be16(p + 4) < UDP_BYTES || plan->udp_doubt ||
            ports_hold(plan, plan->udp_ports, p))
            return false;
        k->header[HEADER_UDP] = p;
        return true;
    }
    return plan->holds[proto] == 0;
}

static bool read_ip(const struct plan *plan, struct known *k, const uint8_t *p, uint32_t left)
{
    enum { FRAGMENT = 0x3fff };
    if (left < IP_BYTES || p[0] >> 4 != 4)
        return false;
    uint32_t header = (p[0] & 15u) * 4, total = be16(p + 2);
    if (header < IP_BYTES || total < header || left < header || (be16(p + 6) & FRAGMENT) != 0)
        return false;
    k->header[HEADER_IP] = p;
    return read_transport(plan, k, p + header, (total < left ? total : left) - header, p[9]);
}

static bool read_ipv6(const struct plan *plan, struct known *k, const uint8_t *p, uint32_t left)
{
    if (left < IPV6_BYTES || p[0] >> 4 != 6)
        return false;
    uint32_t payload = be16(p + 4);
    left -= IPV6_BYTES;
    if (payload == 0) /* a jumbogram, or segmentation offload */
        return false;
    k->header[HEADER_IPV6] = p;
    return read_transport(plan, k, p + IPV6_BYTES, payload < left ? payload : left, p[6]);
}

/* An ethertype is at p, `left` bytes from there to the end. */
static bool read_ethertype(const struct plan *plan, struct known *k, const uint8_t *p,
                           uint32_t left)
{
    for (unsigned tags = 0; left >= 2 && tags < 3; tags++) {
        uint16_t type = be16(p);
        uint16_t proto = plan->ethertypes != NULL ? table_find(plan->ethertypes, type) : 0;
        if (type < MIN_ETHERTYPE)
            return false;
        if (proto != 0 && (proto == plan->vlan || proto == plan->provider_vlan)) {
            if (left < 6)
                return false;
            p += 4;
            left -= 4;
            continue;
        }
        if (proto == plan->protos[HEADER_IP])
            return read_ip(plan, k, p + 2, left - 2);
        if (proto == plan->protos[HEADER_IPV6])
            return read_ipv6(plan, k, p + 2, left - 2);
        return plan->holds[proto] == 0;
    }
    return false;
}

/* False if the bytes leave a doubt. */
static bool read_headers(const struct plan *plan, struct known *k)
{
    const lamna_packet_info *in = k->in;
    uint16_t proto = plan->link_types != NULL ? table_find(plan->link_types, in->link_type) : 0;
    if (proto == 0)
        return false;
    if (proto == plan->protos[HEADER_ETH]) {
        if (in->captured < ETH_BYTES)
            return false;
        k->header[HEADER_ETH] = in->data;
        return read_ethertype(plan, k, in->data + 12, in->captured - 12);
    }
    if (proto == plan->rawip && in->captured > 0) {
        uint16_t version =
            plan->versions != NULL ? table_find(plan->versions, in->data[0] >> 4) : 0;
        if (version != 0 && version == plan->protos[HEADER_IP])
            return read_ip(plan, k, in->data, in->captured);
        if (version != 0 && version == plan->protos[HEADER_IPV6])
            return read_ipv6(plan, k, in->data, in->captured);
    }
    return false;
}

/* ---- Testing --------------------------------------------------------------------------------- */

static uint64_t read_number(const struct known *k, const struct fact *f)
{
    const lamna_packet_info *in = k->in;
    if (f->header == HEADER_FRAME)
        return f->offset == FRAME_NUMBER ? in->number
               : f->offset == FRAME_LEN  ? in->length
                                         : in->captured;
    const uint8_t *p = k->header[f->header] + f->offset;
    uint64_t v = be_n(p, f->size);
    return f->mask != 0 ? (v & f->mask) >> f->shift : v;
}

static bool holds(uint8_t compare, int order)
{
    switch (compare) {
    case CMP_EQ:
        return order == 0;
    case CMP_NE:
        return order != 0;
    case CMP_GT:
        return order > 0;
    case CMP_GE:
        return order >= 0;
    case CMP_LT:
        return order < 0;
    default:
        return order <= 0;
    }
}

static int order_of(const struct raw *r, const struct value *a, const struct value *b)
{
    if (r->is_ipv6)
        return value_compare(KIND_IPV6, a, b);
    uint64_t x = a->u & r->bits;
    return (x > b->u) - (x < b->u);
}

bool raw_test_value(const struct raw *r, const struct value *v)
{
    if (r->kind == RAW_COMPARE)
        return holds(r->compare, order_of(r, v, &r->pairs[0].low));
    bool member = false;
    for (uint32_t i = 0; i < r->pair_count && !member; i++)
        member = order_of(r, v, &r->pairs[i].low) >= 0 && order_of(r, v, &r->pairs[i].high) <= 0;
    return member != r->negated;
}

static bool test_facts(const struct raw *r, const struct known *k)
{
    const struct fact *facts = r->facts;
    if (facts[0].header != HEADER_FRAME && k->header[facts[0].header] == NULL)
        return false;
    if (r->kind == RAW_PRESENT)
        return true;
    bool all = r->quantifier == QUANT_ALL;
    for (uint32_t i = 0; i < r->fact_count; i++) {
        struct value v = {.prefix = NO_PREFIX};
        if (r->is_ipv6) {
            v.p = k->header[facts[i].header] + facts[i].offset;
            v.length = 16;
        } else {
            v.u = read_number(k, &facts[i]);
        }
        if (raw_test_value(r, &v) != all)
            return !all;
    }
    return all;
}

enum verdict raw_test(const struct raw *r, enum verdict (*leaf)(const struct raw *r, const void *context),
                      const void *context)
{
    enum verdict v, of_all;
    switch (r->kind) {
    case RAW_NEVER:
        return VERDICT_NO;
    case RAW_NOT:
        return (enum verdict)(VERDICT_YES - raw_test(r->first, leaf, context));
    case RAW_AND:
    case RAW_OR:
        of_all = r->kind == RAW_AND ? VERDICT_YES : VERDICT_NO;
        for (const struct raw *part = r->first; part != NULL; part = part->next) {
            v = raw_test(part, leaf, context);
            if (r->kind == RAW_AND ? v < of_all : v > of_all)
                of_all = v;
            if (of_all == (r->kind == RAW_AND ? VERDICT_NO : VERDICT_YES))
                break;
        }
        return of_all;
    case RAW_XOR:
        of_all = VERDICT_NO;
        for (const struct raw *part = r->first; part != NULL; part = part->next) {
            v = raw_test(part, leaf, context);
            if (v == VERDICT_PERHAPS)
                return v;
            of_all = of_all == v ? VERDICT_NO : VERDICT_YES;
        }
        return of_all;
    default:
        return leaf(r, context);
    }
}

static enum verdict header_leaf(const struct raw *r, const void *context)
{
    const struct known *k = context;
    if (r->kind == RAW_PERHAPS || (!k->sure && r->facts[0].header != HEADER_FRAME))
        return VERDICT_PERHAPS;
    return test_facts(r, k) ? VERDICT_YES : VERDICT_NO;
}

enum verdict plan_test(const struct plan *plan, const lamna_packet_info *in)
{
    struct known k = {.in = in};
    k.sure = read_headers(plan, &k);
    return raw_test(plan->root, header_leaf, &k);
}
