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
    {"ip.id", HEADER_IP, 4, 2, 0}, /* but not ip.len: 0 there means all that follows */
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
    if (r->needs.kind == RAW_COMPARE)
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
    struct known k;
    k.sure = routes_read(&plan->routes, in, &k);
    return raw_test(plan->root, header_leaf, &k);
}
