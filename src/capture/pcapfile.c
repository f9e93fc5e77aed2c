/*
 * pcap: the classic capture file (draft-ietf-opsawg-pcap), and the variants of it that exist.
 *
 *     file header, 24 bytes                          record header, 16 bytes, before each packet
 *      0 magic: byte order and unit of fractions      0 seconds since 1970, unsigned
 *      4 major version, minor version (16 bits each)  4 fraction: micro- or nanoseconds
 *      8 time zone (always 0)                         8 captured length
 *     12 accuracy (always 0)                         12 length on the wire
 *     16 snaplen
 *     20 link type and FCS length:
 *        | FCS length in 16-bit words, 4 bits | 0 | present, 1 | reserved, 10 | link type, 16 |
 *
 * Some systems added to the record header, under the same magic or another:
 *
 *     Kuznetzov ("modified")  magic a1b2cd34, 24 bytes: interface, protocol, direction
 *     ss990417                magic a1b2c3d4, the same 24 bytes
 *     ss990915                magic a1b2cd34, 28 bytes
 *     Nokia                   magic a1b2c3d4, 20 bytes
 *
 * Those that share a magic can only be told apart by which header size makes sense of the records.
 */
#include "capture/source.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "base/error.h"

enum {
    PCAP_HEADER = 24,
    PCAP_RECORD = 16,
    PCAP_RECORD_NOKIA = 20,
    PCAP_RECORD_KUZNETZOV = 24,
    PCAP_RECORD_SS990915 = 28,
    PCAP_MAX_SNAPLEN = 262144, /* the largest packet of any writer that gives no larger snaplen */
    PCAP_SETTLE_RECORDS = 10   /* records looked at to tell variants apart */
};

/* Before version 2.3 the two lengths of a record were the other way round; 2.3 has both kinds. */
enum pcapfile_lengths { PCAP_LENGTHS_USUAL, PCAP_LENGTHS_SWAPPED, PCAP_LENGTHS_EITHER };

struct pcapfile {
    bool big;     /* big-endian */
    bool settled; /* the size of record headers is certain */
    enum pcapfile_lengths lengths;
    uint16_t link_type;
    uint8_t fcs_length;
    uint32_t header;      /* bytes of a record header */
    uint32_t fraction_ns; /* nanoseconds in one unit of the fraction */
    uint32_t limit;       /* more captured bytes than that are a damaged file */
};

struct pcapfile_magic {
    uint32_t magic;
    uint32_t header, fraction_ns;
    uint32_t skip; /* bytes between the file header and the first record */
    const char *format;
};

static const struct pcapfile_magic pcapfile_magics[] = {
    {0xa1b2c3d4, PCAP_RECORD, 1000, 0, "pcap"},
    {0xa1b23c4d, PCAP_RECORD, 1, 0, "pcap (nanoseconds)"},
    {0xa1b2cd34, PCAP_RECORD_KUZNETZOV, 1000, 0, "pcap (Kuznetzov)"},
    /* Ixia's lcap, written by hardware and software: the size of all records follows the header. */
    {0x1c0001ac, PCAP_RECORD, 1000, 4, "pcap (Ixia)"},
    {0x1c0001ab, PCAP_RECORD, 1000, 4, "pcap (Ixia)"},
};

static inline uint32_t pcapfile_u32(const struct pcapfile *pcap, const uint8_t *b)
{
    return pcap->big ? be32(b) : le32(b);
}

/* ---- Records --------------------------------------------------------------------------------- */

struct pcapfile_record {
    uint32_t seconds, fraction, captured, length;
};

static inline struct pcapfile_record pcapfile_record(const struct pcapfile *pcap, const uint8_t *b)
{
    struct pcapfile_record r = {pcapfile_u32(pcap, b), pcapfile_u32(pcap, b + 4),
                                pcapfile_u32(pcap, b + 8), pcapfile_u32(pcap, b + 12)};
    if (pcap->lengths == PCAP_LENGTHS_SWAPPED ||
        (pcap->lengths == PCAP_LENGTHS_EITHER && r.captured > r.length)) {
        uint32_t captured = r.length;
        r.length = r.captured;
        r.captured = captured;
    }
    return r;
}

/* Would a writer have produced these lengths? Stricter than reading needs: it compares variants. */
static bool pcapfile_plausible(const struct pcapfile *pcap, const struct pcapfile_record *r)
{
    return r->captured <= pcap->limit && r->captured <= r->length && r->length <= INT32_MAX;
}

/* How many records at the start of the window make sense with headers of that size, not counting
 * empty ones, which any row of zeros is. *clean is set if none makes no sense. */
