/* rtp: Real-time Transport Protocol (RFC 3550). Nothing in a packet says that it is RTP: somebody
 * announced it, as SDP does. */
#include "dissect/expect.h"

/* RFC 3551, section 6. */
static const struct value_name p_types[] = {
    VALUE(0, "ITU-T G.711 PCMU"),
    VALUE(1, "USA Federal Standard FS-1016"),
    VALUE(2, "ITU-T G.721"),
    VALUE(3, "GSM 06.10"),
    VALUE(4, "ITU-T G.723"),
    VALUE(5, "DVI4 8000 samples/s"),
    VALUE(6, "DVI4 16000 samples/s"),
    VALUE(7, "Experimental linear predictive encoding from Xerox PARC"),
    VALUE(8, "ITU-T G.711 PCMA"),
    VALUE(9, "ITU-T G.722"),
    VALUE(10, "16-bit uncompressed audio, stereo"),
    VALUE(11, "16-bit uncompressed audio, monaural"),
    VALUE(12, "Qualcomm Code Excited Linear Predictive coding"),
    VALUE(13, "Comfort noise"),
    VALUE(14, "MPEG-I/II Audio"),
    VALUE(15, "ITU-T G.728"),
    VALUE(16, "DVI4 11025 samples/s"),
    VALUE(17, "DVI4 22050 samples/s"),
    VALUE(18, "ITU-T G.729"),
    VALUE(19, "Comfort noise (old)"),
    VALUE(25, "Sun CellB video encoding"),
    VALUE(26, "JPEG-compressed video"),
    VALUE(28, "'nv' program"),
    VALUE(31, "ITU-T H.261"),
    VALUE(32, "MPEG-I/II Video"),
    VALUE(33, "MPEG-II transport streams"),
    VALUE(34, "ITU-T H.263"),
    VALUES_END};

static const struct value_name version_names[] = {VALUE(2, "RFC 1889 Version"),
                                                  VALUE(0, "Old VAT Version"),
                                                  VALUE(1, "First Draft Version"), VALUES_END};

static const struct value_name ext_profile_names[] = {VALUE(103, "ED137"), VALUE(359, "ED137A"),
                                                      VALUES_END};

#define FIELDS(X)                                                                                  \
    X(CALL_ID, "sip.call_id_generated", "Generated Call-ID", STRING, GENERATED, 0, NULL)           \
    X(SETUP, "rtp.setup", "Stream setup", STRING, GENERATED, 0, NULL)                              \
    X(SETUP_FRAME, "rtp.setup-frame", "Setup frame", FRAMENUM, DEC | GENERATED | FLOW, 0, NULL)    \
    X(SETUP_METHOD, "rtp.setup-method", "Setup Method", STRING, GENERATED, 0, NULL)                \
    X(VERSION, "rtp.version", "Version", UINT8, DEC, 0xc0, version_names)                          \
    X(PADDING, "rtp.padding", "Padding", BOOLEAN, NONE, 0x20, NULL)                                \
    X(EXT, "rtp.ext", "Extension", BOOLEAN, NONE, 0x10, NULL)                                      \
    X(CC, "rtp.cc", "Contributing source identifiers count", UINT8, DEC, 0xf, NULL)                \
    X(MARKER, "rtp.marker", "Marker", BOOLEAN, NONE, 0x80, NULL)                                   \
    X(P_TYPE, "rtp.p_type", "Payload type", UINT8, DEC, 0x7f, p_types)                             \
    X(SEQ, "rtp.seq", "Sequence number", UINT16, DEC, 0, NULL)                                     \
    X(EXTSEQ, "rtp.extseq", "Extended sequence number", UINT32, DEC, 0, NULL)                      \
    X(TIMESTAMP, "rtp.timestamp", "Timestamp", UINT32, DEC, 0, NULL)                               \
    X(SSRC, "rtp.ssrc", "Synchronization Source identifier", UINT32, HEX_DEC, 0, NULL)             \
    X(CSRC_ITEM, "rtp.csrc.item", "CSRC item", UINT32, HEX_DEC, 0, NULL)                           \
    X(EXT_PROFILE, "rtp.ext.profile", "Defined by profile", UINT16, HEX_DEC, 0, ext_profile_names) \
    X(EXT_LEN, "rtp.ext.len", "Extension length", UINT16, DEC, 0, NULL)                            \
    X(HDR_EXT, "rtp.hdr_ext", "Header extension", UINT32, HEX_DEC, 0, NULL)                        \
    X(PAYLOAD, "rtp.payload", "Payload", BYTES, NONE, 0, NULL)                                     \
    X(PADDING_DATA, "rtp.padding.data", "Padding data", BYTES, NONE, 0, NULL)                      \
    X(PADDING_COUNT, "rtp.padding.count", "Padding count", UINT8, DEC, 0, NULL)

