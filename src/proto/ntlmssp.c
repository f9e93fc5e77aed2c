/*
 * ntlmssp: NT LAN Manager authentication ([MS-NLMP], section 2.2.1).
 *
 *     "NTLMSSP\0" | type 4 | ... | payload
 *
 * What is of variable length is told by | length 2 | maximum 2 | offset in the message 4 | and lies in the payload.
 */
#include "dissect/ascii.h"
#include "dissect/utf16.h"

#include "proto/ntlmssp.def"

FIELD_TABLE(FIELDS);

enum { NEGOTIATE = 1, CHALLENGE, AUTHENTICATE };
enum { UNICODE = 0x00000001, WITH_VERSION = 0x02000000 };
enum { SIGNATURE = 8, MIC_BYTES = 16, PROOF = 16, V1_RESPONSE = 24, PAIRS_AT = 44, VERIFIER = 16 };

struct ntlm {
    struct packet *p;
    struct cursor all; /* from the message's start */
    bool unicode;
    uint32_t first; /* where the payload begins, as far as is known */
};

/* What a reference says of the payload. */
struct part {
    uint32_t at; /* where the reference stands */
    uint16_t length, maximum;
    uint32_t offset;
    struct cursor bytes;
};

static struct part take_part(struct ntlm *n, struct cursor *c)
{
    struct part part = {.at = c->pos, .bytes = n->all};
    const uint8_t *b = cursor_take(c, 8);
    if (b == NULL)
        return part;
    part.length = le16(b);
    part.maximum = le16(b + 2);
    part.offset = le32(b + 4);
    cursor_skip(&part.bytes, part.offset);
    if (part.length > 0 && part.offset < n->first)
        n->first = part.offset;
    part.bytes = cursor_part(&part.bytes, part.length);
    return part;
}

static void put_place(struct packet *p, struct cursor *c, const struct part *part, unsigned length)
{
    put_uint(p, c, length, part->at, 2, part->length);
    put_uint(p, c, length + 1, part->at + 2, 2, part->maximum);
    put_uint(p, c, length + 2, part->at + 4, 4, part->offset);
}

static const char *text_of(struct ntlm *n, struct cursor *c, bool unicode)
{
    const uint8_t *b = cursor_peek(c, 0, cursor_left(c));
    if (b == NULL)
        return "";
    return unicode ? utf16_text(n->p, b, cursor_left(c))
                   : packet_copy(n->p, (const char *)b, cursor_left(c));
}

/* Returns the text. */
static const char *put_name(struct ntlm *n, struct cursor *c, unsigned field, bool unicode)
{
    struct packet *p = n->p;
    struct part part = take_part(n, c);
    if (part.length == 0) {
        put_string(p, c, field, part.at, 8, "NULL");
        return "";
    }
    const char *text = text_of(n, &part.bytes, unicode);
    put_string(p, &part.bytes, field, part.bytes.pos, part.length, text);
    uint32_t tree = tree_begin(p, field);
    put_place(p, c, &part, STRING_LENGTH);
    tree_end(p, tree);
    return text;
}

/* Nanoseconds since 1970, of tenths of microseconds since 1601; the first or the last that there is a number for. */
static int64_t time_of(uint64_t ticks)
{
    int64_t since = (int64_t)(ticks - UINT64_C(116444736000000000)), ns;
    if (__builtin_mul_overflow(since, 100, &ns))
        return since < 0 ? INT64_MIN : INT64_MAX;
    return ns;
}

static void put_ticks(struct packet *p, struct cursor *c, unsigned field)
{
    const uint8_t *b = cursor_take(c, 8);
    if (b != NULL)
        put_time(p, c, field, c->pos - 8, 8, time_of(le64(b)));
}

