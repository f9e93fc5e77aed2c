/* pcapng: numbers of the format (draft-ietf-opsawg-pcapng), for the reader and the writer. */
#ifndef CAPTURE_PCAPNG_H
#define CAPTURE_PCAPNG_H

#include "base/bytes.h"
#include "capture/source.h"

#define PCAPNG_BYTE_ORDER 0x1a2b3c4du

/* Block types, section 11.1; the last five are not in it but in the wild. */
#define PCAPNG_SECTION         0x0a0d0d0au
#define PCAPNG_INTERFACE       1u
#define PCAPNG_PACKET          2u /* obsolete */
#define PCAPNG_SIMPLE_PACKET   3u
#define PCAPNG_STATISTICS      5u
#define PCAPNG_ENHANCED_PACKET 6u
#define PCAPNG_JOURNAL         9u
#define PCAPNG_NAMES           4u
#define PCAPNG_SECRETS         10u
#define PCAPNG_CUSTOM          0x00000badu
#define PCAPNG_CUSTOM_LOCAL    0x40000badu /* not to be copied */
#define PCAPNG_SYSDIG_EVENT    0x204u
#define PCAPNG_SYSDIG_V2       0x216u
#define PCAPNG_SYSDIG_V2_LARGE 0x221u

enum {
    PCAPNG_TLS_KEY_LOG = 0x544c534b, /* kind of secrets, section 4.7 */

    PCAPNG_BLOCK_MIN = 12, /* type, length, length again */

    PCAPNG_OPTION_END = 0,
    PCAPNG_OPTION_COMMENT = 1,
    PCAPNG_SHB_HARDWARE = 2,
    PCAPNG_SHB_OS = 3,
    PCAPNG_SHB_APPLICATION = 4,
    PCAPNG_IF_NAME = 2,
    PCAPNG_IF_DESCRIPTION = 3,
    PCAPNG_IF_TSRESOL = 9,
    PCAPNG_IF_FILTER = 11,
    PCAPNG_IF_OS = 12,
    PCAPNG_IF_FCSLEN = 13,
    PCAPNG_IF_TSOFFSET = 14,
    PCAPNG_IF_HARDWARE = 15,
    PCAPNG_EPB_FLAGS = 2, /* and of the obsolete packet block */
    PCAPNG_ISB_IFRECV = 4,
    PCAPNG_ISB_IFDROP = 5,
    PCAPNG_ISB_OSDROP = 7,
    PCAPNG_ISB_USRDELIV = 8
};

/* The state of a reader. Interfaces are numbered from 0 in each section; the source numbers them
 * on. */
struct pcapng {
    bool big; /* byte order of this section */
    uint32_t section;
    uint32_t first; /* the source's number of interface 0 of this section */
};

/* One whole block in the window, not consumed. */
struct pcapng_block {
    const uint8_t *bytes;
    uint32_t type;
    uint32_t length; /* of all of it, a multiple of 4 */
    uint64_t offset; /* of its first byte in the input */
    bool big;
};

struct pcapng_option {
    uint16_t code, length;
    const uint8_t *value;
};

enum pcapng_more { PCAPNG_OPTION, PCAPNG_NO_MORE, PCAPNG_OPTION_BAD };

static inline uint16_t pcapng_u16(bool big, const uint8_t *b)
{
    return big ? be16(b) : le16(b);
}

static inline uint32_t pcapng_u32(bool big, const uint8_t *b)
{
    return big ? be32(b) : le32(b);
}

static inline uint64_t pcapng_u64(bool big, const uint8_t *b)
{
    return big ? be64(b) : le64(b);
}

/* Takes the next option of [*at, end). */
enum pcapng_more pcapng_option_next(bool big, const uint8_t **at, const uint8_t *end,
                                    struct pcapng_option *option);
/* An option claims more bytes than its block has. */
lamna_status pcapng_bad_option(lamna_source *src, const struct pcapng_block *block,
                               const struct pcapng_option *option);

/* Nanoseconds of a timestamp in the units of the interface; saturates after the year 2262. */
int64_t pcapng_time(const struct source_clock *clock, uint64_t units);
/* What if_tsresol and if_tsoffset mean. */
void pcapng_clock(struct source_clock *clock, uint8_t tsresol, int64_t offset_s);

/* The blocks that say something about packets to come. */
lamna_status pcapng_read_section(lamna_source *src, const struct pcapng_block *block);
lamna_status pcapng_read_interface(lamna_source *src, const struct pcapng_block *block);
lamna_status pcapng_read_statistics(lamna_source *src, const struct pcapng_block *block);
lamna_status pcapng_read_secrets(lamna_source *src, const struct pcapng_block *block);
void pcapng_read_names(lamna_source *src, const struct pcapng_block *block);

#endif
