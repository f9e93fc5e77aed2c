/* Handshake messages (RFC 5246, section 7.4; RFC 8446, section 4).
 *
 *     | type (1) | length (3) | body ...
 */
#include "dissect/coding.h"
#include "dissect/fragment.h"
#include "proto/tls.h"

enum { SERVER_KEY_EXCHANGE = 12, CERTIFICATE_REQUEST = 13, CERTIFICATE_VERIFY = 15 };
enum { CLIENT_KEY_EXCHANGE = 16, NEW_SESSION_TICKET = 4, ENCRYPTED_EXTENSIONS = 8 };
enum { END_OF_EARLY_DATA = 5, COMPRESSED_CERTIFICATE = 25 };
enum { FINISHED = 20, CERTIFICATE_STATUS = 22, KEY_UPDATE_MESSAGE = 24, HELLO_VERIFY = 3 };

const struct value_name tls_handshake_types[] = {VALUE(0, "Hello Request"),
                                                 VALUE(1, "Client Hello"),
                                                 VALUE(2, "Server Hello"),
                                                 VALUE(3, "Hello Verify Request"),
                                                 VALUE(4, "New Session Ticket"),
                                                 VALUE(5, "End of Early Data"),
                                                 VALUE(6, "Hello Retry Request"),
                                                 VALUE(8, "Encrypted Extensions"),
                                                 VALUE(11, "Certificate"),
                                                 VALUE(12, "Server Key Exchange"),
                                                 VALUE(13, "Certificate Request"),
                                                 VALUE(14, "Server Hello Done"),
                                                 VALUE(15, "Certificate Verify"),
                                                 VALUE(16, "Client Key Exchange"),
                                                 VALUE(20, "Finished"),
                                                 VALUE(21, "Client Certificate URL"),
                                                 VALUE(22, "Certificate Status"),
                                                 VALUE(23, "Supplemental Data"),
                                                 VALUE(24, "Key Update"),
                                                 VALUE(25, "Compressed Certificate"),
                                                 VALUE(67, "Encrypted Extensions"),
                                                 VALUES_END};

bool tls_handshake_known(uint8_t type)
{
    return value_name_find(tls_handshake_types, type) != NULL;
}

const char *tls_handshake_name(struct packet *p, uint8_t type)
{
    const char *name = value_name_find(tls_handshake_types, type);
    return name != NULL ? name : packet_text(p, "Unknown (%u)", type);
}

/* ---- Hellos ---------------------------------------------------------------------------------- */

/* Before TLS 1.3, the first four bytes were meant to be a time. Of a client's hello only the answer tells. */
static const uint8_t *put_random(struct tls *t, struct cursor *c)
{
    struct packet *p = t->p;
    uint64_t is_1_3 = tls_is_1_3(t->state->version);
    const uint8_t *random = put_bytes(p, c, RANDOM, 32);
    if (random == NULL || is_1_3 || told(p, p->in->number, RANDOM_TIME, &is_1_3) ||
        told(p, p->in->number, RANDOM_BYTES, &is_1_3))
        return random;
    uint32_t tree = tree_begin(p, RANDOM);
    put_time(p, c, RANDOM_TIME, c->pos - 32, 4, (int64_t)be32(random) * 1000000000);
    put_data(p, c, RANDOM_BYTES, c->pos - 28, 28, random + 4, 28);
    tree_end(p, tree);
    return random;
}

static struct tls_bytes put_session_id(struct tls *t, struct cursor *c)
{
    uint8_t n = put_u8(t->p, c, SESSION_ID_LENGTH);
    struct tls_bytes id = {NULL, n};
    if (n > 0)
        id.at = put_bytes(t->p, c, SESSION_ID, n);
    if (id.at == NULL || n > 32)
        id.n = 0;
    return id;
}

static void put_cipher_suites(struct packet *p, struct cursor *c, struct tls_hello *hello)
{
    uint16_t n = put_u16(p, c, CIPHER_SUITES_LENGTH);
    struct cursor list = cursor_part(c, n);
    hello->ciphers = (struct tls_bytes){list.data + list.pos, cursor_captured(&list) & ~1u};
    if (n == 0)
        return;
    put_data(p, c, CIPHER_SUITES, list.pos, n, NULL, 0);
    label(p, CIPHER_SUITES, "Cipher Suites (%u suite%s)", n / 2, n == 2 ? "" : "s");
    uint32_t tree = tree_begin(p, CIPHER_SUITES);
    while (cursor_left(&list) >= 2 && list.fault == CURSOR_OK)
        (void)put_u16(p, &list, CIPHER_SUITE);
    tree_end(p, tree);
    if (list.fault != CURSOR_OK)
        c->fault = list.fault;
}

