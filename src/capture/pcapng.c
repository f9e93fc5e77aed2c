/*
 * pcapng (draft-ietf-opsawg-pcapng): blocks, and the ones that are packets.
 *
 *      0 type                      Enhanced Packet       Simple      Packet (obsolete)
 *      4 length, a multiple of 4    8 interface           8 length    8 interface, drops (16 each)
 *      8 body                      12 time, high half    12 data     12 time, high half
 *      . length again              16 time, low half                 16 time, low half
 *                                  20 captured length                20 captured length
 *                                  24 length on the wire             24 length on the wire
 *                                  28 data, padded to 4              28 data, padded to 4
 *                                   . options                         . options
 *
 * Custom blocks, systemd's journal and Sysdig's events are no packets, but Wireshark numbers them
 * as if they were, and a packet number that people pass on should mean the same here. They are
 * handed out as packets with a link type of our own (LAMNA_LINK_*). All other blocks pass by: they
 * are read for what they say of packets, and go to whoever listens.
 */
#include "capture/pcapng.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

enum {
    EPB_DATA = 28,
    SPB_DATA = 12,
    CUSTOM_DATA = 12, /* after the enterprise number */
    JOURNAL_DATA = 8,
    JOURNAL_MIN = 23,    /* "__REALTIME_TIMESTAMP=" and something after it */
    SYSDIG_DATA = 32,    /* processor, time, thread, length, type: packed */
    SYSDIG_V2_DATA = 36, /* and the number of parameters */
    BLOCK_TRAILER = 4
};

static uint32_t round_up_4(uint32_t n)
{
    return (n + 3u) & ~3u;
}

/* ---- Blocks
 * ----------------------------------------------------------------------------------------- */

static lamna_status block_bad_length(lamna_source *src, const struct pcapng_block *b,
                                     uint32_t length)
{
    if (length < PCAPNG_BLOCK_MIN)
        return source_damaged(src, b->offset,
                              "a block of type 0x%08" PRIx32 " claims %" PRIu32
                              " bytes, and the smallest has 12",
                              b->type, length);
    return source_damaged(src, b->offset,
                          "a block of type 0x%08" PRIx32 " claims %" PRIu32
                          " bytes, more than the limit of %" PRIu32,
                          b->type, length, src->limits.block_bytes);
}

/* The byte order of a block: a section header has its own, and all blocks after it follow it. */
static lamna_status block_order(lamna_source *src, const struct pcapng *ng, const uint8_t *h,
                                struct pcapng_block *b)
{
    b->big = ng->big;
    if (b->type != PCAPNG_SECTION)
        return LAMNA_OK;
    b->big = be32(h + 8) == PCAPNG_BYTE_ORDER;
    if (b->big || le32(h + 8) == PCAPNG_BYTE_ORDER)
        return LAMNA_OK;
    return source_damaged(src, b->offset, "a section header without a byte-order magic");
}

static lamna_status block_read(lamna_source *src, const struct pcapng *ng, struct pcapng_block *b)
{
    struct input *in = &src->input;
    const uint8_t *h = input_need(in, PCAPNG_BLOCK_MIN);
    if (h == NULL)
        return source_short(src, PCAPNG_BLOCK_MIN, "block");
    b->offset = input_offset(in);
    b->type = pcapng_u32(ng->big, h);
    lamna_status status = block_order(src, ng, h, b);
    if (status != LAMNA_OK)
        return status;
    uint32_t length = pcapng_u32(b->big, h + 4);
    if (length < PCAPNG_BLOCK_MIN || length > src->limits.block_bytes)
        return block_bad_length(src, b, length);
    /* Some writers forget the padding in the length, but not in the file. */
    b->length = round_up_4(length);
    b->bytes = input_need(in, b->length);
    if (b->bytes == NULL)
        return source_short(src, b->length, "block");
    uint32_t again = pcapng_u32(b->big, b->bytes + b->length - BLOCK_TRAILER);
    if (round_up_4(again) != b->length)
        return source_damaged(src, b->offset,
                              "a block begins with length %" PRIu32 " and ends with %" PRIu32,
                              length, again);
    return LAMNA_OK;
}

/* ---- Packets
 * ------------------------------------------------------------------------------------------ */

