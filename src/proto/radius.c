/* radius: Remote Authentication Dial-In User Service (RFC 2865) and its accounting (RFC 2866). */
#include "dissect/packet.h"

#include "proto/radius.def"

FIELD_TABLE(FIELDS);

enum { HEADER = 20 };
enum { EAP_TABLE };
enum { VENDOR_SPECIFIC = 26, EAP_MESSAGE = 79 };

/* Attributes that are one field (IANA "RADIUS Types"). */
static const struct attribute {
    uint8_t type;
    uint16_t field;
} attributes[] = {
    {1, USER_NAME},
    {3, CHAP_PASSWORD},
    {4, NAS_IP_ADDRESS},
    {5, NAS_PORT},
    {6, SERVICE_TYPE},
    {7, FRAMED_PROTOCOL},
    {8, FRAMED_IP_ADDRESS},
    {9, FRAMED_IP_NETMASK},
    {10, FRAMED_ROUTING},
    {11, FILTER_ID},
    {12, FRAMED_MTU},
    {13, FRAMED_COMPRESSION},
    {14, LOGIN_IP_HOST},
    {15, LOGIN_SERVICE},
    {16, LOGIN_TCP_PORT},
    {18, REPLY_MESSAGE},
    {19, CALLBACK_NUMBER},
    {20, CALLBACK_ID},
    {22, FRAMED_ROUTE},
    {23, FRAMED_IPX_NETWORK},
    {24, STATE},
    {25, CLASS},
    {27, SESSION_TIMEOUT},
    {28, IDLE_TIMEOUT},
    {29, TERMINATION_ACTION},
    {30, CALLED_STATION_ID},
    {31, CALLING_STATION_ID},
    {32, NAS_IDENTIFIER},
    {33, PROXY_STATE},
    {34, LOGIN_LAT_SERVICE},
    {35, LOGIN_LAT_NODE},
    {36, LOGIN_LAT_GROUP},
    {37, FRAMED_APPLETALK_LINK},
    {38, FRAMED_APPLETALK_NETWORK},
    {39, FRAMED_APPLETALK_ZONE},
    {40, ACCT_STATUS_TYPE},
    {41, ACCT_DELAY_TIME},
    {42, ACCT_INPUT_OCTETS},
    {43, ACCT_OUTPUT_OCTETS},
    {44, ACCT_SESSION_ID},
    {45, ACCT_AUTHENTIC},
    {46, ACCT_SESSION_TIME},
    {47, ACCT_INPUT_PACKETS},
    {48, ACCT_OUTPUT_PACKETS},
    {49, ACCT_TERMINATE_CAUSE},
    {50, ACCT_MULTI_SESSION_ID},
    {51, ACCT_LINK_COUNT},
    {52, ACCT_INPUT_GIGAWORDS},
    {53, ACCT_OUTPUT_GIGAWORDS},
    {55, EVENT_TIMESTAMP},
    {60, CHAP_CHALLENGE},
    {61, NAS_PORT_TYPE},
    {62, PORT_LIMIT},
    {63, LOGIN_LAT_PORT},
    {76, PROMPT},
    {77, CONNECT_INFO},
    {78, CONFIGURATION_TOKEN},
    {80, MESSAGE_AUTHENTICATOR},
    {85, ACCT_INTERIM_INTERVAL},
    {86, ACCT_TUNNEL_PACKETS_LOST},
    {87, NAS_PORT_ID},
    {88, FRAMED_POOL},
    {89, CHARGEABLE_USER_IDENTITY},
    {95, NAS_IPV6_ADDRESS},
    {96, FRAMED_INTERFACE_ID},
    {98, LOGIN_IPV6_HOST},
    {99, FRAMED_IPV6_ROUTE},
    {100, FRAMED_IPV6_POOL},
    {101, ERROR_CAUSE},
};

/* The last requests of a flow, by their number. */
struct request {
    uint32_t packet;
    uint8_t id, code;
    int64_t time_ns;
};

enum { REQUESTS = 8 };

struct state {
    struct request ring[REQUESTS];
    uint32_t next;
};

/* Access, accounting, status, disconnect and change of authorization are asked; the others answer.
 */
static bool is_request(uint8_t code)
{
    return code == 1 || code == 4 || code == 12 || code == 40 || code == 43;
}

static void put_exchange(struct packet *p, struct cursor *c, uint8_t code, uint8_t id)
{
    struct state *s = p->quoted ? NULL : flow_state(p, sizeof *s);
    uint64_t answer;
    put_uint(p, c, is_request(code) ? REQ : RSP, c->pos, 0, 1);
    if (s == NULL)
        return;
    if (is_request(code)) {
        s->ring[s->next++ % REQUESTS] =
            (struct request){(uint32_t)p->in->number, id, code, p->in->time_ns};
        if (told(p, p->in->number, RSPFRAME, &answer))
            put_uint(p, c, RSPFRAME, c->pos, 0, answer);
        return;
    }
    for (uint32_t i = 1; i <= REQUESTS; i++) {
        const struct request *r = &s->ring[(s->next - i) % REQUESTS];
        if (r->packet == 0 || r->id != id)
            continue;
        tell(p, r->packet, RSPFRAME, p->in->number);
        put_uint(p, c, REQFRAME, c->pos, 0, r->packet);
        put_time(p, c, TIME, c->pos, 0, p->in->time_ns - r->time_ns);
        return;
    }
}

