/* Extensions of hellos and certificates (RFC 6066, RFC 8446 section 4.2, IANA's list of them).
 *
 *     | length (2) | type (2) | length (2) | data ... | type ...
 */
#include "proto/tls.h"

enum { ENCRYPTED_EXTENSIONS = 8, CERTIFICATE_REQUEST = 13, NEW_SESSION_TICKET = 4 };

static void put_list(struct packet *p, struct cursor *c, unsigned length, unsigned item)
{
    uint8_t n = put_u8(p, c, length);
    struct cursor list = cursor_part(c, n);
    while (cursor_left(&list) > 0)
        (void)put_u8(p, &list, item);
}

static void put_list16(struct packet *p, struct cursor *c, unsigned item)
{
    while (cursor_left(c) >= 2)
        (void)put_u16(p, c, item);
}

void tls_signature_put(struct packet *p, struct cursor *c)
{
    const uint8_t *b = cursor_peek(c, 0, 2);
    (void)put_u16(p, c, SIG_ALG);
    if (b == NULL)
        return;
    uint32_t tree = tree_begin(p, SIG_ALG);
    put_uint(p, c, SIG_ALG_HASH, c->pos - 2, 1, b[0]);
    put_uint(p, c, SIG_ALG_SIG, c->pos - 1, 1, b[1]);
    tree_end(p, tree);
}

/* ---- Names ----------------------------------------------------------------------------------- */

static void put_server_name(struct packet *p, struct cursor *c, struct tls_hello *hello)
{
    if (cursor_left(c) == 0)
        return;
    hello->named = true;
    uint32_t tree = tree_text(p, c, c->pos, cursor_left(c), "Server Name Indication extension");
    uint16_t n = put_u16(p, c, SNI_LIST_LENGTH);
    struct cursor list = cursor_part(c, n);
    while (cursor_left(&list) > 0) {
        (void)put_u8(p, &list, SNI_TYPE);
        uint16_t length = put_u16(p, &list, SNI_LENGTH);
        const uint8_t *name = put_bytes(p, &list, SNI, length);
        if (name != NULL)
            info_add(p, " (SNI=%.*s)", (int)length, (const char *)name);
    }
    tree_end(p, tree);
}

/* The protocol that the server chose is what the connection carries. */
static void remember_protocol(struct tls *t, const uint8_t *name, uint32_t n)
{
    size_t room = sizeof t->state->protocol - 1;
    memset(t->state->protocol, 0, room + 1);
    memcpy(t->state->protocol, name, n < room ? n : room);
}

static void put_alpn(struct tls *t, struct cursor *c, uint8_t message, struct tls_hello *hello)
{
    struct packet *p = t->p;
    uint16_t n = put_u16(p, c, ALPN_LENGTH);
    if (n == 0)
        return;
    put_data(p, c, ALPN_LIST, c->pos, n, NULL, 0);
    uint32_t tree = tree_begin(p, ALPN_LIST);
    struct cursor list = cursor_part(c, n);
    while (cursor_left(&list) > 0) {
        uint8_t length = put_u8(p, &list, ALPN_STR_LENGTH);
        const uint8_t *name = put_bytes(p, &list, ALPN_STR, length);
        if (name == NULL)
            continue;
        if (hello->alpn.at == NULL)
            hello->alpn = (struct tls_bytes){name, length};
        if (message != TLS_CLIENT_HELLO)
            remember_protocol(t, name, length);
    }
    tree_end(p, tree);
}

static void put_alps(struct packet *p, struct cursor *c, uint8_t message)
{
    if (message != TLS_CLIENT_HELLO)
        return;
    uint16_t n = put_u16(p, c, ALPS_LENGTH);
    put_data(p, c, ALPS_LIST, c->pos, n, NULL, 0);
    uint32_t tree = tree_begin(p, ALPS_LIST);
    struct cursor list = cursor_part(c, n);
    while (cursor_left(&list) > 0) {
        uint8_t length = put_u8(p, &list, ALPS_STR_LENGTH);
        (void)put_bytes(p, &list, ALPS_STR, length);
    }
    tree_end(p, tree);
}

