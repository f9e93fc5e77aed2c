/*
 * gquic: Google's QUIC, before the IETF's: versions Q0xx up to Q046 ("QUIC Wire Layout Specification", "QUIC
 * Crypto", Google, 2013 to 2019).
 *
 *     | public flags | connection 8 | version 4 | nonce 32 | packet number 1..6 | hash 12 | frames     to Q043
 *     | first | version 4 | lengths of connections 1 | connections | packet number 1..4 | hash | ...   Q046
 *
 * Packets of the handshake alone can be read; what comes behind the number is encrypted in all others. Numbers
 * are little-endian up to Q038.
 */
#include "dissect/packet.h"

#include "proto/gquic.def"

FIELD_TABLE(FIELDS);

enum { ITSELF_TABLE };
enum {
    HAS_VERSION = 0x01,
    RESET = 0x02,
    NONCE = 0x04,
    HAS_CONNECTION = 0x08,
    LONG_FORM = 0xc0,
    HASH = 12,
    CRYPTO_STREAM = 1,
    Q033 = 33,
    Q034 = 34,
    Q039 = 39,
    Q046 = 46
};

struct state {
    unsigned version; /* 39 for Q039; 0: none was seen */
};

struct gquic {
    struct packet *p;
    unsigned version;
    bool little;
    bool to_server;
    const char *what; /* for the Info column */
};

/* ---- Tags of the handshake --------------------------------------------------------------------- */

enum kind {
    AS_BYTES,
    AS_TEXT,
    LIST_TEXT,
    LITTLE,
    LIST_LITTLE,
    LIST_BIG8,
    PUBLIC_VALUES,
    SECONDS,
    CONFIG,
    ADDRESS
};

static const struct tag {
    char text[5];
    uint8_t kind;
    uint16_t field;
    const char *name;
} tags[] = {{"PAD", AS_BYTES, TAG_PAD, "Padding"},
            {"SNI", AS_TEXT, TAG_SNI, "Server Name Indication"},
            {"VER", AS_TEXT, TAG_VERSION, "Version"},
            {"CCS", LIST_BIG8, TAG_CCS, "Common Certificate Sets"},
            {"UAID", AS_TEXT, TAG_UAID, "Client's User Agent ID"},
            {"PDMD", LIST_TEXT, TAG_PDMD, "Proof Demand"},
            {"STK", AS_BYTES, TAG_STK, "Source Address Token"},
            {"SNO", AS_BYTES, TAG_SNO, "Server nonce"},
            {"PROF", AS_BYTES, TAG_PROF, "Proof (Signature)"},
            {"SCFG", CONFIG, TAG_SCFG, "Server Config"},
            {"RREJ", LIST_LITTLE, TAG_RREJ, "Reasons for server sending"},
            {"CRT\xff", AS_BYTES, TAG_CRT, "Certificate chain"},
            {"AEAD", LIST_TEXT, TAG_AEAD, "Authenticated encryption algorithms"},
            {"SCID", AS_BYTES, TAG_SCID, "Server config ID"},
            {"PUBS", PUBLIC_VALUES, TAG_PUBS, "Public value"},
            {"KEXS", LIST_TEXT, TAG_KEXS, "Key exchange algorithms"},
            {"OBIT", AS_BYTES, TAG_OBIT, "Server Orbit"},
            {"EXPY", LITTLE, TAG_EXPY, "Expiry"},
            {"NONC", AS_BYTES, TAG_NONC, "Client Nonce"},
            {"MSPC", LITTLE, TAG_MSPC, "Max streams per connection"},
            {"TCID", LITTLE, TAG_TCID, "Connection ID truncation"},
            {"SRBF", LITTLE, TAG_SRBF, "Socket receive buffer"},
            {"ICSL", LITTLE, TAG_ICSL, "Idle connection state"},
            {"SCLS", LITTLE, TAG_SCLS, "Silently close on timeout"},
            {"COPT", LIST_TEXT, TAG_COPT, "Connection options"},
            {"CCRT", AS_BYTES, TAG_CCRT, "Cached certificates"},
            {"IRTT", LITTLE, TAG_IRTT, "Estimated initial RTT"},
            {"CFCW", LITTLE, TAG_CFCW, "Initial session/connection"},
            {"SFCW", LITTLE, TAG_SFCW, "Initial stream flow control"},
            {"CETV", AS_BYTES, TAG_CETV, "Client encrypted tag-value"},
            {"XLCT", AS_BYTES, TAG_XLCT, "Expected leaf certificate"},
            {"NONP", AS_BYTES, TAG_NONP, "Client Proof Nonce"},
            {"CSCT", AS_BYTES, TAG_CSCT, "Signed cert timestamp (RFC6962) of leaf cert"},
            {"CTIM", SECONDS, TAG_CTIM, "Client Timestamp"},
            {"RNON", LITTLE, TAG_RNON, "Public reset nonce proof"},
            {"RSEQ", LITTLE, TAG_RSEQ, "Rejected Packet Number"},
            {"CADR", ADDRESS, TAG_CADDR_ADDR, "Client IP Address"},
            {"MIDS", LITTLE, TAG_MIDS, "Max incoming dynamic streams"},
            {"FHOL", LITTLE, TAG_FHOL, "Force Head Of Line blocking"},
            {"STTL", LITTLE, TAG_STTL, "Server Config TTL"},
            {"SMHL", LITTLE, TAG_SMHL, "Support Max Header List (size)"},
            {"TBKP", LIST_TEXT, TAG_TBKP, "Token Binding Key Params"},
            {"MAD0", LITTLE, TAG_MAD0, "Max Ack Delay"},
            {"QLVE", AS_BYTES, TAG_QLVE, "Legacy Version Encapsulation"},
            {"CGST", AS_BYTES, TAG_CGST, "Congestion Control Feedback Type"},
            {"EPID", AS_TEXT, TAG_EPID, "Endpoint identifier"},
            {"SRST", AS_BYTES, TAG_SRST, "Stateless Reset Token"}};

