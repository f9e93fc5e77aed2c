/* cip: Common Industrial Protocol (CIP networks library, volume 1): service, path, status.
 *
 *     | service | path words | path ...         request
 *     | service with 0x80 | 0 | status | additional words | ...   response
 *
 * A response does not say what it answers. So a flow remembers the requests that were not answered yet.
 */
#include "dissect/packet.h"

static const struct value_name directions[] = {VALUE(0, "Request"), VALUE(1, "Response"),
                                               VALUES_END};
static const struct value_name services[] = {VALUE(0x01, "Get Attributes All"),
                                             VALUE(0x02, "Set Attributes All"),
                                             VALUE(0x03, "Get Attribute List"),
                                             VALUE(0x04, "Set Attribute List"),
                                             VALUE(0x05, "Reset"),
                                             VALUE(0x06, "Start"),
                                             VALUE(0x07, "Stop"),
                                             VALUE(0x08, "Create"),
                                             VALUE(0x09, "Delete"),
                                             VALUE(0x0a, "Multiple Service Packet"),
                                             VALUE(0x0d, "Apply Attributes"),
                                             VALUE(0x0e, "Get Attribute Single"),
                                             VALUE(0x10, "Set Attribute Single"),
                                             VALUE(0x11, "Find Next Object Instance"),
                                             VALUE(0x15, "Restore"),
                                             VALUE(0x16, "Save"),
                                             VALUE(0x17, "Nop"),
                                             VALUE(0x18, "Get Member"),
                                             VALUE(0x19, "Set Member"),
                                             VALUE(0x1a, "Insert Member"),
                                             VALUE(0x1b, "Remove Member"),
                                             VALUE(0x1c, "Group Sync"),
                                             VALUES_END};
static const struct value_name statuses[] = {VALUE(0x00, "Success"),
                                             VALUE(0x01, "Connection failure"),
                                             VALUE(0x02, "Resource unavailable"),
                                             VALUE(0x03, "Invalid parameter value"),
                                             VALUE(0x04, "Path segment error"),
                                             VALUE(0x05, "Path destination unknown"),
                                             VALUE(0x06, "Partial transfer"),
                                             VALUE(0x08, "Service not supported"),
                                             VALUE(0x09, "Invalid attribute value"),
                                             VALUE(0x0a, "Attribute list error"),
                                             VALUE(0x0e, "Attribute not settable"),
                                             VALUE(0x0f, "Privilege violation"),
                                             VALUE(0x10, "Device state conflict"),
                                             VALUE(0x13, "Not enough data"),
                                             VALUE(0x14, "Attribute not supported"),
                                             VALUE(0x15, "Too much data"),
                                             VALUE(0x16, "Object does not exist"),
                                             VALUE(0x1e, "Embedded service error"),
                                             VALUES_END};

#define FIELDS(X)                                                                                  \
    X(SERVICE, "cip.service", "Service", UINT8, HEX, 0, NULL)                                      \
    X(DIRECTION, "cip.rr", "Request/Response", UINT8, HEX, 0x80, directions)                       \
    X(CODE, "cip.sc", "Service", UINT8, HEX, 0x7f, services)                                       \
    X(PATH_WORDS, "cip.request_path_size", "Request Path Size", UINT8, DEC, 0, NULL)               \
    X(GENERAL, "cip.genstat", "General Status", UINT8, HEX, 0, statuses)                           \
    X(ADDITIONAL, "cip.addstat_size", "Additional Status Size", UINT8, DEC, 0, NULL)               \
    X(DATA, "cip.data", "Data", BYTES, NONE, 0, NULL)                                              \
    X(SERVICES, "cip.msp.num_services", "Number of Services", UINT16, DEC, 0, NULL)

FIELD_TABLE(FIELDS);

enum {
    GET_LIST = 0x03,
    SET_LIST = 0x04,
    MULTIPLE = 0x0a,
    UNCONNECTED_SEND = 0x52, /* of the connection manager */
    LAST_COMMON = 0x1c,
    RESPONSE = 0x80
};
enum { NO_CLASS = 0, IDENTITY = 1, CONNECTION_MANAGER = 6, DEPTH = 2, PENDING = 8, INNER = 48 };

/* A request: what its path says. */
struct request {
    uint16_t class;
    uint8_t words;
    uint8_t service;
};

/* One that waits for its answer, with those that it holds. */
struct pending {
    uint64_t exchange;
    struct request request, inner[INNER];
    uint8_t inner_count;
    bool waits;
};

struct state {
    struct pending pending[PENDING];
    uint8_t newest;
};

/* A message at hand: what it asks, or, if that is known, what it answers. */
struct message {
    struct request request;
    struct pending *pending; /* of the whole packet; NULL: unknown */
    bool response, known;
    bool through; /* the answer to what an unconnected send carried */
    unsigned depth;
};