static void put_value(struct packet *p, struct cursor *v, unsigned field)
{
    uint32_t n = cursor_left(v);
    lamna_type type = field_defs[field].type;
    if (type == LAMNA_IPv4 && n == 4)
        (void)put_ipv4(p, v, field);
    else if (type == LAMNA_ABSOLUTE_TIME && n == 4)
        put_time(p, v, field, v->pos, 4, (int64_t)be32(v->data + v->pos) * 1000000000);
    else if (type_bytes(type) > 0 && n <= 8)
        (void)put_uint_be(p, v, field, n);
    else if (type == LAMNA_STRING || type == LAMNA_BYTES || (type == LAMNA_IPv6 && n == 16))
        (void)put_bytes(p, v, field, n);
}

/* RFC 2865, section 5.26. */
static void put_vendor_specific(struct packet *p, struct cursor *v)
{
    (void)put_u32(p, v, AVP_VENDOR_ID);
    while (cursor_captured(v) >= 2 && v->fault == CURSOR_OK) {
        (void)put_u8(p, v, AVP_VENDOR_TYPE);
        uint8_t length = put_u8(p, v, AVP_VENDOR_LEN);
        if (length < 2)
            return;
        cursor_skip(v, length - 2u);
    }
}

/* A message of EAP that is too long for one attribute lies in several, one behind the other (RFC 3579,
 * section 3.1). */
struct joined {
    uint8_t *bytes; /* in the packet's arena; NULL: none so far */
    uint32_t n, room;
};

static void join(struct packet *p, struct joined *eap, const struct cursor *after,
                 const struct cursor *v)
{
    uint32_t n = cursor_captured(v);
    if (eap->bytes == NULL) {
        *eap = (struct joined){.room = n + cursor_captured(after)};
        eap->bytes = arena_alloc(p->arena, eap->room);
    }
    const uint8_t *bytes = cursor_peek(v, 0, n);
    if (eap->bytes == NULL || bytes == NULL || n > eap->room - eap->n)
        return;
    memcpy(eap->bytes + eap->n, bytes, n);
    eap->n += n;
}

static void put_eap(struct packet *p, const struct cursor *after, struct cursor *v,
                    struct joined *eap)
{
    const uint8_t *follows = cursor_peek(after, 0, 1);
    bool last = follows == NULL || *follows != EAP_MESSAGE;
    struct cursor message = *v;
    bool several = eap->bytes != NULL;
    if (several || !last)
        join(p, eap, after, v);
    (void)put_bytes(p, v, EAP_FRAGMENT, cursor_left(v));
    if (!last)
        return;
    if (several)
        message = cursor_over(p, "Reassembled EAP", eap->bytes, eap->n);
    const uint8_t *length = cursor_peek(&message, 2, 2);
    if (length != NULL && be16(length) == cursor_left(&message))
        (void)next_inside(p, &message, EAP_TABLE, 0);
    *eap = (struct joined){0};
}

static void put_attribute(struct packet *p, struct cursor *c, struct joined *eap)
{
    const uint8_t *head = cursor_peek(c, 0, 2);
    if (head == NULL || head[1] < 2)
        return cursor_malformed(c);
    const uint8_t *whole = cursor_peek(c, 0, head[1]);
    if (whole == NULL)
        return cursor_skip(c, head[1]);
    put_data(p, c, AVP, c->pos, head[1], whole, head[1]);
    uint32_t tree = tree_begin(p, AVP);
    uint8_t type = put_u8(p, c, AVP_TYPE);
    (void)put_u8(p, c, AVP_LENGTH);
    struct cursor value = cursor_part(c, head[1] - 2u);
    if (type == VENDOR_SPECIFIC)
        put_vendor_specific(p, &value);
    else if (type == EAP_MESSAGE)
        put_eap(p, c, &value, eap);
    for (unsigned i = 0; i < sizeof attributes / sizeof *attributes; i++) {
        if (attributes[i].type == type && cursor_left(&value) > 0)
            put_value(p, &value, attributes[i].field);
    }
    tree_end(p, tree);
}

static void dissect(struct packet *p, struct cursor *c)
{
    uint8_t code = put_u8(p, c, CODE), id = put_u8(p, c, ID);
    uint16_t length = put_u16(p, c, LENGTH);
    (void)put_bytes(p, c, AUTHENTICATOR, 16);
    if (c->fault != CURSOR_OK)
        return;
    const char *name = value_name_find(code_names, code);
    info_set(p, "%s id=%u", name != NULL ? name : "Unknown", id);
    put_exchange(p, c, code, id);
    if (length < HEADER)
        return cursor_malformed(c);
    cursor_trim(c, length - HEADER);
    if (cursor_captured(c) == 0)
        return;
    uint32_t tree = tree_text(p, c, c->pos, cursor_captured(c), "Attribute Value Pairs");
    struct joined eap = {0};
    while (cursor_captured(c) > 0 && c->fault == CURSOR_OK)
        put_attribute(p, c, &eap);
    tree_end(p, tree);
    column_set(p, "RADIUS"); /* and not what an attribute carries */
}

static const char *const tables[] = {"radius.eap", NULL};
static const struct binding bindings[] = {
    {"udp.port", 1812}, {"udp.port", 1813}, {"udp.port", 1645}, {"udp.port", 1646},
    {"udp.port", 1700}, {"udp.port", 3799}, {NULL, 0}};

const struct protocol proto_radius = {.name = "radius",
                                      .title = "RADIUS Protocol",
                                      .column = "RADIUS",
                                      FIELDS_OF_THIS_FILE,
                                      .tables = tables,
                                      .bindings = bindings,
                                      .dissect = dissect};
