/*
 * Fuzzes streams: segments of one TCP connection, in any order, overlapping, with gaps, and
 * fragments of IP datagrams; with reassembly and analysis on, all passes, everything asked for.
 *
 *     input -> the server's port: how to choose it, and whether there are secrets (1 byte); 2 bytes
 *              the secrets, if any: their length (2 bytes), lines of a key log
 *              then for each packet
 *              what it is and which side sent it   1 byte
 *              sequence number, relative to where that side is   1 byte, signed
 *              length of the payload   1 byte
 *              the payload
 *           -> a capture in memory -> list, show and fields, and for every fourth follow and all reports
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../support/readall.h"
#include "base/bytes.h"
#include "dissect/protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    ETHERNET = 14,
    IP = 20,
    TCP = 20,
    HEADERS = ETHERNET + IP + TCP,
    CAPTURE = 1 << 17,
    MOST = 64
};

/* First byte of the input. */
enum { CHOSEN_PORT = 1, WITH_SECRETS = 2 };

/* First byte of a packet. */
enum {
    FROM_SERVER = 1,
    WITH_FIN = 2,
    WITH_SYN = 4,
    WITH_RST = 8,
    FRAGMENT = 16, /* the segment in two fragments, the second one first if also BACKWARDS */
    BACKWARDS = 32,
    HOLDS_BACK = 64, /* the side's number stays where it is: the next packet is a retransmission */
    CUT = 128        /* captured without its last bytes */
};

struct capture {
    uint8_t bytes[CAPTURE];
    size_t size;
    uint32_t next[2]; /* sequence numbers */
    uint16_t port, ident;
    uint32_t packets;
};

static void store16(uint8_t *at, unsigned v)
{
    at[0] = (uint8_t)(v >> 8);
    at[1] = (uint8_t)v;
}

static void store32(uint8_t *at, uint32_t v)
{
    store16(at, v >> 16);
    store16(at + 2, v & 0xffff);
}

/* A pcapng block of three parts, little-endian as this machine writes them. */
static void add_block(struct capture *c, uint32_t type, const void *head, size_t head_n,
                      const uint8_t *bytes, size_t n)
{
    uint32_t length = (uint32_t)(12 + head_n + ((n + 3) & ~(size_t)3));
    if (c->size + length > CAPTURE)
        return;
    uint8_t *at = c->bytes + c->size;
    memset(at, 0, length);
    memcpy(at, &type, 4);
    memcpy(at + 4, &length, 4);
    memcpy(at + 8, head, head_n);
    if (n > 0)
        memcpy(at + 8 + head_n, bytes, n);
    memcpy(at + length - 4, &length, 4);
    c->size += length;
}

/* A packet block of an Ethernet frame with an IP datagram around these bytes. */
static void add_packet(struct capture *c, bool server, uint16_t fragment, const uint8_t *bytes,
                       size_t n, bool cut)
{
    uint32_t length = (uint32_t)(ETHERNET + IP + n);
    uint32_t captured = cut && n > 4 ? length - 4 : length;
    uint32_t header[5] = {0, 0x00060a24, c->packets++ * 1000, captured, length};
    uint8_t at[ETHERNET + IP + TCP + 256] = {0};
    at[12] = 8;
    uint8_t *ip = at + ETHERNET;
    ip[0] = 0x45;
    store16(ip + 2, (unsigned)(IP + n));
    store16(ip + 4, c->ident);
    store16(ip + 6, fragment);
    ip[8] = 64;
    ip[9] = 6;
    ip[12] = ip[16] = 10;
    ip[15] = server ? 2 : 1;
    ip[19] = server ? 1 : 2;
    memcpy(ip + IP, bytes, n);
    add_block(c, 6, header, sizeof header, at, captured);
}

