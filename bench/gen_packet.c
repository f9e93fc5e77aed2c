/* gen_packet: random numbers, and the headers below the transport layer, with checksums. */
#include "gen.h"

#include <string.h>

uint64_t gen_random(struct gen_rng *rng)
{
    uint64_t z = rng->state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

uint32_t gen_below(struct gen_rng *rng, uint32_t n)
{
    return (uint32_t)((gen_random(rng) >> 32) * n >> 32);
}

bool gen_chance(struct gen_rng *rng, uint32_t of)
{
    return gen_below(rng, 10000) < of;
}

void gen_put16(uint8_t *b, uint32_t v)
{
    b[0] = (uint8_t)(v >> 8);
    b[1] = (uint8_t)v;
}

void gen_put32(uint8_t *b, uint32_t v)
{
    gen_put16(b, v >> 16);
    gen_put16(b + 2, v);
}

static void put_address(struct gen_path *path, struct gen_rng *rng, unsigned which)
{
    uint8_t *ip = path->end[which].ip;
    uint32_t host = which == 0 ? gen_below(rng, 20000) : gen_below(rng, 500);
    memset(ip, 0, 16);
    if (path->v6) {
        gen_put32(ip, 0x20010db8);
        gen_put16(ip + 4, which);
        gen_put32(ip + 12, host + 1);
    } else {
        gen_put32(ip,
                  (which == 0 ? 0x0a000000U : 0xc6120000U) + (host / 250 << 8) + host % 250 + 1);
    }
    uint8_t *mac = path->end[which].mac;
    mac[0] = 2;
    mac[1] = (uint8_t)which;
    gen_put32(mac + 2, host);
}

void gen_path_init(struct gen_path *path, struct gen_rng *rng, uint16_t server_port)
{
    path->v6 = gen_chance(rng, 800);
    path->vlan = gen_chance(rng, 400) ? (uint16_t)(100 + gen_below(rng, 8)) : 0;
    for (unsigned i = 0; i < 2; i++) {
        put_address(path, rng, i);
        path->end[i].ip_id = (uint16_t)gen_random(rng);
    }
    path->end[0].port = (uint16_t)(32768 + gen_below(rng, 28000));
    path->end[1].port = server_port;
}

/* In the machine's own byte order: a ones' complement sum does not mind (RFC 1071). Four bytes at a
 * time into eight, since a carry would cost more than the sum. */
static uint64_t sum(const uint8_t *b, size_t len)
{
    uint64_t total = 0;
    uint32_t v;
    size_t at = 0;
    for (; at + 4 <= len; at += 4) {
        memcpy(&v, b + at, 4);
        total += v;
    }
    v = 0;
    memcpy(&v, b + at, len - at);
    return total + v;
}

static void put_checksum(uint8_t *to, uint64_t total, bool udp)
{
    while (total >> 16)
        total = (total & 0xffff) + (total >> 16);
    uint16_t v = (uint16_t)~total;
    if (udp && v == 0)
        v = 0xffff; /* zero would say that there is no checksum */
    memcpy(to, &v, 2);
}

size_t gen_link(uint8_t *frame, const struct gen_path *path, unsigned from, uint16_t type)
{
    memcpy(frame, path->end[1 - from].mac, 6);
    memcpy(frame + 6, path->end[from].mac, 6);
    size_t at = 12;
    if (path->vlan) {
        gen_put16(frame + 12, 0x8100);
        gen_put16(frame + 14, path->vlan);
        at = 16;
    }
    gen_put16(frame + at, type);
    return at + 2;
}

size_t gen_l4_offset(const struct gen_path *path)
{
    return (path->vlan ? 18U : 14U) + (path->v6 ? 40U : 20U);
}

static void put_ipv4(uint8_t *ip, struct gen_path *path, unsigned from, uint8_t proto, size_t len)
{
    ip[0] = 0x45;
    ip[1] = 0;
    gen_put16(ip + 2, (uint32_t)(len + 20));
    gen_put16(ip + 4, path->end[from].ip_id++);
    gen_put16(ip + 6, 0x4000);
    ip[8] = from == 0 ? 64 : 57;
    ip[9] = proto;
    memset(ip + 10, 0, 2);
    memcpy(ip + 12, path->end[from].ip, 4);
    memcpy(ip + 16, path->end[1 - from].ip, 4);
    put_checksum(ip + 10, sum(ip, 20), false);
}

static void put_ipv6(uint8_t *ip, struct gen_path *path, unsigned from, uint8_t proto, size_t len)
{
    gen_put32(ip, 0x60000000);
    gen_put16(ip + 4, (uint32_t)len);
    ip[6] = proto;
    ip[7] = from == 0 ? 64 : 57;
    memcpy(ip + 8, path->end[from].ip, 16);
    memcpy(ip + 24, path->end[1 - from].ip, 16);
}

size_t gen_finish(uint8_t *frame, struct gen_path *path, unsigned from, uint8_t proto, size_t len)
{
    uint8_t *ip = frame + gen_link(frame, path, from, path->v6 ? 0x86dd : 0x0800);
    uint8_t *l4 = frame + gen_l4_offset(path);
    uint64_t total = 0;
    if (path->v6)
        put_ipv6(ip, path, from, proto, len);
    else
        put_ipv4(ip, path, from, proto, len);
    if (proto != 1) {
        uint8_t pseudo[4] = {0, proto};
        gen_put16(pseudo + 2, (uint32_t)len);
        total = sum(pseudo, 4) + (path->v6 ? sum(ip + 8, 32) : sum(ip + 12, 8));
    }
    uint8_t *field = l4 + (proto == 6 ? 16 : proto == 17 ? 6 : 2);
    memset(field, 0, 2);
    put_checksum(field, total + sum(l4, len), proto == 17);
    return (size_t)(l4 - frame) + len;
}
