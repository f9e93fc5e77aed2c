/* sdp: Session Description Protocol (RFC 4566): lines of a letter and a value. Where it says that
 * media will go, RTP is expected. */
#include <arpa/inet.h>
#include <ctype.h>

#include "dissect/expect.h"

#define FIELDS(X)                                                                                  \
    X(VERSION, "sdp.version", "Session Description Protocol Version (v)", STRING, NONE, 0, NULL)   \
    X(OWNER, "sdp.owner", "Owner/Creator, Session Id (o)", STRING, NONE, 0, NULL)                  \
    X(SESSION_NAME, "sdp.session_name", "Session Name (s)", STRING, NONE, 0, NULL)                 \
    X(SESSION_INFO, "sdp.session_info", "Session Information (i)", STRING, NONE, 0, NULL)          \
    X(URI, "sdp.uri", "URI of Description (u)", STRING, NONE, 0, NULL)                             \
    X(EMAIL, "sdp.email", "E-mail Address (e)", STRING, NONE, 0, NULL)                             \
    X(PHONE, "sdp.phone", "Phone Number (p)", STRING, NONE, 0, NULL)                               \
    X(CONNECTION_INFO, "sdp.connection_info", "Connection Information (c)", STRING, NONE, 0, NULL) \
    X(BANDWIDTH, "sdp.bandwidth", "Bandwidth Information (b)", STRING, NONE, 0, NULL)              \
    X(TIMEZONE, "sdp.timezone", "Time Zone Adjustments (z)", STRING, NONE, 0, NULL)                \
    X(ENCRYPTION_KEY, "sdp.encryption_key", "Encryption Key (k)", STRING, NONE, 0, NULL)           \
    X(SESSION_ATTR, "sdp.session_attr", "Session Attribute (a)", STRING, NONE, 0, NULL)            \
    X(MEDIA_ATTR, "sdp.media_attr", "Media Attribute (a)", STRING, NONE, 0, NULL)                  \
    X(TIME, "sdp.time", "Time Description, active time (t)", STRING, NONE, 0, NULL)                \
    X(REPEAT_TIME, "sdp.repeat_time", "Repeat Time (r)", STRING, NONE, 0, NULL)                    \
    X(MEDIA, "sdp.media", "Media Description, name and address (m)", STRING, NONE, 0, NULL)        \
    X(MEDIA_TITLE, "sdp.media_title", "Media Title (i)", STRING, NONE, 0, NULL)                    \
    X(UNKNOWN, "sdp.unknown", "Unknown", STRING, NONE, 0, NULL)                                    \
    X(INVALID, "sdp.invalid", "Invalid line", STRING, NONE, 0, NULL)                               \
    X(OWNER_USERNAME, "sdp.owner.username", "Owner Username", STRING, NONE, 0, NULL)               \
    X(OWNER_SESSIONID, "sdp.owner.sessionid", "Session ID", STRING, NONE, 0, NULL)                 \
    X(OWNER_VERSION, "sdp.owner.version", "Session Version", STRING, NONE, 0, NULL)                \
    X(OWNER_NETWORK_TYPE, "sdp.owner.network_type", "Owner Network Type", STRING, NONE, 0, NULL)   \
    X(OWNER_ADDRESS_TYPE, "sdp.owner.address_type", "Owner Address Type", STRING, NONE, 0, NULL)   \
    X(OWNER_ADDRESS, "sdp.owner.address", "Owner Address", STRING, NONE, 0, NULL)                  \
    X(CONNECTION_INFO_NETWORK_TYPE, "sdp.connection_info.network_type", "Connection Network Type", \
      STRING, NONE, 0, NULL)                                                                       \
    X(CONNECTION_INFO_ADDRESS_TYPE, "sdp.connection_info.address_type", "Connection Address Type", \
      STRING, NONE, 0, NULL)                                                                       \
    X(CONNECTION_INFO_ADDRESS, "sdp.connection_info.address", "Connection Address", STRING, NONE,  \
      0, NULL)                                                                                     \
    X(CONNECTION_INFO_TTL, "sdp.connection_info.ttl", "Connection TTL", STRING, NONE, 0, NULL)     \
    X(CONNECTION_INFO_NUM_ADDR, "sdp.connection_info.num_addr", "Connection Number of Addresses",  \
      STRING, NONE, 0, NULL)                                                                       \
    X(BANDWIDTH_MODIFIER, "sdp.bandwidth.modifier", "Bandwidth Modifier", STRING, NONE, 0, NULL)   \
    X(BANDWIDTH_VALUE, "sdp.bandwidth.value", "Bandwidth Value", STRING, NONE, 0, NULL)            \
    X(TIME_START, "sdp.time.start", "Session Start Time", STRING, NONE, 0, NULL)                   \
    X(TIME_STOP, "sdp.time.stop", "Session Stop Time", STRING, NONE, 0, NULL)                      \
    X(REPEAT_TIME_INTERVAL, "sdp.repeat_time.interval", "Repeat Interval", STRING, NONE, 0, NULL)  \
    X(REPEAT_TIME_DURATION, "sdp.repeat_time.duration", "Repeat Duration", STRING, NONE, 0, NULL)  \
    X(REPEAT_TIME_OFFSET, "sdp.repeat_time.offset", "Repeat Offset", STRING, NONE, 0, NULL)        \
    X(TIMEZONE_TIME, "sdp.timezone.time", "Timezone Time", STRING, NONE, 0, NULL)                  \
    X(TIMEZONE_OFFSET, "sdp.timezone.offset", "Timezone Offset", STRING, NONE, 0, NULL)            \
    X(ENCRYPTION_KEY_TYPE, "sdp.encryption_key.type", "Key Type", STRING, NONE, 0, NULL)           \
    X(ENCRYPTION_KEY_DATA, "sdp.encryption_key.data", "Key Data", STRING, NONE, 0, NULL)           \
    X(SESSION_ATTR_FIELD, "sdp.session_attr.field", "Session Attribute Fieldname", STRING, NONE,   \
      0, NULL)                                                                                     \
    X(SESSION_ATTR_VALUE, "sdp.session_attr.value", "Session Attribute Value", STRING, NONE, 0,    \
      NULL)                                                                                        \
    X(MEDIA_MEDIA, "sdp.media.media", "Media Type", STRING, NONE, 0, NULL)                         \
    X(MEDIA_PORT, "sdp.media.port", "Media Port", UINT16, DEC, 0, NULL)                            \
    X(MEDIA_PORT_STRING, "sdp.media.port_string", "Media Port", STRING, HIDDEN, 0, NULL)           \
    X(MEDIA_PORTCOUNT, "sdp.media.portcount", "Media Port Count", STRING, NONE, 0, NULL)           \
    X(MEDIA_PROTO, "sdp.media.proto", "Media Protocol", STRING, NONE, 0, NULL)                     \
    X(MEDIA_FORMAT, "sdp.media.format", "Media Format", STRING, NONE, 0, NULL)                     \
    X(MEDIA_ATTRIBUTE_FIELD, "sdp.media_attribute.field", "Media Attribute Fieldname", STRING,     \
      NONE, 0, NULL)                                                                               \
    X(MEDIA_ATTRIBUTE_VALUE, "sdp.media_attribute.value", "Media Attribute Value", STRING, NONE,   \
      0, NULL)                                                                                     \
    X(MIME_TYPE, "sdp.mime.type", "MIME Type", STRING, NONE, 0, NULL)                              \
    X(SAMPLE_RATE, "sdp.sample_rate", "Sample Rate", STRING, NONE, 0, NULL)                        \
    X(FMTP_PARAMETER, "sdp.fmtp.parameter", "Media format specific parameters", STRING, NONE, 0,   \
      NULL)                                                                                        \
    X(INVALID_LINE_NO_EQUAL, "sdp.invalid_line.no_equal", "Invalid SDP line (no '=' delimiter)",   \
      NONE, NONE, 0, NULL)                                                                         \
    X(INVALID_LINE_MISSING_FIELDS, "sdp.invalid_line.missing_fields",                              \
      "Invalid SDP line (missing required fields)", NONE, NONE, 0, NULL)                           \
    X(INVALID_LINE_EXTRA_SPACE, "sdp.invalid_line.extra_space",                                    \
      "Invalid SDP whitespace (extra space character)", NONE, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { EXPECTED_TABLE };
enum { MAX_MEDIA = 16 };

/* Text in the packet: bytes [from, to) of the data source. */
struct text {
    uint32_t from, to;
};

/* Static payload types (RFC 3551, section 6), as they are written. */
static const struct value_name payload_types[] = {
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

/* Where media goes: an address of the session or of one medium, and ports. */
struct sdp_media {
    struct text address; /* empty: that of the session */
    uint16_t port;
    bool rtp;
};

struct description {
    struct packet *p;
    struct cursor *c;
    struct text session_address;
    struct sdp_media media[MAX_MEDIA];
    unsigned count;
};

static void put(const struct description *d, unsigned field, struct text t)
{
    put_data(d->p, d->c, field, t.from, t.to - t.from, d->c->data + t.from, t.to - t.from);
}

static uint32_t find(const struct description *d, struct text t, char which)
{
    const uint8_t *found = t.from < t.to ? memchr(d->c->data + t.from, which, t.to - t.from) : NULL;
    return found == NULL ? t.to : (uint32_t)(found - d->c->data);
}

static uint32_t number(const struct description *d, struct text t)
{
    uint32_t v = 0;
    for (uint32_t i = t.from; i < t.to && isdigit(d->c->data[i]); i++)
        v = v * 10 + (uint32_t)(d->c->data[i] - '0');
    return v;
}

static bool begins(const struct description *d, struct text t, const char *word)
{
    size_t n = strlen(word);
    return t.to - t.from >= n && memcmp(d->c->data + t.from, word, n) == 0;
}

/* The words of t, of `count` consecutive fields; the last has the rest. Where the last word is. */
static struct text put_words(const struct description *d, unsigned first, unsigned count,
                             struct text t)
{
    struct text word = {t.from, t.from};
    for (unsigned i = 0; i < count && t.from < t.to; i++) {
        word = (struct text){t.from, i + 1 < count ? find(d, t, ' ') : t.to};
        put(d, first + i, word);
        t.from = word.to < t.to ? word.to + 1 : t.to;
    }
    return word;
}

/* "audio 40376 RTP/AVP 8 18": RFC 4566, section 5.14. */
static void put_media(struct description *d, struct text t)
{
    struct text word = {t.from, find(d, t, ' ')};
    put(d, MEDIA_MEDIA, word);
    t.from = word.to < t.to ? word.to + 1 : t.to;
    word = (struct text){t.from, find(d, t, ' ')};
    struct text port = {word.from, find(d, word, '/')};
    put(d, MEDIA_PORT_STRING, port);
    uint16_t value = (uint16_t)number(d, port);
    put_uint(d->p, d->c, MEDIA_PORT, port.from, port.to - port.from, value);
    if (port.to < word.to)
        put(d, MEDIA_PORTCOUNT, (struct text){port.to + 1, word.to});
    t.from = word.to < t.to ? word.to + 1 : t.to;
    word = (struct text){t.from, find(d, t, ' ')};
    put(d, MEDIA_PROTO, word);
    bool rtp = begins(d, word, "RTP/") || begins(d, word, "UDP/TLS/RTP/");
    if (d->count < MAX_MEDIA)
        d->media[d->count++] = (struct sdp_media){.port = value, .rtp = rtp};
    while (word.to < t.to) {
        word = (struct text){word.to + 1, find(d, (struct text){word.to + 1, t.to}, ' ')};
        const char *name = rtp && word.from < word.to && isdigit(d->c->data[word.from])
                               ? value_name_find(payload_types, number(d, word))
                               : NULL;
        uint32_t type = number(d, word);
        if (name == NULL && rtp && type >= 96 && type < 128)
            name = packet_text(d->p, "DynamicRTP-Type-%u", type);
        if (name != NULL)
            put_string(d->p, d->c, MEDIA_FORMAT, word.from, word.to - word.from, name);
        else if (word.from < word.to)
            put(d, MEDIA_FORMAT, word);
    }
}

/* "rtpmap:8 PCMA/8000": RFC 4566, section 6. */
static void put_attribute(struct description *d, struct text t)
{
    bool media = d->count > 0;
    uint32_t colon = find(d, t, ':');
    if (colon >= t.to)
        return;
    struct text value = {colon + 1, t.to};
    put(d, media ? MEDIA_ATTRIBUTE_FIELD : SESSION_ATTR_FIELD, (struct text){t.from, colon});
    if (!media) {
        put(d, SESSION_ATTR_VALUE, value);
        return;
    }
    uint32_t space = find(d, value, ' ');
    struct text rest = {space < value.to ? space + 1 : value.to, value.to};
    if (begins(d, t, "rtpmap:")) {
        put(d, MEDIA_FORMAT, (struct text){value.from, space});
        uint32_t slash = find(d, rest, '/');
        put(d, MIME_TYPE, (struct text){rest.from, slash});
        if (slash < rest.to)
            put(d, SAMPLE_RATE,
                (struct text){slash + 1, find(d, (struct text){slash + 1, rest.to}, '/')});
    } else if (begins(d, t, "fmtp:")) {
        const char *name = value_name_find(payload_types, number(d, value));
        put_string(d->p, d->c, MEDIA_FORMAT, value.from, space - value.from,
                   name != NULL ? name
                                : packet_text(d->p, "%.*s", (int)(space - value.from),
                                              (const char *)d->c->data + value.from));
        while (rest.from < rest.to) {
            uint32_t semicolon = find(d, rest, ';');
            put(d, FMTP_PARAMETER, (struct text){rest.from, semicolon});
            rest.from = semicolon < rest.to ? semicolon + 1 : rest.to;
            while (rest.from < rest.to && d->c->data[rest.from] == ' ')
                rest.from++;
        }
    } else {
        put(d, MEDIA_ATTRIBUTE_VALUE, value);
    }
}

static unsigned field_of(const struct description *d, char letter)
{
    static const struct {
        char letter;
        uint16_t field;
    } lines[] = {{'v', VERSION}, {'o', OWNER},       {'s', SESSION_NAME},    {'u', URI},
                 {'e', EMAIL},   {'p', PHONE},       {'c', CONNECTION_INFO}, {'b', BANDWIDTH},
                 {'t', TIME},    {'r', REPEAT_TIME}, {'m', MEDIA},           {'k', ENCRYPTION_KEY},
                 {'z', TIMEZONE}};
    for (unsigned i = 0; i < sizeof lines / sizeof *lines; i++) {
        if (lines[i].letter == letter)
            return lines[i].field;
    }
    if (letter == 'a')
        return d->count > 0 ? MEDIA_ATTR : SESSION_ATTR;
    return letter == 'i' ? (d->count > 0 ? MEDIA_TITLE : SESSION_INFO) : UNKNOWN;
}

static void put_connection(struct description *d, struct text t)
{
    struct text address = put_words(d, CONNECTION_INFO_NETWORK_TYPE, 3, t);
    address.to = find(d, address, '/');
    if (d->count > 0)
        d->media[d->count - 1].address = address;
    else
        d->session_address = address;
}

static void put_line(struct description *d, struct text line)
{
    if (line.to - line.from < 2 || d->c->data[line.from + 1] != '=') {
        put(d, INVALID, line);
        return;
    }
    struct text value = {line.from + 2, line.to};
    char letter = (char)d->c->data[line.from];
    unsigned field = field_of(d, letter);
    put_data(d->p, d->c, field, line.from, line.to - line.from, d->c->data + value.from,
             value.to - value.from);
    uint32_t tree = tree_begin(d->p, field);
    if (letter == 'o')
        (void)put_words(d, OWNER_USERNAME, 6, value);
    else if (letter == 'c')
        put_connection(d, value);
    else if (letter == 't')
        (void)put_words(d, TIME_START, 2, value);
    else if (letter == 'm')
        put_media(d, value);
    else if (letter == 'a')
        put_attribute(d, value);
    else if (letter == 'b') {
        uint32_t colon = find(d, value, ':');
        put(d, BANDWIDTH_MODIFIER, (struct text){value.from, colon});
        if (colon < value.to)
            put(d, BANDWIDTH_VALUE, (struct text){colon + 1, value.to});
    }
    tree_end(d->p, tree);
}

/* RTP at each port, RTCP at the next (RFC 3550, section 11). */
static void expect_media(const struct description *d)
{
    for (unsigned i = 0; i < d->count; i++) {
        const struct sdp_media *m = &d->media[i];
        struct text t = m->address.from < m->address.to ? m->address : d->session_address;
        char text[64];
        uint8_t address[16];
        size_t n = t.to - t.from;
        if (!m->rtp || m->port == 0 || n == 0 || n >= sizeof text)
            continue;
        memcpy(text, d->c->data + t.from, n);
        text[n] = '\0';
        uint8_t version = inet_pton(AF_INET, text, address) == 1    ? 4
                          : inet_pton(AF_INET6, text, address) == 1 ? 6
                                                                    : 0;
        if (version == 0)
            continue;
        expect(d->p, EXPECTED_TABLE, EXPECT_RTP, version, address, 17, m->port, "SDP",
               d->p->session);
        expect(d->p, EXPECTED_TABLE, EXPECT_RTCP, version, address, 17, (uint16_t)(m->port + 1),
               "SDP", d->p->session);
    }
}

static void dissect(struct packet *p, struct cursor *c)
{
    struct description d = {.p = p, .c = c};
    while (cursor_captured(c) > 0) {
        struct text line = {c->pos, find(&d, (struct text){c->pos, c->cap}, '\n')};
        cursor_skip(c, line.to - line.from + (line.to < c->cap));
        if (line.to > line.from && c->data[line.to - 1] == '\r')
            line.to--;
        if (line.to > line.from)
            put_line(&d, line);
    }
    expect_media(&d);
    column_add(p, "/SDP");
}

static const char *const tables[] = {"expected", NULL};
static const struct binding bindings[] = {{"sip.sdp", 0}, {NULL, 0}};

const struct protocol proto_sdp = {.name = "sdp",
                                   .title = "Session Description Protocol",
                                   FIELDS_OF_THIS_FILE,
                                   .tables = tables,
                                   .bindings = bindings,
                                   .dissect = dissect};
