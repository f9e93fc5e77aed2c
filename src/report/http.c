/* HTTP exchanges, and the connections that carried them, as packets pass. */
#include "report/http.h"

#include <stdlib.h>
#include <string.h>

#include "flow/seq.h"

enum { TEXT_MOST = 4096, TEXTS = 1 << 30 };

static const char *const fields[] = {"http",
                                     "http.request.method",
                                     "http.request.uri",
                                     "http.host",
                                     "http.response.code",
                                     "http.request.version",
                                     "http.response.version",
                                     "http.connection",
                                     "http.request.line",
                                     "http.response.line",
                                     "http.chunk_size",
                                     NULL};
enum field {
    HTTP,
    METHOD,
    URI,
    HOST,
    STATUS,
    REQUEST_VERSION,
    RESPONSE_VERSION,
    CONNECTION,
    REQUEST_LINE,
    RESPONSE_LINE,
    CHUNK
};

/* One message of the packet at hand. Items are NULL where it has none. */
struct message {
    const lamna_item *layer, *method, *uri, *host, *status, *version, *connection;
    bool chunked;
    uint64_t chunks;     /* bytes in them */
    uint32_t keep_alive; /* index of the header's item, or NO_ITEM */
};

static bool by_of(const char *name, enum http_by *by)
{
    static const char *const names[] = {"exchange", "connection", "host"};
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (name == NULL || strcmp(name, names[i]) == 0) {
            *by = (enum http_by)i;
            return true;
        }
    }
    return false;
}

static bool begin(lamna_report *r, const lamna_report_options *options, lamna_error *err)
{
    struct http_report *h = r->state;
    arena_init(&h->texts, TEXTS);
    if (!by_of(options->by, &h->by)) {
        error_set(err, LAMNA_ERR_ARGUMENT,
                  "http is told by exchange, connection or host, not by \"%s\"", options->by);
        return false;
    }
    http_rows_begin(r);
    return true;
}

static void release(lamna_report *r)
{
    struct http_report *h = r->state;
    free(h->connections);
    free(h->exchanges);
    free(h->rows);
    free(h->hosts);
    arena_free(&h->texts);
}

/* ---- Items ----------------------------------------------------------------------------------- */

static bool is_text(const lamna_item *item, const char *text)
{
    return item != NULL && item->value_length == strlen(text) &&
           strncasecmp((const char *)item->value.p, text, item->value_length) == 0;
}

/* Is `word` among the comma-separated ones of the item? */
static bool has_word(const lamna_item *item, const char *word)
{
    const char *at = item == NULL ? "" : (const char *)item->value.p;
    uint32_t left = item == NULL ? 0 : item->value_length;
    size_t n = strlen(word);
    while (left > 0) {
        uint32_t part = 0;
        while (part < left && at[part] != ',')
            part++;
        uint32_t from = 0, to = part;
        while (from < to && at[from] == ' ')
            from++;
        while (to > from && at[to - 1] == ' ')
            to--;
        if (to - from == n && strncasecmp(at + from, word, n) == 0)
            return true;
        part += part < left;
        at += part;
        left -= part;
    }
    return false;
}

static const char *keep_text(lamna_report *r, const lamna_item *item)
{
    struct http_report *h = r->state;
    if (item == NULL || item->value_length == 0)
        return "";
    size_t n = item->value_length < TEXT_MOST ? item->value_length : TEXT_MOST;
    const char *copy = arena_copy(&h->texts, item->value.p, n);
    r->failed |= copy == NULL;
    return copy == NULL ? "" : copy;
}

/* The number after "name=" in the text of an item; false if there is none. */
static bool number_after(const lamna_item *item, const char *name, uint32_t *number)
{
    const char *at = memmem(item->value.p, item->value_length, name, strlen(name));
    const char *end = (const char *)item->value.p + item->value_length;
    if (at == NULL)
        return false;
    at += strlen(name);
    uint64_t v = 0;
    bool any = false;
    for (; at < end && *at >= '0' && *at <= '9' && v < UINT32_MAX / 10; at++, any = true)
        v = 10 * v + (uint64_t)(*at - '0');
    *number = (uint32_t)v;
    return any;
}

static bool starts(const lamna_item *item, const char *text)
{
    return item->value_length >= strlen(text) &&
           strncasecmp((const char *)item->value.p, text, strlen(text)) == 0;
}