static void put_compressions(struct packet *p, struct cursor *c)
{
    uint8_t n = put_u8(p, c, COMP_METHODS_LENGTH);
    struct cursor list = cursor_part(c, n);
    if (n == 0)
        return;
    put_data(p, c, COMP_METHODS, list.pos, n, NULL, 0);
    label(p, COMP_METHODS, "Compression Methods (%u method%s)", n, n == 1 ? "" : "s");
    uint32_t tree = tree_begin(p, COMP_METHODS);
    while (cursor_left(&list) > 0)
        (void)put_u8(p, &list, COMP_METHOD);
    tree_end(p, tree);
    if (list.fault != CURSOR_OK)
        c->fault = list.fault;
}

/* By which a server of DTLS sees that the client is where it says (RFC 6347, section 4.2.1). */
static void put_cookie(struct packet *p, struct cursor *c)
{
    uint8_t n = put_u8(p, c, DTLS_COOKIE_LENGTH);
    if (n > 0)
        (void)put_bytes(p, c, DTLS_COOKIE, n);
}

static void put_client_hello(struct tls *t, struct cursor *c)
{
    struct packet *p = t->p;
    struct tls_state *s = t->state;
    if (t->direction == 1) {
        s->turned = !s->turned;
        t->direction = 0;
    }
    struct tls_hello hello = {.version = put_u16(p, c, VERSION)};
    tls_keys_client_hello(t, put_random(t, c));
    struct tls_bytes id = put_session_id(t, c);
    s->id_length = (uint8_t)id.n;
    if (id.n > 0)
        memcpy(s->id, id.at, id.n);
    s->same_id = false;
    s->hello = p->in->number;
    if (t->datagrams)
        put_cookie(p, c);
    put_cipher_suites(p, c, &hello);
    put_compressions(p, c);
    hello.offset = c->pos;
    if (cursor_left(c) >= 2)
        tls_extensions_put(t, c, TLS_CLIENT_HELLO, &hello);
    if (c->fault == CURSOR_OK)
        tls_fingerprint_client(t, c, &hello);
}

/* The version that the server's hello chooses: in TLS 1.3 an extension says it. c is behind the first. */
static uint16_t chosen_version(const struct cursor *c, uint16_t first)
{
    const uint8_t *id = cursor_peek(c, 32, 1), *head;
    if (id == NULL)
        return first;
    uint32_t at = 32 + 1 + id[0] + 3 + 2; /* the suite, compression, the extensions' length */
    while ((head = cursor_peek(c, at, 6)) != NULL) {
        if (be16(head) == 43)
            return be16(head + 4);
        at += 4u + be16(head + 2);
    }
    return first;
}

/* To the client's hello, for its random. */
static void tell_version(struct packet *p, const struct tls_state *s)
{
    if (!tls_is_1_3(s->version) || s->hello == 0)
        return;
    tell(p, s->hello, RANDOM_TIME, 1);
    tell(p, s->hello, RANDOM_BYTES, 1);
}

static void put_server_hello(struct tls *t, struct cursor *c)
{
    struct packet *p = t->p;
    struct tls_state *s = t->state;
    struct tls_hello hello = {.version = put_u16(p, c, VERSION)};
    s->version = chosen_version(c, hello.version);
    tell_version(p, s);
    const uint8_t *random = put_random(t, c);
    struct tls_bytes id = put_session_id(t, c);
    tls_keys_server_hello(t, random, id.at, id.n);
    s->same_id = id.n > 0 && id.n == s->id_length && memcmp(id.at, s->id, id.n) == 0;
    s->server_certificate = false;
    hello.cipher = s->cipher = put_u16(p, c, CIPHER_SUITE);
    uint8_t compression = put_u8(p, c, COMP_METHOD);
    hello.offset = c->pos;
    if (cursor_left(c) >= 2)
        tls_extensions_put(t, c, TLS_SERVER_HELLO, &hello);
    tls_keys_server_hello_done(t, compression);
    if (c->fault == CURSOR_OK)
        tls_fingerprint_server(p, c, &hello);
}

/* ---- Certificates ---------------------------------------------------------------------------- */

enum { CERTIFICATE_TABLE };

