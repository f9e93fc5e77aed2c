/* tls in quic: handshake messages without records (RFC 9001, section 4), and the extension of hellos that has
 * QUIC's transport parameters (RFC 9000, section 18): a type, a length, a value; numbers as QUIC writes them. */
#include "proto/tls.h"

static uint64_t number(struct cursor *c)
{
    const uint8_t *b = cursor_peek(c, 0, 1);
    uint32_t n = b == NULL ? 1 : 1u << (b[0] >> 6);
    b = cursor_take(c, n);
    return b == NULL ? 0 : be_n(b, n) & ~((uint64_t)3 << (8 * n - 2));
}

static uint64_t put_number(struct packet *p, struct cursor *c, unsigned field)
{
    uint32_t start = c->pos;
    uint64_t v = number(c);
    if (c->fault == CURSOR_OK)
        put_uint(p, c, field, start, c->pos - start, v);
    return v;
}

static void put_preferred(struct packet *p, struct cursor *c)
{
    (void)put_ipv4(p, c, QP_IPV4);
    (void)put_u16(p, c, QP_IPV4_PORT);
    (void)put_bytes(p, c, QP_IPV6, 16);
    (void)put_u16(p, c, QP_IPV6_PORT);
    uint8_t n = put_u8(p, c, QP_PREFERRED_LENGTH);
    (void)put_bytes(p, c, QP_PREFERRED_ID, n);
    (void)put_bytes(p, c, QP_PREFERRED_RESET, 16);
}

static void put_versions(struct packet *p, struct cursor *c)
{
    (void)put_u32(p, c, QP_CHOSEN);
    while (cursor_left(c) >= 4)
        (void)put_u32(p, c, QP_OTHER);
}

/* Parameters that are one field: a number, or bytes. */
static const struct {
    uint16_t type;
    bool bytes;
    unsigned field;
} simple[] = {
    {0x00, true, QP_ORIGINAL_ID},  {0x01, false, QP_IDLE},         {0x02, true, QP_RESET},
    {0x03, false, QP_UDP_PAYLOAD}, {0x04, false, QP_DATA},         {0x05, false, QP_BIDI_LOCAL},
    {0x06, false, QP_BIDI_REMOTE}, {0x07, false, QP_UNI},          {0x08, false, QP_STREAMS_BIDI},
    {0x09, false, QP_STREAMS_UNI}, {0x0a, false, QP_ACK_EXPONENT}, {0x0b, false, QP_ACK_DELAY},
    {0x0e, false, QP_ID_LIMIT},    {0x0f, true, QP_INITIAL_ID},    {0x10, true, QP_RETRY_ID},
    {0x20, false, QP_DATAGRAM},    {0x3127, false, QP_RTT},        {0x3128, true, QP_OPTIONS},
    {0x3129, true, QP_AGENT},
};

static void put_value(struct packet *p, struct cursor *c, uint64_t type)
{
    if (type == 0x0d)
        put_preferred(p, c);
    else if (type == 0x11)
        put_versions(p, c);
    else if (type == 0x4752 && cursor_left(c) >= 4)
        (void)put_u32(p, c, QP_GOOGLE_VERSION);
    for (size_t i = 0; i < sizeof simple / sizeof *simple; i++) {
        if (simple[i].type != type)
            continue;
        if (simple[i].bytes)
            (void)put_bytes(p, c, simple[i].field, cursor_left(c));
        else
            (void)put_number(p, c, simple[i].field);
    }
}

void tls_quic_parameters_put(struct packet *p, struct cursor *c)
{
    while (cursor_left(c) > 0 && c->fault == CURSOR_OK) {
        struct cursor ahead = *c;
        const char *name = value_name_find(tls_quic_parameter_types, number(&ahead));
        uint32_t tree = tree_text(p, c, c->pos, cursor_left(c), "Parameter: %s",
                                  name != NULL ? name : "Unknown");
        uint64_t type = put_number(p, c, QP_TYPE), n = put_number(p, c, QP_LENGTH);
        struct cursor value = cursor_part(c, n > cursor_left(c) ? cursor_left(c) : (uint32_t)n),
                      v = value;
        (void)put_bytes(p, &v, QP_VALUE, cursor_left(&v));
        put_value(p, &value, type);
        if (value.fault != CURSOR_OK)
            c->fault = value.fault;
        tree_end(p, tree);
    }
}

static void dissect(struct packet *p, struct cursor *c)
{
    struct tls_state alone = {0};
    struct tls t = {.p = p,
                    .state = flow_state(p, sizeof(struct tls_state)),
                    .direction = p->in_flow && p->facts.reverse,
                    .quic = true};
    if (t.state == NULL)
        t.state = &alone;
    t.state->version = TLS_1_3;
    const uint8_t *head = cursor_peek(c, 0, 4);
    bool one = head == NULL || be24(head + 1) + 4 >= cursor_left(c);
    title(p, "TLSv1.3 Record Layer: Handshake Protocol: %s",
          !one ? "Multiple Handshake Messages" : tls_handshake_name(p, head != NULL ? head[0] : 0));
    tls_handshake_put(&t, c);
}

static const struct binding bindings[] = {{"quic.crypto", 0}, {NULL, 0}};
static const char *const tables[] = {"x509", NULL};

const struct protocol proto_tls_quic = {.name = "tls",
                                        .title = "Transport Layer Security",
                                        .fields_of = &proto_tls,
                                        .tables = tables,
                                        .bindings = bindings,
                                        .dissect = dissect};
