#include "filter/routes.h"

#include "base/bytes.h"

/* ---- Which protocols lead to headers --------------------------------------------------------- */

static const struct table *find_table(const lamna_registry *reg, const char *name)
{
    uint32_t number = registry_table(reg, name);
    return number == UINT32_MAX ? NULL : &reg->tables[number];
}

static bool leads_on(const struct routes *routes, const lamna_registry *reg, uint16_t proto)
{
    const struct protocol *def = reg->protos[proto].def;
    for (unsigned t = 0; def->tables != NULL && def->tables[t] != NULL; t++) {
        const struct table *table = &reg->tables[reg->protos[proto].tables[t]];
        for (uint32_t s = 0; s <= table->mask; s++) {
            uint16_t child = table->slots[s].proto;
            if (child != 0 && routes->holds[child] && registry_leads(reg, proto, table, child))
                return true;
        }
        for (uint32_t h = 0; h < table->heuristic_count; h++) {
            uint16_t child = table->heuristics[h];
            if (routes->holds[child] && registry_leads(reg, proto, table, child))
                return true;
        }
    }
    return false;
}

static bool probes_hold(const struct routes *routes, const struct table *table)
{
    bool found = false;
    for (uint32_t h = 0; table != NULL && h < table->heuristic_count; h++)
        found |= routes->holds[table->heuristics[h]] != 0;
    return found;
}

bool routes_find(struct routes *routes, const lamna_registry *reg, struct arena *arena)
{
    static const char *const headers[HEADER_COUNT] = {"frame", "eth", "ip", "ipv6", "tcp", "udp"};
    routes->holds = arena_zalloc(arena, reg->proto_count);
    if (routes->holds == NULL)
        return false;
    for (unsigned h = HEADER_ETH; h < HEADER_COUNT; h++) {
        routes->protos[h] = registry_proto(reg, headers[h]);
        routes->holds[routes->protos[h]] = 1;
    }
    routes->vlan = registry_proto(reg, "vlan");
    routes->provider_vlan = registry_proto(reg, "ieee8021ad");
    routes->rawip = registry_proto(reg, "raw");
    routes->link_types = find_table(reg, "link_type");
    routes->ethertypes = find_table(reg, "ethertype");
    routes->ip_protocols = find_table(reg, "ip.proto");
    routes->versions = find_table(reg, "ip.version");
    routes->tcp_ports = find_table(reg, "tcp.port");
    routes->udp_ports = find_table(reg, "udp.port");
    for (bool changed = true; changed;) {
        changed = false;
        for (uint16_t i = 1; i < reg->proto_count; i++) {
            if (routes->holds[i] != 0 || !leads_on(routes, reg, i))
                continue;
            routes->holds[i] = 1;
            changed = true;
        }
    }
    routes->holds[0] = 0; /* a key that nobody bound: plain data */
    routes->tcp_doubt = probes_hold(routes, routes->tcp_ports);
    routes->udp_doubt = probes_hold(routes, routes->udp_ports);
    routes->tcp = reg->protos[routes->protos[HEADER_TCP]].def;
    return true;
}

/* ---- Reading the headers --------------------------------------------------------------------- */

enum {
    ETH_BYTES = 14,
    IP_BYTES = 20,
    IPV6_BYTES = 40,
    TCP_BYTES = 20,
    UDP_BYTES = 8,
    MIN_ETHERTYPE = 1536,
    IP_SRC = 12,
    IP_DST = 16,
    IPV6_SRC = 8,
    IPV6_DST = 24
};

/* May what the ports lead to carry one of the headers? */
static bool ports_hold(const struct routes *routes, const struct table *table, const uint8_t *ports)
{
    return table != NULL && (routes->holds[table_find(table, be16(ports))] ||
                             routes->holds[table_find(table, be16(ports + 2))]);
}

/* What IP of either version carries, `length` bytes by its own account, begins at p. */
static bool read_transport(const struct routes *routes, struct known *k, const uint8_t *p,
                           uint32_t length, uint8_t protocol)
{
    uint32_t at = (uint32_t)(p - k->in->data), left = k->in->captured - at,
             there = k->in->length - at;
    k->length = length < there ? length : there;
    k->captured = left = left < k->length ? left : k->length;
    uint16_t proto = routes->ip_protocols != NULL ? table_find(routes->ip_protocols, protocol) : 0;
    if (proto == 0)
        return true;
    if (proto == routes->protos[HEADER_TCP]) {
        if (left < TCP_BYTES || p[12] >> 4 < 5 || routes->tcp_doubt ||
            ports_hold(routes, routes->tcp_ports, p))
            return false;
        k->header[HEADER_TCP] = p;
        return true;
    }
    if (proto == routes->protos[HEADER_UDP]) {
        if (left < UDP_BYTES || be16(p + 4) < UDP_BYTES || routes->udp_doubt ||
            ports_hold(routes, routes->udp_ports, p))
            return false;
        k->header[HEADER_UDP] = p;
        return true;
    }
    return routes->holds[proto] == 0;
}

