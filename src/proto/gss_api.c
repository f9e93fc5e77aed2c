/*
 * gss-api: tokens of the Generic Security Service (RFC 2743, section 3.1): a mechanism by its OID, and its token.
 * After the first, a mechanism may leave the frame away; SPNEGO's and NTLM's are known by how they begin.
 */
#include "dissect/ber.h"

#define FIELDS(X)                                                                                  \
    X(OID, "gss-api.OID", "OID", OID, NONE, 0, NULL)                                               \
    X(OBJECT, "gss-api.token_object", "Token object", BYTES, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { MECHANISM_TABLE, BARE_TABLE };
enum { FRAME = 0x60 };

static bool hand_over(struct packet *p, struct cursor *c, const uint8_t *oid, uint32_t n)
{
    nest_begin(p);
    bool known = oid != NULL && next_text(p, c, MECHANISM_TABLE, (const char *)oid, n);
    if (!known)
        known = next_heuristic(p, c, BARE_TABLE);
    nest_end(p);
    return known;
}

static void dissect(struct packet *p, struct cursor *c)
{
    const uint8_t *first = cursor_peek(c, 0, 1);
    const uint8_t *oid = NULL;
    struct ber token, b = {0};
    struct cursor *inner = c, object = *c;
    if (first != NULL && *first == FRAME && ber_next(c, &token)) {
        inner = &token.contents;
        object = *inner;
        oid = put_ber_bytes(p, inner, OID, &b);
    }
    if (cursor_captured(inner) > 0 && !hand_over(p, inner, oid, b.length))
        (void)put_bytes_captured(p, &object, OBJECT, cursor_left(&object));
    if (c->fault == CURSOR_OK)
        cursor_skip(c, cursor_captured(c));
}

static const char *const tables[] = {"gss-api.OID", "gss-api", NULL};
static const struct binding bindings[] = {
    {"gss-api.token", 0}, BOUND_TEXT("http.header", "Negotiate"), {NULL, 0}};

const struct protocol proto_gss_api = {
    .name = "gss-api",
    .title = "GSS-API Generic Security Service Application Program Interface",
    FIELDS_OF_THIS_FILE,
    .tables = tables,
    .bindings = bindings,
    .dissect = dissect};