/* Messages, and what the Info column calls them. */
static const struct message_name {
    char text[5];
    const char *name;
} messages[] = {{"CHLO", "Client Hello"},     {"SHLO", "Server Hello"},
                {"REJ", "Rejection"},         {"SCFG", "Server Config"},
                {"PRST", "Public Reset"},     {"SCUP", "Server Config Update"},
                {"SREJ", "Server Rejection"}, {"CGST", "Congestion Feedback"}};

static const char *message_name(const uint8_t *text)
{
    for (size_t i = 0; i < sizeof messages / sizeof *messages; i++) {
        if (memcmp(messages[i].text, text, 4) == 0)
            return messages[i].name;
    }
    return NULL;
}

static const struct tag *tag_find(const uint8_t *text)
{
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) {
        if (memcmp(tags[i].text, text, 4) == 0)
            return &tags[i];
    }
    return NULL;
}

static void put_address(struct packet *p, struct cursor *v)
{
    uint64_t family = put_uint_le(p, v, TAG_CADDR_ADDR_TYPE, 2);
    if (family == 2)
        (void)put_ipv4(p, v, TAG_CADDR_ADDR_IPV4);
    else if (family == 10)
        (void)put_bytes(p, v, TAG_CADDR_ADDR_IPV6, 16);
    else if (cursor_left(v) > 2)
        (void)put_bytes(p, v, TAG_CADDR_ADDR, cursor_left(v) - 2);
    (void)put_uint_le(p, v, TAG_CADDR_PORT, 2);
}

static void put_numbers(struct packet *p, struct cursor *v, unsigned field, uint32_t first,
                        uint32_t n)
{
    uint32_t size = first;
    while (cursor_captured(v) >= size) {
        (void)put_uint_le(p, v, field, size);
        size = n;
    }
}

static void put_seconds(struct packet *p, struct cursor *v, unsigned field)
{
    const uint8_t *b = cursor_take(v, 8);
    if (b != NULL)
        put_time(p, v, field, v->pos - 8, 8, (int64_t)(le64(b) % (UINT64_C(1) << 33)) * 1000000000);
}

static void put_simple(struct packet *p, struct cursor *v, const struct tag *tag)
{
    uint32_t n = cursor_left(v);
    switch (tag->kind) {
    case LIST_TEXT:
        while (cursor_captured(v) >= 4)
            (void)put_bytes(p, v, tag->field, 4);
        break;
    case LITTLE:
        if (n > 0)
            (void)put_uint_le(p, v, tag->field, n < 8 ? n : 8);
        break;
    case LIST_LITTLE:
        put_numbers(p, v, tag->field, 4, 4);
        break;
    case LIST_BIG8:
        while (cursor_captured(v) >= 8)
            (void)put_uint_be(p, v, tag->field, 8);
        break;
    case PUBLIC_VALUES:
        put_numbers(p, v, tag->field, 2, 3);
        break;
    case SECONDS:
        put_seconds(p, v, tag->field);
        break;
    case ADDRESS:
        put_address(p, v);
        break;
    default:
        (void)put_bytes(p, v, tag->field, n);
    }
}

