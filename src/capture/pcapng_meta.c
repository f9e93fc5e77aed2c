/*
 * pcapng: sections, interfaces, statistics, options and clocks.
 *
 *     Section Header Block             Interface Description Block     Interface Statistics Block
 *      0 0a0d0d0a                       0 1                             0 5
 *      4 length                         4 length                        4 length
 *      8 byte-order magic               8 link type (16), reserved      8 interface
 *     12 major, minor (16 bits each)   12 snaplen                      12 timestamp, high half
 * first 16 section length (64)           16 options                      20 options 24 options .
 * length                        . length . length
 *
 * The section length is not used: writers that know it are rare, and writers that lie are not.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "capture/pcapng.h"

enum { SHB_OPTIONS = 24, IDB_OPTIONS = 16, ISB_OPTIONS = 20, BLOCK_TRAILER = 4 };

enum pcapng_more pcapng_option_next(bool big, const uint8_t **at, const uint8_t *end,
                                    struct pcapng_option *option)
{
    if (end - *at < 4)
        return PCAPNG_NO_MORE;
    option->code = pcapng_u16(big, *at);
    option->length = pcapng_u16(big, *at + 2);
    option->value = *at + 4;
    if (option->code == PCAPNG_OPTION_END)
        return PCAPNG_NO_MORE;
    size_t padded = (option->length + 3u) & ~3u;
    if (padded > (size_t)(end - option->value))
        return PCAPNG_OPTION_BAD;
    *at = option->value + padded;
    return PCAPNG_OPTION;
}

lamna_status pcapng_bad_option(lamna_source *src, const struct pcapng_block *block,
                               const struct pcapng_option *option)
{
    return source_damaged(src, block->offset + (uint64_t)(option->value - 4 - block->bytes),
                          "option %u claims %u bytes, more than its block has", option->code,
                          option->length);
}

/* ---- Clocks
 * --------------------------------------------------------------------------------------- */

static uint64_t power_of_ten(unsigned exponent)
{
    uint64_t v = 1;
    while (exponent-- > 0)
        v *= 10;
    return v;
}

void pcapng_clock(struct source_clock *clock, uint8_t tsresol, int64_t offset_s)
{
    *clock = (struct source_clock){.multiply = 1, .divide = 1, .offset_s = offset_s};
    unsigned exponent = tsresol & 0x7f;
    if ((tsresol & 0x80) && exponent > 0)
        clock->shift = exponent;
    else if (tsresol & 0x80)
        clock->multiply = 1000000000;
    else if (exponent <= 9)
        clock->multiply = power_of_ten(9 - exponent);
    else if (exponent <= 28)
        clock->divide = power_of_ten(exponent - 9);
    else
        clock->multiply = 0; /* 64 bits of such units are less than a nanosecond */
}

int64_t pcapng_time(const struct source_clock *clock, uint64_t units)
{
    unsigned __int128 ns = units;
    if (clock->shift > 0)
        ns = ns * 1000000000u >> clock->shift;
    else if (clock->divide > 1)
        ns = units / clock->divide;
    else
        ns *= clock->multiply;
    int64_t offset;
    if (ns > INT64_MAX || __builtin_mul_overflow(clock->offset_s, 1000000000, &offset) ||
        __builtin_add_overflow((int64_t)ns, offset, &offset))
        return clock->offset_s < 0 && ns <= INT64_MAX ? INT64_MIN : INT64_MAX;
    return offset;
}

/* ---- Section
 * ---------------------------------------------------------------------------------------- */

static void section_option(lamna_source *src, lamna_section *section,
                           const struct pcapng_option *option)
{
    const char **text;
    switch (option->code) {
    case PCAPNG_OPTION_COMMENT:
        text = &section->comment;
        break;
    case PCAPNG_SHB_HARDWARE:
        text = &section->hardware;
        break;
    case PCAPNG_SHB_OS:
        text = &section->os;
        break;
    case PCAPNG_SHB_APPLICATION:
        text = &section->application;
        break;
    default:
        return;
    }
    if (*text == NULL)
        *text = source_string(src, option->value, option->length);
}

