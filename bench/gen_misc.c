/* gen_misc: DNS, NTP, ICMP echo and ARP. */
#include "gen.h"

#include <stdio.h>
#include <string.h>

enum { TYPE_A = 1, TYPE_CNAME = 5, TYPE_AAAA = 28, DNS_HEADER = 12 };

static size_t put_udp(struct gen_path *path, unsigned from, uint8_t *frame, size_t len)
{
    uint8_t *udp = frame + gen_l4_offset(path);
    gen_put16(udp, path->end[from].port);
    gen_put16(udp + 2, path->end[1 - from].port);
    gen_put16(udp + 4, (uint32_t)len + 8);
    return gen_finish(frame, path, from, 17, len + 8);
}

static size_t put_name(uint8_t *to, uint32_t host)
{
    int n = snprintf((char *)to + 1, 32, "www%u", host);
    to[0] = (uint8_t)n;
    memcpy(to + 1 + n, "\7example\3com", 13);
    return (size_t)n + 14;
}

/* A resource record whose name is a pointer to `name` (RFC 1035, section 4.1.4); the data follows.
 */
static size_t put_record(uint8_t *to, uint32_t name, uint32_t type, uint32_t data_len)
{
    gen_put16(to, 0xc000 | name);
    gen_put16(to + 2, type);
    gen_put16(to + 4, 1);
    gen_put32(to + 6, 300);
    gen_put16(to + 10, data_len);
    return 12;
}

static size_t put_address_record(uint8_t *to, uint32_t name, uint32_t type, uint32_t host)
{
    uint32_t data_len = type == TYPE_AAAA ? 16 : 4;
    size_t len = put_record(to, name, type, data_len);
    memset(to + len, 0, data_len);
    if (type == TYPE_AAAA)
        gen_put32(to + len, 0x20010db8);
    gen_put32(to + len + data_len - 4, 0xc6120001 + host);
    return len + data_len;
}

/* One or two addresses, behind an alias where `alias`. Returns the number of records. */
static unsigned put_answers(uint8_t *dns, size_t *len, const struct gen_misc *misc)
{
    uint32_t name = DNS_HEADER;
    unsigned count = 0;
    if (misc->dns_alias) {
        static const uint8_t edge[] = {4, 'e', 'd', 'g', 'e'};
        *len += put_record(dns + *len, name, TYPE_CNAME, sizeof edge + 2);
        name = (uint32_t)*len;
        memcpy(dns + *len, edge, sizeof edge);
        gen_put16(dns + *len + sizeof edge, 0xc000 | (DNS_HEADER + 1U + dns[DNS_HEADER]));
        *len += sizeof edge + 2;
        count++;
    }
    for (uint32_t i = 0; i < 1 + misc->dns_host % 2; i++, count++)
        *len += put_address_record(dns + *len, name, misc->dns_type, misc->dns_host + i);
    return count;
}

size_t gen_dns_next(struct gen_misc *misc, struct gen_rng *rng, uint8_t *frame)
{
    unsigned from = misc->dns_turn++ % 2;
    if (from == 0) {
        gen_path_init(&misc->dns, rng, 53);
        misc->dns_id = (uint16_t)gen_random(rng);
        misc->dns_host = gen_below(rng, 1000);
        misc->dns_type = gen_chance(rng, 3500) ? TYPE_AAAA : TYPE_A;
        misc->dns_alias = gen_chance(rng, 2500);
    }
    uint8_t *dns = frame + gen_l4_offset(&misc->dns) + 8;
    memset(dns, 0, DNS_HEADER);
    gen_put16(dns, misc->dns_id);
    gen_put16(dns + 2, from ? 0x8180 : 0x0100);
    gen_put16(dns + 4, 1);
    size_t len = DNS_HEADER + put_name(dns + DNS_HEADER, misc->dns_host);
    gen_put16(dns + len, misc->dns_type);
    gen_put16(dns + len + 2, 1);
    len += 4;
    if (from)
        gen_put16(dns + 6, put_answers(dns, &len, misc));
    return put_udp(&misc->dns, from, frame, len);
}

/* A client's question and a stratum 2 server's answer (RFC 5905, section 7.3). */
size_t gen_ntp_next(struct gen_misc *misc, struct gen_rng *rng, uint64_t usec, uint8_t *frame)
{
    enum { NTP_LENGTH = 48, SINCE_1900 = 2208988800 };
    unsigned from = misc->ntp_turn++ % 2;
    uint32_t seconds = (uint32_t)(usec / 1000000 + SINCE_1900);
    uint32_t fraction = (uint32_t)(((usec % 1000000) << 32) / 1000000);
    if (from == 0)
        gen_path_init(&misc->ntp, rng, 123);
    uint8_t *b = frame + gen_l4_offset(&misc->ntp) + 8;
    memset(b, 0, NTP_LENGTH);
    gen_put32(b, from ? 0x240206e9 : 0x230006e9);
    if (from) {
        gen_put32(b + 4, 0x00000a00);
        gen_put32(b + 8, 0x00000b00);
        gen_put32(b + 12, 0xc6120001); /* the server's own server */
        gen_put32(b + 16, seconds - 600);
        memcpy(b + 24, misc->ntp_asked, sizeof misc->ntp_asked);
        gen_put32(b + 32, seconds);
        gen_put32(b + 36, fraction);
    }
    gen_put32(b + 40, seconds);
    gen_put32(b + 44, fraction);
    memcpy(misc->ntp_asked, b + 40, sizeof misc->ntp_asked);
    return put_udp(&misc->ntp, from, frame, NTP_LENGTH);
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
