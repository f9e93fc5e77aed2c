/*
 * pap, chap: how the two ends of a PPP link prove who they are (RFC 1334, RFC 1994).
 *
 *     | code 1 | identifier 1 | length 2 |
 *     PAP   request: | length 1 | peer ... | length 1 | password ... |; answer: | length 1 |
 * message ... | CHAP  challenge, response: | length 1 | value ... | name ... |; verdict: | message
 * ... |
 */
#include "dissect/packet.h"

static const struct value_name pap_codes[] = {VALUE(1, "Authenticate-Request"),
                                              VALUE(2, "Authenticate-Ack"),
                                              VALUE(3, "Authenticate-Nak"), VALUES_END};
static const struct value_name chap_codes[] = {VALUE(1, "Challenge"), VALUE(2, "Response"),
                                               VALUE(3, "Success"), VALUE(4, "Failure"),
                                               VALUES_END};

#define FIELDS(X)                                                                                  \
    X(CODE, "pap.code", "Code", UINT8, DEC, 0, pap_codes)                                          \
    X(IDENTIFIER, "pap.identifier", "Identifier", UINT8, DEC, 0, NULL)                             \
    X(LENGTH, "pap.length", "Length", UINT16, DEC, 0, NULL)                                        \
    X(DATA, "pap.data", "Data", NONE, NONE, 0, NULL)                                               \
    X(PEER_LENGTH, "pap.peer_id.length", "Peer-ID-Length", UINT8, DEC, 0, NULL)                    \
    X(PEER, "pap.peer_id", "Peer-ID", STRING, NONE, 0, NULL)                                       \
    X(PASSWORD_LENGTH, "pap.password.length", "Password-Length", UINT8, DEC, 0, NULL)              \
    X(PASSWORD, "pap.password", "Password", STRING, NONE, 0, NULL)                                 \
    X(MESSAGE_LENGTH, "pap.message.length", "Message-Length", UINT8, DEC, 0, NULL)                 \
    X(MESSAGE, "pap.message", "Message", STRING, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

#define HEADER 4u /* bytes */

/* A length of one byte and so many bytes of text. */
static void put_counted(struct packet *p, struct cursor *c, unsigned length, unsigned text)
{
    uint8_t n = put_u8(p, c, length);
    if (c->fault == CURSOR_OK)
        (void)put_bytes(p, c, text, n);
}

/* The body that the length leaves. */
static struct cursor body_of(struct cursor *c, uint16_t length)
{
    return cursor_part(c, length > HEADER ? length - HEADER : 0);
}

static void dissect_pap(struct packet *p, struct cursor *c)
{
    uint8_t code = put_u8(p, c, CODE);
    (void)put_u8(p, c, IDENTIFIER);
    uint16_t length = put_u16(p, c, LENGTH);
    if (c->fault != CURSOR_OK)
        return;
    const char *name = value_name_find(pap_codes, code);
    info_set(p, "%s", name != NULL ? name : "Unknown");
    if (length > HEADER)
        cursor_trim(c, length - HEADER);
    put_mark(p, c, DATA);
    uint32_t tree = tree_begin(p, DATA);
    if (code == 1) {
        put_counted(p, c, PEER_LENGTH, PEER);
        put_counted(p, c, PASSWORD_LENGTH, PASSWORD);
    } else if (code == 2 || code == 3) {
        put_counted(p, c, MESSAGE_LENGTH, MESSAGE);
    }
    tree_end(p, tree);
}

static const struct binding pap_bindings[] = {{"ppp.protocol", 0xc023}, {NULL, 0}};

const struct protocol proto_pap = {.name = "pap",
                                   .title = "PPP Password Authentication Protocol",
                                   .column = "PPP PAP",
                                   FIELDS_OF_THIS_FILE,
                                   .bindings = pap_bindings,
                                   .dissect = dissect_pap};

/* ---- CHAP ---------------------------------------------------------------------------------- */

static const struct field_def chap_fields[] = {
    {"chap.code", "Code", LAMNA_UINT8, DEC, 0, chap_codes},
    {"chap.identifier", "Identifier", LAMNA_UINT8, DEC, 0, NULL},
    {"chap.length", "Length", LAMNA_UINT16, DEC, 0, NULL},
    {"chap.data", "Data", LAMNA_NONE, NONE, 0, NULL},
    {"chap.value_size", "Value Size", LAMNA_UINT8, DEC, 0, NULL},
    {"chap.value", "Value", LAMNA_BYTES, NONE, 0, NULL},
    {"chap.name", "Name", LAMNA_STRING, NONE, 0, NULL},
    {"chap.message", "Message", LAMNA_STRING, NONE, 0, NULL}};

static void dissect_chap(struct packet *p, struct cursor *c)
{
    enum { CH_CODE, CH_IDENTIFIER, CH_LENGTH, CH_DATA, CH_SIZE, CH_VALUE, CH_NAME, CH_MESSAGE };
    uint8_t code = put_u8(p, c, CH_CODE);
    (void)put_u8(p, c, CH_IDENTIFIER);
    uint16_t length = put_u16(p, c, CH_LENGTH);
    if (c->fault != CURSOR_OK)
        return;
    const char *name = value_name_find(chap_codes, code);
    info_set(p, "%s", name != NULL ? name : "Unknown");
    struct cursor body = body_of(c, length);
    if (code == 1 || code == 2) {
        put_mark(p, &body, CH_DATA);
        uint32_t tree = tree_begin(p, CH_DATA);
        put_counted(p, &body, CH_SIZE, CH_VALUE);
        if (cursor_left(&body) > 0)
            (void)put_bytes_captured(p, &body, CH_NAME, cursor_left(&body));
        tree_end(p, tree);
    } else if ((code == 3 || code == 4) && cursor_left(&body) > 0) {
        (void)put_bytes_captured(p, &body, CH_MESSAGE, cursor_left(&body));
    }
    if (body.fault != CURSOR_OK)
        c->fault = body.fault;
    else
        cursor_trim(c, 0);
}

static const struct binding chap_bindings[] = {
    {"ppp.protocol", 0xc223}, {"ethertype", 0xc223}, {NULL, 0}};

const struct protocol proto_chap = {.name = "chap",
                                    .title = "PPP Challenge Handshake Authentication Protocol",
                                    .column = "PPP CHAP",
                                    .fields = chap_fields,
                                    .field_count = sizeof chap_fields / sizeof chap_fields[0],
                                    .bindings = chap_bindings,
                                    .dissect = dissect_chap};
