/* tls: Transport Layer Security (RFC 5246, RFC 8446): records, and what is in the clear in them.
 *
 *      0         1         3         5
 *     | type    | version | length  | fragment ...                     a record; many follow each
 * other
 */
#include "proto/tls.h"
#include "dissect/ber.h"

enum { RECORD_HEADER = 5, RECORD_MAX = 16384 + 2048 };
enum {
    CCS = 20,
    ALERT_RECORD = 21,
    HANDSHAKE_RECORD = 22,
    APPLICATION = 23,
    HEARTBEAT_RECORD = 24
};
enum { ENCRYPTED_MIN = 16, CLOSE_NOTIFY = 0 };

const struct value_name tls_content_types[] = {
    VALUE(20, "Change Cipher Spec"), VALUE(21, "Alert"),     VALUE(22, "Handshake"),
    VALUE(23, "Application Data"),   VALUE(24, "Heartbeat"), VALUES_END};
const struct value_name tls_alert_levels[] = {VALUE(1, "Warning"), VALUE(2, "Fatal"), VALUES_END};
const struct value_name tls_heartbeat_types[] = {VALUE(1, "Request"), VALUE(2, "Response"),
                                                 VALUES_END};
const struct value_name tls_compressions[] = {VALUE(0, "null"), VALUE(1, "DEFLATE"),
                                              VALUE(64, "LZS"), VALUES_END};
const struct value_name tls_client_cert_types[] = {
    VALUE(1, "RSA Sign"),          VALUE(2, "DSS Sign"),
    VALUE(3, "RSA Fixed DH"),      VALUE(4, "DSS Fixed DH"),
    VALUE(21, "GOST R 34.10-94"),  VALUE(22, "GOST R 34.10-2001"),
    VALUE(64, "ECDSA Sign"),       VALUE(65, "RSA Fixed ECDH"),
    VALUE(66, "ECDSA Fixed ECDH"), VALUES_END};
const struct value_name tls_curve_types[] = {VALUE(1, "explicit_prime"), VALUE(2, "explicit_char2"),
                                             VALUE(3, "named_curve"), VALUES_END};
const struct value_name tls_name_types[] = {VALUE(0, "host_name"), VALUES_END};
const struct value_name tls_max_fragments[] = {VALUE(1, "512"), VALUE(2, "1024"), VALUE(3, "2048"),
                                               VALUE(4, "4096"), VALUES_END};
const struct value_name tls_status_types[] = {VALUE(1, "OCSP"), VALUE(2, "OCSP Multi"), VALUES_END};
const struct value_name tls_point_formats[] = {VALUE(0, "uncompressed"),
                                               VALUE(1, "ansiX962_compressed_prime"),
                                               VALUE(2, "ansiX962_compressed_char2"), VALUES_END};
const struct value_name tls_hashes[] = {VALUE(0, "None"),   VALUE(1, "MD5"),    VALUE(2, "SHA1"),
                                        VALUE(3, "SHA224"), VALUE(4, "SHA256"), VALUE(5, "SHA384"),
                                        VALUE(6, "SHA512"), VALUE(7, "SM3"),    VALUES_END};
const struct value_name tls_signers[] = {VALUE(0, "Anonymous"), VALUE(1, "RSA"), VALUE(2, "DSA"),
                                         VALUE(3, "ECDSA"),     VALUE(4, "SM2"), VALUES_END};
const struct value_name tls_heartbeat_modes[] = {VALUE(1, "Peer allowed to send requests"),
                                                 VALUE(2, "Peer not allowed to send requests"),
                                                 VALUES_END};
const struct value_name tls_cert_kinds[] = {VALUE(0, "X.509"), VALUE(1, "OpenPGP"),
                                            VALUE(2, "Raw Public Key"), VALUES_END};
const struct value_name tls_cert_compressions[] = {VALUE(1, "zlib"), VALUE(2, "brotli"),
                                                   VALUE(3, "zstd"), VALUES_END};
const struct value_name tls_psk_modes[] = {
    VALUE(0, "PSK-only key establishment (psk_ke)"),
    VALUE(1, "PSK with (EC)DHE key establishment (psk_dhe_ke)"), VALUES_END};

static const struct field_def field_defs[] = {TLS_FIELDS(FIELD_ROW) TLS_SEGMENT_FIELDS(FIELD_ROW)
                                                  TLS_QUIC_FIELDS(FIELD_ROW)};

static const char *version_name(const struct tls *t, uint16_t record_version)
{
    switch (t->state->version != 0 ? t->state->version : record_version) {
    case 0x0300:
        return "SSLv3";
    case 0x0301:
        return "TLSv1";
    case 0x0302:
        return "TLSv1.1";
    case 0x0303:
        return "TLSv1.2";
    default:
        return tls_is_1_3(t->state->version) ? "TLSv1.3" : "TLS";
    }
}