static unsigned pcapfile_score(const struct pcapfile *pcap, const struct input *in, uint32_t header,
                               bool *clean)
{
    const uint8_t *at = in->window + in->begin;
    size_t left = input_available(in);
    unsigned good = 0;
    *clean = true;
    for (unsigned i = 0; i < PCAP_SETTLE_RECORDS && left >= header; i++) {
        struct pcapfile_record r = pcapfile_record(pcap, at);
        *clean = pcapfile_plausible(pcap, &r);
        if (!*clean)
            break;
        good += r.captured > 0;
        if (left - header < r.captured)
            break;
        at += header + r.captured;
        left -= header + r.captured;
    }
    return good;
}

/* Chooses among the variants that share the magic. Another than the usual one must make sense where
 * that does not, and have a second record, for the first looks the same in all. A pipe is not made
 * to wait for that second record, so there it is whatever the window holds by now. */
static void pcapfile_settle(lamna_source *src, struct pcapfile *pcap)
{
    pcap->settled = true;
    static const uint32_t same_magic[][2] = {
        {PCAP_RECORD, PCAP_RECORD_KUZNETZOV},
        {PCAP_RECORD, PCAP_RECORD_NOKIA},
        {PCAP_RECORD_KUZNETZOV, PCAP_RECORD_SS990915},
    };
    uint32_t usual = pcap->header;
    bool clean;
    unsigned best = pcapfile_score(pcap, &src->input, usual, &clean);
    if (clean || pcap->fraction_ns != 1000)
        return;
    if (best == 0)
        best = 1;
    for (size_t i = 0; i < sizeof same_magic / sizeof *same_magic; i++) {
        unsigned score = 0;
        if (same_magic[i][0] == usual)
            score = pcapfile_score(pcap, &src->input, same_magic[i][1], &clean);
        if (score > best) {
            best = score;
            pcap->header = same_magic[i][1];
        }
    }
    if (pcap->header != usual)
        src->format = "pcap (modified)";
}

static lamna_status pcapfile_too_long(lamna_source *src, const struct pcapfile *pcap,
                                      const struct pcapfile_record *r)
{
    return source_damaged(src, input_offset(&src->input),
                          "a packet claims %" PRIu32 " captured bytes, more than the %" PRIu32
                          " possible here",
                          r->captured, pcap->limit);
}

static lamna_status pcapfile_next(lamna_source *src, lamna_packet_info *packet)
{
    struct pcapfile *pcap = src->state;
    struct input *in = &src->input;
    const uint8_t *record = input_need(in, pcap->header);
    if (record == NULL)
        return source_short(src, pcap->header, "packet");
    if (!pcap->settled)
        pcapfile_settle(src, pcap);
    struct pcapfile_record r = pcapfile_record(pcap, record);
    if (r.captured > pcap->limit)
        return pcapfile_too_long(src, pcap, &r);
    /* Where the file was cut meanwhile a mapping has zeros. */
    if (r.captured == 0 && in->mapped && !mapping_holds(&in->mapping, in->end))
        return error_set(&src->error, LAMNA_ERR_IO, "%s shrank while it was read", src->path);
    uint32_t size = pcap->header + r.captured;
    record = input_need(in, size);
    if (record == NULL)
        return source_short(src, size, "packet");
    *packet = (lamna_packet_info){
        /* A fraction of a second or more is carried over, not wrapped: the sum is what was meant.
         */
        .time_ns = (int64_t)r.seconds * 1000000000 + (int64_t)r.fraction * pcap->fraction_ns,
        .captured = r.captured,
        .length = r.length,
        .link_type = pcap->link_type,
        .fcs_length = pcap->fcs_length,
        .flags = LAMNA_PACKET_HAS_TIME | (pcap->big ? LAMNA_PACKET_BIG_ENDIAN : 0),
        .offset = input_offset(in),
        .data = record + pcap->header,
        .record = record,
        .record_length = size,
    };
    input_skip(in, size);
    return LAMNA_OK;
}

static bool pcapfile_ready(const lamna_source *src)
{
    const struct pcapfile *pcap = src->state;
    const struct input *in = &src->input;
    if (!input_waits(in))
        return true;
    if (input_available(in) < pcap->header)
        return false;
    struct pcapfile_record r = pcapfile_record(pcap, in->window + in->begin);
    return r.captured > pcap->limit || input_available(in) - pcap->header >= r.captured;
}

static void pcapfile_close(lamna_source *src)
{
    free(src->state);
}

/* ---- The file header
 * ------------------------------------------------------------------------------ */

static const struct pcapfile_magic *pcapfile_find_magic(const uint8_t *b, bool *big)
{
    for (size_t i = 0; i < sizeof pcapfile_magics / sizeof *pcapfile_magics; i++) {
        *big = be32(b) == pcapfile_magics[i].magic;
        if (*big || le32(b) == pcapfile_magics[i].magic)
            return &pcapfile_magics[i];
    }
    return NULL;
}

/* AIX writes version 2.2 with nanoseconds, and interface types of RFC 1573 for link types. Old
 * libpcaps wrote 2.2 too, but none of these as a link type on a machine that still exists. */