static void put_certificate(struct tls *t, struct cursor *c)
{
    struct packet *p = t->p;
    uint32_t n = put_u24(p, c, CERTIFICATE_LENGTH);
    struct cursor der = cursor_part(c, n);
    put_data(p, c, CERTIFICATE, der.pos, n, der.data + der.pos, cursor_captured(&der));
    uint32_t tree = tree_begin(p, CERTIFICATE);
    (void)next_inside(p, &der, CERTIFICATE_TABLE, 0);
    tree_end(p, tree);
}

static void put_certificates(struct tls *t, struct cursor *c)
{
    struct packet *p = t->p;
    if (tls_is_1_3(t->state->version)) {
        uint8_t context = put_u8(p, c, REQUEST_CONTEXT_LENGTH);
        if (context > 0)
            (void)put_bytes(p, c, REQUEST_CONTEXT, context);
    }
    if (t->direction == 1)
        t->state->server_certificate = true;
    uint32_t n = put_u24(p, c, CERTIFICATES_LENGTH);
    if (n == 0)
        return;
    struct cursor list = cursor_part(c, n);
    put_data(p, c, CERTIFICATES, list.pos, n, NULL, 0);
    label(p, CERTIFICATES, "Certificates (%u bytes)", n);
    uint32_t tree = tree_begin(p, CERTIFICATES);
    while (cursor_left(&list) >= 3 && list.fault == CURSOR_OK) {
        put_certificate(t, &list);
        if (tls_is_1_3(t->state->version) && list.fault == CURSOR_OK)
            tls_extensions_put(t, &list, TLS_CERTIFICATE, &(struct tls_hello){0});
    }
    tree_end(p, tree);
    if (list.fault != CURSOR_OK)
        c->fault = list.fault;
}

/* RFC 8879, section 4. */
static void put_compressed_certificates(struct tls *t, struct cursor *c)
{
    static const enum coding codings[] = {CODING_UNKNOWN, CODING_DEFLATE, CODING_BROTLI,
                                          CODING_ZSTD};
    struct packet *p = t->p;
    uint16_t algorithm = put_u16(p, c, COMPRESS_ALG);
    (void)put_u24(p, c, COMPRESSED_FULL);
    uint32_t n = put_u24(p, c, COMPRESSED_LENGTH), length = 0;
    const uint8_t *bytes = put_bytes(p, c, COMPRESSED, n);
    if (bytes == NULL || algorithm >= sizeof codings / sizeof codings[0])
        return;
    const uint8_t *decoded = coding_decode(p, codings[algorithm], bytes, n, &length);
    if (decoded == NULL)
        return;
    uint32_t tree = tree_begin(p, COMPRESSED);
    struct cursor message = cursor_over(p, "Decompressed certificate", decoded, length);
    put_certificates(t, &message);
    tree_end(p, tree);
}

static void put_names(struct packet *p, struct cursor *c)
{
    uint16_t n = put_u16(p, c, DNAMES_LENGTH);
    if (n == 0)
        return;
    struct cursor list = cursor_part(c, n);
    put_data(p, c, DNAMES, list.pos, n, NULL, 0);
    label(p, DNAMES, "Distinguished Names (%u byte%s)", n, n == 1 ? "" : "s");
    uint32_t tree = tree_begin(p, DNAMES);
    while (cursor_left(&list) >= 2 && list.fault == CURSOR_OK) {
        uint16_t name = put_u16(p, &list, DNAME_LENGTH);
        struct cursor der = cursor_part(&list, name);
        put_data(p, &list, DNAME, der.pos, name, NULL, 0);
        uint32_t branch = tree_begin(p, DNAME);
        (void)next_inside(p, &der, CERTIFICATE_TABLE, 1);
        tree_end(p, branch);
    }
    tree_end(p, tree);
    if (list.fault != CURSOR_OK)
        c->fault = list.fault;
}

static void put_signatures(struct packet *p, struct cursor *c)
{
    uint16_t n = put_u16(p, c, SIG_ALGS_LENGTH);
    struct cursor list = cursor_part(c, n);
    put_data(p, c, SIG_ALGS, list.pos, n, NULL, 0);
    label(p, SIG_ALGS, "Signature Hash Algorithms (%u algorithm%s)", n / 2, n == 2 ? "" : "s");
    uint32_t tree = tree_begin(p, SIG_ALGS);
    while (cursor_left(&list) >= 2 && list.fault == CURSOR_OK)
        tls_signature_put(p, &list);
    tree_end(p, tree);
}