/* The value of a pair; fields of both kinds of lists come in the same order (section 2.2.2.1). */
static void put_pair_value(struct ntlm *n, struct cursor *v, uint16_t type, unsigned type_field)
{
    enum { TEXTS_FROM = 2, FLAGS_AT = 7, TIME_AT, RESTRICTIONS_AT, TARGET_AT, BINDINGS_AT };
    struct packet *p = n->p;
    uint32_t start = v->pos, length = cursor_left(v);
    if (type >= 1 && type <= 5)
        put_string(p, v, type_field + TEXTS_FROM + type - 1, start, length, text_of(n, v, true));
    else if (type == 6)
        (void)put_uint_le(p, v, type_field + FLAGS_AT, 4);
    else if (type == 7)
        put_ticks(p, v, type_field + TIME_AT);
    else if (type == 8)
        (void)put_bytes(p, v, type_field + RESTRICTIONS_AT, length);
    else if (type == 9)
        put_string(p, v, type_field + TARGET_AT, start, length, text_of(n, v, true));
    else if (type == 10)
        (void)put_bytes(p, v, type_field + BINDINGS_AT, length);
}

static void put_pairs(struct ntlm *n, struct cursor *c, unsigned type_field)
{
    struct packet *p = n->p;
    uint16_t type = 1;
    while (type != 0 && cursor_captured(c) >= 4 && c->fault == CURSOR_OK) {
        const uint8_t *head = cursor_peek(c, 0, 4);
        const char *name = value_name_find(challenge_target_info_item_type_names, le16(head));
        uint32_t tree = tree_text(p, c, c->pos, le16(head + 2) + 4u, "Attribute: %s",
                                  name != NULL ? name : "Unknown");
        type = (uint16_t)put_uint_le(p, c, type_field, 2);
        uint16_t length = (uint16_t)put_uint_le(p, c, type_field + 1, 2);
        struct cursor value = cursor_part(c, length);
        put_pair_value(n, &value, type, type_field);
        tree_end(p, tree);
    }
}

static uint32_t put_negotiate_flags(struct packet *p, struct cursor *c)
{
    uint32_t flags = (uint32_t)put_uint_le(p, c, NEGOTIATEFLAGS, 4);
    uint32_t tree = tree_begin(p, NEGOTIATEFLAGS);
    if (c->fault == CURSOR_OK)
        put_flags(p, c, NEGOTIATE56, NEGOTIATEUNICODE - NEGOTIATE56 + 1, c->pos - 4, 4, flags);
    tree_end(p, tree);
    return flags;
}

static void put_version(struct ntlm *n, struct cursor *c)
{
    struct packet *p = n->p;
    if (cursor_captured(c) < 8 || c->pos - n->all.pos + 8 > n->first)
        return; /* the payload is there already */
    put_data(p, c, VERSION, c->pos, 8, NULL, 0);
    uint32_t tree = tree_begin(p, VERSION);
    (void)put_u8(p, c, VERSION_MAJOR);
    (void)put_u8(p, c, VERSION_MINOR);
    (void)put_uint_le(p, c, VERSION_BUILD_NUMBER, 2);
    cursor_skip(c, 3);
    (void)put_u8(p, c, VERSION_NTLM_CURRENT_REVISION);
    tree_end(p, tree);
}

static void put_negotiate(struct ntlm *n, struct cursor *c)
{
    uint32_t flags = put_negotiate_flags(n->p, c);
    if (cursor_captured(c) < 16)
        return;
    (void)put_name(n, c, NEGOTIATE_DOMAIN, false);
    (void)put_name(n, c, NEGOTIATE_CALLINGWORKSTATION, false);
    if (flags & WITH_VERSION)
        put_version(n, c);
}

static void put_target_info(struct ntlm *n, struct cursor *c)
{
    struct packet *p = n->p;
    struct part part = take_part(n, c);
    if (part.length == 0)
        return;
    put_data(p, c, CHALLENGE_TARGET_INFO, part.at, 8, NULL, 0);
    uint32_t tree = tree_begin(p, CHALLENGE_TARGET_INFO);
    put_place(p, c, &part, CHALLENGE_TARGET_INFO_LENGTH);
    put_pairs(n, &part.bytes, CHALLENGE_TARGET_INFO_ITEM_TYPE);
    tree_end(p, tree);
}

