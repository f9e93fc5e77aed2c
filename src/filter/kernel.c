/*
 * A capture filter, in libpcap's language, that lets through every packet that the display filter
 * may match:
 *
 *     (what the headers must be)  or  not (a packet whose headers leave no doubt)
 *
 * The second part passes fragments, tunnels and whatever is neither TCP nor UDP.
 */
#include <string.h>

#include "base/buf.h"
#include "filter/headers.h"

/* What is known of a translated test: nothing (ANY: it may match), or that its text is true for
 * every packet that matches (WIDER), or for exactly those (EXACT). */
enum translated { ANY, WIDER, EXACT };

struct kernel {
    const struct plan *plan;
    struct buf *out;
    bool whole_flows; /* both directions of a conversation must be treated alike */
};

/* "tcp src portrange 1-1023"; without a side, either port. */
static void put_ports(struct kernel *k, const char *proto, const char *side, uint64_t low,
                      uint64_t high)
{
    buf_format(k->out, "%s%s%s ", proto, side[0] != '\0' ? " " : "", side);
    if (low == high)
        buf_format(k->out, "port %llu", (unsigned long long)low);
    else
        buf_format(k->out, "portrange %llu-%llu", (unsigned long long)low,
                   (unsigned long long)high);
}

/* The values that a comparison lets through, as ranges of [0, most]. The number of ranges, at
 * most 2. */
static unsigned ranges_of(const struct raw *r, uint64_t most, uint64_t low[2], uint64_t high[2])
{
    uint64_t v = r->pairs[0].low.u;
    unsigned n = 0;
    bool less = r->compare == CMP_LT || r->compare == CMP_LE || r->compare == CMP_NE;
    bool more = r->compare == CMP_GT || r->compare == CMP_GE || r->compare == CMP_NE;
    bool equal = r->compare == CMP_EQ || r->compare == CMP_LE || r->compare == CMP_GE;
    if (v > most) {
        low[0] = 0;
        high[0] = most;
        return less;
    }
    if (less && (v > 0 || equal)) {
        low[n] = 0;
        high[n++] = equal ? v : v - 1;
    } else if (!less && !more) {
        low[n] = high[n] = v;
        n++;
    }
    if (more && (v < most || equal)) {
        low[n] = equal ? v : v + 1;
        high[n++] = most;
    }
    return n;
}

static enum translated put_port_fact(struct kernel *k, const struct raw *r, const char *proto,
                                     const char *side)
{
    const uint64_t most = 65535;
    uint64_t low[2], high[2];
    buf_char(k->out, '(');
    if (r->kind == RAW_COMPARE) {
        unsigned n = ranges_of(r, most, low, high);
        for (unsigned i = 0; i < n; i++) {
            buf_str(k->out, i > 0 ? " or " : "");
            put_ports(k, proto, side, low[i], high[i]);
        }
        if (n == 0)
            buf_str(k->out, "less 0");
    } else {
        buf_str(k->out, r->negated ? proto : "");
        buf_str(k->out, r->negated ? " and not (" : "");
        bool any = false;
        for (uint32_t i = 0; i < r->pair_count; i++) {
            uint64_t from = r->pairs[i].low.u,
                     to = r->pairs[i].high.u < most ? r->pairs[i].high.u : most;
            if (from > to)
                continue;
            buf_str(k->out, any ? " or " : "");
            put_ports(k, proto, side, from, to);
            any = true;
        }
        buf_str(k->out, any ? "" : "less 0");
        buf_str(k->out, r->negated ? ")" : "");
    }
    buf_char(k->out, ')');
    return EXACT;
}

/* Bytes of IPv4's header as a number: libpcap has no such thing for what IPv6 carries. */
static void put_number(struct kernel *k, const struct raw *r, const struct fact *f,
                       const char *compare, uint64_t v)
{
    uint64_t mask = f->mask != 0 ? f->mask : f->size == 4 ? 0xffffffffu : (1u << 8 * f->size) - 1u;
    mask &= r->bits << f->shift;
    uint64_t other = v > UINT32_MAX >> f->shift ? UINT32_MAX : v << f->shift;
    buf_format(k->out, "ip[%u:%u] & 0x%llx %s 0x%llx", f->offset, f->size, (unsigned long long)mask,
               compare, (unsigned long long)other);
}