static void put_certificate_request(struct tls *t, struct cursor *c)
{
    struct packet *p = t->p;
    if (tls_is_1_3(t->state->version)) {
        uint8_t context = put_u8(p, c, REQUEST_CONTEXT_LENGTH);
        if (context > 0)
            (void)put_bytes(p, c, REQUEST_CONTEXT, context);
        tls_extensions_put(t, c, CERTIFICATE_REQUEST, &(struct tls_hello){0});
        return;
    }
    uint8_t n = put_u8(p, c, CERT_TYPES_COUNT);
    if (n > 0) {
        put_data(p, c, CERT_TYPES, c->pos, n, NULL, 0);
        label(p, CERT_TYPES, "Certificate types (%u type%s)", n, n == 1 ? "" : "s");
        uint32_t tree = tree_begin(p, CERT_TYPES);
        for (unsigned i = 0; i < n; i++)
            (void)put_u8(p, c, CERT_TYPE);
        tree_end(p, tree);
    }
    if (t->state->version == TLS_1_2)
        put_signatures(p, c);
    put_names(p, c);
}

/* ---- Keys ------------------------------------------------------------------------------------ */

enum key_exchange { KEYS_UNKNOWN, KEYS_RSA, KEYS_DHE, KEYS_ECDHE };

/* By the name of the suite, which says it: "TLS_ECDHE_RSA_WITH_..." */
static enum key_exchange key_exchange_of(uint16_t cipher)
{
    const char *name = value_name_find(tls_cipher_suites, cipher);
    if (name == NULL)
        return KEYS_UNKNOWN;
    name = strchr(name, '_') + 1;
    if (strncmp(name, "ECDHE_PSK", 9) == 0 || strncmp(name, "DHE_PSK", 7) == 0 ||
        strncmp(name, "RSA_PSK", 7) == 0)
        return KEYS_UNKNOWN;
    if (strncmp(name, "ECDH", 4) == 0)
        return KEYS_ECDHE;
    if (strncmp(name, "DHE_", 4) == 0 || strncmp(name, "DH_", 3) == 0)
        return KEYS_DHE;
    return strncmp(name, "RSA_", 4) == 0 ? KEYS_RSA : KEYS_UNKNOWN;
}

static struct tls_bytes put_vector(struct packet *p, struct cursor *c, unsigned length,
                                   unsigned bytes)
{
    uint16_t n = put_u16(p, c, length);
    return (struct tls_bytes){put_bytes(p, c, bytes, n), n};
}

static bool anonymous(uint16_t cipher)
{
    const char *name = value_name_find(tls_cipher_suites, cipher);
    return name != NULL && strstr(name, "_anon_") != NULL;
}

static void put_signed(struct tls *t, struct cursor *c, unsigned length, unsigned bytes)
{
    if (t->state->version >= TLS_1_2)
        tls_signature_put(t->p, c);
    (void)put_vector(t->p, c, length, bytes);
}

static void put_server_keys(struct tls *t, struct cursor *c)
{
    struct packet *p = t->p;
    enum key_exchange kind = key_exchange_of(t->state->cipher);
    if (kind == KEYS_ECDHE) {
        uint32_t tree = tree_text(p, c, c->pos, cursor_left(c), "EC Diffie-Hellman Server Params");
        if (put_u8(p, c, CURVE_TYPE) == 3) {
            (void)put_u16(p, c, NAMED_CURVE);
            uint8_t n = put_u8(p, c, SERVER_POINT_LENGTH);
            (void)put_bytes(p, c, SERVER_POINT, n);
            if (!anonymous(t->state->cipher))
                put_signed(t, c, SIG_LENGTH, SIG);
        }
        tree_end(p, tree);
    } else if (kind == KEYS_DHE) {
        uint32_t tree = tree_text(p, c, c->pos, cursor_left(c), "Diffie-Hellman Server Params");
        (void)put_vector(p, c, P_LENGTH, P);
        (void)put_vector(p, c, G_LENGTH, G);
        (void)put_vector(p, c, YS_LENGTH, YS);
        if (!anonymous(t->state->cipher))
            put_signed(t, c, SIG_LENGTH, SIG);
        tree_end(p, tree);
    }
}

