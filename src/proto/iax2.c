/*
 * iax2: Inter-Asterisk eXchange (RFC 5456): calls and their media over one port.
 *
 *     | 1, source call 15 | retransmission 1, destination call 15 | timestamp 4 | sequences 1, 1 | type 1 | subclass 1 |
 *     | 0, source call 15 | timestamp 2 | media                                    a mini frame
 *     | 0 (16) | 1, source call 15 | marker 1, timestamp 15 | media                for video
 *     | 0 (16) | command 1 | its data 1 | timestamp 4 | calls                      several calls: a trunk
 */
#include "dissect/packet.h"

#include "proto/iax2.def"

FIELD_TABLE(FIELDS);

enum { IAX2_PORT = 4569, CALLS = 8 };
enum { FRAME_FULL = 1, FRAME_MINI_VOICE = 0, FRAME_MINI_VIDEO = 2, FRAME_META = 3 };
enum {
    TYPE_DTMF_END = 1,
    TYPE_VOICE,
    TYPE_VIDEO,
    TYPE_CONTROL,
    TYPE_NULL,
    TYPE_IAX,
    TYPE_TEXT,
    TYPE_IMAGE,
    TYPE_HTML,
    TYPE_MODEM = 11
};
enum { SUBCLASS_NEW = 1, FULL = 0x8000, NUMBER = 0x7fff };

/* A call of the flow: the numbers that its ends gave it, when it began, and how far the clocks of both are. */
struct call {
    uint16_t number[2]; /* 0: not known yet */
    bool used;
    uint32_t stamp[2];
    int64_t start_ns;
};

struct state {
    struct call calls[CALLS];
    uint32_t next;
};

static struct call *call_find(struct state *s, unsigned side, uint16_t number)
{
    for (uint32_t i = 0; i < CALLS; i++) {
        if (s->calls[i].used && s->calls[i].number[side] == number)
            return &s->calls[i];
    }
    return NULL;
}

/* The call of a full frame; a new one if its opener begins it. */
static struct call *call_of(struct packet *p, uint16_t source, uint16_t destination, uint32_t stamp,
                            bool new)
{
    struct state *s = flow_state(p, sizeof *s);
    if (s == NULL)
        return NULL;
    unsigned side = p->facts.reverse ? 1 : 0;
    struct call *call = call_find(s, side, source);
    if (call == NULL && destination != 0) {
        call = call_find(s, 1 - side, destination);
        if (call != NULL)
            call->number[side] = source;
    }
    if (call == NULL && new) {
        call = &s->calls[s->next++ % CALLS];
        *call = (struct call){.used = true, .start_ns = p->in->time_ns - (int64_t)stamp * 1000000};
        call->number[side] = source;
    }
    if (call != NULL)
        call->stamp[side] = stamp;
    return call;
}

static struct call *call_of_mini(struct packet *p, uint16_t source)
{
    struct state *s = flow_state(p, sizeof *s);
    return s == NULL ? NULL : call_find(s, p->facts.reverse ? 1 : 0, source);
}

static void put_clock(struct packet *p, struct cursor *c, const struct call *call, uint32_t stamp,
                      uint32_t start)
{
    if (call == NULL)
        return;
    int64_t when = call->start_ns + (int64_t)stamp * 1000000;
    put_time(p, c, ABSTIME, start, 0, when);
    put_time(p, c, LATENESS, start, 0, p->in->time_ns - when);
}

/* ---- Information elements (section 8.6) ------------------------------------------------------- */