static void packet_begin(const struct pcapng *ng, const struct pcapng_block *b,
                         lamna_packet_info *packet)
{
    *packet = (lamna_packet_info){.section = ng->section,
                                  .flags = (uint8_t)(LAMNA_PACKET_HAS_INTERFACE |
                                                   (b->big ? LAMNA_PACKET_BIG_ENDIAN : 0)),
                                  .offset = b->offset,
                                  .record = b->bytes,
                                  .record_length = b->length};
}

static lamna_status packet_too_short(lamna_source *src, const struct pcapng_block *b, uint32_t data)
{
    return source_damaged(src, b->offset,
                          "a packet block of %" PRIu32 " bytes claims %" PRIu32 " bytes of data",
                          b->length, data);
}

/* Sets what the interface decides. `number` is the one in the block. */
static lamna_status packet_interface(lamna_source *src, const struct pcapng_block *b,
                                     uint32_t number, lamna_packet_info *packet)
{
    const struct pcapng *ng = src->state;
    size_t count = src->interface_count - ng->first;
    if (number >= count)
        return source_damaged(src, b->offset,
                              "a packet of interface %" PRIu32 ", and the section has %zu so far",
                              number, count);
    packet->interface = ng->first + number;
    const lamna_interface *known = &src->interfaces[packet->interface].known;
    packet->interface_name = known->name;
    packet->interface_description = known->description;
    packet->link_type = known->link_type;
    packet->fcs_length = known->fcs_length;
    return LAMNA_OK;
}

/* Walks the options: they are whole, and the flags word is among them. */
static lamna_status packet_options(lamna_source *src, const struct pcapng_block *b,
                                   lamna_packet_info *packet)
{
    const uint8_t *at = packet->options, *end = at + packet->options_length;
    struct pcapng_option option;
    enum pcapng_more more;
    while ((more = pcapng_option_next(b->big, &at, end, &option)) == PCAPNG_OPTION) {
        if (option.code != PCAPNG_EPB_FLAGS || option.length != 4)
            continue;
        packet->flags_word = pcapng_u32(b->big, option.value);
        packet->flags |= LAMNA_PACKET_HAS_FLAGS;
        uint8_t fcs = packet->flags_word >> 5 & 15;
        if (fcs != 0)
            packet->fcs_length = fcs;
    }
    return more == PCAPNG_OPTION_BAD ? pcapng_bad_option(src, b, &option) : LAMNA_OK;
}

/* Enhanced and obsolete packet blocks: only the interface number differs. */
static lamna_status packet_enhanced(lamna_source *src, const struct pcapng_block *b,
                                    lamna_packet_info *packet)
{
    if (b->length < EPB_DATA + BLOCK_TRAILER)
        return packet_too_short(src, b, 0);
    const uint8_t *h = b->bytes;
    uint32_t number =
        b->type == PCAPNG_PACKET ? pcapng_u16(b->big, h + 8) : pcapng_u32(b->big, h + 8);
    lamna_status status = packet_interface(src, b, number, packet);
    if (status != LAMNA_OK)
        return status;
    uint64_t units = (uint64_t)pcapng_u32(b->big, h + 12) << 32 | pcapng_u32(b->big, h + 16);
    packet->time_ns = pcapng_time(&src->interfaces[packet->interface].clock, units);
    packet->flags |= LAMNA_PACKET_HAS_TIME;
    packet->captured = pcapng_u32(b->big, h + 20);
    packet->length = pcapng_u32(b->big, h + 24);
    packet->data = h + EPB_DATA;
    uint32_t room = b->length - EPB_DATA - BLOCK_TRAILER;
    if (packet->captured > room || packet->captured > src->limits.packet_bytes)
        return packet_too_short(src, b, packet->captured);
    uint32_t padded = round_up_4(packet->captured);
    if (padded >= room)
        return LAMNA_OK;
    packet->options = packet->data + padded;
    packet->options_length = room - padded;
    return packet_options(src, b, packet);
}

/* A simple packet belongs to the first interface, whose snaplen alone says how much was captured.
 */