static enum translated put_ip_fact(struct kernel *k, const struct raw *r, const struct fact *f)
{
    static const char *const compares[] = {[CMP_EQ] = "=",  [CMP_NE] = "!=", [CMP_GT] = ">",
                                           [CMP_GE] = ">=", [CMP_LT] = "<",  [CMP_LE] = "<="};
    buf_str(k->out, r->negated ? "(ip and not (" : "(");
    if (r->kind == RAW_COMPARE)
        put_number(k, r, f, compares[r->compare], r->pairs[0].low.u);
    for (uint32_t i = 0; r->kind == RAW_IN && i < r->pair_count; i++) {
        buf_str(k->out, i > 0 ? " or (" : "(");
        put_number(k, r, f, ">=", r->pairs[i].low.u);
        buf_str(k->out, " and ");
        put_number(k, r, f, "<=", r->pairs[i].high.u);
        buf_char(k->out, ')');
    }
    buf_str(k->out, r->negated ? "))" : ")");
    return EXACT;
}

static enum translated put_address_fact(struct kernel *k, const struct raw *r, const char *proto,
                                        const char *side)
{
    if (r->kind != RAW_COMPARE || (r->compare != CMP_EQ && r->compare != CMP_NE))
        return ANY;
    const struct value *v = &r->pairs[0].low;
    buf_format(k->out, "(%s and %s", strcmp(proto, "ether") == 0 ? "greater 0" : proto,
               r->compare == CMP_NE ? "not " : "");
    if (r->is_ipv6) {
        buf_format(k->out, "ip6 %s net ", side);
        buf_ipv6(k->out, v->p);
        buf_format(k->out, "/%u", v->prefix <= 128 ? v->prefix : 128u);
    } else {
        buf_format(k->out, "ether %s %02x:%02x:%02x:%02x:%02x:%02x", side,
                   (unsigned)(v->u >> 40 & 255), (unsigned)(v->u >> 32 & 255),
                   (unsigned)(v->u >> 24 & 255), (unsigned)(v->u >> 16 & 255),
                   (unsigned)(v->u >> 8 & 255), (unsigned)(v->u & 255));
    }
    buf_char(k->out, ')');
    return EXACT;
}

static bool is_port(const struct raw *r, const struct fact *f)
{
    return (f->header == HEADER_TCP || f->header == HEADER_UDP) && f->offset < 4 && f->size == 2 &&
           r->bits == UINT64_MAX;
}

static enum translated put_fact(struct kernel *k, const struct raw *r, const struct fact *f)
{
    switch (f->header) {
    case HEADER_TCP:
    case HEADER_UDP:
        if (!is_port(r, f))
            return ANY;
        return put_port_fact(k, r, f->header == HEADER_TCP ? "tcp" : "udp",
                             f->offset == 0 ? "src" : "dst");
    case HEADER_IP:
        return put_ip_fact(k, r, f);
    case HEADER_IPV6:
        return r->is_ipv6 ? put_address_fact(k, r, "ip6", f->offset == 8 ? "src" : "dst") : ANY;
    case HEADER_ETH:
        return put_address_fact(k, r, "ether", f->offset == 6 ? "src" : "dst");
    default:
        return ANY;
    }
}

static enum translated put_present(struct kernel *k, const struct raw *r)
{
    static const char *const names[] = {
        [HEADER_IP] = "ip", [HEADER_IPV6] = "ip6", [HEADER_TCP] = "tcp", [HEADER_UDP] = "udp"};
    uint8_t header = r->facts[0].header;
    if (header < HEADER_IP)
        return ANY;
    buf_str(k->out, names[header]);
    return EXACT;
}

/* A fact, or source and destination with "or" between for any, "and" for all. */
static enum translated put_leaf(struct kernel *k, const struct raw *r)
{
    if (k->whole_flows && r->fact_count != 2)
        return ANY;
    bool either = r->quantifier != QUANT_ALL && !r->negated && r->fact_count == 2 &&
                  is_port(r, &r->facts[0]) && (r->kind == RAW_IN || r->compare != CMP_NE);
    if (either)
        return put_port_fact(k, r, r->facts[0].header == HEADER_TCP ? "tcp" : "udp", "");
    buf_char(k->out, '(');
    for (uint32_t i = 0; i < r->fact_count; i++) {
        if (i > 0)
            buf_str(k->out, r->quantifier == QUANT_ALL ? " and " : " or ");
        if (put_fact(k, r, &r->facts[i]) == ANY)
            return ANY;
    }
    buf_char(k->out, ')');
    return EXACT;
}

