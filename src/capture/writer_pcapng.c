/* Writes pcapng; its blocks are drawn in pcapng.c and pcapng_meta.c. */
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/error.h"
#include "capture/pcapng.h"
#include "capture/writer.h"

enum { EPB_HEADER = 28, BLOCK_TRAILER = 4 };

/* ---- pcapng to pcapng: as it was
 * ------------------------------------------------------------------ */

static void keep_block(struct source_listener *self, const uint8_t *bytes, size_t n)
{
    lamna_writer *w =
        (lamna_writer *)(void *)((char *)self - offsetof(struct lamna_writer, listener));
    (void)output_bytes(&w->out, bytes, n); /* its error is sticky: the next packet reports it */
}

static lamna_status keep_begin(lamna_writer *w, lamna_error *err)
{
    lamna_source *src = w->src;
    if (src->history.failed)
        return error_memory(err);
    if (src->history_lost) {
        (void)error_set(err, LAMNA_ERR_LIMIT,
                        "%s: more than %d MiB of sections, interfaces and other blocks came before "
                        "the writer was opened",
                        src->path, SOURCE_HISTORY >> 20);
        return error_hint(err, "open the writer before the first packet is read");
    }
    (void)output_bytes(&w->out, src->history.data, src->history.length);
    w->listener.block = keep_block;
    source_listen(src, &w->listener);
    w->listening = true;
    return writer_result(w, err);
}

/* Sends the buffer off. */
static lamna_status put_out(lamna_writer *w, struct buf *b, lamna_error *err)
{
    lamna_status status = LAMNA_OK;
    if (b->failed)
        status = error_memory(err);
    else if (b->length > 0)
        (void)output_bytes(&w->out, b->data, b->length);
    buf_free(b);
    return status != LAMNA_OK ? status : writer_result(w, err);
}

static uint16_t in_order_16(bool big, uint16_t v)
{
    return big ? __builtin_bswap16(v) : v;
}

static uint32_t in_order_32(bool big, uint32_t v)
{
    return big ? __builtin_bswap32(v) : v;
}

/* The block with the comment before its other options, in its byte order. */
static void put_commented(struct buf *b, const lamna_packet_info *packet, const char *comment)
{
    bool big = (packet->flags & LAMNA_PACKET_BIG_ENDIAN) != 0;
    uint32_t n = (uint32_t)strnlen(comment, UINT16_MAX - 3);
    uint32_t end = packet->record_length - BLOCK_TRAILER;
    uint32_t at = packet->options != NULL ? (uint32_t)(packet->options - packet->record) : end;
    uint8_t option[4], length[4];
    put_le16(option, in_order_16(big, PCAPNG_OPTION_COMMENT));
    put_le16(option + 2, in_order_16(big, (uint16_t)n));
    buf_bytes(b, packet->record, at);
    buf_bytes(b, option, sizeof option);
    buf_bytes(b, comment, n);
    buf_fill(b, '\0', -n & 3);
    if (packet->options != NULL)
        buf_bytes(b, packet->options, packet->options_length);
    else
        buf_fill(b, '\0', 4); /* PCAPNG_OPTION_END */
    put_le32(length, in_order_32(big, (uint32_t)b->length + BLOCK_TRAILER));
    buf_bytes(b, length, sizeof length);
    if (!b->failed)
        memcpy(b->data + 4, length, sizeof length);
}

static bool takes_options(const lamna_packet_info *packet)
{
    bool big = (packet->flags & LAMNA_PACKET_BIG_ENDIAN) != 0;
    uint32_t type = pcapng_u32(big, packet->record);
    return type == PCAPNG_ENHANCED_PACKET || type == PCAPNG_PACKET;
}

static lamna_status keep_packet(lamna_writer *w, const lamna_packet_info *packet,
                                const char *comment, lamna_error *err)
{
    struct buf b = {0};
    if (comment == NULL) {
        (void)output_bytes(&w->out, packet->record, packet->record_length);
        return writer_result(w, err);
    }
    if (!takes_options(packet))
        return error_set(err, LAMNA_ERR_UNSUPPORTED,
                         "packet %llu lies in a block that has no room for a comment",
                         (unsigned long long)packet->number);
    put_commented(&b, packet, comment);
    return put_out(w, &b, err);
}

static lamna_status keep_end(lamna_writer *w, lamna_error *err)
{
    return writer_result(w, err);
}

const struct writer_ops writer_keep = {.begin = keep_begin, .packet = keep_packet, .end = keep_end};

/* ---- Anything else to pcapng
 * ------------------------------------------------------------------------ */

static void put_u16(struct buf *b, uint16_t v)
{
    uint8_t bytes[2];
    put_le16(bytes, v);
    buf_bytes(b, bytes, sizeof bytes);
}

static void put_u32(struct buf *b, uint32_t v)
{
    uint8_t bytes[4];
    put_le32(bytes, v);
    buf_bytes(b, bytes, sizeof bytes);
}

static void put_u64(struct buf *b, uint64_t v)
{
    uint8_t bytes[8];
    put_le64(bytes, v);
    buf_bytes(b, bytes, sizeof bytes);
}

static void put_option(struct buf *b, uint16_t code, const void *value, size_t n)
{
    put_u16(b, code);
    put_u16(b, (uint16_t)n);
    buf_bytes(b, value, n);
    buf_fill(b, '\0', -n & 3);
}

static void put_text(struct buf *b, uint16_t code, const char *text)
{
    if (text != NULL && *text != '\0')
        put_option(b, code, text, strnlen(text, UINT16_MAX - 3));
}

static void put_count(struct buf *b, uint16_t code, uint64_t count)
{
    uint8_t bytes[8];
    put_le64(bytes, count);
    put_option(b, code, bytes, sizeof bytes);
}

