/* kerberos: Kerberos, version 5 (RFC 4120): which message it is. Over TCP a length comes before it.
 */
#include "dissect/ber.h"
#include "dissect/pdu.h"

static const struct value_name types[] = {VALUE(10, "krb-as-req"),
                                          VALUE(11, "krb-as-rep"),
                                          VALUE(12, "krb-tgs-req"),
                                          VALUE(13, "krb-tgs-rep"),
                                          VALUE(14, "krb-ap-req"),
                                          VALUE(15, "krb-ap-rep"),
                                          VALUE(20, "krb-safe"),
                                          VALUE(21, "krb-priv"),
                                          VALUE(22, "krb-cred"),
                                          VALUE(30, "krb-error"),
                                          VALUES_END};

#define FIELDS(X)                                                                                  \
    X(MSG_TYPE, "kerberos.msg_type", "msg-type", INT32, DEC, 0, types)                             \
    X(LENGTH, "kerberos.rm.length", "Record Length", UINT32, DEC, 0x7fffffff, NULL)

FIELD_TABLE(FIELDS);

enum { MARK = 4, DEPTH = 2 };
enum { AS_REQ = 10, TGS_REQ = 12, AP_REQ = 14 };
enum { MEMBER_TYPE = 1, MEMBER_PADATA = 2 };
enum { PADATA_TYPE = 1, PADATA_VALUE = 2, PA_TGS_REQ = 1 };

static bool over_tcp(const struct packet *p)
{
    return p->layer > 0 &&
           strcmp(p->reg->protos[p->layers[p->layer - 1u].proto].def->name, "tcp") == 0;
}

static void put_message(struct packet *p, struct cursor *c, unsigned depth);

/* What comes before a request for a ticket: one of them is the ticket by which it is asked. */
static void put_padata(struct packet *p, struct cursor *c, unsigned depth)
{
    struct ber list, one, part, value;
    if (!ber_expect(c, BER_SEQUENCE, &list))
        return;
    while (cursor_left(&list.contents) > 0 && ber_next(&list.contents, &one)) {
        int64_t type = 0;
        while (cursor_left(&one.contents) > 0 && ber_next(&one.contents, &part)) {
            if (part.tag == PADATA_TYPE && ber_expect(&part.contents, BER_INTEGER, &value))
                type = ber_integer(&value);
            else if (part.tag == PADATA_VALUE && type == PA_TGS_REQ && depth < DEPTH &&
                     ber_expect(&part.contents, BER_OCTET_STRING, &value))
                put_message(p, &value.contents, depth + 1);
        }
    }
}

/* Every message is [APPLICATION n] SEQUENCE of tagged members; in a request for tickets they are numbered from 1 on,
 * else from 0 (section 5.4 and on). */
static void put_message(struct packet *p, struct cursor *c, unsigned depth)
{
    struct ber message, members, member;
    if (!ber_next(c, &message))
        return;
    bool request = message.tag == AS_REQ || message.tag == TGS_REQ;
    if (depth == 0) {
        const char *name = value_name_find(types, message.tag);
        info_set(p, "%s", name != NULL ? name : "Unknown");
    }
    if (message.class != BER_APPLICATION || !ber_expect(&message.contents, BER_SEQUENCE, &members))
        return;
    while (cursor_left(&members.contents) > 0 && ber_next(&members.contents, &member)) {
        uint32_t number = request ? member.tag - 1 : member.tag;
        if (member.class == BER_CONTEXT && number == MEMBER_TYPE)
            (void)put_ber_integer(p, &member.contents, MSG_TYPE);
        else if (member.class == BER_CONTEXT && number == MEMBER_PADATA && message.tag < AP_REQ)
            put_padata(p, &member.contents, depth);
    }
}

static void dissect(struct packet *p, struct cursor *c)
{
    if (over_tcp(p)) {
        const uint8_t *mark = cursor_take(c, MARK);
        if (mark != NULL)
            put_bits(p, c, LENGTH, c->pos - MARK, MARK, be32(mark));
    }
    put_message(p, c, 0);
}

static bool probe(const struct packet *p, const struct cursor *c)
{
    (void)p;
    return cursor_captured(c) > 2;
}

static uint32_t message(struct packet *p, const struct cursor *c)
{
    (void)p;
    const uint8_t *mark = cursor_peek(c, 0, MARK);
    if (mark == NULL)
        return STREAM_MORE;
    uint32_t n = be32(mark) & 0x7fffffff;
    return n > PDU_MAX ? 0 : n + MARK;
}

static const struct binding bindings[] = {{"tcp.port", 88}, {"udp.port", 88}, {NULL, 0}};

const struct protocol proto_kerberos = {.name = "kerberos",
                                        .title = "Kerberos",
                                        .column = "KRB5",
                                        FIELDS_OF_THIS_FILE,
                                        .bindings = bindings,
                                        .probe = probe,
                                        .message = message,
                                        .pdus = true,
                                        .dissect = dissect};
