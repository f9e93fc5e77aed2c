/*
 * IANA's special-purpose address registries (RFC 6890, with the additions since): what a block is
 * for, and whether its addresses may be a source (S), a destination (D), are forwarded (F), are
 * reachable from everywhere (G), and are reserved by the protocol itself (R).
 */
#include <string.h>

#include "base/bytes.h"
#include "filter/values.h"

enum { R = 1, G = 2, F = 4, D = 8, S = 16 };

/* The most specific block stands before those that it is in. */
static const struct block4 {
    uint32_t address;
    uint8_t bits, mask;
    const char *name;
} blocks4[] = {
    {0x00000000, 32, S | R, "\"This host on this network\""},
    {0x00000000, 8, S | R, "\"This network\""},
    {0x0a000000, 8, S | D | F, "Private-Use"},
    {0x64400000, 10, S | D | F, "Shared Address Space"},
    {0x7f000000, 8, R, "Loopback"},
    {0xa9fe0000, 16, S | D | R, "Link Local"},
    {0xac100000, 12, S | D | F, "Private-Use"},
    {0xc0000000, 29, S | D | F, "IPv4 Service Continuity Prefix"},
    {0xc0000008, 32, S, "IPv4 dummy address"},
    {0xc0000009, 32, S | D | F | G, "Port Control Protocol Anycast"},
    {0xc000000a, 32, S | D | F | G, "Traversal Using Relays around NAT Anycast"},
    {0xc00000aa, 32, R, "NAT64/DNS64 Discovery"},
    {0xc00000ab, 32, R, "NAT64/DNS64 Discovery"},
    {0xc0000000, 24, 0, "IETF Protocol Assignments"},
    {0xc0000200, 24, 0, "Documentation (TEST-NET-1)"},
    {0xc01fc400, 24, S | D | F | G, "AS112-v4"},
    {0xc034c100, 24, S | D | F | G, "AMT"},
    {0xc0586300, 24, S | D | F | G, "Deprecated (6to4 Relay Anycast)"},
    {0xc0a80000, 16, S | D | F, "Private-Use"},
    {0xc0af3000, 24, S | D | F | G, "Direct Delegation AS112 Service"},
    {0xc6120000, 15, S | D | F, "Benchmarking"},
    {0xc6336400, 24, 0, "Documentation (TEST-NET-2)"},
    {0xcb007100, 24, 0, "Documentation (TEST-NET-3)"},
    {0xffffffff, 32, D | R, "Limited Broadcast"},
    {0xf0000000, 4, R, "Reserved"},
};

static const struct block6 {
    uint64_t high, low;
    uint8_t bits, mask;
    const char *name;
} blocks6[] = {
    {0, 1, 128, R, "Loopback Address"},
    {0, 0, 128, S | R, "Unspecified Address"},
    {0, 0xffff00000000, 96, R, "IPv4-mapped Address"},
    {0x0064ff9b00000000, 0, 96, S | D | F | G, "IPv4-IPv6 Translation"},
    {0x0064ff9b00010000, 0, 48, S | D | F, "IPv4-IPv6 Translation"},
    {0x0100000000000000, 0, 64, S | D | F, "Discard-Only Address Block"},
    {0x2001000100000000, 1, 128, S | D | F | G, "Port Control Protocol Anycast"},
    {0x2001000100000000, 2, 128, S | D | F | G, "Traversal Using Relays around NAT Anycast"},
    {0x2001000000000000, 0, 32, S | D | F, "TEREDO"},
    {0x2001000200000000, 0, 48, S | D | F, "Benchmarking"},
    {0x2001000300000000, 0, 32, S | D | F | G, "AMT"},
    {0x2001000401120000, 0, 48, S | D | F | G, "AS112-v6"},
    {0x2001001000000000, 0, 28, 0, "Deprecated (ORCHID)"},
    {0x2001002000000000, 0, 28, S | D | F | G, "ORCHIDv2"},
    {0x2001000000000000, 0, 23, 0, "IETF Protocol Assignments"},
    {0x20010db800000000, 0, 32, 0, "Documentation"},
    {0x2002000000000000, 0, 16, S | D | F, "6to4"},
    {0x2620004f80000000, 0, 48, S | D | F | G, "Direct Delegation AS112 Service"},
    {0xfc00000000000000, 0, 7, S | D | F, "Unique-Local"},
    {0xfe80000000000000, 0, 10, S | D | R, "Link-Local Unicast"},
};

static bool in_prefix(uint64_t a, uint64_t b, unsigned bits)
{
    return bits == 0 || (a ^ b) >> (64 - bits) == 0;
}

static const struct block4 *find4(uint64_t address)
{
    for (size_t i = 0; i < sizeof blocks4 / sizeof blocks4[0]; i++) {
        if (in_prefix(address << 32, (uint64_t)blocks4[i].address << 32, blocks4[i].bits))
            return &blocks4[i];
    }
    return NULL;
}

static const struct block6 *find6(const struct value *v)
{
    if (v->length != 16)
        return NULL;
    uint64_t high = be64(v->p), low = be64(v->p + 8);
    for (size_t i = 0; i < sizeof blocks6 / sizeof blocks6[0]; i++) {
        const struct block6 *b = &blocks6[i];
        if (in_prefix(high, b->high, b->bits < 64 ? b->bits : 64) &&
            in_prefix(low, b->low, b->bits > 64 ? b->bits - 64u : 0))
            return b;
    }
    return NULL;
}

const char *special_name(enum value_kind kind, const struct value *v)
{
    const struct block4 *four = kind == KIND_IPV4 ? find4(v->u) : NULL;
    const struct block6 *six = kind == KIND_IPV6 ? find6(v) : NULL;
    return four != NULL ? four->name : six != NULL ? six->name : NULL;
}

uint64_t special_mask(enum value_kind kind, const struct value *v)
{
    const struct block4 *four = kind == KIND_IPV4 ? find4(v->u) : NULL;
    const struct block6 *six = kind == KIND_IPV6 ? find6(v) : NULL;
    return four != NULL ? four->mask : six != NULL ? six->mask : 0;
}

static bool is4(uint8_t function, uint64_t a)
{
    switch (function) {
    case FN_LINKLOCAL:
        return a >> 16 == 0xa9fe;
    case FN_MULTICAST:
        return a >> 28 == 0xe;
    default:
        return a >> 24 == 10 || a >> 20 == 0xac1 || a >> 16 == 0xc0a8;
    }
}

bool special_is(uint8_t function, enum value_kind kind, const struct value *v)
{
    if (kind == KIND_IPV4)
        return is4(function, v->u);
    if (v->length != 16)
        return false;
    switch (function) {
    case FN_LINKLOCAL:
        return v->p[0] == 0xfe && (v->p[1] & 0xc0) == 0x80;
    case FN_MULTICAST:
        return v->p[0] == 0xff;
    default:
        return (v->p[0] & 0xfe) == 0xfc;
    }
}
