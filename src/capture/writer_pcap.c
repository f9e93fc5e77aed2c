/* Writes pcap; the format is drawn in pcapfile.c. */
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "capture/writer.h"

enum { PCAP_HEADER = 24, PCAP_RECORD = 16, PCAP_SNAPLEN = 262144 };

static lamna_status write_header(lamna_writer *w, uint16_t link_type, uint8_t fcs_length,
                                 lamna_error *err)
{
    const lamna_source *src = w->src;
    uint32_t snaplen = src->interface_count > 0 ? src->interfaces[0].known.snaplen : 0;
    /* One header for all interfaces of a pcapng file, of which some may come later. */
    if (snaplen == 0 || (src->pcapng && snaplen < PCAP_SNAPLEN))
        snaplen = PCAP_SNAPLEN;
    uint32_t fcs = fcs_length == 0 ? 0 : 0x04000000u | (uint32_t)(fcs_length / 2 & 15) << 28;
    uint8_t h[PCAP_HEADER] = {0};
    put_le32(h, w->fraction_ns == 1 ? 0xa1b23c4d : 0xa1b2c3d4);
    put_le16(h + 4, 2);
    put_le16(h + 6, 4);
    put_le32(h + 16, snaplen);
    put_le32(h + 20, fcs | link_type);
    w->begun = true;
    w->link_type = link_type;
    (void)output_bytes(&w->out, h, sizeof h);
    return writer_result(w, err);
}

/* The link type of the file: that of the first packet, as a pcapng source may have several. */
static lamna_status pcap_begin(lamna_writer *w, lamna_error *err)
{
    if (w->src->pcapng)
        return LAMNA_OK;
    const lamna_interface *known = &w->src->interfaces[0].known;
    return write_header(w, known->link_type, known->fcs_length, err);
}

static lamna_status pcap_refuse(const lamna_writer *w, const lamna_packet_info *packet,
                                lamna_error *err)
{
    if (packet->interface == LAMNA_NO_INTERFACE)
        (void)error_set(err, LAMNA_ERR_UNSUPPORTED,
                        "%s: packet %" PRIu64 " is a pcapng block without a network, which pcap "
                        "cannot hold",
                        w->out.path, packet->number);
    else
        (void)error_set(err, LAMNA_ERR_UNSUPPORTED,
                        "%s: a pcap file holds one link type: packet %" PRIu64
                        " has %u and those before it %u",
                        w->out.path, packet->number, packet->link_type, w->link_type);
    return error_hint(err, "write pcapng, which can hold it");
}

static lamna_status pcap_bad_time(const lamna_writer *w, const lamna_packet_info *packet,
                                  lamna_error *err)
{
    (void)error_set(err, LAMNA_ERR_UNSUPPORTED,
                    "%s: the time of packet %" PRIu64
                    " is outside 1970 to 2106, all that pcap can say",
                    w->out.path, packet->number);
    return error_hint(err, "write pcapng, which can hold it");
}

static lamna_status pcap_packet(lamna_writer *w, const lamna_packet_info *packet,
                                const char *comment, lamna_error *err)
{
    if (comment != NULL)
        return error_set(err, LAMNA_ERR_UNSUPPORTED, "%s: pcap holds no comments; pcapng does",
                         w->out.path);
    if (packet->interface == LAMNA_NO_INTERFACE)
        return pcap_refuse(w, packet, err);
    if (!w->begun && write_header(w, packet->link_type, packet->fcs_length, err) != LAMNA_OK)
        return w->out.status;
    if (packet->link_type != w->link_type)
        return pcap_refuse(w, packet, err);
    int64_t seconds = packet->time_ns / 1000000000;
    if (packet->time_ns < 0 || seconds > UINT32_MAX)
        return pcap_bad_time(w, packet, err);
    uint8_t *r = output_reserve(&w->out, PCAP_RECORD);
    if (r == NULL)
        return writer_result(w, err);
    put_le32(r, (uint32_t)seconds);
    put_le32(r + 4, (uint32_t)(packet->time_ns % 1000000000) / w->fraction_ns);
    put_le32(r + 8, packet->captured);
    put_le32(r + 12, packet->length);
    output_advance(&w->out, PCAP_RECORD);
    (void)output_bytes(&w->out, packet->data, packet->captured);
    return writer_result(w, err);
}

/* A capture without packets still is a capture. */
static lamna_status pcap_end(lamna_writer *w, lamna_error *err)
{
    if (w->begun)
        return writer_result(w, err);
    enum { ETHERNET = 1 };
    const lamna_source *src = w->src;
    bool known = src->interface_count > 0;
    return write_header(w, known ? src->interfaces[0].known.link_type : ETHERNET,
                        known ? src->interfaces[0].known.fcs_length : 0, err);
}

const struct writer_ops writer_pcap = {.begin = pcap_begin, .packet = pcap_packet, .end = pcap_end};