static unsigned element_field(uint8_t id)
{
    static const uint16_t fields[] = {[1] = IE_CALLED_NUMBER,
                                      [2] = IE_CALLING_NUMBER,
                                      [3] = IE_CALLING_ANI,
                                      [4] = IE_CALLING_NAME,
                                      [5] = IE_CALLED_CONTEXT,
                                      [6] = IE_USERNAME,
                                      [7] = IE_PASSWORD,
                                      [8] = IE_CAPABILITY,
                                      [9] = IE_FORMAT,
                                      [10] = IE_LANGUAGE,
                                      [11] = IE_VERSION,
                                      [12] = IE_CPE_ADSI,
                                      [13] = IE_DNID,
                                      [14] = IE_AUTH_METHODS,
                                      [15] = IE_AUTH_CHALLENGE,
                                      [16] = IE_AUTH_MD5,
                                      [17] = IE_AUTH_RSA,
                                      [19] = IE_REFRESH,
                                      [20] = IE_DIALPLAN_STATUS,
                                      [21] = IE_CALL_NO,
                                      [22] = IE_CAUSE,
                                      [23] = IE_IAX_UNKNOWN,
                                      [24] = IE_MSG_COUNT,
                                      [25] = IE_AUTOANSWER,
                                      [26] = IE_MOH,
                                      [27] = IE_TRANSFERID,
                                      [28] = IE_RDNIS,
                                      [29] = IE_PROVISIONING,
                                      [30] = IE_AESPROVISIONING,
                                      [31] = IE_DATETIME_RAW,
                                      [32] = IE_DEVICETYPE,
                                      [33] = IE_SERVICEIDENT,
                                      [34] = IE_FIRMWAREVER,
                                      [35] = IE_FWBLOCKDESC,
                                      [36] = IE_FWBLOCKDATA,
                                      [37] = IE_PROVVER,
                                      [38] = IE_CALLINGPRES,
                                      [39] = IE_CALLINGTON,
                                      [40] = IE_CALLINGTNS,
                                      [41] = IE_SAMPLINGRATE,
                                      [42] = IE_CAUSECODE,
                                      [43] = IE_ENCRYPTION,
                                      [44] = IE_ENCKEY,
                                      [45] = IE_CODECPREFS,
                                      [46] = IE_RRJITTER,
                                      [47] = IE_RRLOSS,
                                      [48] = IE_RRPKTS,
                                      [49] = IE_RRDELAY,
                                      [50] = IE_RRDROPPED,
                                      [51] = IE_RROOO};
    if (id == 255)
        return IE_DATAFORMAT;
    return id < sizeof fields / sizeof *fields && fields[id] != 0 ? fields[id] : FIELD_COUNT;
}

/* Days since 1970 of a date in the Gregorian calendar. */
static int64_t days(unsigned year, unsigned month, unsigned day)
{
    unsigned shifted = (month + 9) % 12, y = year - shifted / 10;
    return (int64_t)(365u * y + y / 4 - y / 100 + y / 400 + (shifted * 306 + 5) / 10 + day - 1) -
           719468;
}

/* Seven bits of year since 2000, month, day, hour, minute, and seconds by twos. */
static void put_date(struct packet *p, struct cursor *v)
{
    uint32_t d = put_u32(p, v, IE_DATETIME_RAW);
    int64_t seconds = (int64_t)((d >> 11 & 31) * 3600 + (d >> 5 & 63) * 60 + (d & 31) * 2);
    seconds += days(2000 + (d >> 25), d >> 21 & 15, d >> 16 & 31) * 86400;
    if (v->fault == CURSOR_OK)
        put_time(p, v, IE_DATETIME, v->pos - 4, 4, seconds * 1000000000);
}

static void put_codecs(struct packet *p, struct cursor *v, unsigned field, uint32_t n)
{
    uint64_t bits = put_uint_be(p, v, field, n);
    uint32_t tree = tree_begin(p, field);
    if (v->fault == CURSOR_OK)
        put_flags(p, v, CAP_G723_1, (n == 4 ? CAP_T140 : CAP_TESTLAW) - CAP_G723_1 + 1, v->pos - n,
                  n, bits);
    tree_end(p, tree);
}

/* A socket's address, as it lies in the sender's memory. */
static void put_address(struct packet *p, struct cursor *v)
{
    (void)put_uint_le(p, v, IE_APP_ADDR_SINFAMILY, 2);
    (void)put_u16(p, v, IE_APP_ADDR_SINPORT);
    (void)put_ipv4(p, v, IE_APP_ADDR_SINADDR);
}

static void put_unknown(struct packet *p, struct cursor *v)
{
    uint32_t n = cursor_left(v);
    if (n == 1)
        (void)put_u8(p, v, IE_UNKNOWNBYTE);
    else if (n == 2)
        (void)put_u16(p, v, IE_UNKNOWNSHORT);
    else if (n == 4)
        (void)put_u32(p, v, IE_UNKNOWNLONG);
    else
        (void)put_bytes(p, v, IE_UNKNOWNSTRING, n);
}

static void put_element_value(struct packet *p, struct cursor *v, uint8_t id)
{
    unsigned field = element_field(id);
    if (id == 18)
        return put_address(p, v);
    if (id == 31)
        return put_date(p, v);
    if (id == 8)
        return put_codecs(p, v, IE_CAPABILITY, 4);
    if (id == 9) {
        (void)put_uint_be(p, v, IE_FORMAT, 4);
    } else if (id == 55 || id == 56) {
        (void)put_u8(p, v, VERSION);
        put_codecs(p, v, id == 55 ? IE_CAPABILITY2 : IE_FORMAT2, 8);
    } else if (field == FIELD_COUNT) {
        put_unknown(p, v);
    } else if (field_defs[field].type == LAMNA_NONE) {
        put_mark(p, v, field);
    } else if (field_defs[field].type == LAMNA_INT16) {
        (void)put_int_be(p, v, field, 2);
    } else if (type_bytes(field_defs[field].type) > 0) {
        (void)put_uint_be(p, v, field, type_bytes(field_defs[field].type));
    } else {
        (void)put_bytes(p, v, field, cursor_left(v));
    }
}