static void put_npn(struct packet *p, struct cursor *c)
{
    if (cursor_left(c) == 0)
        return;
    uint32_t tree = tree_text(p, c, c->pos, cursor_left(c), "Next Protocol Negotiation");
    while (cursor_left(c) > 0) {
        uint8_t length = put_u8(p, c, NPN_STR_LENGTH);
        (void)put_bytes(p, c, NPN, length);
    }
    tree_end(p, tree);
}

/* ---- Keys ------------------------------------------------------------------------------------ */

static void put_groups(struct packet *p, struct cursor *c, struct tls_hello *hello)
{
    uint16_t n = put_u16(p, c, GROUPS_LENGTH);
    struct cursor list = cursor_part(c, n);
    hello->groups = (struct tls_bytes){list.data + list.pos, cursor_captured(&list) & ~1u};
    put_data(p, c, GROUPS, list.pos, n, NULL, 0);
    label(p, GROUPS, "Supported Groups (%u group%s)", n / 2, n == 2 ? "" : "s");
    uint32_t tree = tree_begin(p, GROUPS);
    put_list16(p, &list, GROUP);
    tree_end(p, tree);
}

static void put_formats(struct packet *p, struct cursor *c, struct tls_hello *hello)
{
    uint8_t n = put_u8(p, c, FORMATS_LENGTH);
    struct cursor list = cursor_part(c, n);
    hello->formats = (struct tls_bytes){list.data + list.pos, cursor_captured(&list)};
    put_data(p, c, FORMATS, list.pos, n, NULL, 0);
    label(p, FORMATS, "Elliptic curves point formats (%u)", n);
    uint32_t tree = tree_begin(p, FORMATS);
    while (cursor_left(&list) > 0)
        (void)put_u8(p, &list, FORMAT);
    tree_end(p, tree);
}

static void put_signature_algorithms(struct packet *p, struct cursor *c, struct tls_hello *hello)
{
    uint16_t n = put_u16(p, c, SIG_ALGS_LENGTH);
    struct cursor list = cursor_part(c, n);
    if (hello->signatures.at == NULL)
        hello->signatures = (struct tls_bytes){list.data + list.pos, cursor_captured(&list) & ~1u};
    put_data(p, c, SIG_ALGS, list.pos, n, NULL, 0);
    label(p, SIG_ALGS, "Signature Hash Algorithms (%u algorithm%s)", n / 2, n == 2 ? "" : "s");
    uint32_t tree = tree_begin(p, SIG_ALGS);
    while (cursor_left(&list) >= 2)
        tls_signature_put(p, &list);
    tree_end(p, tree);
}

static void put_key_share_entry(struct packet *p, struct cursor *c)
{
    const uint8_t *head = cursor_peek(c, 0, 4);
    unsigned group = head == NULL ? 0 : be16(head), n = head == NULL ? 0 : be16(head + 2);
    const char *name = value_name_find(tls_groups, group);
    uint32_t tree =
        tree_text(p, c, c->pos, 4 + n, "Key Share Entry: Group: %s, Key Exchange length: %u",
                  name != NULL ? name : "Unknown", n);
    (void)put_u16(p, c, KEY_SHARE_GROUP);
    (void)put_u16(p, c, KEY_SHARE_LENGTH);
    (void)put_bytes(p, c, KEY_SHARE, n);
    tree_end(p, tree);
}

static void put_key_share(struct packet *p, struct cursor *c, uint8_t message)
{
    if (cursor_left(c) == 0)
        return;
    uint32_t tree = tree_text(p, c, c->pos, cursor_left(c), "Key Share extension");
    if (message == TLS_CLIENT_HELLO) {
        uint16_t n = put_u16(p, c, KEY_SHARES_LENGTH);
        struct cursor list = cursor_part(c, n);
        while (cursor_left(&list) >= 4)
            put_key_share_entry(p, &list);
    } else if (cursor_left(c) == 2) {
        (void)put_u16(p, c, KEY_SHARE_SELECTED);
    } else {
        put_key_share_entry(p, c);
    }
    tree_end(p, tree);
}