static void put_client_keys(struct tls *t, struct cursor *c)
{
    struct packet *p = t->p;
    uint32_t tree;
    switch (key_exchange_of(t->state->cipher)) {
    case KEYS_RSA:
        tree = tree_text(p, c, c->pos, cursor_left(c), "RSA Encrypted PreMaster Secret");
        if (t->state->version == 0x0300) {
            (void)put_bytes(p, c, EPMS, cursor_left(c));
        } else {
            struct tls_bytes premaster = put_vector(p, c, EPMS_LENGTH, EPMS);
            tls_keys_premaster(t, premaster.at, premaster.n);
        }
        break;
    case KEYS_DHE:
        tree = tree_text(p, c, c->pos, cursor_left(c), "Diffie-Hellman Client Params");
        (void)put_vector(p, c, YC_LENGTH, YC);
        break;
    case KEYS_ECDHE: {
        tree = tree_text(p, c, c->pos, cursor_left(c), "EC Diffie-Hellman Client Params");
        uint8_t n = put_u8(p, c, CLIENT_POINT_LENGTH);
        (void)put_bytes(p, c, CLIENT_POINT, n);
        break;
    }
    default:
        return;
    }
    tree_end(p, tree);
}

/* ---- Others ---------------------------------------------------------------------------------- */

static void put_ticket(struct tls *t, struct cursor *c)
{
    struct packet *p = t->p;
    bool new_form = tls_is_1_3(t->state->version);
    uint32_t tree = tree_text(p, c, c->pos, cursor_left(c), "TLS Session Ticket");
    (void)put_u32(p, c, LIFETIME_HINT);
    if (new_form) {
        (void)put_u32(p, c, TICKET_AGE_ADD);
        uint8_t n = put_u8(p, c, TICKET_NONCE_LENGTH);
        (void)put_bytes(p, c, TICKET_NONCE, n);
    }
    struct tls_bytes ticket = put_vector(p, c, TICKET_LENGTH, TICKET);
    if (!new_form)
        tls_keys_ticket(t, ticket.at, ticket.n, true);
    if (new_form && cursor_left(c) >= 2)
        tls_extensions_put(t, c, NEW_SESSION_TICKET, &(struct tls_hello){0});
    tree_end(p, tree);
}

void tls_status_put(struct packet *p, struct cursor *c)
{
    (void)put_u8(p, c, STATUS_TYPE);
    uint32_t tree = tree_text(p, c, c->pos, cursor_left(c), "OCSP Response");
    uint32_t n = put_u24(p, c, OCSP_LENGTH);
    struct cursor der = cursor_part(c, n);
    (void)next_inside(p, &der, CERTIFICATE_TABLE, 2);
    tree_end(p, tree);
}

void tls_message_put(struct tls *t, struct cursor *c, uint8_t type)
{
    switch (type) {
    case TLS_CLIENT_HELLO:
        return put_client_hello(t, c);
    case TLS_SERVER_HELLO:
        return put_server_hello(t, c);
    case TLS_CERTIFICATE:
        return put_certificates(t, c);
    case COMPRESSED_CERTIFICATE:
        return put_compressed_certificates(t, c);
    case SERVER_KEY_EXCHANGE:
        return put_server_keys(t, c);
    case CERTIFICATE_REQUEST:
        return put_certificate_request(t, c);
    case CERTIFICATE_VERIFY:
        return put_signed(t, c, VERIFY_LENGTH, VERIFY);
    case CLIENT_KEY_EXCHANGE:
        return put_client_keys(t, c);
    case NEW_SESSION_TICKET:
        return put_ticket(t, c);
    case ENCRYPTED_EXTENSIONS:
        return tls_extensions_put(t, c, type, &(struct tls_hello){0});
    case HELLO_VERIFY:
        (void)put_u16(t->p, c, VERSION);
        if (t->datagrams)
            put_cookie(t->p, c);
        return;
    case FINISHED:
        put_data(t->p, c, VERIFY_DATA, c->pos, cursor_left(c), NULL, 0);
        return tls_keys_finished(t);
    case CERTIFICATE_STATUS:
        return tls_status_put(t->p, c);
    case KEY_UPDATE_MESSAGE:
        (void)put_u8(t->p, c, KEY_UPDATE);
        return tls_keys_update(t);
    case END_OF_EARLY_DATA:
        return tls_keys_early_end(t);
    default:
        return;
    }
}

/* ---- Messages over records ------------------------------------------------------------------- */

/* What piece of a message, or which whole one, comes next in a record. */
struct shake {
    struct stream_piece piece;
    uint8_t type;
    uint32_t length; /* of the message, as far as it is known; else of what is there */
    bool whole;
};