static void put_tags(struct packet *p, struct cursor *c, uint32_t count, bool inner);

static void put_value(struct packet *p, struct cursor *v, const uint8_t *text, bool inner)
{
    const struct tag *tag = tag_find(text);
    if (tag == NULL) {
        (void)put_bytes(p, v, TAG_UNKNOWN, cursor_left(v));
        put_mark(p, v, TAG_UNDECODED);
    } else if (tag->kind != CONFIG) {
        put_simple(p, v, tag);
    } else if (!inner) { /* a message inside of this one, and no deeper */
        (void)put_bytes(p, v, TAG_SCFG, 4);
        uint32_t count = (uint32_t)put_uint_le(p, v, TAG_SCFG_NUMBER, 4);
        put_tags(p, v, count, true);
    }
}

/* One entry of the table at `c`; its value ends `end` bytes behind the table. False: nothing more can be read. */
static bool put_tag(struct packet *p, struct cursor *c, const struct cursor *values, uint32_t *from,
                    bool inner)
{
    const uint8_t *entry = cursor_peek(c, 0, 8);
    if (entry == NULL)
        return false;
    uint32_t end = le32(entry + 4), length = end - *from, left = cursor_captured(values);
    const struct tag *tag = tag_find(entry);
    put_data(p, c, TAGS, c->pos, 8, NULL, 0);
    label(p, TAGS, "Tag/value: %.4s (%s) (l=%u)", (const char *)entry,
          tag != NULL ? tag->name : "Unknown", length);
    uint32_t tree = tree_begin(p, TAGS);
    (void)put_bytes(p, c, TAG_TYPE, 4);
    (void)put_uint_le(p, c, TAG_OFFSET_END, 4);
    put_uint(p, c, TAG_OFFSET_LENGTH, c->pos - 4, 4, length);
    struct cursor value = *values;
    cursor_skip(&value, *from < left ? *from : left);
    if (length > cursor_captured(&value)) {
        put_malformed(p, c, TAG_LENGTH_TRUNCATED);
        length = cursor_captured(&value);
    }
    cursor_trim(&value, length);
    struct cursor copy = value;
    (void)put_bytes(p, &copy, TAG_VALUE, length);
    put_value(p, &value, entry, inner);
    tree_end(p, tree);
    *from = end < left ? end : left;
    return true;
}

/* Types of tags with the ends of their values, then the values. */
static void put_tags(struct packet *p, struct cursor *c, uint32_t count, bool inner)
{
    uint32_t table = count < cursor_captured(c) / 8 ? count * 8 : cursor_captured(c) / 8 * 8,
             from = 0;
    struct cursor values = *c;
    cursor_skip(&values, table);
    for (uint32_t i = 0; i < table; i += 8) {
        if (!put_tag(p, c, &values, &from, inner))
            break;
    }
    cursor_skip(c, from);
}

static void put_message(struct gquic *q, struct cursor *c)
{
    struct packet *p = q->p;
    const uint8_t *text = put_bytes(p, c, TAG, 4);
    const char *name = text != NULL ? message_name(text) : NULL;
    if (name != NULL)
        q->what = name;
    uint32_t count = (uint32_t)put_uint_le(p, c, TAG_NUMBER, 2);
    (void)put_bytes(p, c, TAG_PADDING, 2);
    put_tags(p, c, count, false);
}

/* ---- Frames ------------------------------------------------------------------------------------ */

static uint64_t put_number(const struct gquic *q, struct cursor *c, unsigned field, uint32_t n)
{
    return q->little ? put_uint_le(q->p, c, field, n) : put_uint_be(q->p, c, field, n);
}

static uint32_t width(unsigned code)
{
    static const uint8_t widths[] = {1, 2, 4, 6};
    return widths[code & 3];
}

