/*
 * rdpudp: the UDP transport of Remote Desktop ([MS-RDPEUDP], [MS-RDPEUDP2]).
 *
 *     | source acknowledged 4 | window 2 | flags 2 | as the flags say: SYN 8, correlation 32, SYNEX, ACKs, data |
 *
 * In version 2, which both ends agree on with their SYNEX, the first byte and the eighth have changed places:
 *
 *     | prefix 1 | flags 12 bits, window 4 bits | ACK | overhead | delays | ACK of ACKs | data |
 */
#include "dissect/packet.h"

static const struct value_name synex_version_names[] = {
    VALUE(0x1, "UDPv1-1"), VALUE(0x2, "UDPv1-2"), VALUE(0x101, "UDPv2"), VALUES_END};
static const struct value_name packettype_names[] = {VALUE(0x0, "Data"), VALUE(0x8, "Dummy"),
                                                     VALUES_END};
static const struct value_name ackvec_codecackmode_names[] = {VALUE(0x0, "Bitmap"),
                                                              VALUE(0x1, "Run length"), VALUES_END};
static const struct value_name ackvec_codecackrlestate_names[] = {VALUE(0, "lost"),
                                                                  VALUE(1, "received"), VALUES_END};

#define FIELDS(X)                                                                                  \
    X(SNSOURCEACK, "rdpudp.snsourceack", "snSourceAck", UINT32, HEX, 0, NULL)                      \
    X(RECEIVEWINDOWSIZE, "rdpudp.receivewindowsize", "ReceiveWindowSize", UINT16, DEC, 0, NULL)    \
    X(FLAGS, "rdpudp.flags", "Flags", UINT16, HEX, 0, NULL)                                        \
    X(FLAGS_SYN, "rdpudp.flags.syn", "Syn", BOOLEAN, 16, 0x1, NULL)                                \
    X(FLAGS_FIN, "rdpudp.flags.fin", "Fin", BOOLEAN, 16, 0x2, NULL)                                \
    X(FLAGS_ACK, "rdpudp.flags.ack", "Ack", BOOLEAN, 16, 0x4, NULL)                                \
    X(FLAGS_DATA, "rdpudp.flags.data", "Data", BOOLEAN, 16, 0x8, NULL)                             \
    X(FLAGS_FEC, "rdpudp.flags.fec", "FECData", BOOLEAN, 16, 0x10, NULL)                           \
    X(FLAGS_CN, "rdpudp.flags.cn", "CN", BOOLEAN, 16, 0x20, NULL)                                  \
    X(FLAGS_CWR, "rdpudp.flags.cwr", "CWR", BOOLEAN, 16, 0x40, NULL)                               \
    X(FLAGS_AOA, "rdpudp.flags.aoa", "Ack of Acks", BOOLEAN, 16, 0x100, NULL)                      \
    X(FLAGS_SYNLOSSY, "rdpudp.flags.synlossy", "Syn lossy", BOOLEAN, 16, 0x200, NULL)              \
    X(FLAGS_ACKDELAYED, "rdpudp.flags.ackdelayed", "Ack delayed", BOOLEAN, 16, 0x400, NULL)        \
    X(FLAGS_CORRELATIONID, "rdpudp.flags.correlationid", "Correlation id", BOOLEAN, 16, 0x800,     \
      NULL)                                                                                        \
    X(FLAGS_SYNEX, "rdpudp.flags.synex", "SynEx", BOOLEAN, 16, 0x1000, NULL)                       \
    X(INITIALSEQUENCENUMBER, "rdpudp.initialsequencenumber", "Initial SequenceNumber", UINT32,     \
      HEX, 0, NULL)                                                                                \
    X(UPSTREAMMTU, "rdpudp.upstreammtu", "Upstream MTU", UINT16, DEC, 0, NULL)                     \
    X(DOWNSTREAMMTU, "rdpudp.downstreammtu", "DownStream MTU", UINT16, DEC, 0, NULL)               \
    X(CORRELATIONID, "rdpudp.correlationid", "Correlation Id", BYTES, NONE, 0, NULL)               \
    X(SYNEX_FLAGS, "rdpudp.synex.flags", "Flags", UINT16, HEX, 0, NULL)                            \
    X(SYNEX_FLAGS_VERSIONINFO, "rdpudp.synex.flags.versioninfo", "Version info", BOOLEAN, 8, 0x1,  \
      NULL)                                                                                        \
    X(SYNEX_VERSION, "rdpudp.synex.version", "Version", UINT16, HEX, 0, synex_version_names)       \
    X(SYNEX_COOKIEHASH, "rdpudp.synex.cookiehash", "Cookie Hash", BYTES, NONE, 0, NULL)            \
    X(ACK_ITEM, "rdpudp.ack.item", "Ack item", UINT8, HEX, 0, NULL)                                \
    X(ACK_ITEM_RLE, "rdpudp.ack.item.rle", "Run length", UINT8, DEC, 0x3f, NULL)                   \
    X(V2_PREFIXBYTE, "rdpudp2.prefixbyte", "PacketPrefixByte", UINT8, HEX, 0, NULL)                \
    X(V2_PACKETTYPE, "rdpudp2.packetType", "PacketType", UINT8, HEX, 0x1e, packettype_names)       \
    X(V2_SHORTPACKETLEN, "rdpudp2.shortpacketlen", "Short packet length", UINT8, DEC, 0x7, NULL)   \
    X(V2_FLAGS, "rdpudp2.flags", "Flags", UINT16, HEX, 0xfff, NULL)                                \
    X(V2_FLAGS_ACK, "rdpudp2.flags.ack", "Ack", UINT16, HEX, 0x1, NULL)                            \
    X(V2_FLAGS_DATA, "rdpudp2.flags.data", "Data", UINT16, HEX, 0x4, NULL)                         \
    X(V2_FLAGS_ACKVEC, "rdpudp2.flags.ackvec", "AckVec", UINT16, HEX, 0x8, NULL)                   \
    X(V2_FLAGS_ACKOFACKS, "rdpudp2.flags.ackofacks", "AckOfAcks", UINT16, HEX, 0x10, NULL)         \
    X(V2_FLAGS_OVERHEADSIZE, "rdpudp2.flags.overheadsize", "OverheadSize", UINT16, HEX, 0x40,      \
      NULL)                                                                                        \
    X(V2_FLAGS_DELAYACKINFO, "rdpudp2.flags.delayackinfo", "DelayedAckInfo", UINT16, HEX, 0x100,   \
      NULL)                                                                                        \
    X(V2_LOGWINDOW, "rdpudp2.logWindow", "LogWindow", UINT16, DEC, 0xf000, NULL)                   \
    X(V2_ACK_SEQNUM, "rdpudp2.ack.seqnum", "Base Seq", UINT16, HEX, 0, NULL)                       \
    X(V2_ACK_TS, "rdpudp2.ack.ts", "receivedTS", UINT24, DEC, 0, NULL)                             \
    X(V2_ACK_SENDTIMEGAP, "rdpudp2.ack.sendTimeGap", "sendTimeGap", UINT8, DEC, 0, NULL)           \
    X(V2_ACK_NUMDELAYEDACKS, "rdpudp2.ack.numDelayedAcks", "NumDelayedAcks", UINT8, DEC, 0xf,      \
      NULL)                                                                                        \
    X(V2_ACK_DELAYEDTIMESCALE, "rdpudp2.ack.delayedTimeScale", "delayedTimeScale", UINT8, DEC,     \
      0xf0, NULL)                                                                                  \
    X(V2_ACK_DELAYEDACKS, "rdpudp2.ack.delayedAcks", "Delayed acks", BYTES, NONE, 0, NULL)         \
    X(V2_ACK_DELAYEDACK, "rdpudp2.ack.delayedAck", "Delayed ack", UINT8, DEC, 0, NULL)             \
    X(V2_OVERHEADSIZE, "rdpudp2.overheadsize", "Overhead size", UINT8, DEC, 0, NULL)               \
    X(V2_DELAYACKINFO_MAX, "rdpudp2.delayackinfo.max", "MaxDelayedAcks", UINT8, DEC, 0, NULL)      \
    X(V2_DELAYACKINFO_TIMEOUT, "rdpudp2.delayackinfo.timeout", "DelayedAckTimeoutInMs", UINT16,    \
      DEC, 0, NULL)                                                                                \
    X(V2_ACKOFACKSSEQNUM, "rdpudp2.ackofacksseqnum", "Sequence number", UINT16, HEX, 0, NULL)      \
    X(V2_DATA_SEQNUM, "rdpudp2.data.seqnum", "Sequence number", UINT16, HEX, 0, NULL)              \
    X(V2_DATA_CHANNELSEQNUMBER, "rdpudp2.data.channelseqnumber", "Channel sequence number",        \
      UINT16, HEX, 0, NULL)                                                                        \
    X(V2_ACKVEC_BASESEQNUM, "rdpudp2.ackvec.baseseqnum", "Base sequence number", UINT16, HEX, 0,   \
      NULL)                                                                                        \
    X(V2_ACKVEC_CODEDACKVECSIZE, "rdpudp2.ackvec.codedackvecsize", "Coded ackvec size", UINT16,    \
      DEC, 0x7f, NULL)                                                                             \
    X(V2_ACKVEC_HAVETS, "rdpudp2.ackvec.havets", "Have timestamp", BOOLEAN, 8, 0x80, NULL)         \
    X(V2_ACKVEC_TIMESTAMP, "rdpudp2.ackvec.timestamp", "Timestamp", UINT24, HEX, 0, NULL)          \
    X(V2_ACKVEC_SENDACKTIMEGAP, "rdpudp2.ackvec.sendacktimegap", "SendAckTimeGap", UINT8, DEC, 0,  \
      NULL)                                                                                        \
    X(V2_ACKVEC_CODEDACK, "rdpudp2.ackvec.codedAck", "Coded Ack", UINT8, HEX, 0, NULL)             \
    X(V2_ACKVEC_CODECACKMODE, "rdpudp2.ackvec.codecAckMode", "Mode", UINT8, HEX, 0x80,             \
      ackvec_codecackmode_names)                                                                   \
    X(V2_ACKVEC_CODECACKRLESTATE, "rdpudp2.ackvec.codecAckRleState", "State", UINT8, DEC, 0x40,    \
      ackvec_codecackrlestate_names)                                                               \
    X(V2_ACKVEC_CODECACKRLELEN, "rdpudp2.ackvec.codecAckRleLen", "Length", UINT8, DEC, 0x3f, NULL)