/* ---- What is in a record --------------------------------------------------------------------- */

/* `c` is over what is encrypted; `plain`, if it could be opened, over what it says. */
static const char *put_application_data(struct tls *t, struct cursor *c, const struct cursor *plain)
{
    struct packet *p = t->p;
    (void)put_bytes(p, c, APP_DATA, cursor_left(c));
    label(p, APP_DATA, "Encrypted Application Data");
    const char *name = tls_carried_name(t);
    if (t->opened && cursor_captured(plain) > 0)
        tls_carried_note(t, plain);
    if (name != NULL)
        put_string(p, c, APP_DATA_PROTO, c->pos, 0, name);
    return packet_text(p, "Application Data Protocol: %s",
                       name != NULL ? name : "Application Data");
}

static const char *put_change(struct tls *t, struct cursor *c)
{
    struct packet *p = t->p;
    struct tls_state *s = t->state;
    put_data(p, c, CHANGE_CIPHER_SPEC, c->pos, cursor_left(c), NULL, 0);
    if (t->direction == 1 && !s->server_certificate && (s->same_id || s->ticket) &&
        s->version != 0 && !tls_is_1_3(s->version)) {
        uint32_t tree = tree_begin(p, CHANGE_CIPHER_SPEC);
        put_mark(p, c, RESUMED);
        tree_end(p, tree);
    }
    s->encrypted[t->direction] = true;
    tls_keys_changed(t);
    return "Change Cipher Spec Protocol: Change Cipher Spec";
}

static const char *put_alert(struct tls *t, struct cursor *c)
{
    struct packet *p = t->p;
    bool plain = cursor_left(c) == 2;
    put_data(p, c, ALERT, c->pos, cursor_left(c), NULL, 0);
    if (!plain) {
        label(p, ALERT, "Alert Message: Encrypted Alert");
        return "Encrypted Alert";
    }
    uint32_t tree = tree_begin(p, ALERT);
    uint8_t level = put_u8(p, c, ALERT_LEVEL), desc = put_u8(p, c, ALERT_DESC);
    tree_end(p, tree);
    if (desc == CLOSE_NOTIFY && t->opened) {
        t->closing = true;
        tls_carried_note(t, c); /* nothing, but the end */
    }
    const char *what = value_name_find(tls_alerts, desc),
               *how = value_name_find(tls_alert_levels, level);
    return packet_text(p, "Alert (Level: %s, Description: %s)", how != NULL ? how : "Unknown",
                       what != NULL ? what : "Unknown");
}

/* RFC 6520, section 4. */
static const char *put_heartbeat(struct tls *t, struct cursor *c)
{
    struct packet *p = t->p;
    put_data(p, c, HEARTBEAT, c->pos, cursor_left(c), NULL, 0);
    const uint8_t *head = cursor_peek(c, 0, 3);
    if (head == NULL || head[0] == 0 || head[0] > 2 ||
        (t->state->encrypted[t->direction] && !t->opened)) {
        label(p, HEARTBEAT, "Encrypted Heartbeat Message");
        return "Encrypted Heartbeat";
    }
    uint32_t tree = tree_begin(p, HEARTBEAT);
    uint8_t type = put_u8(p, c, HEARTBEAT_TYPE);
    uint16_t n = put_u16(p, c, HEARTBEAT_LENGTH);
    uint32_t left = cursor_left(c);
    (void)put_bytes(p, c, HEARTBEAT_PAYLOAD, n < left ? n : left);
    if (cursor_left(c) > 0)
        (void)put_bytes(p, c, HEARTBEAT_PADDING, cursor_left(c));
    tree_end(p, tree);
    return type == 1 ? "Heartbeat Request" : "Heartbeat Response";
}

/* Nobody says in the clear whether a handshake record is encrypted: it is after a change of the
 * cipher spec, and where its header makes no sense. */
static bool handshake_encrypted(const struct tls *t, const struct cursor *c)
{
    uint32_t left = cursor_left(c);
    const uint8_t *head = cursor_peek(c, 0, 4);
    if (head == NULL || left < ENCRYPTED_MIN || t->opened || t->state->waits[t->direction] != 0)
        return false;
    if (t->state->encrypted[t->direction] && !tls_is_1_3(t->state->version))
        return true;
    return !tls_handshake_known(head[0]) || be24(head + 1) > 0xffff;
}

static const char *put_handshake(struct tls *t, struct cursor *c)
{
    struct packet *p = t->p;
    if (handshake_encrypted(t, c)) {
        put_data(p, c, HANDSHAKE, c->pos, cursor_left(c), NULL, 0);
        label(p, HANDSHAKE, "Handshake Protocol: Encrypted Handshake Message");
        return "Handshake Protocol: Encrypted Handshake Message";
    }
    return packet_text(p, "Handshake Protocol: %s", tls_handshake_put(t, c));
}

