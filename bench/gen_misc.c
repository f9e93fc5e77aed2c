/* gen_misc: DNS, ICMP echo and ARP. */
#include "gen.h"

#include <stdio.h>
#include <string.h>

static size_t put_name(uint8_t *to, uint32_t host)
{
    int n = snprintf((char *)to + 1, 32, "www%u", host);
    to[0] = (uint8_t)n;
    memcpy(to + 1 + n, "\7example\3com", 13);
    return (size_t)n + 14;
}

size_t gen_dns_next(struct gen_misc *misc, struct gen_rng *rng, uint8_t *frame)
{
    unsigned from = misc->dns_turn++ % 2;
    if (from == 0) {
        gen_path_init(&misc->dns, rng, 53);
        misc->dns_id = (uint16_t)gen_random(rng);
        misc->dns_host = gen_below(rng, 1000);
    }
    uint8_t *udp = frame + gen_l4_offset(&misc->dns);
    uint8_t *dns = udp + 8;
    memset(dns, 0, 12);
    gen_put16(dns, misc->dns_id);
    gen_put16(dns + 2, from ? 0x8180 : 0x0100);
    gen_put16(dns + 4, 1);
    gen_put16(dns + 6, from);
    size_t len = 12 + put_name(dns + 12, misc->dns_host);
    gen_put32(dns + len, 0x00010001);
    len += 4;
    if (from) {
        gen_put16(dns + len, 0xc00c);
        gen_put32(dns + len + 2, 0x00010001);
        gen_put32(dns + len + 6, 300);
        gen_put16(dns + len + 10, 4);
        gen_put32(dns + len + 12, 0xc6120001 + misc->dns_host);
        len += 16;
    }
    gen_put16(udp, misc->dns.end[from].port);
    gen_put16(udp + 2, misc->dns.end[1 - from].port);
    gen_put16(udp + 4, (uint32_t)len + 8);
    return gen_finish(frame, &misc->dns, from, 17, len + 8);
}

size_t gen_icmp_next(struct gen_misc *misc, struct gen_rng *rng, uint8_t *frame)
{
    enum { DATA = 56 };
    unsigned from = misc->icmp_turn % 2;
    /* Echo here is of version 4 alone: ICMPv6 is another protocol. */
    while (from == 0 && (gen_path_init(&misc->icmp, rng, 0), misc->icmp.v6))
        ;
    uint8_t *b = frame + gen_l4_offset(&misc->icmp);
    gen_put16(b, from ? 0 : 0x0800);
    gen_put16(b + 4, misc->icmp.end[0].port);
    gen_put16(b + 6, misc->icmp_turn / 2);
    for (unsigned i = 0; i < DATA; i++)
        b[8 + i] = (uint8_t)i;
    misc->icmp_turn++;
    return gen_finish(frame, &misc->icmp, from, 1, 8 + DATA);
}

size_t gen_arp_next(struct gen_misc *misc, struct gen_rng *rng, uint8_t *frame)
{
    unsigned from = misc->arp_turn++ % 2;
    while (from == 0 && (gen_path_init(&misc->arp, rng, 0), misc->arp.v6))
        ;
    size_t at = gen_link(frame, &misc->arp, from, 0x0806);
    if (from == 0)
        memset(frame, 0xff, 6);
    uint8_t *b = frame + at;
    memset(b, 0, 46); /* up to the least that Ethernet carries */
    gen_put32(b, 0x00010800);
    gen_put32(b + 4, 0x06040001 + from);
    memcpy(b + 8, misc->arp.end[from].mac, 6);
    memcpy(b + 14, misc->arp.end[from].ip, 4);
    if (from)
        memcpy(b + 18, misc->arp.end[0].mac, 6);
    memcpy(b + 24, misc->arp.end[1 - from].ip, 4);
    return at + 46;
}