/* c is at a message, or at the rest of one that began in an earlier record. */
static struct shake next_shake(struct tls *t, const struct cursor *c)
{
    struct packet *p = t->p;
    struct tls_state *s = t->state;
    unsigned d = t->direction;
    const uint8_t *head = cursor_peek(c, 0, 4);
    uint32_t left = cursor_left(c), need = head == NULL ? STREAM_MORE : be24(head + 1) + 4;
    struct shake shake = {.type = s->waits[d] != 0         ? (uint8_t)(s->waits[d] - 1)
                                  : cursor_captured(c) > 0 ? *cursor_peek(c, 0, 1)
                                                           : 0};
    if (c->cap == c->end) {
        struct flow_facts saved = channel_enter(p, TLS_HANDSHAKE_STREAM, s->shaken[d]);
        stream_gather(p, c, left, need, false, &shake.piece);
        if (shake.piece.kind == STREAM_WHOLE && shake.piece.length >= 4 &&
            shake.piece.length < be24(shake.piece.data + 1) + 4) {
            /* only with these bytes its length is known */
            struct cursor so_far = {
                .data = shake.piece.data, .cap = shake.piece.length, .end = shake.piece.length};
            p->facts.offset = shake.piece.offset;
            stream_gather(p, &so_far, so_far.end, be24(so_far.data + 1) + 4, false, &shake.piece);
            shake.piece.used = left;
        }
        channel_leave(p, saved);
    }
    shake.whole = shake.piece.kind == STREAM_WHOLE ||
                  (shake.piece.kind == STREAM_NEW && (need <= left || c->cap != c->end));
    shake.length = shake.piece.kind != STREAM_NEW ? shake.piece.used : need < left ? need : left;
    s->shaken[d] += shake.length;
    s->waits[d] = shake.piece.kind == STREAM_PART ? (uint8_t)(shake.type + 1) : 0;
    return shake;
}

static void put_message(struct tls *t, struct cursor *c, uint32_t length)
{
    struct packet *p = t->p;
    const uint8_t *head = cursor_peek(c, 0, 4);
    put_data(p, c, HANDSHAKE, c->pos, length, NULL, 0);
    label(p, HANDSHAKE, "Handshake Protocol: %s",
          tls_handshake_name(p, head != NULL ? head[0] : 0));
    uint32_t tree = tree_begin(p, HANDSHAKE);
    uint8_t type = put_u8(p, c, TYPE);
    uint32_t n = put_u24(p, c, LENGTH);
    struct cursor body = cursor_part(c, n);
    tls_message_put(t, &body, type);
    if (body.fault == CURSOR_SHORT)
        c->fault = body.fault;
    tree_end(p, tree);
}

static const struct fragment_fields fragment_fields = {.fragments = FRAGMENTS,
                                                       .fragment = FRAGMENT,
                                                       .count = FRAGMENT_COUNT,
                                                       .length = NO_FRAGMENT_FIELD,
                                                       .data = NO_FRAGMENT_FIELD,
                                                       .reassembled_in = MESSAGE_IN,
                                                       .name = "Reassembled Handshake Fragments",
                                                       .itself = true};

/* The bytes of c that are only a part of a message. */
static void put_part(struct packet *p, struct cursor *c, const struct shake *shake)
{
    uint64_t in;
    put_data(p, c, HANDSHAKE, c->pos, shake->length, NULL, 0);
    label(p, HANDSHAKE, "Handshake Protocol: %s (%sfragment)", tls_handshake_name(p, shake->type),
          shake->whole ? "last " : "");
    if (!shake->whole && told(p, p->in->number, MESSAGE_IN, &in))
        put_uint(p, c, MESSAGE_IN, c->pos, 0, in);
    cursor_skip(c, shake->length);
}

const char *tls_handshake_put(struct tls *t, struct cursor *c)
{
    struct packet *p = t->p;
    const char *text = NULL;
    while (cursor_left(c) > 0 && c->fault == CURSOR_OK) {
        struct shake shake = next_shake(t, c);
        const char *name = tls_handshake_name(p, shake.type);
        name = shake.whole ? name : packet_text(p, "%s (fragment)", name);
        text = text == NULL ? name : "Multiple Handshake Messages";
        if (!shake.whole || shake.piece.kind == STREAM_WHOLE)
            put_part(p, c, &shake);
        if (shake.piece.kind == STREAM_WHOLE) {
            struct cursor whole =
                cursor_over(p, "Reassembled Handshake", shake.piece.data, shake.piece.length);
            fragments_put(p, &whole, &fragment_fields, &shake.piece);
            put_message(t, &whole, shake.piece.length);
        } else if (shake.whole) {
            put_message(t, c, shake.length);
        }
    }
    return text != NULL ? text : "";
}