static void put_stream(struct gquic *q, struct cursor *c, uint8_t type)
{
    struct packet *p = q->p;
    uint64_t id = put_number(q, c, STREAM_ID, (type & 3) + 1u);
    if (type & 0x1c)
        (void)put_number(q, c, OFFSET, (type >> 2 & 7) + 1u);
    bool counted = (type & 0x20) != 0;
    uint32_t n = counted ? (uint32_t)put_number(q, c, DATA_LEN, 2) : cursor_left(c);
    label(p, FRAME, "STREAM (Special Frame Type) Stream ID: %u", (unsigned)id);
    if (id == CRYPTO_STREAM && !counted)
        return put_message(q, c); /* which tells its length; there may be padding behind it */
    struct cursor data = cursor_part(c, n);
    if (id == CRYPTO_STREAM)
        put_message(q, &data);
    else
        (void)put_bytes(p, &data, STREAM_DATA, cursor_left(&data));
}

/* Before Q034: what is missing is told. */
static void put_nack(struct gquic *q, struct cursor *c, uint8_t type)
{
    struct packet *p = q->p;
    (void)put_u8(p, c, ACK_RECEIVED_ENTROPY);
    (void)put_number(q, c, ACK_LARGEST_OBSERVED, width(type >> 2));
    (void)put_number(q, c, ACK_ACK_DELAY_TIME, 2);
    uint8_t stamps = put_u8(p, c, ACK_NUM_TIMESTAMP);
    for (unsigned i = 0; i < stamps && c->fault == CURSOR_OK; i++) {
        (void)put_u8(p, c, ACK_DELTA_LARGEST_OBSERVED);
        if (i == 0)
            (void)put_number(q, c, ACK_FIRST_TIMESTAMP, 4);
        else
            (void)put_number(q, c, ACK_TIME_SINCE_PREVIOUS_TIMESTAMP, 2);
    }
    if ((type & 0x20) == 0)
        return;
    uint8_t ranges = put_u8(p, c, ACK_NUM_RANGES);
    for (unsigned i = 0; i < ranges && c->fault == CURSOR_OK; i++) {
        (void)put_number(q, c, ACK_MISSING_PACKET, width(type));
        (void)put_u8(p, c, ACK_RANGE_LENGTH);
    }
    uint8_t revived = put_u8(p, c, ACK_NUM_REVIVED);
    for (unsigned i = 0; i < revived && c->fault == CURSOR_OK; i++)
        (void)put_number(q, c, ACK_REVIVED_PACKET, width(type >> 2));
}

static void put_ack(struct gquic *q, struct cursor *c, uint8_t type)
{
    struct packet *p = q->p;
    (void)put_number(q, c, ACK_LARGEST_ACKED, width(type >> 2));
    (void)put_number(q, c, ACK_LARGEST_ACKED_DELTA_TIME, 2);
    uint8_t blocks = (type & 0x20) ? put_u8(p, c, ACK_NUM_BLOCKS) : 0;
    (void)put_number(q, c, ACK_FIRST_ACK_BLOCK_LENGTH, width(type));
    for (unsigned i = 0; i < blocks && c->fault == CURSOR_OK; i++) {
        (void)put_u8(p, c, ACK_GAP_TO_NEXT_BLOCK);
        (void)put_number(q, c, ACK_ACK_BLOCK_LENGTH, width(type));
    }
    uint8_t stamps = put_u8(p, c, ACK_NUM_TIMESTAMP);
    for (unsigned i = 0; i < stamps && c->fault == CURSOR_OK; i++) {
        (void)put_u8(p, c, ACK_DELTA_LARGEST_ACKED);
        if (i == 0)
            (void)put_number(q, c, ACK_TIME_SINCE_LARGEST_ACKED, 4);
        else
            (void)put_number(q, c, ACK_TIME_SINCE_PREVIOUS_TIMESTAMP, 2);
    }
}

static void put_padding(struct packet *p, struct cursor *c)
{
    uint32_t n = 0;
    const uint8_t *b;
    while ((b = cursor_peek(c, n, 1)) != NULL && *b == 0)
        n++;
    put_uint(p, c, PADDING_LENGTH, c->pos, 0, n);
    label(p, FRAME, "PADDING Length: %u", n);
    (void)put_bytes(p, c, PADDING, n);
}

static void put_reason(struct gquic *q, struct cursor *c, unsigned length, unsigned reason)
{
    uint32_t n = (uint32_t)put_number(q, c, length, 2);
    (void)put_bytes(q->p, c, reason, n);
}