static void put_psk_client(struct packet *p, struct cursor *c)
{
    uint16_t n = put_u16(p, c, PSK_IDENTITIES_LENGTH);
    struct cursor list = cursor_part(c, n);
    while (cursor_left(&list) >= 2) {
        const uint8_t *head = cursor_peek(&list, 0, 2);
        unsigned length = head == NULL ? 0 : be16(head);
        uint32_t tree =
            tree_text(p, &list, list.pos, length + 6, "PSK Identity (length: %u)", length);
        (void)put_u16(p, &list, PSK_IDENTITY_LENGTH);
        (void)put_bytes(p, &list, PSK_IDENTITY, length);
        (void)put_u32(p, &list, PSK_AGE);
        tree_end(p, tree);
    }
    uint16_t binders = put_u16(p, c, PSK_BINDERS_LENGTH);
    put_data(p, c, PSK_BINDERS, c->pos, binders, NULL, 0);
    cursor_skip(c, binders);
}

static void put_psk(struct packet *p, struct cursor *c, uint8_t message)
{
    if (cursor_left(c) == 0)
        return;
    uint32_t tree = tree_text(p, c, c->pos, cursor_left(c), "Pre-Shared Key extension");
    if (message == TLS_CLIENT_HELLO)
        put_psk_client(p, c);
    else
        (void)put_u16(p, c, PSK_SELECTED);
    tree_end(p, tree);
}

/* ---- Others ---------------------------------------------------------------------------------- */

static void put_versions(struct tls *t, struct cursor *c, uint8_t message, struct tls_hello *hello)
{
    struct packet *p = t->p;
    if (message != TLS_CLIENT_HELLO) {
        uint16_t v = put_u16(p, c, SUPPORTED_VERSION);
        if (v != 0)
            t->state->version = v;
        return;
    }
    uint8_t n = put_u8(p, c, VERSIONS_LENGTH);
    struct cursor list = cursor_part(c, n);
    while (cursor_left(&list) >= 2) {
        uint16_t v = put_u16(p, &list, SUPPORTED_VERSION);
        if (!tls_is_grease(v) && v > hello->best_version)
            hello->best_version = v;
    }
}

static void put_status_request(struct packet *p, struct cursor *c, uint8_t message)
{
    if (cursor_left(c) == 0)
        return;
    if (message == TLS_CERTIFICATE) {
        tls_status_put(p, c);
        return;
    }
    (void)put_u8(p, c, STATUS_TYPE);
    uint16_t ids = put_u16(p, c, STATUS_IDS_LENGTH);
    cursor_skip(c, ids);
    uint16_t extensions = put_u16(p, c, STATUS_EXTS_LENGTH);
    cursor_skip(c, extensions);
}

static void put_status_request_v2(struct packet *p, struct cursor *c)
{
    if (cursor_left(c) == 0)
        return;
    uint16_t n = put_u16(p, c, STATUS_LIST_LENGTH);
    struct cursor list = cursor_part(c, n);
    while (cursor_left(&list) > 0) {
        (void)put_u8(p, &list, STATUS_TYPE);
        uint16_t length = put_u16(p, &list, STATUS_LENGTH);
        struct cursor one = cursor_part(&list, length);
        uint16_t ids = put_u16(p, &one, STATUS_IDS_LENGTH);
        cursor_skip(&one, ids);
        uint16_t extensions = put_u16(p, &one, STATUS_EXTS_LENGTH);
        cursor_skip(&one, extensions);
    }
}

static void put_renegotiation(struct packet *p, struct cursor *c)
{
    uint32_t tree = tree_text(p, c, c->pos, cursor_left(c), "Renegotiation Info extension");
    uint8_t n = put_u8(p, c, RENEGOTIATION_LENGTH);
    if (n > 0)
        (void)put_bytes(p, c, RENEGOTIATION, n);
    tree_end(p, tree);
}