FIELD_TABLE(FIELDS);

enum { RDP_PORT = 3389, VERSION_2 = 0x0101, PREFIX_AT = 7 };
enum {
    SYN = 0x0001,
    FIN = 0x0002,
    ACK = 0x0004,
    WITH_DATA = 0x0008,
    CORRELATION = 0x0800,
    SYNEX = 0x1000
};
enum {
    V2_ACK = 0x001,
    V2_WITH_DATA = 0x004,
    V2_ACKVEC = 0x008,
    V2_ACK_OF_ACKS = 0x010,
    V2_OVERHEAD = 0x040,
    V2_DELAY = 0x100
};
enum { DUMMY = 8 };

struct state {
    bool asked_2, version_2;
};

/* ---- Version 1 --------------------------------------------------------------------------------- */

static void put_syn(struct packet *p, struct cursor *c, uint16_t flags, struct state *s)
{
    (void)put_u32(p, c, INITIALSEQUENCENUMBER);
    (void)put_u16(p, c, UPSTREAMMTU);
    (void)put_u16(p, c, DOWNSTREAMMTU);
    if (flags & CORRELATION) {
        (void)put_bytes(p, c, CORRELATIONID, 16);
        cursor_skip(c, 16);
    }
    if ((flags & SYNEX) == 0)
        return;
    uint32_t tree = tree_text(p, c, c->pos, 4, "SynEx");
    uint16_t extended = put_u16(p, c, SYNEX_FLAGS), version = 0;
    put_bits(p, c, SYNEX_FLAGS_VERSIONINFO, c->pos - 2, 2, extended);
    if (extended & 1)
        version = put_u16(p, c, SYNEX_VERSION);
    if (version == VERSION_2 && cursor_captured(c) >= 32)
        (void)put_bytes(p, c, SYNEX_COOKIEHASH, 32);
    tree_end(p, tree);
    if (version == VERSION_2 && (flags & ACK) == 0)
        s->asked_2 = true;
    else if (flags & ACK)
        s->version_2 = s->asked_2 && version == VERSION_2;
}

