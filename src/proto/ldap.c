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

static const struct binding bindings[] = {
    {"tcp.port", 389}, {"tcp.port", 3268}, {"tls.port", 389}, {"tls.port", 636}, {NULL, 0}};

const struct protocol proto_ldap = {.name = "ldap",
                                    .title = "Lightweight Directory Access Protocol",
                                    .column = "LDAP",
                                    FIELDS_OF_THIS_FILE,
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
                                     .bindings = cldap_bindings,
                                     .probe = probe,
                                     .dissect = dissect_datagram};