static lamna_status packet_simple(lamna_source *src, const struct pcapng_block *b,
                                  lamna_packet_info *packet)
{
    if (b->length < SPB_DATA + BLOCK_TRAILER)
        return packet_too_short(src, b, 0);
    lamna_status status = packet_interface(src, b, 0, packet);
    if (status != LAMNA_OK)
        return status;
    uint32_t snaplen = src->interfaces[packet->interface].known.snaplen;
    packet->length = pcapng_u32(b->big, b->bytes + 8);
    packet->captured = snaplen != 0 && packet->length > snaplen ? snaplen : packet->length;
    packet->data = b->bytes + SPB_DATA;
    if (packet->captured > b->length - SPB_DATA - BLOCK_TRAILER)
        return packet_too_short(src, b, packet->captured);
    return LAMNA_OK;
}

/* ---- What Wireshark numbers as packets
 * --------------------------------------------------------------- */

/* All of the block from `data` on, and no interface. */
static lamna_status packet_other(lamna_source *src, const struct pcapng_block *b,
                                 lamna_packet_info *packet, uint16_t link_type, uint32_t data)
{
    if (b->length < data + BLOCK_TRAILER)
        return source_damaged(src, b->offset,
                              "a block of type 0x%08" PRIx32 " of only %" PRIu32 " bytes", b->type,
                              b->length);
    packet->interface = LAMNA_NO_INTERFACE;
    packet->link_type = link_type;
    packet->data = b->bytes + data;
    packet->captured = packet->length = b->length - data - BLOCK_TRAILER;
    return LAMNA_OK;
}

static bool read_decimal(const uint8_t *at, const uint8_t *end, int64_t *value)
{
    int64_t v = 0;
    bool any = false;
    for (; at < end && *at >= '0' && *at <= '9'; at++, any = true) {
        if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, *at - '0', &v))
            return false;
    }
    *value = v;
    return any;
}

/* Journal Export Format: lines of NAME=value. Its time is one of them, in microseconds. */
static lamna_status packet_journal(lamna_source *src, const struct pcapng_block *b,
                                   lamna_packet_info *packet)
{
    lamna_status status = packet_other(src, b, packet, LAMNA_LINK_SYSTEMD_JOURNAL, JOURNAL_DATA);
    if (status != LAMNA_OK)
        return status;
    if (packet->captured < JOURNAL_MIN)
        return source_damaged(src, b->offset, "a journal entry of only %" PRIu32 " bytes",
                              packet->captured);
    while (packet->captured > 0 && packet->data[packet->captured - 1] == 0) /* the padding */
        packet->captured--;
    packet->length = packet->captured;
    static const char name[] = "__REALTIME_TIMESTAMP=";
    const uint8_t *end = packet->data + packet->captured;
    const uint8_t *at = memmem(packet->data, packet->captured, name, sizeof name - 1);
    int64_t us;
    if (at != NULL && read_decimal(at + sizeof name - 1, end, &us) &&
        !__builtin_mul_overflow(us, 1000, &packet->time_ns))
        packet->flags |= LAMNA_PACKET_HAS_TIME;
    return LAMNA_OK;
}

static lamna_status packet_sysdig(lamna_source *src, const struct pcapng_block *b,
                                  lamna_packet_info *packet)
{
    uint32_t data = b->type == PCAPNG_SYSDIG_EVENT ? SYSDIG_DATA : SYSDIG_V2_DATA;
    lamna_status status = packet_other(src, b, packet, LAMNA_LINK_SYSDIG_EVENT, data);
    if (status != LAMNA_OK)
        return status;
    uint64_t ns = pcapng_u64(b->big, b->bytes + 10);
    packet->time_ns = ns > INT64_MAX ? INT64_MAX : (int64_t)ns;
    packet->length = pcapng_u32(b->big, b->bytes + 26);
    packet->flags |= LAMNA_PACKET_HAS_TIME;
    return LAMNA_OK;
}

/* ---- Reading
 * ------------------------------------------------------------------------------------------ */

static bool block_is_packet(uint32_t type)
{
    switch (type) {
    case PCAPNG_ENHANCED_PACKET:
    case PCAPNG_SIMPLE_PACKET:
    case PCAPNG_PACKET:
    case PCAPNG_CUSTOM:
    case PCAPNG_CUSTOM_LOCAL:
    case PCAPNG_JOURNAL:
    case PCAPNG_SYSDIG_EVENT:
    case PCAPNG_SYSDIG_V2:
    case PCAPNG_SYSDIG_V2_LARGE:
        return true;
    default:
        return false;
    }
}