static void put_cert_kind(struct packet *p, struct cursor *c, uint8_t message)
{
    if (message != TLS_CLIENT_HELLO) {
        (void)put_u8(p, c, CERT_KIND);
        return;
    }
    uint8_t n = put_u8(p, c, CERT_KIND_COUNT);
    put_data(p, c, CERT_KINDS, c->pos, n, NULL, 0);
    uint32_t tree = tree_begin(p, CERT_KINDS);
    for (unsigned i = 0; i < n; i++)
        (void)put_u8(p, c, CERT_KIND);
    tree_end(p, tree);
}

/* Signed certificate timestamps (RFC 6962, section 3.3). */
void tls_timestamps_put(struct packet *p, struct cursor *c)
{
    uint16_t n = put_u16(p, c, SCTS_LENGTH);
    struct cursor list = cursor_part(c, n);
    while (cursor_left(&list) >= 2) {
        const uint8_t *head = cursor_peek(&list, 0, 2);
        uint32_t tree = tree_text(p, &list, list.pos, head == NULL ? 0 : 2u + be16(head),
                                  "Signed Certificate Timestamp");
        uint16_t length = put_u16(p, &list, SCT_LENGTH);
        struct cursor one = cursor_part(&list, length);
        (void)put_u8(p, &one, SCT_VERSION);
        (void)put_bytes(p, &one, SCT_LOG, 32);
        const uint8_t *ms = cursor_take(&one, 8);
        if (ms != NULL)
            put_time(p, &one, SCT_TIME, one.pos - 8, 8,
                     (int64_t)(be64(ms) % 9000000000000) * 1000000);
        uint16_t extensions = put_u16(p, &one, SCT_EXTENSIONS_LENGTH);
        if (extensions > 0)
            (void)put_bytes(p, &one, SCT_EXTENSIONS, extensions);
        tls_signature_put(p, &one);
        uint16_t signature = put_u16(p, &one, SCT_SIGNATURE_LENGTH);
        (void)put_bytes(p, &one, SCT_SIGNATURE, signature);
        tree_end(p, tree);
    }
}

static void put_compress(struct packet *p, struct cursor *c)
{
    uint8_t n = put_u8(p, c, COMPRESS_LENGTH);
    struct cursor list = cursor_part(c, n);
    put_list16(p, &list, COMPRESS_ALG);
}

static void put_session_ticket(struct tls *t, struct cursor *c, uint8_t message)
{
    uint32_t n = cursor_left(c);
    if (message == TLS_CLIENT_HELLO)
        t->state->ticket = n > 0;
    const uint8_t *ticket = put_bytes(t->p, c, EXTENSION_DATA, n);
    if (message == TLS_CLIENT_HELLO)
        tls_keys_ticket(t, ticket, n, false);
    label(t->p, EXTENSION_DATA, "Data (%u byte%s)", n, n == 1 ? "" : "s");
}

static void put_early_data(struct tls *t)
{
    t->state->early = true;
    tls_keys_early(t);
}

/* ---- One, and all ---------------------------------------------------------------------------- */

/* RFC 5764, section 4.1.1. */
static void put_srtp(struct packet *p, struct cursor *c)
{
    uint16_t n = put_u16(p, c, DTLS_SRTP_LENGTH);
    struct cursor list = cursor_part(c, n);
    put_list16(p, &list, DTLS_SRTP_PROFILE);
    n = put_u8(p, c, DTLS_MKI_LENGTH);
    if (n > 0)
        (void)put_bytes(p, c, DTLS_MKI, n);
}