static enum translated put(struct kernel *k, const struct raw *r);

/* Parts that say nothing are left out of "and"; of "or" one of them makes the whole say nothing. */
static enum translated put_list(struct kernel *k, const struct raw *r)
{
    enum translated all = EXACT;
    unsigned n = 0;
    buf_char(k->out, '(');
    for (const struct raw *part = r->first; part != NULL; part = part->next) {
        size_t before = k->out->length;
        if (n > 0)
            buf_str(k->out, r->kind == RAW_AND ? " and " : " or ");
        enum translated one = put(k, part);
        all = one < all ? one : all;
        if (one == ANY && r->kind == RAW_OR)
            return ANY;
        if (one == ANY)
            k->out->length = before;
        else
            n++;
    }
    buf_char(k->out, ')');
    return n == 0 ? ANY : all == ANY ? WIDER : all;
}

static enum translated put(struct kernel *k, const struct raw *r)
{
    switch (r->kind) {
    case RAW_AND:
    case RAW_OR:
        return put_list(k, r);
    case RAW_NOT:
        buf_str(k->out, "not ");
        return put(k, r->first) == EXACT ? EXACT : ANY;
    case RAW_NEVER:
        buf_str(k->out, "less 0");
        return EXACT;
    case RAW_PRESENT:
        return put_present(k, r);
    case RAW_COMPARE:
    case RAW_IN:
        return put_leaf(k, r);
    default:
        return ANY;
    }
}

/* " and not (udp port 4789 or ...)": ports behind which there may be a tunnel. */
static void put_tunnels(struct kernel *k, const char *proto, const struct table *table)
{
    unsigned n = 0;
    for (uint32_t s = 0; table != NULL && s <= table->mask; s++) {
        const struct table_entry *e = &table->slots[s];
        if (e->proto == 0 || k->plan->routes.holds[e->proto] == 0 || e->key > 65535)
            continue;
        buf_format(k->out, "%s%s port %llu", n++ == 0 ? " and not (" : " or ", proto,
                   (unsigned long long)e->key);
    }
    buf_str(k->out, n > 0 ? ")" : "");
}

/* A packet whose headers leave no doubt: TCP or UDP, no fragment, no tunnel. In libpcap "and" and
 * "or" bind equally: each pair of parentheses is needed. */
static void put_plain(struct kernel *k)
{
    const struct plan *plan = k->plan;
    bool udp = !plan->routes.udp_doubt, tcp = !plan->routes.tcp_doubt;
    if (tcp) {
        buf_str(k->out, "(((ip[9] = 6 and ip[6:2] & 0x3fff = 0) or ip6[6] = 6)");
        put_tunnels(k, "tcp", plan->routes.tcp_ports);
        buf_char(k->out, ')');
    }
    if (udp) {
        buf_str(k->out, tcp ? " or " : "");
        buf_str(k->out, "(((ip[9] = 17 and ip[6:2] & 0x3fff = 0) or ip6[6] = 17)");
        put_tunnels(k, "udp", plan->routes.udp_ports);
        buf_char(k->out, ')');
    }
}

/* Fields that count packets, or conversations: they would have other values if packets were
 * missing. */
static bool counts(const lamna_filter *f)
{
    for (uint32_t i = 0; i < f->load_count; i++) {
        if (f->loads[i].field_count == 0)
            continue;
        const char *name = f->reg->fields[f->loads[i].fields[0]].name;
        size_t n = strlen(name);
        if (strncmp(name, "frame.", 6) == 0 || (n > 7 && strcmp(name + n - 7, ".stream") == 0))
            return true;
    }
    return false;
}

bool filter_capture(const lamna_filter *filter, bool whole_flows, struct buf *out)
{
    struct kernel k = {.plan = filter->plan, .out = out, .whole_flows = whole_flows};
    size_t before = out->length;
    if (filter->plan == NULL || (filter->plan->routes.tcp_doubt && filter->plan->routes.udp_doubt) ||
        counts(filter) || put(&k, filter->plan->root) == ANY) {
        out->length = before;
        return false;
    }
    buf_str(out, " or not (");
    put_plain(&k);
    buf_char(out, ')');
    return !out->failed;
}