static lamna_status read_packet(lamna_source *src, const struct pcapng_block *b,
                                lamna_packet_info *packet)
{
    packet_begin(src->state, b, packet);
    switch (b->type) {
    case PCAPNG_ENHANCED_PACKET:
    case PCAPNG_PACKET:
        return packet_enhanced(src, b, packet);
    case PCAPNG_SIMPLE_PACKET:
        return packet_simple(src, b, packet);
    case PCAPNG_JOURNAL:
        return packet_journal(src, b, packet);
    case PCAPNG_CUSTOM:
    case PCAPNG_CUSTOM_LOCAL:
        return packet_other(src, b, packet, LAMNA_LINK_CUSTOM_BLOCK, CUSTOM_DATA);
    default:
        return packet_sysdig(src, b, packet);
    }
}

/* A block that is no packet: takes what it says, and passes it on. */
static lamna_status read_other(lamna_source *src, const struct pcapng_block *b)
{
    lamna_status status = LAMNA_OK;
    if (b->type == PCAPNG_SECTION)
        status = pcapng_read_section(src, b);
    else if (b->type == PCAPNG_INTERFACE)
        status = pcapng_read_interface(src, b);
    else if (b->type == PCAPNG_STATISTICS)
        status = pcapng_read_statistics(src, b);
    else if (b->type == PCAPNG_SECRETS)
        status = pcapng_read_secrets(src, b);
    else if (b->type == PCAPNG_NAMES)
        pcapng_read_names(src, b);
    if (status == LAMNA_OK) {
        source_pass_block(src, b->bytes, b->length);
        input_skip(&src->input, b->length);
    }
    return status;
}

static lamna_status pcapng_next(lamna_source *src, lamna_packet_info *packet)
{
    const struct pcapng *ng = src->state;
    for (;;) {
        struct pcapng_block b = {0};
        lamna_status status = block_read(src, ng, &b);
        if (status != LAMNA_OK)
            return status;
        if (block_is_packet(b.type)) {
            status = read_packet(src, &b, packet);
            if (status == LAMNA_OK)
                input_skip(&src->input, b.length);
            return status;
        }
        status = read_other(src, &b);
        if (status != LAMNA_OK)
            return status;
        if (src->pause && src->input.windowed)
            return LAMNA_END;
        if (stop_requested(&src->stop)) /* a file of nothing but such blocks must be stoppable */
            return LAMNA_STOPPED;
    }
}

/* Is there a whole packet block in the window? */
static bool pcapng_ready(const lamna_source *src)
{
    const struct pcapng *ng = src->state;
    const struct input *in = &src->input;
    if (!input_waits(in))
        return true;
    const uint8_t *at = in->window + in->begin;
    size_t left = input_available(in);
    while (left >= PCAPNG_BLOCK_MIN) {
        uint32_t type = pcapng_u32(ng->big, at), length = pcapng_u32(ng->big, at + 4);
        /* Past a section header the byte order may change, and damage needs no waiting either: in
         * both cases next() will find out. */
        if (type == PCAPNG_SECTION || length < PCAPNG_BLOCK_MIN || length > src->limits.block_bytes)
            return type != PCAPNG_SECTION;
        length = round_up_4(length);
        if (length > left)
            return false;
        if (block_is_packet(type))
            return true;
        at += length;
        left -= length;
    }
    return false;
}

static void pcapng_close(lamna_source *src)
{
    free(src->state);
}

static const struct source_ops pcapng_ops = {
    .next = pcapng_next, .ready = pcapng_ready, .close = pcapng_close};

lamna_status pcapng_open(lamna_source *src)
{
    const uint8_t *h = input_need(&src->input, 4);
    if (h == NULL || be32(h) != PCAPNG_SECTION)
        return LAMNA_END;
    src->state = calloc(1, sizeof(struct pcapng));
    if (src->state == NULL)
        return error_memory(&src->error);
    src->ops = &pcapng_ops;
    src->format = "pcapng";
    src->pcapng = true;
    struct pcapng_block b = {0};
    lamna_status status = block_read(src, src->state, &b);
    src->input.scout = (struct scout){28, 20, true, b.big};
    return status == LAMNA_OK ? read_other(src, &b) : status;
}