static void put_elements(struct packet *p, struct cursor *c)
{
    while (cursor_captured(c) > 0 && c->fault == CURSOR_OK) {
        const uint8_t *head = cursor_peek(c, 0, 2);
        const char *name = head != NULL ? value_name_find(ie_id_names, head[0]) : NULL;
        uint32_t tree = tree_text(p, c, c->pos, head != NULL ? head[1] + 2u : 1,
                                  "Information Element: %s", name != NULL ? name : "Unknown");
        uint8_t id = put_u8(p, c, ELEMENT), n = put_u8(p, c, LENGTH);
        struct cursor value = cursor_part(c, n);
        put_element_value(p, &value, id);
        tree_end(p, tree);
        if (value.fault != CURSOR_OK && c->fault == CURSOR_OK)
            c->fault = value.fault;
    }
}

/* ---- Frames ------------------------------------------------------------------------------------ */

static void put_media(struct packet *p, struct cursor *c)
{
    if (cursor_left(c) > 0)
        (void)put_bytes_captured(p, c, PAYLOAD_DATA, cursor_left(c));
}

/* Codecs are bits; one of the higher ones is told by its number (section 8.7). */
static uint64_t codec_of(uint8_t subclass)
{
    return (subclass & 0x80) ? UINT64_C(1) << (subclass & 0x1f) : subclass;
}

static const char *put_subclass(struct packet *p, struct cursor *c, uint8_t type)
{
    uint8_t v;
    switch (type) {
    case TYPE_DTMF_END:
        (void)put_bytes(p, c, DTMF_SUBCLASS, 1);
        return NULL;
    case TYPE_VOICE:
        v = put_u8(p, c, VOICE_SUBCLASS);
        put_uint(p, c, VOICE_CODEC, c->pos - 1, 1, codec_of(v));
        return NULL;
    case TYPE_VIDEO:
        v = cursor_u8(c);
        put_bits(p, c, VIDEO_SUBCLASS, c->pos - 1, 1, v);
        put_bits(p, c, VIDEO_MARKER, c->pos - 1, 1, v);
        put_uint(p, c, VIDEO_CODEC, c->pos - 1, 1, codec_of(v & 0xbf));
        return NULL;
    case TYPE_CONTROL:
        return value_name_find(control_subclass_names, put_u8(p, c, CONTROL_SUBCLASS));
    case TYPE_IAX:
        return value_name_find(iax_subclass_names, put_u8(p, c, IAX_SUBCLASS));
    case TYPE_TEXT:
        (void)put_u8(p, c, TEXT_SUBCLASS);
        return NULL;
    case TYPE_MODEM:
        return value_name_find(modem_subclass_names, put_u8(p, c, MODEM_SUBCLASS));
    case TYPE_HTML:
        return value_name_find(html_subclass_names, put_u8(p, c, HTML_SUBCLASS));
    default:
        (void)put_u8(p, c, SUBCLASS);
        return NULL;
    }
}

static void put_contents(struct packet *p, struct cursor *c, uint8_t type)
{
    if (type == TYPE_IAX || type == TYPE_CONTROL)
        put_elements(p, c);
    else if (type == TYPE_VOICE || type == TYPE_VIDEO)
        put_media(p, c);
    else if (type == TYPE_TEXT && cursor_left(c) > 0)
        (void)put_bytes(p, c, TEXT_TEXT, cursor_left(c));
    else if (type == TYPE_HTML && cursor_left(c) > 0)
        (void)put_bytes(p, c, HTML_URL, cursor_left(c));
}

static void put_full(struct packet *p, struct cursor *c, uint32_t start)
{
    const uint8_t *head = cursor_peek(c, 0, 12);
    if (head == NULL)
        return cursor_skip(c, 12);
    uint16_t source = be16(head), destination = be16(head + 2);
    put_bits(p, c, SRC_CALL, start, 2, source);
    put_flags(p, c, DST_CALL, 2, start + 2, 2, destination);
    cursor_skip(c, 4);
    uint32_t stamp = put_u32(p, c, TIMESTAMP);
    bool new = head[10] == TYPE_IAX &&head[11] == SUBCLASS_NEW;
    put_clock(p, c, call_of(p, source & NUMBER, destination & NUMBER, stamp, new), stamp, start);
    (void)put_u8(p, c, OSEQNO);
    (void)put_u8(p, c, ISEQNO);
    uint8_t type = put_u8(p, c, TYPE);
    uint32_t tree = tree_begin(p, TYPE);
    const char *kind = value_name_find(type_names, type), *what = put_subclass(p, c, type);
    info_set(p, "%s, source call# %u, timestamp %ums", kind != NULL ? kind : "Unknown",
             source & NUMBER, stamp);
    if (what != NULL)
        info_add(p, " %s", what);
    put_contents(p, c, type);
    tree_end(p, tree);
}