static const char *put_fragment(struct tls *t, struct cursor *c, const struct cursor *encrypted,
                                uint8_t type)
{
    struct cursor outer = *encrypted;
    if (type != HANDSHAKE_RECORD && t->state->waits[t->direction] != 0) {
        t->state->waits[t->direction] = 0; /* the rest of that message will not come */
        t->state->shaken[t->direction]++;
    }
    switch (type) {
    case CCS:
        return put_change(t, c);
    case ALERT_RECORD:
        return put_alert(t, c);
    case HANDSHAKE_RECORD:
        return put_handshake(t, c);
    case APPLICATION:
        return put_application_data(t, &outer, c);
    default:
        return put_heartbeat(t, c);
    }
}

/* ---- Records --------------------------------------------------------------------------------- */

static bool header_good(const uint8_t *h)
{
    return h[0] >= CCS && h[0] <= HEARTBEAT_RECORD && h[1] == 3 && h[2] <= 4;
}

static void put_ignored(struct packet *p, struct cursor *c)
{
    put_data(p, c, RECORD, c->pos, cursor_captured(c), NULL, 0);
    label(p, RECORD, "Ignored Unknown Record");
    uint32_t tree = tree_begin(p, RECORD);
    put_mark(p, c, IGNORED);
    tree_end(p, tree);
    cursor_skip(c, cursor_captured(c));
    info_add(p, "Ignored Unknown Record");
}

/* The label is known only when all of the record has been seen. */
static void label_record(struct packet *p, uint32_t item, const char *version, const char *text)
{
    if (item == NO_ITEM || !p->wanted->labels)
        return;
    label_item(p, item, "%s Record Layer: %s", version, text);
}

/* Opens the record of n bytes at `c`, behind its header, if it is encrypted and can be. */
static void open_record(struct tls *t, const uint8_t *h, struct cursor *c, uint8_t *type)
{
    struct tls_plain plain;
    const uint8_t *bytes = cursor_peek(c, 0, cursor_left(c));
    t->opened = bytes != NULL && tls_open(t, h, bytes, cursor_left(c), &plain);
    if (!t->opened)
        return;
    *type = plain.type;
    *c = cursor_over(t->p, "Decrypted TLS", plain.bytes, plain.n);
}

/* In the Info column, and as the record's label. */
static void name_record(struct tls *t, uint32_t tree, uint16_t version, uint8_t type,
                        const char *text)
{
    struct packet *p = t->p;
    const char *name = version_name(t, version), *what = strchr(text, ':');
    label_record(p, tree, name, text);
    if (p->column_text == NULL)
        p->column_text = name;
    if (type == APPLICATION && t->opened)
        return; /* what it carries says more */
    info_add(p, "%s%s", p->info.length > 0 ? ", " : "",
             type == APPLICATION                    ? "Application Data"
             : what == NULL || type == ALERT_RECORD ? text
                                                    : what + 2);
}

static void put_record(struct tls *t, struct cursor *c)
{
    struct packet *p = t->p;
    const uint8_t *h = cursor_peek(c, 0, RECORD_HEADER);
    if (h == NULL || !header_good(h)) {
        put_ignored(p, c);
        return;
    }
    t->state->seen = true;
    uint32_t n = be16(h + 3), start = c->pos;
    uint16_t version = be16(h + 1);
    bool new_form = h[0] == APPLICATION &&
                    (tls_is_1_3(t->state->version) || (t->state->early && t->state->version == 0));
    put_data(p, c, RECORD, c->pos, RECORD_HEADER + n, NULL, 0);
    uint32_t tree = tree_begin(p, RECORD);
    (void)put_u8(p, c, new_form ? OPAQUE_TYPE : CONTENT_TYPE);
    (void)put_u16(p, c, RECORD_VERSION);
    (void)put_u16(p, c, RECORD_LENGTH);
    struct cursor encrypted = cursor_part(c, n), fragment = encrypted;
    uint8_t type = h[0];
    open_record(t, h, &fragment, &type);
    if (t->opened && new_form)
        put_uint(p, c, CONTENT_TYPE, start, 1, type);
    if (n == 0 && h[0] != APPLICATION) {
        put_mark(p, c, LENGTH_INVALID);
    } else {
        const char *text = put_fragment(t, &fragment, &encrypted, type);
        name_record(t, tree, version, type, text);
    }
    if (encrypted.fault != CURSOR_OK || fragment.fault != CURSOR_OK)
        c->fault = encrypted.fault != CURSOR_OK ? encrypted.fault : fragment.fault;
    tree_end(p, tree);
}