static bool pcapfile_is_aix(uint16_t major, uint16_t minor, uint32_t type, uint16_t *link_type)
{
    static const uint16_t types[][2] = {{6, 1}, {9, 6}, {15, 10}, {24, 0}};
    for (size_t i = 0; i < 4 && major == 2 && minor == 2; i++) {
        if (types[i][0] == type) {
            *link_type = types[i][1];
            return true;
        }
    }
    return false;
}

/* Version 2 is all there is; 543.0 is what DG/UX calls it. */
static bool pcapfile_version_known(uint16_t major, uint16_t minor)
{
    return major == 2 || (major == 543 && minor == 0);
}

static lamna_status pcapfile_set_version(lamna_source *src, struct pcapfile *pcap, const uint8_t *h,
                                         uint32_t type)
{
    uint16_t major = pcap->big ? be16(h + 4) : le16(h + 4);
    uint16_t minor = pcap->big ? be16(h + 6) : le16(h + 6);
    if (!pcapfile_version_known(major, minor))
        return error_set(&src->error, LAMNA_ERR_UNSUPPORTED, "%s: pcap version %u.%u is not known",
                         src->path, major, minor);
    pcap->link_type = (uint16_t)type;
    if (pcapfile_is_aix(major, minor, type, &pcap->link_type)) {
        pcap->fraction_ns = 1;
        src->format = "pcap (AIX)";
    }
    if (minor < 3)
        pcap->lengths = PCAP_LENGTHS_SWAPPED;
    else if (minor == 3)
        pcap->lengths = PCAP_LENGTHS_EITHER;
    src->sections[0].version_major = major;
    src->sections[0].version_minor = minor;
    src->sections[0].big_endian = pcap->big;
    return LAMNA_OK;
}

static lamna_status pcapfile_set_interface(lamna_source *src, const struct pcapfile *pcap,
                                           uint32_t snaplen)
{
    struct source_interface *added = source_add_interface(src);
    if (added == NULL)
        return src->error.status;
    added->known.snaplen = snaplen;
    added->known.link_type = pcap->link_type;
    added->known.fcs_length = pcap->fcs_length;
    added->known.tsresol = pcap->fraction_ns == 1 ? 9 : 6;
    return LAMNA_OK;
}

/* The link type word, without the FCS length, is more than 16 bits: no such type is assigned. */
static lamna_status pcapfile_bad_type(lamna_source *src, uint32_t type)
{
    (void)error_set(&src->error, LAMNA_ERR_FORMAT, "%s: there is no link type %" PRIu32, src->path,
                    type);
    src->error.offset = 20;
    return LAMNA_ERR_FORMAT;
}

static lamna_status pcapfile_read_header(lamna_source *src, struct pcapfile *pcap, const uint8_t *h)
{
    uint32_t snaplen = pcapfile_u32(pcap, h + 16), word = pcapfile_u32(pcap, h + 20);
    uint32_t type = word & 0x03ffffffu; /* the reserved bits too: they are 0, or this is no pcap */
    if (type > UINT16_MAX)
        return pcapfile_bad_type(src, type);
    if (word & 0x04000000u)
        pcap->fcs_length = (uint8_t)((word >> 28) * 2);
    pcap->limit = snaplen > PCAP_MAX_SNAPLEN ? snaplen : PCAP_MAX_SNAPLEN;
    if (pcap->limit > src->limits.packet_bytes || snaplen == 0)
        pcap->limit = src->limits.packet_bytes;
    if (source_add_section(src) == NULL)
        return LAMNA_ERR_MEMORY;
    lamna_status status = pcapfile_set_version(src, pcap, h, type);
    return status == LAMNA_OK ? pcapfile_set_interface(src, pcap, snaplen) : status;
}

static const struct source_ops pcapfile_ops = {
    .next = pcapfile_next, .ready = pcapfile_ready, .close = pcapfile_close};

lamna_status pcapfile_open(lamna_source *src)
{
    const uint8_t *h = input_need(&src->input, 4);
    bool big;
    const struct pcapfile_magic *magic = h == NULL ? NULL : pcapfile_find_magic(h, &big);
    if (magic == NULL)
        return LAMNA_END;
    h = input_need(&src->input, PCAP_HEADER + magic->skip);
    if (h == NULL)
        return source_short(src, PCAP_HEADER + magic->skip, "file header");
    struct pcapfile *pcap = calloc(1, sizeof *pcap);
    if (pcap == NULL)
        return error_memory(&src->error);
    pcap->big = big;
    pcap->header = magic->header;
    pcap->fraction_ns = magic->fraction_ns;
    src->state = pcap;
    src->ops = &pcapfile_ops;
    src->format = magic->format;
    lamna_status status = pcapfile_read_header(src, pcap, h);
    src->input.scout =
        (struct scout){.header = (uint8_t)pcap->header, .captured_at = 8, .big = big};
    if (status == LAMNA_OK)
        input_skip(&src->input, PCAP_HEADER + magic->skip);
    return status;
}
