/*
 * spnego: by which both ends agree on a mechanism for security (RFC 4178; [MS-SPNG]).
 *
 *     negTokenInit [0] { mechTypes [0], reqFlags [1], mechToken [2], mechListMIC or hints [3] }
 *     negTokenResp [1] { negState [0], supportedMech [1], responseToken [2], mechListMIC [3] }
 */
#include "dissect/ber.h"

static const struct value_name result_names[] = {VALUE(0, "accept-completed"),
                                                 VALUE(1, "accept-incomplete"), VALUE(2, "reject"),
                                                 VALUE(3, "request-mic"), VALUES_END};

#define FIELDS(X)                                                                                  \
    X(INIT, "spnego.negTokenInit_element", "negTokenInit", NONE, NONE, 0, NULL)                    \
    X(TARG, "spnego.negTokenTarg_element", "negTokenTarg", NONE, NONE, 0, NULL)                    \
    X(MECHANISMS, "spnego.mechTypes", "mechTypes", UINT32, DEC, 0, NULL)                           \
    X(MECHANISM, "spnego.MechType", "MechType", OID, NONE, 0, NULL)                                \
    X(REQ_FLAGS, "spnego.reqFlags", "reqFlags", BYTES, NONE, 0, NULL)                              \
    X(TOKEN, "spnego.mechToken", "mechToken", BYTES, NONE, 0, NULL)                                \
    X(MIC, "spnego.mechListMIC", "mechListMIC", BYTES, NONE, 0, NULL)                              \
    X(HINTS, "spnego.negHints_element", "negHints", NONE, NONE, 0, NULL)                           \
    X(HINT_NAME, "spnego.hintName", "hintName", STRING, NONE, 0, NULL)                             \
    X(HINT_ADDRESS, "spnego.hintAddress", "hintAddress", BYTES, NONE, 0, NULL)                     \
    X(RESULT, "spnego.negResult", "negResult", UINT32, DEC, 0, result_names)                       \
    X(SUPPORTED, "spnego.supportedMech", "supportedMech", OID, NONE, 0, NULL)                      \
    X(RESPONSE, "spnego.responseToken", "responseToken", BYTES, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { TOKEN_TABLE, MIC_TABLE };

/* An octet string, which may be a token of the mechanism or what signs the list of them. */
static void put_carried(struct packet *p, struct cursor *c, unsigned field, unsigned table)
{
    struct ber b;
    struct cursor copy = *c;
    (void)put_ber_bytes(p, &copy, field, &b);
    if (!ber_expect(c, BER_OCTET_STRING, &b))
        return;
    nest_begin(p);
    (void)next_heuristic(p, &b.contents, table);
    nest_end(p);
}

static void put_mechanisms(struct packet *p, struct cursor *c)
{
    struct ber list, b;
    uint32_t count = 0;
    if (!ber_expect(c, BER_SEQUENCE, &list))
        return;
    struct cursor ahead = list.contents;
    while (cursor_captured(&ahead) > 0 && ber_next(&ahead, &b))
        count++;
    put_uint(p, c, MECHANISMS, list.start, list.length, count);
    uint32_t tree = tree_begin(p, MECHANISMS);
    while (cursor_captured(&list.contents) > 0 && list.contents.fault == CURSOR_OK)
        (void)put_ber_bytes(p, &list.contents, MECHANISM, &b);
    tree_end(p, tree);
}

/* [MS-SPNG], section 2.2.1: in the place of a signature. */
static void put_hints(struct packet *p, struct cursor *c)
{
    struct ber hints, element;
    if (!ber_expect(c, BER_SEQUENCE, &hints))
        return;
    put_data(p, c, HINTS, hints.start, hints.length, NULL, 0);
    uint32_t tree = tree_begin(p, HINTS);
    while (cursor_captured(&hints.contents) > 0 && ber_next(&hints.contents, &element))
        (void)put_ber_bytes(p, &element.contents, element.tag == 0 ? HINT_NAME : HINT_ADDRESS,
                            NULL);
    tree_end(p, tree);
}

/* A bit string, whose first byte says how many bits of the last are none. */
static void put_flags_asked(struct packet *p, struct cursor *c)
{
    struct ber b;
    if (!ber_expect(c, BER_BIT_STRING, &b))
        return;
    cursor_skip(&b.contents, 1);
    (void)put_bytes(p, &b.contents, REQ_FLAGS, cursor_left(&b.contents));
}

static void put_init(struct packet *p, struct ber *element)
{
    struct cursor *c = &element->contents;
    enum ber_class class;
    uint32_t tag;
    if (element->tag == 0)
        put_mechanisms(p, c);
    else if (element->tag == 1)
        put_flags_asked(p, c);
    else if (element->tag == 2)
        put_carried(p, c, TOKEN, TOKEN_TABLE);
    else if (element->tag == 3 && ber_peek(c, &class, &tag) && tag == BER_SEQUENCE)
        put_hints(p, c);
    else if (element->tag == 3 || element->tag == 4)
        put_carried(p, c, MIC, MIC_TABLE);
}

static void put_targ(struct packet *p, struct ber *element)
{
    struct cursor *c = &element->contents;
    if (element->tag == 0)
        (void)put_ber_integer(p, c, RESULT);
    else if (element->tag == 1)
        (void)put_ber_bytes(p, c, SUPPORTED, NULL);
    else if (element->tag == 2)
        put_carried(p, c, RESPONSE, TOKEN_TABLE);
    else if (element->tag == 3)
        put_carried(p, c, MIC, MIC_TABLE);
}

static void dissect(struct packet *p, struct cursor *c)
{
    struct ber token, list, element;
    if (!ber_next(c, &token) || !ber_expect(&token.contents, BER_SEQUENCE, &list))
        return;
    unsigned field = token.tag == 0 ? INIT : TARG;
    put_data(p, c, field, token.start, token.length, NULL, 0);
    uint32_t tree = tree_begin(p, field);
    while (cursor_captured(&list.contents) > 0 && ber_next(&list.contents, &element)) {
        if (token.tag == 0)
            put_init(p, &element);
        else
            put_targ(p, &element);
    }
    tree_end(p, tree);
}

static bool probe(const struct packet *p, const struct cursor *c)
{
    (void)p;
    const uint8_t *b = cursor_peek(c, 0, 1);
    return b != NULL && (*b == 0xa0 || *b == 0xa1);
}

static const char *const tables[] = {"spnego.token", "spnego.mic", NULL};
static const struct binding bindings[] = {BOUND_TEXT("gss-api.OID", "\x2b\x06\x01\x05\x05\x02"),
                                          {"gss-api", HEURISTIC},
                                          {"gss-api.token", 2},
                                          {NULL, 0}};

const struct protocol proto_spnego = {.name = "spnego",
                                      .title = "Simple Protected Negotiation",
                                      FIELDS_OF_THIS_FILE,
                                      .tables = tables,
                                      .bindings = bindings,
                                      .probe = probe,
                                      .dissect = dissect};