/* The packet number's width is that of the packet's own. */
static void put_plain(struct gquic *q, struct cursor *c, uint8_t type, uint32_t number_width)
{
    struct packet *p = q->p;
    switch (type) {
    case 0:
        put_padding(p, c);
        break;
    case 1:
        (void)put_number(q, c, RSTS_STREAM_ID, 4);
        (void)put_number(q, c, RSTS_BYTE_OFFSET, 8);
        (void)put_number(q, c, RSTS_ERROR_CODE, 4);
        break;
    case 2:
        (void)put_number(q, c, CC_ERROR_CODE, 4);
        put_reason(q, c, CC_REASON_PHRASE_LENGTH, CC_REASON_PHRASE);
        break;
    case 3:
        (void)put_number(q, c, GOAWAY_ERROR_CODE, 4);
        (void)put_number(q, c, GOAWAY_LAST_GOOD_STREAM_ID, 4);
        put_reason(q, c, GOAWAY_REASON_PHRASE_LENGTH, GOAWAY_REASON_PHRASE);
        break;
    case 4:
        (void)put_number(q, c, WU_STREAM_ID, 4);
        (void)put_number(q, c, WU_BYTE_OFFSET, 8);
        break;
    case 5:
        (void)put_number(q, c, BLOCKED_STREAM_ID, 4);
        break;
    case 6:
        if (q->version < Q034)
            (void)put_u8(p, c, SW_SEND_ENTROPY);
        (void)put_number(q, c, SW_LEAST_UNACKED_DELTA, number_width);
        break;
    default:
        break;
    }
}

static void put_frame(struct gquic *q, struct cursor *c, uint32_t number_width)
{
    struct packet *p = q->p;
    put_data(p, c, FRAME, c->pos, 1, NULL, 0);
    uint32_t tree = tree_begin(p, FRAME);
    uint8_t type = put_u8(p, c, FRAME_TYPE);
    uint32_t at = c->pos - 1, flags = tree_begin(p, FRAME_TYPE);
    const char *name = value_name_find(frame_type_names, type);
    label(p, FRAME, "%s", name != NULL ? name : "Unknown");
    if (type & 0x80) {
        put_flags(p, c, IS_STREAM, 5, at, 1, type);
        tree_end(p, flags);
        put_stream(q, c, type);
    } else if (type & 0x40) {
        put_bits(p, c, IS_STREAM, at, 1, type);
        put_flags(p, c, ACK, 2, at, 1, type);
        put_bits(p, c, q->version < Q034 ? ACK_T : ACK_U, at, 1, type);
        put_flags(p, c, ACK_LL, 2, at, 1, type);
        tree_end(p, flags);
        if (q->version < Q034)
            put_nack(q, c, type);
        else
            put_ack(q, c, type);
    } else {
        tree_end(p, flags);
        put_plain(q, c, type, number_width);
    }
    tree_end(p, tree);
}

/* Does a message of the handshake come in the stream frame at `c`, whose type has been read? */
static bool is_handshake(struct cursor *c, uint8_t type)
{
    cursor_skip(c, (type & 3) + 1u);
    uint32_t offset = (type & 0x1c) ? (type >> 2 & 7) + 1u : 0;
    cursor_skip(c, offset + ((type & 0x20) ? 2 : 0));
    const uint8_t *text = cursor_peek(c, 0, 4);
    return text != NULL && message_name(text) != NULL;
}

static void skip_ack(const struct gquic *q, struct cursor *c, uint8_t type)
{
    bool old = q->version < Q034;
    cursor_skip(c, (old ? 1 : 0) + width(type >> 2) + 2);
    uint8_t blocks = !old && (type & 0x20) ? cursor_u8(c) : 0;
    if (!old)
        cursor_skip(c, width(type) + blocks * (1 + width(type)));
    uint8_t stamps = cursor_u8(c);
    if (stamps > 0)
        cursor_skip(c, 5 + (stamps - 1u) * 3);
    if (old && (type & 0x20)) {
        cursor_skip(c, cursor_u8(c) * (width(type) + 1));
        cursor_skip(c, cursor_u8(c) * width(type >> 2));
    }
}

