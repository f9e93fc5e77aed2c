/* ldap: Lightweight Directory Access Protocol (RFC 4511): which operation a message is. */
#include "dissect/ber.h"
#include "dissect/pdu.h"

static const struct value_name operations[] = {VALUE(0, "bindRequest"),
                                               VALUE(1, "bindResponse"),
                                               VALUE(2, "unbindRequest"),
                                               VALUE(3, "searchRequest"),
                                               VALUE(4, "searchResEntry"),
                                               VALUE(5, "searchResDone"),
                                               VALUE(6, "modifyRequest"),
                                               VALUE(7, "modifyResponse"),
                                               VALUE(8, "addRequest"),
                                               VALUE(9, "addResponse"),
                                               VALUE(10, "delRequest"),
                                               VALUE(11, "delResponse"),
                                               VALUE(12, "modDNRequest"),
                                               VALUE(13, "modDNResponse"),
                                               VALUE(14, "compareRequest"),
                                               VALUE(15, "compareResponse"),
                                               VALUE(16, "abandonRequest"),
                                               VALUE(19, "searchResRef"),
                                               VALUE(23, "extendedReq"),
                                               VALUE(24, "extendedResp"),
                                               VALUE(25, "intermediateResponse"),
                                               VALUES_END};

#define FIELDS(X)                                                                                  \
    X(MESSAGE, "ldap.LDAPMessage_element", "LDAPMessage", NONE, NONE, 0, NULL)                     \
    X(MESSAGE_ID, "ldap.messageID", "messageID", UINT32, DEC, 0, NULL)                             \
    X(OPERATION, "ldap.protocolOp", "protocolOp", UINT32, DEC, 0, operations)

FIELD_TABLE(FIELDS);

enum { SECURITY_TABLE };
enum token { GSS_TOKEN, NTLM_TOKEN, SPNEGO_TOKEN };
enum {
    BIND_REQUEST = 0,
    BIND_RESPONSE = 1,
    SASL = 3,
    SERVER_TOKEN = 7,
    SICILY_NEGOTIATE = 10,
    SICILY_RESPONSE = 11
};

/* `other`: what it is, where it is not NTLM's. */
static void hand_token(struct packet *p, struct cursor *token, enum token other)
{
    const uint8_t *start = cursor_peek(token, 0, 8);
    bool bare = start != NULL && memcmp(start, "NTLMSSP", 8) == 0;
    if (start != NULL)
        (void)next_inside(p, token, SECURITY_TABLE, bare ? NTLM_TOKEN : other);
}

/* RFC 4511, section 4.2: SASL's mechanism and its token, of those that speak through GSS-API; Microsoft has choices
 * of its own for NTLM ([MS-ADTS], section 5.1.1.1.3). */
static void put_bind(struct packet *p, struct ber *request)
{
    struct ber b;
    struct cursor *c = &request->contents;
    if (!ber_next(c, &b) || !ber_next(c, &b) || !ber_next(c, &b) || b.class != BER_CONTEXT)
        return;
    if (b.tag == SICILY_NEGOTIATE || b.tag == SICILY_RESPONSE)
        return hand_token(p, &b.contents, NTLM_TOKEN);
    struct ber mechanism, token;
    if (b.tag != SASL || !ber_next(&b.contents, &mechanism) || !ber_next(&b.contents, &token))
        return;
    const uint8_t *name = cursor_peek(&mechanism.contents, 0, 3);
    if (name != NULL && memcmp(name, "GSS", 3) == 0)
        (void)next_inside(p, &token.contents, SECURITY_TABLE, GSS_TOKEN);
}

/* Section 4.2.2: the server's token. */
static void put_bound(struct packet *p, struct ber *response)
{
    struct ber b;
    while (cursor_captured(&response->contents) > 0 && ber_next(&response->contents, &b)) {
        if (b.class == BER_CONTEXT && b.tag == SERVER_TOKEN && cursor_captured(&b.contents) > 0)
            hand_token(p, &b.contents, SPNEGO_TOKEN);
    }
}

static void dissect(struct packet *p, struct cursor *c)
{
    struct ber message;
    if (!ber_expect(c, BER_SEQUENCE, &message))
        return;
    put_data(p, c, MESSAGE, message.start, c->pos - message.start, NULL, 0);
    uint32_t tree = tree_begin(p, MESSAGE);
    int64_t id = put_ber_integer(p, &message.contents, MESSAGE_ID);
    struct ber operation;
    if (ber_next(&message.contents, &operation)) {
        put_uint(p, c, OPERATION, operation.start, operation.length, operation.tag);
        const char *name = value_name_find(operations, operation.tag);
        info_set(p, "%s(%lld)", name != NULL ? name : "Unknown", (long long)id);
        if (operation.tag == BIND_REQUEST)
            put_bind(p, &operation);
        else if (operation.tag == BIND_RESPONSE)
            put_bound(p, &operation);
    }
    tree_end(p, tree);
}

/* The length of a BER value, which begins at c. */
static uint32_t message(struct packet *p, const struct cursor *c)
{
    (void)p;
    const uint8_t *b = cursor_peek(c, 0, 2);
    if (b == NULL)
        return STREAM_MORE;
    if (b[0] != 0x30)
        return 0;
    if (b[1] < 0x80)
        return b[1] + 2u;
    unsigned n = b[1] & 0x7f;
    return n == 0 || n > 4 ? 0 : pdu_be(c, 2, n, 2 + n);
}

static bool probe(const struct packet *p, const struct cursor *c)
{
    (void)p;
    const uint8_t *b = cursor_peek(c, 0, 1);
    return b != NULL && b[0] == 0x30;
}

static const char *const tables[] = {"gss-api.token", NULL};
static const struct binding bindings[] = {
    {"tcp.port", 389}, {"tcp.port", 3268}, {"tls.port", 389}, {"tls.port", 636}, {NULL, 0}};

const struct protocol proto_ldap = {.name = "ldap",
                                    .title = "Lightweight Directory Access Protocol",
                                    .column = "LDAP",
                                    FIELDS_OF_THIS_FILE,
                                    .tables = tables,
                                    .bindings = bindings,
                                    .probe = probe,
                                    .message = message,
                                    .pdus = true,
                                    .dissect = dissect};

/* The same over UDP: a datagram may hold several messages. */
static void dissect_datagram(struct packet *p, struct cursor *c)
{
    while (cursor_captured(c) > 0 && c->fault == CURSOR_OK)
        dissect(p, c);
}

static const struct binding cldap_bindings[] = {{"udp.port", 389}, {NULL, 0}};

const struct protocol proto_cldap = {.name = "cldap",
                                     .title =
                                         "Connectionless Lightweight Directory Access Protocol",
                                     .column = "CLDAP",
                                     .fields_of = &proto_ldap,
                                     .tables = tables,
                                     .bindings = cldap_bindings,
                                     .probe = probe,
                                     .dissect = dissect_datagram};
