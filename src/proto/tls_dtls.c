/*
 * dtls: Datagram Transport Layer Security 1.0 and 1.2 (RFC 4347, RFC 6347): the records and handshake
 * messages of TLS, numbered so that they may be lost.
 *
 *      0      1         3       5          11       13
 *     | type | version | epoch | sequence | length | fragment ...            a record
 *
 *     | type 1 | length 3 | message 2 | fragment offset 3 | fragment length 3 | body ...
 *
 * Its fields are those of tls under another name, and a few more. So what tls knows of messages serves
 * here, too: an ID means the same in both tables.
 */
#include "dissect/fragment.h"
#include "proto/tls.h"

enum { RECORD_HEADER = 13, MESSAGE_HEADER = 12, RECORD_MAX = 16384 + 2048, MESSAGE_MAX = 65535 };
enum {
    CCS = 20,
    ALERT_RECORD = 21,
    HANDSHAKE_RECORD = 22,
    APPLICATION = 23,
    HEARTBEAT_RECORD = 24
};
enum { VERSION_OLD = 0x0100 }; /* of OpenSSL before 0.9.8f */

#define DTLS_ROW(id, name, label, type, display, mask, names)                                      \
    {"d" name, label, LAMNA_##type, display, mask, names},
static const struct field_def field_defs[] = {TLS_FIELDS(DTLS_ROW) DTLS_FIELDS(FIELD_ROW)};

static const char *version_name(uint16_t version)
{
    switch (version) {
    case DTLS_1_0:
        return "DTLSv1.0";
    case DTLS_1_2:
        return "DTLSv1.2";
    case VERSION_OLD:
        return "DTLS 1.0 (OpenSSL pre 0.9.8f)";
    default:
        return "DTLS";
    }
}

/* Messages ask which version of TLS it is that this one was made of. */
static uint16_t tls_version(uint16_t version)
{
    switch (version) {
    case VERSION_OLD:
    case DTLS_1_0:
        return TLS_1_2 - 1;
    case DTLS_1_2:
        return TLS_1_2;
    default:
        return version;
    }
}

/* ---- Handshake messages (RFC 6347, section 4.2) ------------------------------------------------ */

struct fragment_header {
    uint8_t type;
    uint32_t length;
    uint16_t number;
    uint32_t offset, here;
};

static struct fragment_header put_header(struct packet *p, struct cursor *c)
{
    struct fragment_header h = {.type = put_u8(p, c, TYPE)};
    h.length = put_u24(p, c, LENGTH);
    h.number = put_u16(p, c, DTLS_MESSAGE);
    h.offset = put_u24(p, c, DTLS_OFFSET);
    h.here = put_u24(p, c, DTLS_FRAGMENT_LENGTH);
    return h;
}

static void put_body(struct tls *t, struct cursor *body, uint8_t type)
{
    tls_message_put(t, body, type);
    t->state->version = tls_version(t->state->version);
}

/* A piece of a message. True: with it the message is whole, and was put. */
static bool put_piece(struct tls *t, struct cursor *body, const struct fragment_header *h)
{
    static const struct fragment_fields fields = {.fragments = DTLS_FRAGMENTS,
                                                  .fragment = DTLS_FRAGMENT,
                                                  .count = DTLS_FRAGMENT_COUNT,
                                                  .length = DTLS_WHOLE_LENGTH,
                                                  .data = NO_FRAGMENT_FIELD,
                                                  .reassembled_in = NO_FRAGMENT_FIELD,
                                                  .name = "Message Fragments",
                                                  .source = "Reassembled DTLS"};
    struct packet *p = t->p;
    const struct fragment_key key = {.id = (uint64_t)p->src_port << 48 |
                                           (uint64_t)p->dst_port << 32 | h->number,
                                     .offset = h->offset,
                                     .more = h->offset + h->here < h->length};
    struct cursor whole;
    if (!fragment_reassemble(p, body, &key, &fields, &whole))
        return false;
    put_body(t, &whole, h->type);
    return true;
}

/* One message, or a piece of one; its name, for the line in columns. */
static const char *put_message(struct tls *t, struct cursor *c)
{
    struct packet *p = t->p;
    const uint8_t *head = cursor_peek(c, 0, MESSAGE_HEADER);
    uint32_t here = head == NULL ? 0 : be24(head + 9), left = cursor_left(c);
    uint32_t size = MESSAGE_HEADER + here < left ? MESSAGE_HEADER + here : left;
    put_data(p, c, HANDSHAKE, c->pos, size, NULL, 0);
    uint32_t tree = tree_begin(p, HANDSHAKE);
    struct fragment_header h = put_header(p, c);
    const char *name = tls_handshake_name(p, h.type), *how = "";
    struct cursor body = cursor_part(c, h.here);
    bool part = h.here < h.length;
    if (h.here > h.length)
        put_mark(p, c, DTLS_LONG_FRAGMENT);
    else if (h.offset + h.here > h.length)
        put_mark(p, c, DTLS_PAST_END);
    else if (!part)
        put_body(t, &body, h.type);
    else
        how = put_piece(t, &body, &h) ? " (Reassembled)" : " (Fragment)";
    label_item(p, tree, "Handshake Protocol: %s%s", name, how);
    tree_end(p, tree);
    if (body.fault == CURSOR_SHORT)
        c->fault = body.fault;
    return packet_text(p, "%s%s", name, how);
}

/* A record of the first epoch is not encrypted; what makes no sense is. */
static bool handshake_encrypted(const struct cursor *c, uint16_t epoch)
{
    const uint8_t *head = cursor_peek(c, 0, MESSAGE_HEADER);
    if (epoch > 0)
        return true;
    return head != NULL && (!tls_handshake_known(head[0]) || be24(head + 1) > MESSAGE_MAX);
}

static const char *put_handshake(struct tls *t, struct cursor *c, uint16_t epoch)
{
    struct packet *p = t->p;
    if (handshake_encrypted(c, epoch)) {
        put_data(p, c, HANDSHAKE, c->pos, cursor_left(c), NULL, 0);
        label(p, HANDSHAKE, "Handshake Protocol: Encrypted Handshake Message");
        return "Encrypted Handshake Message";
    }
    const char *text = put_message(t, c);
    while (cursor_left(c) > 0 && c->fault == CURSOR_OK)
        text = packet_text(p, "%s, %s", text, put_message(t, c));
    return text;
}

/* ---- Other records ----------------------------------------------------------------------------- */

static const char *put_alert(struct tls *t, struct cursor *c)
{
    struct packet *p = t->p;
    put_data(p, c, ALERT, c->pos, cursor_left(c), NULL, 0);
    if (cursor_left(c) != 2) {
        label(p, ALERT, "Alert Message: Encrypted Alert");
        return "Encrypted Alert";
    }
    uint32_t tree = tree_begin(p, ALERT);
    uint8_t level = put_u8(p, c, ALERT_LEVEL), desc = put_u8(p, c, ALERT_DESC);
    tree_end(p, tree);
    const char *what = value_name_find(tls_alerts, desc),
               *how = value_name_find(tls_alert_levels, level);
    return packet_text(p, "Alert (Level: %s, Description: %s)", how != NULL ? how : "Unknown",
                       what != NULL ? what : "Unknown");
}

static const char *put_fragment(struct tls *t, struct cursor *c, uint8_t type, uint16_t epoch)
{
    struct packet *p = t->p;
    switch (type) {
    case CCS:
        put_data(p, c, CHANGE_CIPHER_SPEC, c->pos, cursor_left(c), NULL, 0);
        return "Change Cipher Spec";
    case ALERT_RECORD:
        return put_alert(t, c);
    case HANDSHAKE_RECORD:
        return put_handshake(t, c, epoch);
    case APPLICATION:
        (void)put_bytes(p, c, APP_DATA, cursor_left(c));
        label(p, APP_DATA, "Encrypted Application Data");
        return "Application Data";
    default:
        put_data(p, c, HEARTBEAT, c->pos, cursor_left(c), NULL, 0);
        label(p, HEARTBEAT, "Encrypted Heartbeat Message");
        return "Encrypted Heartbeat";
    }
}

static bool version_known(uint16_t version)
{
    return version == DTLS_1_0 || version == DTLS_1_2 || version == VERSION_OLD;
}

static bool header_good(const uint8_t *h)
{
    return h[0] >= CCS && h[0] <= HEARTBEAT_RECORD && version_known(be16(h + 1));
}

static void put_record(struct tls *t, struct cursor *c)
{
    struct packet *p = t->p;
    const uint8_t *h = cursor_peek(c, 0, RECORD_HEADER);
    if (h == NULL || !header_good(h)) {
        cursor_skip(c, cursor_captured(c) > 0 ? cursor_captured(c) : 1);
        return;
    }
    uint16_t version = be16(h + 1), epoch = be16(h + 3), n = be16(h + 11);
    put_data(p, c, RECORD, c->pos, RECORD_HEADER + (uint32_t)n, NULL, 0);
    uint32_t tree = tree_begin(p, RECORD);
    (void)put_u8(p, c, CONTENT_TYPE);
    (void)put_u16(p, c, RECORD_VERSION);
    (void)put_u16(p, c, DTLS_EPOCH);
    (void)put_uint_be(p, c, DTLS_SEQUENCE, 6);
    (void)put_u16(p, c, RECORD_LENGTH);
    struct cursor fragment = cursor_part(c, n);
    const char *text = put_fragment(t, &fragment, h[0], epoch);
    label_item(p, tree, "%s Record Layer: %s%s", version_name(version),
               h[0] == HANDSHAKE_RECORD ? "Handshake Protocol: " : "", text);
    if (p->column_text == NULL)
        p->column_text = version_name(version);
    info_add(p, "%s%s", p->info.length > 0 ? ", " : "", text);
    if (fragment.fault != CURSOR_OK)
        c->fault = fragment.fault;
    tree_end(p, tree);
}

static void dissect(struct packet *p, struct cursor *c)
{
    struct tls_state alone = {0};
    struct tls t = {.p = p,
                    .state = flow_state(p, sizeof(struct tls_state)),
                    .direction = p->in_flow && p->facts.reverse,
                    .datagrams = true};
    if (t.state == NULL)
        t.state = &alone;
    info_set(p, "%s", "");
    while (cursor_captured(c) > 0)
        put_record(&t, c);
}

/* A record that makes sense, of those types that a connection shows to others. */
static bool probe(const struct packet *p, const struct cursor *c)
{
    (void)p;
    const uint8_t *h = cursor_peek(c, 0, RECORD_HEADER);
    return h != NULL && header_good(h) && h[0] <= APPLICATION && be16(h + 11) <= RECORD_MAX;
}

static const char *const tables[] = {"x509", NULL};
static const struct binding bindings[] = {{"udp.port", 4433},
                                          {"udp.port", 5684},
                                          {"udp.port", HEURISTIC},
                                          {"capwap.below", 0},
                                          {NULL, 0}};

const struct protocol proto_dtls = {.name = "dtls",
                                    .title = "Datagram Transport Layer Security",
                                    .column = "DTLS",
                                    .fields = field_defs,
                                    .field_count = DTLS_FIELD_COUNT,
                                    .tables = tables,
                                    .bindings = bindings,
                                    .probe = probe,
                                    .remembers = true,
                                    .dissect = dissect};