/* Runs of packets that came or not; padded to four bytes. */
static void put_vector(struct packet *p, struct cursor *c)
{
    uint32_t start = c->pos;
    uint16_t n = cursor_u16(c);
    for (uint16_t i = 0; i < n && c->fault == CURSOR_OK; i++) {
        uint8_t item = put_u8(p, c, ACK_ITEM);
        uint32_t tree = tree_begin(p, ACK_ITEM);
        put_bits(p, c, ACK_ITEM_RLE, c->pos - 1, 1, item);
        tree_end(p, tree);
    }
    uint32_t padding = (4 - (c->pos - start) % 4) % 4;
    cursor_skip(c, cursor_left(c) < padding ? cursor_left(c) : padding);
}

/* TLS, and once its handshake is over, what nobody can read. */
static void put_carried(struct packet *p, struct cursor *c)
{
    uint32_t n = cursor_captured(c);
    tree_end(p, tree_text(p, c, c->pos, n, "Data (%u bytes)", n));
    cursor_skip(c, n);
}

static void put_data_1(struct packet *p, struct cursor *c)
{
    const uint8_t *b = cursor_take(c, 8);
    if (b == NULL)
        return;
    tree_end(p, tree_text(p, c, c->pos - 8, 4, "snCoded: 0x%08x", be32(b)));
    tree_end(p, tree_text(p, c, c->pos - 4, 4, "snSourceStart: 0x%08x", be32(b + 4)));
    put_carried(p, c);
}

