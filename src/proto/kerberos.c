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

enum { MARK = 4 };

static bool over_tcp(const struct packet *p)
{
    return p->layer > 0 &&
           strcmp(p->reg->protos[p->layers[p->layer - 1u].proto].def->name, "tcp") == 0;
}

static void dissect(struct packet *p, struct cursor *c)
{
    if (over_tcp(p)) {
        const uint8_t *mark = cursor_take(c, MARK);
        if (mark != NULL)
            put_bits(p, c, LENGTH, c->pos - MARK, MARK, be32(mark));
    }
    struct ber message;
    if (!ber_next(c, &message))
        return;
    if (message.class == BER_APPLICATION && wants(p, MSG_TYPE))
        item_add(p, c, MSG_TYPE, message.start, 1)->value.i = message.tag;
    const char *name = value_name_find(types, message.tag);
    info_set(p, "%s", name != NULL ? name : "Unknown");
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
    return mark == NULL ? STREAM_MORE : pdu_length(c, (uint64_t)(be32(mark) & 0x7fffffff) + MARK);
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