FIELD_TABLE(FIELDS);

static void put_setup(struct packet *p, const struct cursor *c)
{
    const struct expectation *e = &p->expectation;
    put_string(p, c, SETUP, c->pos, 0, "");
    label(p, SETUP, "Stream setup by %s (frame %llu)", e->method, (unsigned long long)e->packet);
    uint32_t tree = tree_begin(p, SETUP);
    put_uint(p, c, SETUP_FRAME, c->pos, 0, e->packet);
    put_string(p, c, SETUP_METHOD, c->pos, 0, e->method);
    if (e->text != NULL)
        put_string(p, c, CALL_ID, c->pos, 0, packet_text(p, "%s", e->text));
    tree_end(p, tree);
}

/* The sequence number with the times it began again; the first round is number one. */
static void put_extended(struct packet *p, struct cursor *c, uint16_t seq)
{
    uint32_t *last = flow_state(p, 2 * sizeof *last);
    if (last == NULL || c->fault != CURSOR_OK)
        return;
    last += p->facts.direction & 1;
    uint32_t full = *last == 0 ? 0x10000u | seq : (*last & 0xffff0000u) | seq;
    if (full + 0x8000u < *last)
        full += 0x10000u;
    else if (full > *last + 0x8000u && full >= 0x20000u)
        full -= 0x10000u;
    *last = full;
    put_uint(p, c, EXTSEQ, c->pos - 2, 2, full);
}

/* RFC 3550, section 5.3.1. */
static void put_extension(struct packet *p, struct cursor *c)
{
    (void)put_u16(p, c, EXT_PROFILE);
    uint16_t words = put_u16(p, c, EXT_LEN);
    for (unsigned i = 0; i < words && c->fault == CURSOR_OK; i++)
        (void)put_u32(p, c, HDR_EXT);
}

static void put_payload(struct packet *p, struct cursor *c, bool padded)
{
    uint32_t n = cursor_left(c);
    const uint8_t *last = padded && n > 0 ? cursor_peek(c, n - 1, 1) : NULL;
    uint32_t padding = last != NULL && *last > 0 && *last <= n ? *last : 0;
    if (n > padding)
        (void)put_bytes_captured(p, c, PAYLOAD, n - padding);
    if (padding > 1)
        (void)put_bytes(p, c, PADDING_DATA, padding - 1);
    if (padding > 0)
        (void)put_u8(p, c, PADDING_COUNT);
}

/* RFC 3550, section 5.1. */
static void dissect(struct packet *p, struct cursor *c)
{
    if (p->expectation.method != NULL)
        put_setup(p, c);
    const uint8_t *head = cursor_peek(c, 0, 2);
    if (head == NULL)
        return cursor_skip(c, 2);
    uint8_t flags = head[0];
    put_flags(p, c, VERSION, 4, c->pos, 1, flags);
    put_flags(p, c, MARKER, 2, c->pos + 1, 1, head[1]);
    cursor_skip(c, 2);
    uint16_t seq = put_u16(p, c, SEQ);
    put_extended(p, c, seq);
    uint32_t timestamp = put_u32(p, c, TIMESTAMP), ssrc = put_u32(p, c, SSRC);
    const char *type = value_name_find(p_types, head[1] & 0x7f);
    info_set(p, "PT=%s, SSRC=0x%X, Seq=%u, Time=%u%s", type != NULL ? type : "DynamicRTP-Type",
             ssrc, seq, timestamp, (head[1] & 0x80) != 0 ? ", Mark" : "");
    for (unsigned i = 0; i < (flags & 15) && c->fault == CURSOR_OK; i++)
        (void)put_u32(p, c, CSRC_ITEM);
    if ((flags & 0x10) != 0)
        put_extension(p, c);
    if (c->fault == CURSOR_OK)
        put_payload(p, c, (flags & 0x20) != 0);
}

/* Other versions are other things that share the port: STUN, ZRTP. */
static bool probe(const struct packet *p, const struct cursor *c)
{
    (void)p;
    const uint8_t *head = cursor_peek(c, 0, 12);
    return head != NULL && head[0] >> 6 == 2;
}

static const struct binding bindings[] = {{"expected", EXPECT_RTP}, {NULL, 0}};

const struct protocol proto_rtp = {.name = "rtp",
                                   .title = "Real-Time Transport Protocol",
                                   .column = "RTP",
                                   FIELDS_OF_THIS_FILE,
                                   .bindings = bindings,
                                   .probe = probe,
                                   .dissect = dissect};