static void put_challenge(struct ntlm *n, struct cursor *c)
{
    struct packet *p = n->p;
    const uint8_t *flags_ahead = cursor_peek(c, 8, 4);
    n->unicode = flags_ahead != NULL && (le32(flags_ahead) & UNICODE);
    (void)put_name(n, c, CHALLENGE_TARGET_NAME, n->unicode);
    uint32_t flags = put_negotiate_flags(p, c);
    (void)put_bytes(p, c, NTLMSERVERCHALLENGE, 8);
    if (cursor_captured(c) < 16)
        return;
    (void)put_bytes(p, c, RESERVED, 8);
    put_target_info(n, c);
    if (flags & WITH_VERSION)
        put_version(n, c);
}

/* Section 2.2.2.8: what a client of version 2 answers, with the challenge of its own. */
static void put_response_2(struct ntlm *n, struct cursor *c)
{
    struct packet *p = n->p;
    struct cursor copy = *c;
    (void)put_bytes(p, &copy, NTLMV2_RESPONSE, cursor_left(c));
    uint32_t tree = tree_begin(p, NTLMV2_RESPONSE);
    (void)put_bytes(p, c, NTLMV2_RESPONSE_NTPROOFSTR, PROOF);
    (void)put_u8(p, c, NTLMV2_RESPONSE_RVERSION);
    (void)put_u8(p, c, NTLMV2_RESPONSE_HIRVERSION);
    (void)put_bytes(p, c, NTLMV2_RESPONSE_Z, 6);
    put_ticks(p, c, NTLMV2_RESPONSE_TIME);
    (void)put_bytes(p, c, NTLMV2_RESPONSE_CHAL, 8);
    (void)put_bytes(p, c, NTLMV2_RESPONSE_Z, 4);
    put_pairs(n, c, NTLMV2_RESPONSE_ITEM_TYPE);
    if (cursor_captured(c) > 0)
        (void)put_bytes(p, c, NTLMV2_RESPONSE_PAD, cursor_left(c));
    tree_end(p, tree);
}

/* With extended session security the client's challenge and zeros stand in the place of LAN Manager's response. */
static bool is_session_response(const struct cursor *c)
{
    static const uint8_t zeros[V1_RESPONSE - 8] = {0};
    const uint8_t *b = cursor_peek(c, 0, V1_RESPONSE);
    return b != NULL && cursor_left(c) == V1_RESPONSE && memcmp(b + 8, zeros, sizeof zeros) == 0;
}

static void put_blob(struct ntlm *n, struct cursor *c, unsigned field)
{
    struct packet *p = n->p;
    struct part part = take_part(n, c);
    struct cursor copy = part.bytes;
    if (part.length == 0) {
        put_data(p, c, field, part.at, 8, c->pos <= c->cap ? c->data + part.at : NULL,
                 c->fault == CURSOR_OK ? 8 : 0);
        return;
    }
    (void)put_bytes(p, &copy, field, part.length);
    uint32_t tree = tree_begin(p, field);
    put_place(p, c, &part, BLOB_LENGTH);
    if (field == AUTH_LMRESPONSE && is_session_response(&part.bytes))
        (void)put_bytes(p, &part.bytes, NTLMCLIENTCHALLENGE, 8);
    if (field == AUTH_NTRESPONSE && part.length > V1_RESPONSE &&
        cursor_captured(&part.bytes) >= PAIRS_AT)
        put_response_2(n, &part.bytes);
    tree_end(p, tree);
}

static void put_authenticate(struct ntlm *n, struct cursor *c)
{
    struct packet *p = n->p;
    const uint8_t *flags_ahead = cursor_peek(c, 48, 4);
    n->unicode = flags_ahead == NULL || (le32(flags_ahead) & UNICODE);
    put_blob(n, c, AUTH_LMRESPONSE);
    put_blob(n, c, AUTH_NTRESPONSE);
    const char *domain = put_name(n, c, AUTH_DOMAIN, n->unicode);
    const char *user = put_name(n, c, AUTH_USERNAME, n->unicode);
    (void)put_name(n, c, AUTH_HOSTNAME, n->unicode);
    info_add(p, ", User: %s\\%s", domain, user);
    if (cursor_captured(c) < 12 || c->pos - n->all.pos >= n->first)
        return;
    put_blob(n, c, AUTH_SESSKEY);
    uint32_t flags = put_negotiate_flags(p, c);
    if (flags & WITH_VERSION)
        put_version(n, c);
    if (c->pos - n->all.pos + MIC_BYTES <= n->first && n->first != UINT32_MAX)
        (void)put_bytes(p, c, AUTHENTICATE_MIC, MIC_BYTES);
}