/* The timestamp has only its low bits; the others are those of the last full frame of the same end. */
static void put_mini(struct packet *p, struct cursor *c, uint32_t start, bool video)
{
    if (video)
        cursor_skip(c, 2);
    const uint8_t *head = cursor_take(c, 4);
    if (head == NULL)
        return;
    uint16_t source = be16(head) & NUMBER, low = be16(head + 2), mask = video ? 0x7fff : 0xffff;
    struct call *call = call_of_mini(p, source);
    uint32_t last = call != NULL ? call->stamp[p->facts.reverse ? 1 : 0] : 0,
             half = (mask + 1u) / 2;
    uint32_t stamp = (last & ~(uint32_t)mask) | (low & mask);
    if (call != NULL && stamp + half < last)
        stamp += mask + 1u;
    put_bits(p, c, SRC_CALL, c->pos - 4, 2, source);
    put_uint(p, c, TIMESTAMP, c->pos - 2, 2, stamp);
    if (video)
        put_bits(p, c, VIDEO_MINI_MARKER, c->pos - 2, 2, low);
    if (call != NULL)
        call->stamp[p->facts.reverse ? 1 : 0] = stamp;
    put_clock(p, c, call, stamp, start);
    info_set(p, "Mini %s packet, source call# %u, timestamp %ums", video ? "video" : "voice",
             source, stamp);
    put_media(p, c);
}

/* Media of several calls. */
static void put_trunk(struct packet *p, struct cursor *c)
{
    cursor_skip(c, 2);
    uint8_t command = cursor_u8(c);
    put_bits(p, c, TRUNK_METACMD, c->pos - 1, 1, command);
    uint8_t data = put_u8(p, c, TRUNK_CMDDATA);
    put_bits(p, c, TRUNK_CMDDATA_TS, c->pos - 1, 1, data);
    (void)put_u32(p, c, TIMESTAMP);
    bool stamps = (data & 1) != 0;
    uint32_t start = c->pos;
    uint16_t calls = 0;
    for (; command == 1 && cursor_captured(c) > 0 && c->fault == CURSOR_OK; calls++) {
        uint16_t n = stamps ? put_u16(p, c, TRUNK_CALL_LEN) : 0;
        const uint8_t *number = cursor_take(c, 2);
        if (number != NULL)
            put_bits(p, c, TRUNK_CALL_SCALLNO, c->pos - 2, 2, be16(number));
        if (stamps)
            (void)put_u16(p, c, TRUNK_CALL_TS);
        else
            n = put_u16(p, c, TRUNK_CALL_LEN);
        (void)put_bytes(p, c, TRUNK_CALL_PAYLOAD, n);
    }
    put_uint(p, c, TRUNK_NCALLS, start, 0, calls);
    info_set(p, "Meta trunk packet, %u calls", calls);
}

static void dissect(struct packet *p, struct cursor *c)
{
    const uint8_t *head = cursor_peek(c, 0, 4);
    uint32_t start = c->pos;
    if (head == NULL)
        return cursor_skip(c, 4);
    unsigned kind = FRAME_MINI_VOICE;
    if (be16(head) & FULL)
        kind = FRAME_FULL;
    else if (be16(head) == 0)
        kind = (be16(head + 2) & FULL) ? FRAME_MINI_VIDEO : FRAME_META;
    put_uint(p, c, PACKET_TYPE, start, 2, kind);
    uint32_t tree = tree_begin(p, PACKET_TYPE);
    if (kind == FRAME_FULL)
        put_full(p, c, start);
    else if (kind == FRAME_META)
        put_trunk(p, c);
    else
        put_mini(p, c, start, kind == FRAME_MINI_VIDEO);
    tree_end(p, tree);
}

static const struct binding bindings[] = {{"udp.port", IAX2_PORT}, {NULL, 0}};

const struct protocol proto_iax2 = {.name = "iax2",
                                    .title = "Inter-Asterisk eXchange v2",
                                    .column = "IAX2",
                                    FIELDS_OF_THIS_FILE,
                                    .bindings = bindings,
                                    .remembers = true,
                                    .dissect = dissect};