static void info_flags(struct packet *p, const struct value_name *names, uint32_t flags)
{
    info_set(p, "%s", "");
    const char *comma = "";
    for (; names->name != NULL; names++) {
        if ((flags & names->low) == 0)
            continue;
        info_add(p, "%s%s", comma, names->name);
        comma = ",";
    }
}

static void dissect_1(struct packet *p, struct cursor *c, struct state *s)
{
    static const struct value_name short_names[] = {VALUE(SYN, "SYN"),
                                                    VALUE(FIN, "FIN"),
                                                    VALUE(ACK, "ACK"),
                                                    VALUE(WITH_DATA, "DATA"),
                                                    VALUE(0x0010, "FECDATA"),
                                                    VALUE(0x0020, "CN"),
                                                    VALUE(0x0040, "CWR"),
                                                    VALUE(0x0100, "AOA"),
                                                    VALUE(0x0200, "SYNLOSSY"),
                                                    VALUE(0x0400, "DELAYED"),
                                                    VALUE(CORRELATION, "CORRELATIONID"),
                                                    VALUE(SYNEX, "SYNEX"),
                                                    VALUES_END};
    (void)put_u32(p, c, SNSOURCEACK);
    (void)put_u16(p, c, RECEIVEWINDOWSIZE);
    uint16_t flags = put_u16(p, c, FLAGS);
    uint32_t tree = tree_begin(p, FLAGS);
    put_flags(p, c, FLAGS_SYN, FLAGS_SYNEX - FLAGS_SYN + 1, c->pos - 2, 2, flags);
    tree_end(p, tree);
    info_flags(p, short_names, flags);
    if (flags & SYN) {
        put_syn(p, c, flags, s);
        cursor_trim(c, 0); /* filled up to what the path may carry */
        return;
    }
    if (flags & ACK)
        put_vector(p, c);
    if (flags & WITH_DATA)
        put_data_1(p, c);
}

/* ---- Version 2 --------------------------------------------------------------------------------- */

static void put_ack_2(struct packet *p, struct cursor *c)
{
    (void)put_uint_le(p, c, V2_ACK_SEQNUM, 2);
    (void)put_uint_le(p, c, V2_ACK_TS, 3);
    (void)put_u8(p, c, V2_ACK_SENDTIMEGAP);
    uint8_t counts = cursor_u8(c);
    put_flags(p, c, V2_ACK_NUMDELAYEDACKS, 2, c->pos - 1, 1, counts);
    if ((counts & 15) == 0 || cursor_captured(c) < (counts & 15u))
        return;
    struct cursor copy = *c;
    (void)put_bytes(p, &copy, V2_ACK_DELAYEDACKS, counts & 15);
    uint32_t tree = tree_begin(p, V2_ACK_DELAYEDACKS);
    for (unsigned i = 0; i < (counts & 15u); i++)
        (void)put_u8(p, c, V2_ACK_DELAYEDACK);
    tree_end(p, tree);
}

static void put_ackvec_2(struct packet *p, struct cursor *c)
{
    (void)put_uint_le(p, c, V2_ACKVEC_BASESEQNUM, 2);
    uint8_t size = cursor_u8(c);
    put_flags(p, c, V2_ACKVEC_CODEDACKVECSIZE, 2, c->pos - 1, 1, size);
    if (size & 0x80) {
        (void)put_uint_le(p, c, V2_ACKVEC_TIMESTAMP, 3);
        (void)put_u8(p, c, V2_ACKVEC_SENDACKTIMEGAP);
    }
    for (unsigned i = 0; i < (size & 0x7fu) && c->fault == CURSOR_OK; i++) {
        uint8_t coded = put_u8(p, c, V2_ACKVEC_CODEDACK);
        uint32_t tree = tree_begin(p, V2_ACKVEC_CODEDACK);
        put_bits(p, c, V2_ACKVEC_CODECACKMODE, c->pos - 1, 1, coded);
        if (coded & 0x80)
            put_flags(p, c, V2_ACKVEC_CODECACKRLESTATE, 2, c->pos - 1, 1, coded);
        tree_end(p, tree);
    }
}

