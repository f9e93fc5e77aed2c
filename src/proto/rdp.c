/* rdp: the cookie and the negotiation of security with which Remote Desktop begins ([MS-RDPBCGR],
 * sections 2.2.1.1 and 2.2.1.2). */
#include "dissect/lines.h"

static const struct value_name neg_types[] = {VALUE(1, "RDP Negotiation Request"),
                                              VALUE(2, "RDP Negotiation Response"),
                                              VALUE(3, "RDP Negotiation Failure"), VALUES_END};
static const struct value_name protocols[] = {
    VALUE(0, "Standard RDP Security"),
    VALUE(1, "TLS 1.0, 1.1 or 1.2"),
    VALUE(2, "CredSSP"),
    VALUE(4, "RDSTLS"),
    VALUE(8, "CredSSP with Early User Authorization Result"),
    VALUES_END};

#define FIELDS(X)                                                                                  \
    X(COOKIE, "rdp.rt_cookie", "Routing Token/Cookie", STRING, NONE, 0, NULL)                      \
    X(NEG_TYPE, "rdp.neg_type", "Type", UINT8, HEX, 0, neg_types)                                  \
    X(REQ_FLAGS, "rdp.negReq.flags", "Flags", UINT8, HEX, 0, NULL)                                 \
    X(REQ_ADMIN, "rdp.negReq.flags.restricted_admin_mode_req", "Restricted admin mode required",   \
      BOOLEAN, 8, 0x01, NULL)                                                                      \
    X(REQ_CORRELATION, "rdp.negReq.flags.correlation_info_present", "Correlation info present",    \
      BOOLEAN, 8, 0x08, NULL)                                                                      \
    X(RSP_FLAGS, "rdp.negRsp.flags", "Flags", UINT8, HEX, 0, NULL)                                 \
    X(RSP_EXTENDED, "rdp.negRsp.flags.extended_client_data_supported",                             \
      "Extended Client Data Blocks supported", BOOLEAN, 8, 0x01, NULL)                             \
    X(NEG_LENGTH, "rdp.neg_length", "Length", UINT16, DEC, 0, NULL)                                \
    X(REQUESTED, "rdp.negReq.requestedProtocols", "requestedProtocols", UINT32, HEX, 0, NULL)      \
    X(REQUESTED_SSL, "rdp.negReq.requestedProtocols.ssl", "TLS security supported", BOOLEAN, 32,   \
      0x01, NULL)                                                                                  \
    X(REQUESTED_HYBRID, "rdp.negReq.requestedProtocols.hybrid", "CredSSP supported", BOOLEAN, 32,  \
      0x02, NULL)                                                                                  \
    X(REQUESTED_RDSTLS, "rdp.negReq.requestedProtocols.rdstls", "RDSTLS supported", BOOLEAN, 32,   \
      0x04, NULL)                                                                                  \
    X(REQUESTED_HYBRID_EX, "rdp.negReq.requestedProtocols.hybrid_ex",                              \
      "Early User Authorization Result PDU supported", BOOLEAN, 32, 0x08, NULL)                    \
    X(SELECTED, "rdp.negRsp.selectedProtocol", "selectedProtocol", UINT32, HEX, 0, protocols)      \
    X(FAILURE, "rdp.negFail.failureCode", "failureCode", UINT32, HEX, 0, NULL)

FIELD_TABLE(FIELDS);

enum { REQUEST = 1, RESPONSE = 2 };

static void put_request(struct packet *p, struct cursor *c)
{
    uint8_t flags = put_u8(p, c, REQ_FLAGS);
    uint32_t tree = tree_begin(p, REQ_FLAGS);
    put_flags(p, c, REQ_ADMIN, 2, c->pos - 1, 1, flags);
    tree_end(p, tree);
    (void)put_uint_le(p, c, NEG_LENGTH, 2);
    uint32_t asked = (uint32_t)put_uint_le(p, c, REQUESTED, 4);
    tree = tree_begin(p, REQUESTED);
    if (c->fault == CURSOR_OK)
        put_flags(p, c, REQUESTED_SSL, 4, c->pos - 4, 4, asked);
    tree_end(p, tree);
    info_set(p, "Negotiate Request");
}

static void put_response(struct packet *p, struct cursor *c, uint8_t type)
{
    uint8_t flags = put_u8(p, c, RSP_FLAGS);
    uint32_t tree = tree_begin(p, RSP_FLAGS);
    if (type == RESPONSE)
        put_bits(p, c, RSP_EXTENDED, c->pos - 1, 1, flags);
    tree_end(p, tree);
    (void)put_uint_le(p, c, NEG_LENGTH, 2);
    (void)put_uint_le(p, c, type == RESPONSE ? SELECTED : FAILURE, 4);
    info_set(p, "Negotiate %s", type == RESPONSE ? "Response" : "Failure");
}

static void dissect(struct packet *p, struct cursor *c)
{
    const uint8_t *first = cursor_peek(c, 0, 1);
    if (first != NULL && first[0] > 3) {
        struct line line = line_take(c);
        put_text(p, c, COOKIE, line.text);
    }
    if (cursor_captured(c) < 8) {
        cursor_skip(c, cursor_captured(c));
        return;
    }
    uint8_t type = put_u8(p, c, NEG_TYPE);
    if (type == REQUEST)
        put_request(p, c);
    else
        put_response(p, c, type);
    cursor_skip(c, cursor_captured(c));
}

static const struct binding bindings[] = {{"cotp.negotiation", 0}, {NULL, 0}};

const struct protocol proto_rdp = {.name = "rdp",
                                   .title = "Remote Desktop Protocol",
                                   .column = "RDP",
                                   FIELDS_OF_THIS_FILE,
                                   .bindings = bindings,
                                   .dissect = dissect};