static void add_segment(struct capture *c, uint8_t what, int8_t ahead, const uint8_t *payload,
                        size_t n)
{
    uint8_t segment[TCP + 256];
    bool server = (what & FROM_SERVER) != 0;
    uint32_t seq = c->next[server] + (uint32_t)(int32_t)ahead;
    memset(segment, 0, TCP);
    store16(segment, server ? c->port : 40000);
    store16(segment + 2, server ? 40000 : c->port);
    store32(segment + 4, seq);
    store32(segment + 8, c->next[!server]);
    segment[12] = TCP / 4 << 4;
    segment[13] = (uint8_t)((what & WITH_FIN ? 1 : 0) | (what & WITH_SYN ? 2 : 0) |
                            (what & WITH_RST ? 4 : 0) | (what & WITH_SYN && !server ? 0 : 16));
    store16(segment + 14, 65535);
    memcpy(segment + TCP, payload, n);
    if ((what & HOLDS_BACK) == 0)
        c->next[server] = seq + (uint32_t)n + ((what & (WITH_SYN | WITH_FIN)) != 0);
    size_t whole = TCP + n, first = whole / 2 & ~(size_t)7;
    c->ident++;
    bool cut = (what & CUT) != 0;
    if ((what & FRAGMENT) == 0) {
        add_packet(c, server, 0x4000, segment, whole, cut);
    } else if ((what & BACKWARDS) == 0) {
        add_packet(c, server, 0x2000, segment, first, false);
        add_packet(c, server, (uint16_t)(first / 8), segment + first, whole - first, cut);
    } else {
        add_packet(c, server, (uint16_t)(first / 8), segment + first, whole - first, cut);
        add_packet(c, server, 0x2000, segment, first, false);
    }
}

/* One of the ports that protocols bind to. */
static uint16_t choose_port(uint16_t v)
{
    unsigned count = 0;
    for (int round = 0; round < 2; round++) {
        unsigned i = 0;
        for (const struct protocol *const *p = all_protocols; *p != NULL; p++) {
            for (const struct binding *b = (*p)->bindings; b != NULL && b->table != NULL; b++) {
                if (strcmp(b->table, "tcp.port") != 0 || b->key > 0xffff)
                    continue;
                if (round == 1 && i == v % count)
                    return (uint16_t)b->key;
                i++;
            }
        }
        count = i;
        if (count == 0)
            break;
    }
    return v;
}

static void build(struct capture *c, const uint8_t *data, size_t size)
{
    static const uint32_t section[4] = {0x1a2b3c4d, 1, UINT32_MAX, UINT32_MAX};
    static const uint32_t interface[2] = {1, 262144};
    c->port = (data[0] & CHOSEN_PORT) == 0 ? be16(data + 1) : choose_port(be16(data + 1));
    c->next[0] = 1000;
    c->next[1] = 0xfffffff0; /* about to wrap */
    c->packets = 0;
    c->ident = 0;
    c->size = 0;
    add_block(c, 0x0a0d0d0a, section, sizeof section, NULL, 0);
    add_block(c, 1, interface, sizeof interface, NULL, 0);
    size_t at = 3;
    if (data[0] & WITH_SECRETS) {
        uint32_t n = be16(data + at);
        at += 2;
        n = n < size - at ? n : (uint32_t)(size - at);
        uint32_t secrets[2] = {0x544c534b, n};
        add_block(c, 10, secrets, sizeof secrets, data + at, n);
        at += n;
    }
    for (int i = 0; i < MOST && at + 3 <= size; i++) {
        size_t n = data[at + 2];
        const uint8_t *b = data + at;
        at += 3;
        if (n > size - at)
            n = size - at;
        add_segment(c, b[0], (int8_t)b[1], data + at, n);
        at += n;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static lamna_registry *reg;
    static struct capture capture;
    static char path[64];
    static int fd = -1;
    lamna_error err;
    if (reg == NULL) {
        reg = lamna_registry_new(NULL);
        fd = memfd_create("stream", 0);
        (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    if (reg == NULL || fd < 0)
        abort();
    if (size < 6)
        return 0;
    build(&capture, data, size);
    if (ftruncate(fd, 0) != 0 ||
        pwrite(fd, capture.bytes, capture.size, 0) != (ssize_t)capture.size)
        abort();
    if (readall(reg, path, NULL, size % 4 == 0, &err) != LAMNA_END)
        abort(); /* there is nothing wrong with the capture */
    return 0;
}