lamna_status pcapng_read_section(lamna_source *src, const struct pcapng_block *block)
{
    if (block->length < SHB_OPTIONS + BLOCK_TRAILER)
        return source_damaged(src, block->offset, "a section header of only %" PRIu32 " bytes",
                              block->length);
    uint16_t major = pcapng_u16(block->big, block->bytes + 12);
    uint16_t minor = pcapng_u16(block->big, block->bytes + 14);
    /* Some writers say 1.2 and mean 1.0 (draft, section 4.1). */
    if (major != 1 || (minor != 0 && minor != 2))
        return error_set(&src->error, LAMNA_ERR_UNSUPPORTED,
                         "%s: pcapng version %u.%u at byte %" PRIu64 " is not known", src->path,
                         major, minor, block->offset);
    lamna_section *section = source_add_section(src);
    if (section == NULL)
        return src->error.status;
    section->version_major = major;
    section->version_minor = minor;
    section->big_endian = block->big;
    const uint8_t *at = block->bytes + SHB_OPTIONS;
    const uint8_t *end = block->bytes + block->length - BLOCK_TRAILER;
    struct pcapng_option option;
    enum pcapng_more more;
    while ((more = pcapng_option_next(block->big, &at, end, &option)) == PCAPNG_OPTION)
        section_option(src, section, &option);
    if (more == PCAPNG_OPTION_BAD)
        return pcapng_bad_option(src, block, &option);
    struct pcapng *ng = src->state;
    ng->big = block->big;
    ng->section = (uint32_t)src->section_count - 1;
    ng->first = (uint32_t)src->interface_count;
    return LAMNA_OK;
}

/* ---- Interface
 * -------------------------------------------------------------------------------------- */

static const char **interface_text(lamna_interface *known, uint16_t code)
{
    switch (code) {
    case PCAPNG_IF_NAME:
        return &known->name;
    case PCAPNG_IF_DESCRIPTION:
        return &known->description;
    case PCAPNG_IF_OS:
        return &known->os;
    case PCAPNG_IF_HARDWARE:
        return &known->hardware;
    default:
        return NULL;
    }
}

static void interface_option(lamna_source *src, bool big, lamna_interface *known,
                             const struct pcapng_option *option)
{
    const uint8_t *v = option->value;
    const char **text = interface_text(known, option->code);
    if (text != NULL && *text == NULL)
        *text = source_string(src, v, option->length);
    /* The first byte says in which language: 0 is libpcap's. Only that one can be shown. */
    if (option->code == PCAPNG_IF_FILTER && option->length > 1 && v[0] == 0)
        known->filter = source_string(src, v + 1, option->length - 1u);
    if (option->code == PCAPNG_IF_TSRESOL && option->length == 1)
        known->tsresol = v[0];
    if (option->code == PCAPNG_IF_TSOFFSET && option->length == 8)
        known->tsoffset = (int64_t)pcapng_u64(big, v);
    /* The draft says bits, its example and all writers mean bytes. No checksum has 16 of those. */
    if (option->code == PCAPNG_IF_FCSLEN && option->length == 1)
        known->fcs_length = v[0] >= 16 ? v[0] / 8 : v[0];
}

lamna_status pcapng_read_interface(lamna_source *src, const struct pcapng_block *block)
{
    if (block->length < IDB_OPTIONS + BLOCK_TRAILER)
        return source_damaged(src, block->offset,
                              "an interface description of only %" PRIu32 " bytes", block->length);
    struct source_interface *added = source_add_interface(src);
    if (added == NULL)
        return src->error.status;
    lamna_interface *known = &added->known;
    known->section = ((const struct pcapng *)src->state)->section;
    known->link_type = pcapng_u16(block->big, block->bytes + 8);
    known->snaplen = pcapng_u32(block->big, block->bytes + 12);
    known->tsresol = 6;
    const uint8_t *at = block->bytes + IDB_OPTIONS;
    const uint8_t *end = block->bytes + block->length - BLOCK_TRAILER;
    struct pcapng_option option;
    enum pcapng_more more;
    while ((more = pcapng_option_next(block->big, &at, end, &option)) == PCAPNG_OPTION)
        interface_option(src, block->big, known, &option);
    if (more == PCAPNG_OPTION_BAD)
        return pcapng_bad_option(src, block, &option);
    pcapng_clock(&added->clock, known->tsresol, known->tsoffset);
    return LAMNA_OK;
}

/* ---- Statistics
 * --------------------------------------------------------------------------------------- */

/* Statistics are totals: the last block of an interface replaces those before it. */
static void statistics_set(lamna_source *src, struct source_interface *interface, uint64_t kernel,
                           uint64_t device)
{
    src->dropped_kernel += kernel - interface->dropped_kernel;
    src->dropped_interface += device - interface->dropped_interface;
    interface->dropped_kernel = kernel;
    interface->dropped_interface = device;
    interface->known.dropped = kernel + device;
}