static void put_message(struct packet *p, struct cursor *c, struct message *m);

static struct pending *remember(struct state *s, uint64_t exchange)
{
    s->newest = (uint8_t)((s->newest + 1u) % PENDING);
    struct pending *one = &s->pending[s->newest];
    *one = (struct pending){.exchange = exchange, .waits = true};
    return one;
}

static struct pending *recall(struct state *s, uint64_t exchange)
{
    for (unsigned i = 0; i < PENDING; i++) {
        if (s->pending[i].waits && s->pending[i].exchange == exchange)
            return &s->pending[i];
    }
    return NULL;
}

/* ---- Paths ----------------------------------------------------------------------------------- */

/* The class that a path names: its first logical segment of 8 or 16 bits. */
static uint16_t class_of(const uint8_t *path, uint32_t n)
{
    enum { CLASS_8 = 0x20, CLASS_16 = 0x21 };
    if (n >= 2 && path[0] == CLASS_8)
        return path[1];
    if (n >= 4 && path[0] == CLASS_16)
        return le16(path + 2);
    return NO_CLASS;
}

/* ---- Values ---------------------------------------------------------------------------------- */

/* How long an attribute of the identity object is; 0: not known here. */
static uint32_t attribute_length(uint16_t class, uint16_t attribute)
{
    static const uint8_t identity[] = {0, 2, 2, 2, 2, 2, 4};
    return class == IDENTITY && attribute < sizeof identity ? identity[attribute] : 0;
}

/* Attributes that were read: up to the first of unknown length. */
static void skip_attributes(struct cursor *c, uint16_t class, bool values)
{
    const uint8_t *count = cursor_take(c, 2);
    for (unsigned i = 0; count != NULL && i < le16(count) && cursor_left(c) >= 4; i++) {
        const uint8_t *head = cursor_take(c, 4);
        if (head == NULL || !values || head[2] != 0)
            continue;
        uint32_t n = attribute_length(class, le16(head));
        if (n == 0 || n > cursor_left(c))
            return;
        cursor_skip(c, n);
    }
}

/* What the common services say first; the rest is data. */
static void skip_common(struct cursor *c, const struct message *m)
{
    uint8_t service = m->request.service & 0x7f;
    if (cursor_left(c) < 2)
        return;
    if (!m->response && service == SET_LIST) {
        cursor_skip(c, cursor_left(c) < 4 ? cursor_left(c) : 4);
    } else if (m->response && (service == GET_LIST || service == SET_LIST)) {
        skip_attributes(c, m->request.class, service == GET_LIST);
    } else if (!m->response && service == GET_LIST) {
        const uint8_t *count = cursor_take(c, 2);
        uint32_t n = count != NULL ? 2u * le16(count) : 0;
        cursor_skip(c, n < cursor_left(c) ? n : cursor_left(c));
    }
}

/* ---- Messages in messages -------------------------------------------------------------------- */

/* One message inside another. `index`: which of those in a multiple service packet. */
static void put_inner(struct packet *p, struct cursor *c, const struct message *outer,
                      unsigned index)
{
    struct message m = {.pending = outer->pending, .depth = outer->depth + 1};
    struct pending *pending = outer->pending;
    bool kept = pending != NULL && index < INNER;
    if (outer->response && kept && index < pending->inner_count) {
        m.request = pending->inner[index];
        m.known = true;
    }
    layer_again(p, c);
    put_message(p, c, &m);
    if (!outer->response && kept) {
        pending->inner[index] = m.request;
        pending->inner_count = (uint8_t)(index + 1);
    }
}

/* What a multiple service packet holds: offsets from its count, then as many messages. */
static void put_services(struct packet *p, struct cursor *c, const struct message *m)
{
    uint32_t base = c->pos;
    unsigned n = (unsigned)put_uint_le(p, c, SERVICES, 2);
    for (unsigned i = 0; i < n; i++) {
        const uint8_t *b = cursor_peek(c, 0, 2), *after = i + 1 < n ? cursor_peek(c, 2, 2) : NULL;
        if (b == NULL)
            return;
        cursor_skip(c, 2);
        uint32_t at = base + le16(b), end = after != NULL ? base + le16(after) : c->cap;
        struct cursor one = *c;
        if (at >= c->cap || end <= at)
            continue;
        one.pos = at;
        cursor_trim(&one, end - at);
        put_inner(p, &one, m, i);
    }
}

/* A message for somebody else: | priority | ticks | length 2 | message | pad | route ... |. The answer is
 * that of the message. */
static void put_unconnected_send(struct packet *p, struct cursor *c, struct message *m)
{
    cursor_skip(c, 2);
    const uint8_t *length = cursor_take(c, 2);
    if (length == NULL)
        return;
    struct cursor one = cursor_part(c, le16(length));
    put_inner(p, &one, m, 0);
}

/* ---- A message ------------------------------------------------------------------------------- */