/* Nothing says whether what follows is encrypted; but only the handshake is not, and it is known by its tags. */
static bool can_be_read(const struct gquic *q, struct cursor c, uint32_t number_width)
{
    cursor_skip(&c, HASH + (q->version < Q034 ? 1u : 0));
    while (cursor_captured(&c) > 0) {
        uint8_t type = cursor_u8(&c);
        if (type & 0x80)
            return is_handshake(&c, type);
        if (type & 0x40)
            skip_ack(q, &c, type);
        else if (type == 6)
            cursor_skip(&c, (q->version < Q034 ? 1 : 0) + number_width);
        else if (type != 0)
            return false;
    }
    return false;
}

static void put_frames(struct gquic *q, struct cursor *c, uint32_t number_width)
{
    struct packet *p = q->p;
    if (!can_be_read(q, *c, number_width)) {
        if (cursor_left(c) > 0)
            (void)put_bytes_captured(p, c, PAYLOAD, cursor_left(c));
        return;
    }
    (void)put_bytes(p, c, MESSAGE_AUTHENTICATION_HASH, HASH);
    if (q->version < Q034) {
        uint8_t flags = put_u8(p, c, PRIVATE);
        uint32_t tree = tree_begin(p, PRIVATE);
        put_flags(p, c, PRFLAGS_ENTROPY, 4, c->pos - 1, 1, flags);
        tree_end(p, tree);
    }
    while (cursor_captured(c) > 0 && c->fault == CURSOR_OK)
        put_frame(q, c, number_width);
}

/* ---- Packets ----------------------------------------------------------------------------------- */

/* "Q039" is 39; 0: no version of Google's QUIC. */
static unsigned version_of(const uint8_t *b)
{
    bool digits =
        b[1] >= '0' && b[1] <= '9' && b[2] >= '0' && b[2] <= '9' && b[3] >= '0' && b[3] <= '9';
    return b[0] == 'Q' && digits ? (b[1] - '0') * 100u + (b[2] - '0') * 10u + (b[3] - '0') : 0;
}

static void put_version(struct gquic *q, struct cursor *c, struct state *state)
{
    const uint8_t *b = put_bytes(q->p, c, VERSION, 4);
    if (b != NULL && version_of(b) != 0)
        state->version = q->version = version_of(b);
    q->little = q->version < Q039;
}

static void info(struct gquic *q, uint64_t number, bool has_id, uint64_t id)
{
    info_set(q->p, "%s, PKN: %llu", q->what, (unsigned long long)number);
    if (has_id)
        info_add(q->p, ", CID: %llu", (unsigned long long)id);
}

static void dissect_q046(struct gquic *q, struct cursor *c, struct state *state)
{
    struct packet *p = q->p;
    uint8_t first = put_u8(p, c, PUBLIC);
    uint32_t at = c->pos - 1, tree = tree_begin(p, PUBLIC), number_width = (first & 3) + 1u;
    bool is_long = (first & LONG_FORM) == LONG_FORM, has_id = !is_long && q->to_server;
    uint64_t id = 0;
    put_flags(p, c, HEADER_FORM, 2, at, 1, first);
    if (is_long)
        put_flags(p, c, LONG_PACKET_TYPE, 2, at, 1, first);
    put_bits(p, c, PACKET_NUMBER_LENGTH, at, 1, first);
    tree_end(p, tree);
    if (is_long) {
        put_version(q, c, state);
        uint8_t lengths = cursor_u8(c);
        put_flags(p, c, DCIL, 2, c->pos - 1, 1, lengths);
        has_id = lengths != 0;
        if ((lengths & 0xf0) != 0 && (lengths & 0x0f) != 0)
            id = put_uint_be(p, c, CID, 8);
    }
    if (has_id)
        id = put_uint_be(p, c, CID, 8);
    uint64_t number = put_uint_be(p, c, PACKET_NUMBER, number_width);
    put_frames(q, c, number_width);
    info(q, number, has_id, id);
}

/* A server that does not know the client's version lists its own. */
static void put_negotiation(struct gquic *q, struct cursor *c)
{
    while (cursor_captured(c) >= 4)
        (void)put_bytes(q->p, c, VERSION, 4);
    q->what = "Version Negotiation";
    info_set(q->p, "%s", q->what);
}