static void dissect(struct packet *p, struct cursor *c)
{
    struct tls_state alone = {0};
    struct tls t = {.p = p,
                    .state = flow_state(p, sizeof(struct tls_state)),
                    .session = tls_session(p),
                    .direction = p->in_flow && p->facts.reverse};
    t.carried_end = &t.carried;
    if (t.state == NULL)
        t.state = &alone;
    t.direction ^= t.state->turned;
    info_set(p, "%s", "");
    while (cursor_captured(c) > 0)
        put_record(&t, c);
    tls_carried_dissect(&t, c);
}

/* As many whole records as there are; else what the first one needs. What is no record is ours only
 * once records were seen. */
static uint32_t message(struct packet *p, const struct cursor *c)
{
    uint32_t n = 0, left = cursor_captured(c);
    const uint8_t *h;
    while ((h = cursor_peek(c, n, RECORD_HEADER)) != NULL && header_good(h)) {
        uint32_t record = RECORD_HEADER + be16(h + 3);
        if (record > left - n)
            return n > 0 ? n : record;
        n += record;
    }
    if (n > 0)
        return n;
    h = cursor_peek(c, 0, left < RECORD_HEADER ? left : RECORD_HEADER);
    if (left < RECORD_HEADER && h != NULL && left > 0 && h[0] >= CCS && h[0] <= HEARTBEAT_RECORD &&
        (left < 2 || h[1] == 3))
        return STREAM_MORE;
    struct tls_state *s = flow_state(p, sizeof *s);
    return s != NULL && s->seen ? left : 0;
}

static const char *const tables[] = {"x509", "tls.port", "tls.alpn", NULL};
static const struct binding bindings[] = {
    {"tcp.port", 443},       {"tcp.port", 324},   {"tcp.port", 465},
    {"tcp.port", 636},       {"tcp.port", 802},   {"tcp.port", 853},
    {"tcp.port", 993},       {"tcp.port", 995},   {"tcp.port", 1300},
    {"tcp.port", 2221},      {"tcp.port", 2443},  {"tcp.port", 3249},
    {"tcp.port", 3250},      {"tcp.port", 3251},  {"tcp.port", 3252},
    {"tcp.port", 3496},      {"tcp.port", 5061},  {"tcp.port", 5671},
    {"tcp.port", 5684},      {"tcp.port", 5868},  {"tcp.port", 8883},
    {"tcp.port", 11207},     {"tcp.port", 19999}, {"tcp.port", 27017},
    {"tcp.port", HEURISTIC}, {"tls", 0},          {NULL, 0}};

static bool port_bound(uint16_t port)
{
    for (const struct binding *b = bindings; b->table != NULL; b++) {
        if (b->key == port && port != 0)
            return true;
    }
    return false;
}

/* On other ports: a record that makes sense. */
static bool probe(const struct packet *p, const struct cursor *c)
{
    if (port_bound(p->src_port) || port_bound(p->dst_port))
        return true;
    const uint8_t *h = cursor_peek(c, 0, RECORD_HEADER);
    if (h == NULL || !header_good(h) || h[0] == HEARTBEAT_RECORD)
        return false;
    uint32_t n = be16(h + 3);
    if (n == 0 || n > RECORD_MAX)
        return false;
    const uint8_t *body = cursor_peek(c, RECORD_HEADER, 1);
    switch (h[0]) {
    case CCS:
        return n == 1 && body != NULL && body[0] == 1;
    case ALERT_RECORD:
        return n == 2 || n >= ENCRYPTED_MIN;
    default:
        return true;
    }
}

const struct protocol proto_tls = {.name = "tls",
                                   .title = "Transport Layer Security",
                                   .column = "TLS",
                                   FIELDS_OF_THIS_FILE,
                                   .tables = tables,
                                   .sealed = 1u << 1 | 1u << 2,
                                   .bindings = bindings,
                                   .probe = probe,
                                   .message = message,
                                   .header = RECORD_HEADER,
                                   .dissect = dissect};

/* A certificate may carry such timestamps in an extension, 1.3.6.1.4.1.11129.2.4.2. */
static void dissect_timestamps(struct packet *p, struct cursor *c)
{
    struct ber b;
    if (ber_expect(c, BER_OCTET_STRING, &b))
        tls_timestamps_put(p, &b.contents);
}

static const struct binding timestamps_bindings[] = {
    {"x509.extension", UINT64_C(0x2b06010401d67902) ^ UINT64_C(0x0402) << 7}, {NULL, 0}};

const struct protocol proto_tls_timestamps = {.name = "tls",
                                              .title = "Transport Layer Security",
                                              .bare = true,
                                              .fields_of = &proto_tls,
                                              .bindings = timestamps_bindings,
                                              .dissect = dissect_timestamps};
