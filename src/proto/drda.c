/*
 * drda: Distributed Relational Database Architecture, by which DB2 and Derby are asked (DDM, volume 3): the heads of
 * its structures. What the parameters say is in the code page of the client, and is not looked into.
 *
 *     | length 2 | 0xd0 | format 1 | correlation 2 | length 2 | code point 2 | parameters: | length 2 | code point 2 | ...
 */
#include "dissect/pdu.h"

#include "proto/drda.def"

FIELD_TABLE(FIELDS);

enum { MAGIC = 0xd0, HEADER = 10 };
enum { SQLCARD = 0x2408, QRYDSC = 0x241a, QRYDTA = 0x241b }; /* they carry rows, no parameters */

/* What the commonest code points stand for. */
static const struct value_name long_names[] = {
    VALUE(0x1041, "Exchange Server Attributes"),
    VALUE(0x106d, "Access Security"),
    VALUE(0x106e, "Security Check"),
    VALUE(0x1219, "Security Check"),
    VALUE(0x1443, "Server Attributes Reply Data"),
    VALUE(0x14ac, "Access Security Reply Data"),
    VALUE(0x2001, "Access RDB"),
    VALUE(0x2005, "Close Query"),
    VALUE(0x2008, "Describe SQL Statement"),
    VALUE(0x200b, "Execute SQL Statement"),
    VALUE(0x200c, "Open Query"),
    VALUE(0x200d, "Prepare SQL Statement"),
    VALUE(0x200e, "RDB Commit Unit of Work"),
    VALUE(0x2014, "Set SQL Environment"),
    VALUE(0x2201, "Access to RDB Completed"),
    VALUE(0x2205, "Open Query Complete"),
    VALUE(0x220b, "End of Query"),
    VALUE(0x220c, "End Unit of Work Condition"),
    VALUE(0x2219, "RDB Result Set Reply Message"),
    VALUE(0x2408, "SQL Communications Area Reply Data"),
    VALUE(0x240b, "SQL Result Set Column Information Reply Data"),
    VALUE(0x240e, "SQL Result Set Reply Data"),
    VALUE(0x2411, "SQLDA Reply Data"),
    VALUE(0x2412, "SQL Program Variable Data"),
    VALUE(0x2413, "SQL Data Reply Data"),
    VALUE(0x2414, "SQL Statement"),
    VALUE(0x241a, "Query Answer Set Description"),
    VALUE(0x241b, "Query Answer Set Data"),
    VALUE(0x2450, "SQL Statement Attributes"),
    VALUES_END};

static void put_parameters(struct packet *p, struct cursor *c)
{
    while (cursor_captured(c) >= 4 && c->fault == CURSOR_OK) {
        const uint8_t *head = cursor_peek(c, 0, 4);
        uint16_t length = be16(head);
        const char *name = value_name_find(ddm_codepoint_names, be16(head + 2));
        uint32_t tree =
            tree_text(p, c, c->pos, length, "Parameter (%s)", name != NULL ? name : "Unknown");
        (void)put_u16(p, c, PARAM_LENGTH);
        (void)put_u16(p, c, PARAM_CODEPOINT);
        tree_end(p, tree);
        if (length < 4 || length - 4u > cursor_captured(c))
            return; /* of statements and data no more is known than that they are no parameters */
        cursor_skip(c, length - 4u);
    }
}

static void dissect(struct packet *p, struct cursor *c)
{
    const uint8_t *head = cursor_peek(c, 0, HEADER);
    const char *name = head != NULL ? value_name_find(ddm_codepoint_names, be16(head + 8)) : NULL;
    if (p->layers[p->layer].again)
        info_add(p, " | %s", name != NULL ? name : "Unknown");
    else
        info_set(p, "%s", name != NULL ? name : "Unknown");
    const char *title_name = head != NULL ? value_name_find(long_names, be16(head + 8)) : NULL;
    title(p, "DRDA (%s)", title_name != NULL ? title_name : name != NULL ? name : "Unknown");
    uint32_t tree = tree_text(p, c, c->pos, HEADER, "DDM (%s)", name != NULL ? name : "Unknown");
    uint16_t length = put_u16(p, c, DDM_LENGTH);
    if (length >= HEADER)
        cursor_trim(c, length - 2u);
    (void)put_u8(p, c, DDM_DDMID);
    uint8_t format = put_u8(p, c, DDM_FORMAT);
    uint32_t flags = tree_begin(p, DDM_FORMAT);
    put_flags(p, c, DDM_FMT_BIT0, 5, c->pos - 1, 1, format);
    tree_end(p, flags);
    (void)put_u16(p, c, DDM_RQSCRR);
    (void)put_u16(p, c, DDM_LENGTH2);
    uint16_t codepoint = put_u16(p, c, DDM_CODEPOINT);
    tree_end(p, tree);
    if (codepoint != SQLCARD && codepoint != QRYDSC && codepoint != QRYDTA)
        put_parameters(p, c);
    if (c->fault == CURSOR_OK)
        cursor_skip(c, cursor_captured(c));
}

static bool probe(const struct packet *p, const struct cursor *c)
{
    (void)p;
    const uint8_t *b = cursor_peek(c, 0, HEADER);
    return b != NULL && be16(b) >= HEADER && b[2] == MAGIC &&
           value_name_find(ddm_codepoint_names, be16(b + 8)) != NULL;
}

static uint32_t message(struct packet *p, const struct cursor *c)
{
    (void)p;
    return cursor_captured(c) < 2 ? STREAM_MORE : pdu_be(c, 0, 2, 0);
}

static const struct binding bindings[] = {{"tcp.port", HEURISTIC}, {NULL, 0}};

const struct protocol proto_drda = {.name = "drda",
                                    .title = "DRDA",
                                    .column = "DRDA",
                                    FIELDS_OF_THIS_FILE,
                                    .bindings = bindings,
                                    .probe = probe,
                                    .message = message,
                                    .pdus = true,
                                    .dissect = dissect};