static void put_public_flags(struct gquic *q, struct cursor *c, uint8_t flags)
{
    struct packet *p = q->p;
    uint32_t at = c->pos - 1, tree = tree_begin(p, PUBLIC);
    put_flags(p, c, PUFLAGS_VERSION, 2, at, 1, flags);
    if (q->version != 0 && q->version < Q033)
        put_bits(p, c, PUFLAGS_CID_OLD, at, 1, flags);
    else
        put_flags(p, c, PUFLAGS_NONCE, 2, at, 1, flags);
    put_flags(p, c, PUFLAGS_PKN, 3, at, 1, flags);
    tree_end(p, tree);
}

/* How long the connection's name is: before Q033 the flags say it with two bits. */
static uint32_t id_length(const struct gquic *q, uint8_t flags)
{
    static const uint8_t old[] = {0, 1, 4, 8};
    if (q->version != 0 && q->version < Q033)
        return old[flags >> 2 & 3];
    return (flags & HAS_CONNECTION) ? 8 : 0;
}

static void dissect_flags(struct gquic *q, struct cursor *c, struct state *state)
{
    struct packet *p = q->p;
    const uint8_t *head = cursor_peek(c, 0, 13);
    if (head != NULL &&
        (head[0] & (HAS_VERSION | HAS_CONNECTION)) == (HAS_VERSION | HAS_CONNECTION) &&
        version_of(head + 9) != 0 && q->to_server)
        q->version = version_of(head + 9);
    q->little = q->version < Q039;
    uint8_t flags = put_u8(p, c, PUBLIC);
    put_public_flags(q, c, flags);
    uint32_t n = id_length(q, flags), number_width = width(flags >> 4);
    uint64_t id = n > 0 ? put_number(q, c, CID, n) : 0;
    if (flags & RESET) {
        q->what = "Public Reset";
        put_message(q, c);
        info_set(p, "%s, CID: %llu", q->what, (unsigned long long)id);
        return;
    }
    if ((flags & HAS_VERSION) && !q->to_server)
        return put_negotiation(q, c);
    if (flags & HAS_VERSION)
        put_version(q, c, state);
    else if ((flags & NONCE) && !q->to_server && q->version >= Q034 && cursor_captured(c) > 32)
        (void)put_bytes(p, c, DIVERSIFICATION_NONCE, 32);
    uint64_t number = put_number(q, c, PACKET_NUMBER, number_width);
    put_frames(q, c, number_width);
    info(q, number, n > 0, id);
}

static void dissect(struct packet *p, struct cursor *c)
{
    struct state alone = {0}, *state = flow_state(p, sizeof *state);
    if (state == NULL)
        state = &alone;
    flow_becomes(p, ITSELF_TABLE, 0);
    struct gquic q = {.p = p,
                      .version = state->version,
                      .to_server =
                          p->dst_port == 443 || p->dst_port == 80 || p->src_port > p->dst_port,
                      .what = "Payload (Encrypted)"};
    const uint8_t *first = cursor_peek(c, 0, 5);
    bool is_long =
        first != NULL && (first[0] & LONG_FORM) == LONG_FORM && version_of(first + 1) != 0;
    if (is_long || q.version >= Q046)
        dissect_q046(&q, c, state);
    else
        dissect_flags(&q, c, state);
}

/* The first packets of a client say their version; no others can be told from anything. */
static bool probe(const struct packet *p, const struct cursor *c)
{
    (void)p;
    const uint8_t *b = cursor_peek(c, 0, 13);
    if (b == NULL)
        return false;
    if ((b[0] & LONG_FORM) == LONG_FORM)
        return version_of(b + 1) == Q046 && (b[5] == 0x50 || b[5] == 0x05);
    unsigned version = version_of(b + 9);
    return (b[0] & (HAS_VERSION | HAS_CONNECTION)) == (HAS_VERSION | HAS_CONNECTION) &&
           version != 0 && version < Q046;
}

static const char *const tables[] = {"gquic", NULL};
static const struct binding bindings[] = {{"udp.port", HEURISTIC}, {"gquic", 0}, {NULL, 0}};

const struct protocol proto_gquic = {.name = "gquic",
                                     .title = "GQUIC (Google Quick UDP Internet Connections)",
                                     .column = "GQUIC",
                                     FIELDS_OF_THIS_FILE,
                                     .tables = tables,
                                     .bindings = bindings,
                                     .probe = probe,
                                     .remembers = true,
                                     .dissect = dissect};