static void dissect(struct packet *p, struct cursor *c)
{
    struct ntlm n = {.p = p, .all = *c, .first = UINT32_MAX};
    (void)put_bytes(p, c, IDENTIFIER, SIGNATURE);
    uint32_t type = (uint32_t)put_uint_le(p, c, MESSAGETYPE, 4);
    const char *name = value_name_find(messagetype_names, type);
    info_add(p, ", %s", name != NULL ? name : "Unrecognized NTLMSSP message");
    if (type == NEGOTIATE)
        put_negotiate(&n, c);
    else if (type == CHALLENGE)
        put_challenge(&n, c);
    else if (type == AUTHENTICATE)
        put_authenticate(&n, c);
    if (c->fault == CURSOR_OK)
        cursor_skip(c, cursor_captured(c));
}

static bool probe(const struct packet *p, const struct cursor *c)
{
    (void)p;
    const uint8_t *b = cursor_peek(c, 0, SIGNATURE);
    return b != NULL && memcmp(b, "NTLMSSP", SIGNATURE) == 0;
}

/* Section 2.2.2.9: what signs a message. */
static void dissect_verifier(struct packet *p, struct cursor *c)
{
    put_data(p, c, VERF, c->pos, cursor_left(c), NULL, 0);
    uint32_t tree = tree_begin(p, VERF);
    (void)put_uint_le(p, c, VERF_VERS, 4);
    (void)put_bytes(p, c, VERF_BODY, cursor_left(c));
    tree_end(p, tree);
}

static bool probe_verifier(const struct packet *p, const struct cursor *c)
{
    (void)p;
    const uint8_t *b = cursor_peek(c, 0, VERIFIER);
    return b != NULL && cursor_left(c) == VERIFIER && le32(b) == 1;
}

static const struct binding bindings[] = {{"gss-api", HEURISTIC},
                                          {"spnego.token", HEURISTIC},
                                          {"gss-api.token", 1},
                                          BOUND_TEXT("http.header", "NTLM"),
                                          {NULL, 0}};
static const struct binding rpc_bindings[] = {{"dcerpc.auth", 10}, {NULL, 0}};
static const struct binding rpc_verifier_bindings[] = {{"dcerpc.verifier", 10}, {NULL, 0}};
static const struct binding verifier_bindings[] = {{"spnego.mic", HEURISTIC}, {NULL, 0}};

const struct protocol proto_ntlmssp = {.name = "ntlmssp",
                                       .title = "NTLM Secure Service Provider",
                                       FIELDS_OF_THIS_FILE,
                                       .bindings = bindings,
                                       .probe = probe,
                                       .dissect = dissect};

/* In DCE/RPC it is a part of the fragment, and no layer. */
const struct protocol proto_ntlmssp_rpc = {.name = "ntlmssp",
                                           .title = "NTLM Secure Service Provider",
                                           .unnamed = true,
                                           .fields_of = &proto_ntlmssp,
                                           .bindings = rpc_bindings,
                                           .probe = probe,
                                           .dissect = dissect};

const struct protocol proto_ntlmssp_verifier = {.name = "ntlmssp",
                                                .title = "NTLM Secure Service Provider",
                                                .bare = true,
                                                .fields_of = &proto_ntlmssp,
                                                .bindings = verifier_bindings,
                                                .probe = probe_verifier,
                                                .dissect = dissect_verifier};

const struct protocol proto_ntlmssp_rpc_verifier = {.name = "ntlmssp",
                                                    .title = "NTLM Secure Service Provider",
                                                    .bare = true,
                                                    .unnamed = true,
                                                    .fields_of = &proto_ntlmssp,
                                                    .bindings = rpc_verifier_bindings,
                                                    .probe = probe_verifier,
                                                    .dissect = dissect_verifier};