/* Begins a block at the end of b; block_end() needs what this returns. */
static size_t block_begin(struct buf *b, uint32_t type)
{
    size_t at = b->length;
    put_u32(b, type);
    put_u32(b, 0);
    return at;
}

static void block_end(struct buf *b, size_t at)
{
    put_option(b, PCAPNG_OPTION_END, NULL, 0);
    uint32_t length = (uint32_t)(b->length - at + BLOCK_TRAILER);
    put_u32(b, length);
    if (!b->failed)
        put_le32((uint8_t *)b->data + at + 4, length);
}

static void put_section(struct buf *b, const lamna_interface *known)
{
    size_t at = block_begin(b, PCAPNG_SECTION);
    put_u32(b, PCAPNG_BYTE_ORDER);
    put_u16(b, 1);
    put_u16(b, 0);
    put_u64(b, UINT64_MAX); /* length not known: the file may be a pipe */
    put_text(b, PCAPNG_SHB_OS, known->os);
    put_text(b, PCAPNG_SHB_APPLICATION, "lamna");
    block_end(b, at);
}

/* libpcap's filter language is number 0, before the text. */
static void put_filter(struct buf *b, const char *filter)
{
    if (filter == NULL || *filter == '\0')
        return;
    size_t n = strnlen(filter, UINT16_MAX - 4);
    put_u16(b, PCAPNG_IF_FILTER);
    put_u16(b, (uint16_t)(n + 1));
    buf_char(b, '\0');
    buf_bytes(b, filter, n);
    buf_fill(b, '\0', -(n + 1) & 3);
}

static void put_interface(struct buf *b, const lamna_interface *known)
{
    size_t at = block_begin(b, PCAPNG_INTERFACE);
    put_u16(b, known->link_type);
    put_u16(b, 0);
    put_u32(b, known->snaplen);
    put_text(b, PCAPNG_IF_NAME, known->name);
    put_text(b, PCAPNG_IF_DESCRIPTION, known->description);
    put_option(b, PCAPNG_IF_TSRESOL, &known->tsresol, 1);
    put_filter(b, known->filter);
    put_text(b, PCAPNG_IF_OS, known->os);
    if (known->fcs_length != 0)
        put_option(b, PCAPNG_IF_FCSLEN, &known->fcs_length, 1);
    block_end(b, at);
}

static lamna_status pcapng_begin(lamna_writer *w, lamna_error *err)
{
    struct buf b = {0};
    const lamna_interface *known = &w->src->interfaces[0].known; /* such sources have one */
    put_section(&b, known);
    put_interface(&b, known);
    return put_out(w, &b, err);
}

/* A timestamp in the units of the interface: these sources have micro- or nanoseconds. */
static uint64_t time_units(const lamna_writer *w, int64_t ns)
{
    return (uint64_t)ns / (w->src->interfaces[0].known.tsresol == 9 ? 1 : 1000);
}

/* All of a block of that length but its options and its end. */
static void put_packet(lamna_writer *w, const lamna_packet_info *packet, uint32_t length)
{
    static const uint8_t padding[3];
    uint8_t *h = output_reserve(&w->out, EPB_HEADER);
    if (h == NULL)
        return;
    uint64_t units = time_units(w, packet->time_ns);
    put_le32(h, PCAPNG_ENHANCED_PACKET);
    put_le32(h + 4, length);
    put_le32(h + 8, 0);
    put_le32(h + 12, (uint32_t)(units >> 32));
    put_le32(h + 16, (uint32_t)units);
    put_le32(h + 20, packet->captured);
    put_le32(h + 24, packet->length);
    output_advance(&w->out, EPB_HEADER);
    (void)output_bytes(&w->out, packet->data, packet->captured);
    (void)output_bytes(&w->out, padding, -packet->captured & 3u);
}

static lamna_status pcapng_packet(lamna_writer *w, const lamna_packet_info *packet,
                                  const char *comment, lamna_error *err)
{
    struct buf options = {0};
    uint8_t end[BLOCK_TRAILER];
    if (comment != NULL) {
        put_text(&options, PCAPNG_OPTION_COMMENT, comment);
        put_option(&options, PCAPNG_OPTION_END, NULL, 0);
    }
    uint32_t length = EPB_HEADER + packet->captured + (-packet->captured & 3u) +
                      (uint32_t)options.length + BLOCK_TRAILER;
    put_packet(w, packet, length);
    lamna_status status = put_out(w, &options, err);
    if (status != LAMNA_OK)
        return status;
    put_le32(end, length);
    (void)output_bytes(&w->out, end, sizeof end);
    return writer_result(w, err);
}

/* What a live capture lost, which is known at its end only. */
static lamna_status pcapng_end(lamna_writer *w, lamna_error *err)
{
    if (w->src->ops->drops == NULL || w->out.status != LAMNA_OK)
        return writer_result(w, err);
    w->src->ops->drops(w->src);
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    uint64_t units = time_units(w, (int64_t)now.tv_sec * 1000000000 + now.tv_nsec);
    struct buf b = {0};
    size_t at = block_begin(&b, PCAPNG_STATISTICS);
    put_u32(&b, 0);
    put_u32(&b, (uint32_t)(units >> 32));
    put_u32(&b, (uint32_t)units);
    put_count(&b, PCAPNG_ISB_IFDROP, w->src->dropped_interface);
    put_count(&b, PCAPNG_ISB_OSDROP, w->src->dropped_kernel);
    put_count(&b, PCAPNG_ISB_USRDELIV, w->src->packets);
    block_end(&b, at);
    return put_out(w, &b, err);
}

const struct writer_ops writer_pcapng = {
    .begin = pcapng_begin, .packet = pcapng_packet, .end = pcapng_end};