/* ---- Messages -------------------------------------------------------------------------------- */

/* What was promised is what was said last; who closes in HTTP/1.1 says so, who does not in 1.0. */
static void promise_note(struct promise *promise, const struct packet *p, const struct message *m)
{
    bool request = m->method != NULL;
    bool close = has_word(m->connection, "close") ||
                 (is_text(m->version, "HTTP/1.0") && !has_word(m->connection, "keep-alive"));
    if (request) {
        *promise = (struct promise){.known = true, .close = close};
        return;
    }
    *promise =
        (struct promise){.known = true, .close = close || (promise->known && promise->close)};
    if (m->keep_alive == NO_ITEM)
        return;
    const lamna_item *line = &p->items[m->keep_alive];
    promise->has_timeout = number_after(line, "timeout=", &promise->timeout);
    promise->has_requests = number_after(line, "max=", &promise->requests);
}

/* With the empty line at its end. */
static uint64_t header_length(const lamna_item *layer)
{
    const uint8_t *bytes = layer->value.p, *end = memmem(bytes, layer->value_length, "\r\n\r\n", 4);
    if (end != NULL)
        return (uint64_t)(end - bytes) + 4;
    end = memmem(bytes, layer->value_length, "\n\n", 2);
    return end != NULL ? (uint64_t)(end - bytes) + 2 : layer->value_length;
}

static struct half half_of(const struct coming *coming, const struct packet *p,
                           const struct message *m)
{
    const struct layer *layer = &p->layers[m->layer->layer];
    int64_t now = p->in->time_ns;
    struct half half = {.packet = p->in->number, .begin = now, .end = now};
    if (layer->began_in == coming->last_done)
        half.begin = coming->last_done_time;
    else if (layer->began_in != p->in->number && coming->since != 0)
        half.begin = coming->since;
    half.header = header_length(m->layer);
    if (m->chunked)
        half.body = m->chunks;
    else if (layer->message > half.header)
        half.body = layer->message - half.header;
    return half;
}

static struct exchange *exchange_new(lamna_report *r, struct http_connection *k, uint32_t stream)
{
    struct http_report *h = r->state;
    if (h->exchange_count >= NO_EXCHANGE || !report_room(r, &h->exchanges, &h->exchange_capacity,
                                                         h->exchange_count, sizeof *h->exchanges))
        return NULL;
    uint32_t number = (uint32_t)h->exchange_count++;
    if (k->first == NO_EXCHANGE)
        k->first = number;
    else
        h->exchanges[k->last].next = number;
    k->last = number;
    h->exchanges[number] = (struct exchange){
        .stream = stream, .next = NO_EXCHANGE, .method = "", .host = "", .uri = ""};
    return &h->exchanges[number];
}

static void add_request(lamna_report *r, struct http_connection *k, const struct packet *p,
                        const struct message *m, struct half half)
{
    struct http_report *h = r->state;
    struct exchange *e = exchange_new(r, k, p->facts.stream);
    if (e == NULL)
        return;
    e->request = half;
    e->method = keep_text(r, m->method);
    e->host = keep_text(r, m->host);
    e->uri = keep_text(r, m->uri);
    e->shown = r->matches;
    if (k->lost && k->in_flight_most == 1) { /* who never asked ahead did not do it now */
        k->waiting = NO_EXCHANGE;
        k->in_flight = 0;
    }
    k->lost = false;
    if (k->waiting == NO_EXCHANGE)
        k->waiting = (uint32_t)(e - h->exchanges);
    if (k->quiet_since != 0 && half.begin - k->quiet_since > k->idle_most)
        k->idle_most = half.begin - k->quiet_since;
    k->quiet_since = 0;
    k->requests++;
    if (++k->in_flight > k->in_flight_most)
        k->in_flight_most = k->in_flight;
}

/* Responses come in the order of their requests; 1xx are not the last word (RFC 9110, section 15.2). */
static void add_response(lamna_report *r, struct http_connection *k, const struct packet *p,
                         const struct message *m, struct half half)
{
    struct http_report *h = r->state;
    uint64_t status = m->status->value.u;
    bool known = k->waiting != NO_EXCHANGE;
    if (status / 100 == 1 && status != 101)
        return;
    struct exchange *e = known ? &h->exchanges[k->waiting] : exchange_new(r, k, p->facts.stream);
    if (e == NULL)
        return;
    e->response = half;
    e->status = (uint16_t)status;
    e->shown |= r->matches;
    if (known) {
        k->waiting = e->next;
        k->in_flight--;
    }
    k->responses++;
    k->quiet_since = k->in_flight == 0 ? half.end : 0;
}