static void put_contents_2(struct packet *p, struct cursor *c, uint16_t flags, unsigned type)
{
    if (flags & V2_ACK)
        put_ack_2(p, c);
    if (flags & V2_OVERHEAD)
        (void)put_u8(p, c, V2_OVERHEADSIZE);
    if (flags & V2_DELAY) {
        (void)put_u8(p, c, V2_DELAYACKINFO_MAX);
        (void)put_uint_le(p, c, V2_DELAYACKINFO_TIMEOUT, 2);
    }
    if (flags & V2_ACK_OF_ACKS)
        (void)put_uint_le(p, c, V2_ACKOFACKSSEQNUM, 2);
    if (flags & V2_WITH_DATA)
        (void)put_uint_le(p, c, V2_DATA_SEQNUM, 2);
    if (flags & V2_ACKVEC)
        put_ackvec_2(p, c);
    if ((flags & V2_WITH_DATA) == 0 || type == DUMMY)
        return;
    (void)put_uint_le(p, c, V2_DATA_CHANNELSEQNUMBER, 2);
    put_carried(p, c);
}

/* The packet with its prefix in front again. */
static struct cursor unswapped(struct packet *p, struct cursor *c)
{
    uint32_t n = cursor_captured(c);
    uint8_t *bytes = n > PREFIX_AT ? arena_alloc(p->arena, n) : NULL;
    struct cursor none = *c;
    if (bytes == NULL) {
        cursor_skip(&none, n + 1);
        return none;
    }
    memcpy(bytes, c->data + c->pos, n);
    bytes[0] = c->data[c->pos + PREFIX_AT];
    bytes[PREFIX_AT] = c->data[c->pos];
    return cursor_over(p, "Unwrapped RDPUDP2 packet", bytes, n);
}

static void dissect_2(struct packet *p, struct cursor *whole)
{
    static const struct value_name short_names[] = {VALUE(V2_ACK, "ACK"),
                                                    VALUE(V2_WITH_DATA, "DATA"),
                                                    VALUE(V2_ACKVEC, "ACKVEC"),
                                                    VALUE(V2_ACK_OF_ACKS, "AOA"),
                                                    VALUE(V2_OVERHEAD, "OVERHEAD"),
                                                    VALUE(V2_DELAY, "DELAYACK"),
                                                    VALUES_END};
    column_set(p, "RDPUDP2");
    struct cursor moved = unswapped(p, whole), *c = &moved;
    uint8_t prefix = put_u8(p, c, V2_PREFIXBYTE);
    uint32_t tree = tree_begin(p, V2_PREFIXBYTE);
    put_flags(p, c, V2_PACKETTYPE, 2, c->pos - 1, 1, prefix);
    tree_end(p, tree);
    const uint8_t *b = cursor_take(c, 2);
    if (b != NULL) {
        uint16_t flags = le16(b);
        put_bits(p, c, V2_FLAGS, c->pos - 2, 2, flags);
        tree = tree_begin(p, V2_FLAGS);
        put_flags(p, c, V2_FLAGS_ACK, V2_FLAGS_DELAYACKINFO - V2_FLAGS_ACK + 1, c->pos - 2, 2,
                  flags);
        tree_end(p, tree);
        put_bits(p, c, V2_LOGWINDOW, c->pos - 2, 2, flags);
        info_flags(p, short_names, flags);
        put_contents_2(p, c, flags, prefix >> 1 & 15);
    }
    if (moved.fault != CURSOR_OK)
        whole->fault = moved.fault;
    else
        cursor_skip(whole, cursor_captured(whole));
}

static void dissect(struct packet *p, struct cursor *c)
{
    struct state alone = {0}, *s = flow_state(p, sizeof *s);
    if (s == NULL)
        s = &alone;
    if (s->version_2)
        dissect_2(p, c);
    else
        dissect_1(p, c, s);
}

static const struct binding bindings[] = {{"udp.port", RDP_PORT}, {NULL, 0}};

const struct protocol proto_rdpudp = {.name = "rdpudp",
                                      .title = "UDP Remote Desktop Protocol",
                                      .column = "RDPUDP",
                                      FIELDS_OF_THIS_FILE,
                                      .bindings = bindings,
                                      .remembers = true,
                                      .dissect = dissect};
