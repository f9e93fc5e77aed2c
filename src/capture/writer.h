/*
 * writer: what the two formats of capture files share, inside src/capture.
 *
 *     source -> writer   can it be kept as it is?
 *     pcapng -> pcapng   yes: every block as it was read, byte for byte (writer_keep)
 *     any    -> pcapng   no: new section and interface, packets as Enhanced Packet Blocks
 *     any    -> pcap     no: new file header; what pcap cannot say is lost
 *
 * Files of our own making are little-endian.
 */
#ifndef CAPTURE_WRITER_H
#define CAPTURE_WRITER_H

#include "capture/output.h"
#include "capture/source.h"

struct writer_ops {
    /* After opening: what comes before the first packet. */
    lamna_status (*begin)(lamna_writer *w, lamna_error *err);
    /* The comment is one more than the packet has; NULL: none. */
    lamna_status (*packet)(lamna_writer *w, const lamna_packet_info *packet, const char *comment,
                           lamna_error *err);
    /* Before closing: what comes after the last. */
    lamna_status (*end)(lamna_writer *w, lamna_error *err);
};

struct lamna_writer {
    const struct writer_ops *ops;
    lamna_source *src; /* borrowed */
    struct output out;
    struct source_listener listener; /* used by writer_keep */
    bool listening;
    /* pcap only */
    bool begun;           /* the file header has been written */
    uint16_t link_type;   /* of the file, once begun */
    uint32_t fraction_ns; /* nanoseconds in one unit of a record's fraction */
};

extern const struct writer_ops writer_pcap;
extern const struct writer_ops writer_pcapng;
extern const struct writer_ops writer_keep;

/* The sticky error of the output goes to *err. */
lamna_status writer_result(const lamna_writer *w, lamna_error *err);

static inline void put_le16(uint8_t *b, uint16_t v)
{
    b[0] = (uint8_t)v;
    b[1] = (uint8_t)(v >> 8);
}

static inline void put_le32(uint8_t *b, uint32_t v)
{
    put_le16(b, (uint16_t)v);
    put_le16(b + 2, (uint16_t)(v >> 16));
}

static inline void put_le64(uint8_t *b, uint64_t v)
{
    put_le32(b, (uint32_t)v);
    put_le32(b + 4, (uint32_t)(v >> 32));
}

#endif