/* False: nothing is known of this type. */
static bool put_known(struct tls *t, struct cursor *c, uint16_t type, uint8_t message,
                      struct tls_hello *hello)
{
    struct packet *p = t->p;
    switch (type) {
    case 0:
        put_server_name(p, c, hello);
        break;
    case 1:
        (void)put_u8(p, c, MAX_FRAGMENT);
        break;
    case 5:
        put_status_request(p, c, message);
        break;
    case 9:
    case 19:
    case 20:
        put_cert_kind(p, c, message);
        break;
    case 10:
        put_groups(p, c, hello);
        break;
    case 11:
        put_formats(p, c, hello);
        break;
    case 13:
    case 50:
        put_signature_algorithms(p, c, hello);
        break;
    case 34: /* delegated_credentials (RFC 9345) */
        put_signature_algorithms(p, c, &(struct tls_hello){0});
        break;
    case 57:
    case 0xffa5: /* before RFC 9001 */
        if (!t->quic)
            return false;
        tls_quic_parameters_put(p, c);
        break;
    case 14:
        if (!t->datagrams)
            return false;
        put_srtp(p, c);
        break;
    case 15:
        (void)put_u8(p, c, HEARTBEAT_MODE);
        break;
    case 16:
        put_alpn(t, c, message, hello);
        break;
    case 17:
        put_status_request_v2(p, c);
        break;
    case 18:
        if (cursor_left(c) > 0)
            tls_timestamps_put(p, c);
        break;
    case 21:
        (void)put_bytes(p, c, PADDING, cursor_left(c));
        break;
    case 22:
    case 23:
    case 49:
        break;
    case 27:
        put_compress(p, c);
        break;
    case 28:
        (void)put_u16(p, c, RECORD_SIZE_LIMIT);
        break;
    case 35:
        put_session_ticket(t, c, message);
        break;
    case 41:
        put_psk(p, c, message);
        break;
    case 42:
        if (message == NEW_SESSION_TICKET)
            (void)put_u32(p, c, EARLY_DATA_SIZE);
        else if (message == TLS_CLIENT_HELLO)
            put_early_data(t);
        break;
    case 43:
        put_versions(t, c, message, hello);
        break;
    case 44: {
        uint16_t n = put_u16(p, c, COOKIE_LENGTH);
        (void)put_bytes(p, c, COOKIE, n);
        break;
    }
    case 45:
        put_list(p, c, PSK_MODES_LENGTH, PSK_MODE);
        break;
    case 40:
    case 51:
        put_key_share(p, c, message);
        break;
    case 13172:
        put_npn(p, c);
        break;
    case 17513:
        put_alps(p, c, message);
        break;
    case 65281:
        put_renegotiation(p, c);
        break;
    default:
        return false;
    }
    return true;
}

static void put_extension(struct tls *t, struct cursor *c, uint8_t message, struct tls_hello *hello)
{
    struct packet *p = t->p;
    const uint8_t *head = cursor_peek(c, 0, 4);
    unsigned type = head == NULL ? 0 : be16(head), n = head == NULL ? 0 : be16(head + 2);
    const char *name = value_name_find(tls_extension_types, type);
    uint32_t tree = tree_text(p, c, c->pos, 4 + n, "Extension: %s (len=%u)",
                              name != NULL ? name : packet_text(p, "Unknown type %u", type), n);
    (void)put_u16(p, c, EXTENSION_TYPE);
    (void)put_u16(p, c, EXTENSION_LENGTH);
    struct cursor data = cursor_part(c, n);
    if (message == TLS_SERVER_HELLO)
        tls_keys_agree(t, (uint16_t)type);
    if (put_known(t, &data, (uint16_t)type, message, hello)) {
        if (data.fault == CURSOR_MALFORMED)
            put_mark(p, c, TOO_SMALL);
        else if (cursor_left(&data) > 0 && data.fault == CURSOR_OK)
            put_mark(p, c, TRAILING);
        else if (data.fault != CURSOR_OK)
            c->fault = data.fault;
    } else {
        (void)put_bytes(p, &data, EXTENSION_DATA, cursor_left(&data));
    }
    tree_end(p, tree);
}

void tls_extensions_put(struct tls *t, struct cursor *c, uint8_t message, struct tls_hello *hello)
{
    struct packet *p = t->p;
    uint16_t n = put_u16(p, c, EXTENSIONS_LENGTH);
    struct cursor list = cursor_part(c, n);
    hello->extensions = (struct tls_bytes){list.data + list.pos, cursor_captured(&list)};
    while (cursor_left(&list) >= 4)
        put_extension(t, &list, message, hello);
    if (cursor_left(&list) > 0 && list.fault == CURSOR_OK)
        put_mark(p, &list, TRAILING);
    if (list.fault == CURSOR_SHORT)
        c->fault = list.fault;
}