static void message_end(lamna_report *r, struct http_connection *k, const struct packet *p,
                        const struct message *m, enum side side)
{
    if (m->layer == NULL)
        return;
    struct half half = half_of(&k->coming[side], p, m);
    k->coming[side] = (struct coming){.last_done = p->in->number, .last_done_time = p->in->time_ns};
    if (m->method == NULL && m->status == NULL)
        return;
    promise_note(&k->promise, p, m);
    if (m->method != NULL)
        add_request(r, k, p, m, half);
    else
        add_response(r, k, p, m, half);
    k->shown |= r->matches;
}

static void message_item(struct message *m, enum field field, const lamna_item *item,
                         uint32_t number)
{
    switch (field) {
    case METHOD:
        m->method = item;
        break;
    case URI:
        m->uri = item;
        break;
    case HOST:
        m->host = item;
        break;
    case STATUS:
        m->status = item;
        break;
    case REQUEST_VERSION:
    case RESPONSE_VERSION:
        m->version = item;
        break;
    case CONNECTION:
        m->connection = item;
        break;
    case REQUEST_LINE:
    case RESPONSE_LINE:
        if (starts(item, "Keep-Alive:"))
            m->keep_alive = number;
        break;
    case CHUNK:
        m->chunked = true;
        m->chunks += item->value.u;
        break;
    case HTTP:
        break;
    }
}

static void messages_add(lamna_report *r, struct http_connection *k, const struct packet *p,
                         enum side side)
{
    struct message m = {.keep_alive = NO_ITEM};
    for (uint32_t i = 0; i < p->count; i++) {
        const lamna_item *item = &p->items[i];
        int field = report_field(r, item);
        if (field == HTTP) {
            message_end(r, k, p, &m, side);
            m = (struct message){.layer = item, .keep_alive = NO_ITEM};
        } else if (field >= 0) {
            message_item(&m, (enum field)field, item, i);
        }
    }
    message_end(r, k, p, &m, side);
}

/* ---- Connections ----------------------------------------------------------------------------- */

static struct http_connection *connection_of(lamna_report *r, uint32_t stream)
{
    struct http_report *h = r->state;
    if (!report_room(r, &h->connections, &h->connection_capacity, stream, sizeof *h->connections))
        return NULL;
    if (stream >= h->connection_count)
        h->connection_count = (size_t)stream + 1;
    struct http_connection *k = &h->connections[stream];
    if (k->c.version == 0)
        k->first = k->last = k->waiting = NO_EXCHANGE;
    return k;
}

static void add(lamna_report *r, const struct packet *p)
{
    if (!is_tcp(p))
        return;
    struct http_connection *k = connection_of(r, p->facts.stream);
    if (k == NULL)
        return;
    enum side side = connection_add(&k->c, p);
    const uint16_t again = ANALYSIS_RETRANSMISSION | ANALYSIS_KEEP_ALIVE;
    const uint16_t lost = side == OPENER ? ANALYSIS_ACK_LOST_SEGMENT : ANALYSIS_LOST_SEGMENT;
    k->lost |= (p->facts.analysis & lost) != 0;
    struct coming *coming = &k->coming[side];
    if (p->segment.length > 0 && coming->since == 0 && (p->facts.analysis & again) == 0)
        coming->since = p->in->time_ns;
    if (k->c.first_closer != 0 && k->closed == 0) {
        k->closed = p->in->time_ns;
        k->reset = (p->segment.flags & TCP_RST) != 0;
    }
    messages_add(r, k, p, side);
}

const struct report_kind report_http = {
    .name = "http",
    .summary = "HTTP: exchanges, connections or hosts, and their times",
    .fields = fields,
    .flows = true,
    .analysis = true,
    .every_packet = true,
    .state_size = sizeof(struct http_report),
    .begin = begin,
    .add = add,
    .finish = http_rows_finish,
    .row = http_rows_row,
    .free = release};