static void put_request_head(struct packet *p, struct cursor *c, struct message *m)
{
    m->request.words = put_u8(p, c, PATH_WORDS);
    uint32_t n = 2u * m->request.words;
    const uint8_t *path = cursor_take(c, n);
    m->request.class = path != NULL ? class_of(path, n) : NO_CLASS;
    m->known = path != NULL;
}

/* The status; and the path of the request, if that was seen. */
static void put_response_head(struct packet *p, struct cursor *c, const struct message *m,
                              uint32_t start)
{
    cursor_skip(c, 1);
    (void)put_u8(p, c, GENERAL);
    uint8_t words = put_u8(p, c, ADDITIONAL);
    cursor_skip(c, 2u * words);
    if (!m->known || c->fault != CURSOR_OK)
        return;
    put_uint(p, c, PATH_WORDS, start, 0, m->request.words);
    if (m->through)
        put_uint(p, c, PATH_WORDS, start, 0, m->pending->inner[0].words);
}

static void put_contents(struct packet *p, struct cursor *c, struct message *m, uint32_t start)
{
    uint8_t service = m->request.service & 0x7f;
    if (service == MULTIPLE && cursor_left(c) >= 2 && m->depth < DEPTH) {
        put_services(p, c, m);
        cursor_skip(c, cursor_captured(c));
        return;
    }
    if (m->known && m->request.class == CONNECTION_MANAGER && !m->through &&
        service > LAST_COMMON) {
        put_bits(p, c, DIRECTION, start, 1, m->response ? RESPONSE : 0);
        if (service == UNCONNECTED_SEND && !m->response && m->depth < DEPTH)
            put_unconnected_send(p, c, m);
        return;
    }
    if (service <= LAST_COMMON)
        skip_common(c, m);
    if (cursor_left(c) > 0)
        (void)put_bytes(p, c, DATA, cursor_left(c));
}

static void put_message(struct packet *p, struct cursor *c, struct message *m)
{
    uint32_t start = c->pos;
    uint8_t service = put_u8(p, c, SERVICE);
    uint32_t tree = tree_begin(p, SERVICE);
    if (c->fault == CURSOR_OK)
        put_flags(p, c, DIRECTION, 2, c->pos - 1, 1, service);
    tree_end(p, tree);
    m->response = (service & RESPONSE) != 0;
    m->request.service = service;
    const char *name = value_name_find(services, service & 0x7f);
    info_set(p, "%s%s", m->response ? "Success: " : "", name != NULL ? name : "Service");
    if (m->response)
        put_response_head(p, c, m, start);
    else
        put_request_head(p, c, m);
    if (c->fault == CURSOR_OK)
        put_contents(p, c, m, start);
    if (c->fault == CURSOR_OK)
        cursor_skip(c, cursor_captured(c));
}

static void dissect(struct packet *p, struct cursor *c)
{
    struct state *s = flow_state(p, sizeof *s);
    const uint8_t *first = cursor_peek(c, 0, 1);
    struct message m = {.pending = NULL};
    bool response = first != NULL && (*first & RESPONSE) != 0;
    if (s != NULL && response) {
        m.pending = recall(s, p->exchange);
        m.known = m.pending != NULL;
        if (m.known) {
            m.request = m.pending->request;
            m.through = m.request.class == CONNECTION_MANAGER && m.pending->inner_count == 1;
        }
    } else if (s != NULL) {
        m.pending = remember(s, p->exchange);
    }
    put_message(p, c, &m);
    if (m.pending == NULL)
        return;
    if (response)
        m.pending->waits = false;
    else
        m.pending->request = m.request;
}

static const struct binding bindings[] = {{"cip", 0}, {NULL, 0}};

const struct protocol proto_cip = {.name = "cip",
                                   .title = "Common Industrial Protocol",
                                   .column = "CIP",
                                   FIELDS_OF_THIS_FILE,
                                   .bindings = bindings,
                                   .dissect = dissect};

/* Data of an I/O connection has no form of its own. */
#define IO_FIELDS(X) X(IO_DATA, "cipio.data", "Data", BYTES, NONE, 0, NULL)
enum { IO_FIELDS(FIELD_ID) IO_FIELD_COUNT };
static const struct field_def io_field_defs[] = {IO_FIELDS(FIELD_ROW)};

static void dissect_io(struct packet *p, struct cursor *c)
{
    layer_repeat(p);
    (void)put_bytes(p, c, IO_DATA, cursor_captured(c));
}

static const struct binding io_bindings[] = {{"cip", 1}, {NULL, 0}};

const struct protocol proto_cipio = {.name = "cipio",
                                     .title = "Common Industrial Protocol, I/O",
                                     .column = "CIP I/O",
                                     .fields = io_field_defs,
                                     .field_count = IO_FIELD_COUNT,
                                     .bindings = io_bindings,
                                     .dissect = dissect_io};