static bool read_ip(const struct routes *routes, struct known *k, const uint8_t *p, uint32_t left)
{
    enum { FRAGMENT = 0x3fff };
    if (left < IP_BYTES || p[0] >> 4 != 4)
        return false;
    uint32_t header = (p[0] & 15u) * 4, total = be16(p + 2);
    if (header < IP_BYTES || total < header || left < header || (be16(p + 6) & FRAGMENT) != 0)
        return false;
    k->header[HEADER_IP] = p;
    return read_transport(routes, k, p + header, total - header, p[9]);
}

static bool read_ipv6(const struct routes *routes, struct known *k, const uint8_t *p, uint32_t left)
{
    if (left < IPV6_BYTES || p[0] >> 4 != 6)
        return false;
    uint32_t payload = be16(p + 4);
    if (payload == 0) /* a jumbogram, or segmentation offload */
        return false;
    k->header[HEADER_IPV6] = p;
    return read_transport(routes, k, p + IPV6_BYTES, payload, p[6]);
}

/* An ethertype is at p, `left` bytes from there to the end. */
static bool read_ethertype(const struct routes *routes, struct known *k, const uint8_t *p,
                           uint32_t left)
{
    for (unsigned tags = 0; left >= 2 && tags < 3; tags++) {
        uint16_t type = be16(p);
        uint16_t proto = routes->ethertypes != NULL ? table_find(routes->ethertypes, type) : 0;
        if (type < MIN_ETHERTYPE)
            return false;
        if (proto != 0 && (proto == routes->vlan || proto == routes->provider_vlan)) {
            if (left < 6)
                return false;
            p += 4;
            left -= 4;
            continue;
        }
        if (proto == routes->protos[HEADER_IP])
            return read_ip(routes, k, p + 2, left - 2);
        if (proto == routes->protos[HEADER_IPV6])
            return read_ipv6(routes, k, p + 2, left - 2);
        return routes->holds[proto] == 0;
    }
    return false;
}

bool routes_read(const struct routes *routes, const lamna_packet_info *in, struct known *k)
{
    *k = (struct known){.in = in};
    if (in->length < in->captured)
        return false;
    uint16_t proto = routes->link_types != NULL ? table_find(routes->link_types, in->link_type) : 0;
    if (proto == 0)
        return false;
    if (proto == routes->protos[HEADER_ETH]) {
        if (in->captured < ETH_BYTES)
            return false;
        k->header[HEADER_ETH] = in->data;
        return read_ethertype(routes, k, in->data + 12, in->captured - 12);
    }
    if (proto == routes->rawip && in->captured > 0) {
        uint16_t version =
            routes->versions != NULL ? table_find(routes->versions, in->data[0] >> 4) : 0;
        if (version != 0 && version == routes->protos[HEADER_IP])
            return read_ip(routes, k, in->data, in->captured);
        if (version != 0 && version == routes->protos[HEADER_IPV6])
            return read_ipv6(routes, k, in->data, in->captured);
    }
    return false;
}

/* ---- Segments -------------------------------------------------------------------------------- */

enum verdict routes_segment(const struct routes *routes, const lamna_packet_info *in,
                            struct segment *s)
{
    struct known k;
    if (!routes_read(routes, in, &k))
        return VERDICT_PERHAPS;
    const uint8_t *v4 = k.header[HEADER_IP], *v6 = k.header[HEADER_IPV6],
                  *tcp = k.header[HEADER_TCP];
    if (tcp == NULL)
        return VERDICT_NO;
    if (v4 != NULL && (v4[0] & 15) * 4 != IP_BYTES) /* an option may name another destination */
        return VERDICT_PERHAPS;
    *s = (struct segment){.ip_version = v4 != NULL ? 4 : 6,
                          .src = v4 != NULL ? v4 + IP_SRC : v6 + IPV6_SRC,
                          .dst = v4 != NULL ? v4 + IP_DST : v6 + IPV6_DST,
                          .packet = in->number,
                          .time_ns = in->time_ns};
    routes->tcp->segment(tcp, k.captured, k.length, s);
    return VERDICT_YES;
}