lamna_status pcapng_read_statistics(lamna_source *src, const struct pcapng_block *block)
{
    const struct pcapng *ng = src->state;
    if (block->length < ISB_OPTIONS + BLOCK_TRAILER)
        return source_damaged(src, block->offset, "interface statistics of only %" PRIu32 " bytes",
                              block->length);
    uint64_t number = (uint64_t)ng->first + pcapng_u32(block->big, block->bytes + 8);
    const uint8_t *at = block->bytes + ISB_OPTIONS;
    const uint8_t *end = block->bytes + block->length - BLOCK_TRAILER;
    uint64_t kernel = 0, device = 0;
    struct pcapng_option option;
    enum pcapng_more more;
    while ((more = pcapng_option_next(block->big, &at, end, &option)) == PCAPNG_OPTION) {
        uint64_t count = option.length == 8 ? pcapng_u64(block->big, option.value) : 0;
        if (count == UINT64_MAX) /* written by some for "not known" */
            continue;
        if (option.code == PCAPNG_ISB_OSDROP)
            kernel = count;
        else if (option.code == PCAPNG_ISB_IFDROP)
            device = count;
    }
    if (more == PCAPNG_OPTION_BAD)
        return pcapng_bad_option(src, block, &option);
    if (number < src->interface_count)
        statistics_set(src, &src->interfaces[number], kernel, device);
    return LAMNA_OK;
}

/* ---- Secrets
 * ---------------------------------------------------------------------------------------- */

/*     8 kind of secrets    12 their length    16 secrets, padded to 4    . options */
lamna_status pcapng_read_secrets(lamna_source *src, const struct pcapng_block *block)
{
    enum { SECRETS = 16 };
    if (block->length < SECRETS + BLOCK_TRAILER)
        return source_damaged(src, block->offset, "decryption secrets of only %" PRIu32 " bytes",
                              block->length);
    uint32_t kind = pcapng_u32(block->big, block->bytes + 8);
    uint32_t n = pcapng_u32(block->big, block->bytes + 12);
    if (n > block->length - SECRETS - BLOCK_TRAILER)
        return source_damaged(src, block->offset,
                              "a block of %" PRIu32 " bytes claims %" PRIu32 " bytes of secrets",
                              block->length, n);
    if (kind != PCAPNG_TLS_KEY_LOG || n >= SOURCE_SECRETS - src->secrets.length)
        return LAMNA_OK;
    buf_bytes(&src->secrets, block->bytes + SECRETS, n);
    buf_char(&src->secrets, '\n');
    src->pause = true;
    return LAMNA_OK;
}

/* ---- Names of hosts -------------------------------------------------------------------------- */

/* One record as lines of a hosts file, one for each of its names: the last one stays, as in Wireshark. */
static void names_add(lamna_source *src, int family, const uint8_t *address, const uint8_t *names,
                      size_t n)
{
    char text[INET6_ADDRSTRLEN];
    if (inet_ntop(family, address, text, sizeof text) == NULL)
        return;
    for (size_t length; n > 0 && n < SOURCE_NAMES - src->names.length;
         names += length + 1, n -= length + 1) {
        length = strnlen((const char *)names, n);
        if (length == n) /* its zero is missing */
            return;
        buf_str(&src->names, text);
        buf_char(&src->names, ' ');
        buf_bytes(&src->names, (const char *)names, length);
        buf_char(&src->names, '\n');
    }
}

/*     8 records: | kind (2) | length (2) | address | names, each with its zero | padded to 4 |
 * What is wrong in it costs names, not the capture. */
void pcapng_read_names(lamna_source *src, const struct pcapng_block *block)
{
    enum { FIRST = 8, RECORD = 4, END = 0, IPV4 = 1, IPV6 = 2 };
    if (block->length < FIRST + BLOCK_TRAILER)
        return;
    uint32_t at = FIRST, end = block->length - BLOCK_TRAILER;
    while (end - at >= RECORD) {
        const uint8_t *record = block->bytes + at + RECORD;
        uint16_t kind = pcapng_u16(block->big, block->bytes + at);
        uint32_t n = pcapng_u16(block->big, block->bytes + at + 2),
                 whole = RECORD + ((n + 3) & ~3u);
        if (kind == END || whole > end - at)
            return;
        if (kind == IPV4 && n > 4)
            names_add(src, AF_INET, record, record + 4, n - 4);
        else if (kind == IPV6 && n > 16)
            names_add(src, AF_INET6, record, record + 16, n - 16);
        at += whole;
    }
}
