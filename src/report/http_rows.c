/* The tables of the report "http": exchanges, connections, and clients with the hosts they ask. */
#include <stdlib.h>
#include <string.h>

#include "report/http.h"

#include "base/ns.h"

/* A client and a host that it asked, by the name it used, or else the address. */
struct http_host {
    uint32_t of; /* an exchange with it */
    uint32_t connections, exchanges, at_once;
    int64_t handshakes; /* of all connections, ns */
    uint32_t handshake_count;
};

static const lamna_report_column exchange_columns[] = {
    {"stream", "Stream", LAMNA_CELL_COUNT},
    {"client", "Client", LAMNA_CELL_TEXT},
    {"client_port", "Port", LAMNA_CELL_COUNT},
    {"server", "Server", LAMNA_CELL_TEXT},
    {"server_port", "Port", LAMNA_CELL_COUNT},
    {"request_packet", "Asked in", LAMNA_CELL_COUNT},
    {"response_packet", "Answered in", LAMNA_CELL_COUNT},
    {"start", "Start", LAMNA_CELL_TIME},
    {"method", "Method", LAMNA_CELL_TEXT},
    {"host", "Host", LAMNA_CELL_TEXT},
    {"path", "Path", LAMNA_CELL_TEXT},
    {"status", "Status", LAMNA_CELL_COUNT},
    {"request_header", "Request header", LAMNA_CELL_BYTES},
    {"request_body", "body", LAMNA_CELL_BYTES},
    {"response_header", "Response header", LAMNA_CELL_BYTES},
    {"response_body", "body", LAMNA_CELL_BYTES},
    {"request_time", "Sent in", LAMNA_CELL_DURATION},
    {"first_byte", "First byte after", LAMNA_CELL_DURATION},
    {"last_byte", "Last byte after", LAMNA_CELL_DURATION}};

static const lamna_report_column connection_columns[] = {
    {"stream", "Stream", LAMNA_CELL_COUNT},
    {"client", "Client", LAMNA_CELL_TEXT},
    {"client_port", "Port", LAMNA_CELL_COUNT},
    {"server", "Server", LAMNA_CELL_TEXT},
    {"server_port", "Port", LAMNA_CELL_COUNT},
    {"start", "Start", LAMNA_CELL_TIME},
    {"duration", "Duration", LAMNA_CELL_DURATION},
    {"requests", "Requests", LAMNA_CELL_COUNT},
    {"responses", "Responses", LAMNA_CELL_COUNT},
    {"pipelined", "At once", LAMNA_CELL_COUNT},
    {"longest_idle", "Longest idle", LAMNA_CELL_DURATION},
    {"promised", "Promised", LAMNA_CELL_TEXT},
    {"closed_by", "Closed by", LAMNA_CELL_TEXT},
    {"closed_with", "with", LAMNA_CELL_TEXT},
    {"idle_before_close", "after idle", LAMNA_CELL_DURATION},
    {"outcome", "Outcome", LAMNA_CELL_TEXT}};

static const lamna_report_column host_columns[] = {
    {"client", "Client", LAMNA_CELL_TEXT},
    {"host", "Host", LAMNA_CELL_TEXT},
    {"server", "Server", LAMNA_CELL_TEXT},
    {"server_port", "Port", LAMNA_CELL_COUNT},
    {"exchanges", "Exchanges", LAMNA_CELL_COUNT},
    {"connections", "Connections", LAMNA_CELL_COUNT},
    {"needed", "Needed", LAMNA_CELL_COUNT},
    {"avoidable", "Avoidable", LAMNA_CELL_COUNT},
    {"handshakes_avoidable", "Handshakes that were not needed", LAMNA_CELL_DURATION}};

void http_rows_begin(lamna_report *r)
{
    static const struct {
        const lamna_report_column *columns;
        size_t count;
    } tables[] = {
        [BY_EXCHANGE] = {exchange_columns, sizeof exchange_columns / sizeof exchange_columns[0]},
        [BY_CONNECTION] = {connection_columns,
                           sizeof connection_columns / sizeof connection_columns[0]},
        [BY_HOST] = {host_columns, sizeof host_columns / sizeof host_columns[0]}};
    const struct http_report *h = r->state;
    r->columns = tables[h->by].columns;
    r->column_count = tables[h->by].count;
}

/* ---- Exchanges ------------------------------------------------------------------------------- */

static void cells_of_bytes(lamna_report *r, const struct half *half)
{
    if (half->packet == 0) {
        cell_none(r);
        cell_none(r);
        return;
    }
    cell_uint(r, LAMNA_CELL_BYTES, half->header);
    cell_uint(r, LAMNA_CELL_BYTES, half->body);
}

static void cells_of_times(lamna_report *r, const struct exchange *e)
{
    bool asked = e->request.packet != 0, answered = asked && e->response.packet != 0;
    const struct {
        bool known;
        int64_t ns;
    } times[] = {{asked, e->request.end - e->request.begin},
                 {answered, e->response.begin - e->request.end},
                 {answered, e->response.end - e->request.end}};
    for (unsigned i = 0; i < sizeof times / sizeof times[0]; i++) {
        if (times[i].known)
            cell_time(r, LAMNA_CELL_DURATION, times[i].ns);
        else
            cell_none(r);
    }
}

static void exchange_row(lamna_report *r, const struct exchange *e)
{
    const struct http_report *h = r->state;
    cell_uint(r, LAMNA_CELL_COUNT, e->stream);
    connection_cells(r, &h->connections[e->stream].c);
    cell_known(r, e->request.packet);
    cell_known(r, e->response.packet);
    cell_time(r, LAMNA_CELL_TIME, e->request.packet != 0 ? e->request.begin : e->response.begin);
    cell_string(r, e->method);
    cell_string(r, e->host);
    cell_string(r, e->uri);
    cell_known(r, e->status);
    cells_of_bytes(r, &e->request);
    cells_of_bytes(r, &e->response);
    cells_of_times(r, e);
}

/* ---- Connections ----------------------------------------------------------------------------- */

/* "keep-alive timeout=5s max=9": so many requests more, or so long without one. */
static void cell_promise(lamna_report *r, const struct promise *promise)
{
    struct buf b = {0};
    if (promise->known)
        buf_str(&b, promise->close ? "close" : "keep-alive");
    if (promise->has_timeout)
        buf_format(&b, " timeout=%us", promise->timeout);
    if (promise->has_requests)
        buf_format(&b, " max=%u", promise->requests);
    r->failed |= b.failed;
    cell_text(r, buf_cstr(&b), b.length);
    buf_free(&b);
}

/* What became of the promise. Timers are coarse: a tenth of a second too early is on time. */
static const char *outcome(const struct http_connection *k)
{
    const int64_t second = 1000000000;
    const struct promise *promise = &k->promise;
    int64_t idle = k->closed - k->quiet_since;
    if (k->c.first_closer == 0)
        return promise->close ? "to be closed, still open" : "open";
    if (k->in_flight > 0)
        return "closed before the answer";
    if (promise->close || (promise->has_requests && promise->requests == 0))
        return "closed as announced";
    if (k->c.first_closer == 1 + OPENER)
        return "client closed";
    if (!promise->has_timeout)
        return "server closed";
    return idle >= promise->timeout * second - second / 10 ? "timeout as announced"
                                                           : "closed earlier than promised";
}

static void connection_row(lamna_report *r, uint32_t stream)
{
    const struct http_report *h = r->state;
    const struct http_connection *k = &h->connections[stream];
    cell_uint(r, LAMNA_CELL_COUNT, stream);
    connection_cells(r, &k->c);
    cell_time(r, LAMNA_CELL_TIME, k->c.first);
    cell_time(r, LAMNA_CELL_DURATION, k->c.last - k->c.first);
    cell_uint(r, LAMNA_CELL_COUNT, k->requests);
    cell_uint(r, LAMNA_CELL_COUNT, k->responses);
    cell_uint(r, LAMNA_CELL_COUNT, k->in_flight_most);
    if (k->requests > 1)
        cell_time(r, LAMNA_CELL_DURATION, k->idle_most);
    else
        cell_none(r);
    cell_promise(r, &k->promise);
    cell_string(r, connection_closer(&k->c));
    cell_string(r, k->c.first_closer == 0 ? "" : k->reset ? "RST" : "FIN");
    if (k->c.first_closer != 0 && k->quiet_since != 0)
        cell_time(r, LAMNA_CELL_DURATION, k->closed - k->quiet_since);
    else
        cell_none(r);
    cell_string(r, outcome(k));
}

/* ---- Hosts ----------------------------------------------------------------------------------- */

/* The beginning or the end of an exchange, of a client with a host. */
struct event {
    uint32_t exchange;
    bool ends;
    int64_t time;
};

/* By client and host, as its name was asked for. */
static int compare_hosts(const struct http_report *h, uint32_t left, uint32_t right)
{
    const struct exchange *a = &h->exchanges[left], *b = &h->exchanges[right];
    const struct connection *c = &h->connections[a->stream].c, *d = &h->connections[b->stream].c;
    int order = (int)c->version - (int)d->version;
    if (order == 0)
        order = memcmp(c->address[OPENER], d->address[OPENER], sizeof c->address[OPENER]);
    if (order == 0)
        order = (int)c->port[ANSWERER] - (int)d->port[ANSWERER];
    if (order == 0)
        order = strcmp(a->host, b->host);
    if (order == 0 && a->host[0] == '\0')
        order = memcmp(c->address[ANSWERER], d->address[ANSWERER], sizeof c->address[ANSWERER]);
    return order;
}

/* By client and host, then by time; what ends at a time ends before something begins. */
static int compare_events(const void *left, const void *right, void *report)
{
    const struct event *a = left, *b = right;
    int order = compare_hosts(report, a->exchange, b->exchange);
    if (order == 0)
        order = a->time < b->time ? -1 : a->time > b->time;
    if (order == 0)
        order = (int)b->ends - (int)a->ends;
    return order != 0 ? order : a->exchange < b->exchange ? -1 : a->exchange > b->exchange;
}

/* Its answer's last byte; one without an answer, or after which the connection speaks something else,
 * keeps it to its end. */
static int64_t exchange_end(const struct http_report *h, const struct exchange *e)
{
    bool over = e->response.packet != 0 && e->status != 101;
    int64_t begin = e->request.packet != 0 ? e->request.begin : e->response.begin;
    int64_t end = over ? e->response.end : h->connections[e->stream].c.last;
    return end > begin ? end : begin + 1;
}

/* Two for each exchange that is shown; NULL without memory, or if there is none. To be freed. */
static struct event *events_of(lamna_report *r, size_t *count)
{
    struct http_report *h = r->state;
    struct event *events =
        h->exchange_count == 0 ? NULL : malloc(2 * h->exchange_count * sizeof *events);
    *count = 0;
    r->failed |= events == NULL && h->exchange_count > 0;
    for (uint32_t i = 0; events != NULL && i < h->exchange_count; i++) {
        const struct exchange *e = &h->exchanges[i];
        int64_t begin = e->request.packet != 0 ? e->request.begin : e->response.begin;
        if (!e->shown)
            continue;
        events[(*count)++] = (struct event){i, false, begin};
        events[(*count)++] = (struct event){i, true, exchange_end(h, e)};
    }
    if (*count > 0)
        qsort_r(events, *count, sizeof *events, compare_events, h);
    return events;
}

static struct http_host *host_new(lamna_report *r, uint32_t exchange)
{
    struct http_report *h = r->state;
    if (!report_room(r, &h->hosts, &h->host_capacity, h->host_count, sizeof *h->hosts))
        return NULL;
    struct http_host *host = &h->hosts[h->host_count++];
    *host = (struct http_host){.of = exchange};
    return host;
}

/* A connection counts once for each host: all events of a host come in a row. */
static void host_add(struct http_report *h, struct http_host *host, uint32_t exchange)
{
    struct http_connection *k = &h->connections[h->exchanges[exchange].stream];
    host->exchanges++;
    if (k->counted_for == h->host_count)
        return;
    k->counted_for = (uint32_t)h->host_count;
    host->connections++;
    host->handshakes = ns_sum(host->handshakes, k->c.initial_rtt);
    host->handshake_count += k->c.initial_rtt != 0;
}

static void hosts_make(lamna_report *r)
{
    struct http_report *h = r->state;
    size_t count;
    struct event *events = events_of(r, &count);
    struct http_host *host = NULL;
    uint32_t now = 0;
    for (size_t i = 0; i < count && !r->failed; i++) {
        if (host == NULL || compare_hosts(h, host->of, events[i].exchange) != 0) {
            host = host_new(r, events[i].exchange);
            now = 0;
        }
        if (host == NULL)
            break;
        if (events[i].ends) {
            now--;
            continue;
        }
        host_add(h, host, events[i].exchange);
        if (++now > host->at_once)
            host->at_once = now;
    }
    free(events);
}

/* So many connections would have done as there were exchanges at the same time. */
static void host_row(lamna_report *r, const struct http_host *host)
{
    const struct http_report *h = r->state;
    const struct exchange *e = &h->exchanges[host->of];
    const struct connection *c = &h->connections[e->stream].c;
    uint32_t needed = host->at_once < host->connections ? host->at_once : host->connections;
    uint32_t avoidable = host->connections - needed;
    cell_address(r, c->version, c->address[OPENER]);
    if (e->host[0] != '\0')
        cell_string(r, e->host);
    else
        cell_address(r, c->version, c->address[ANSWERER]);
    cell_address(r, c->version, c->address[ANSWERER]);
    cell_uint(r, LAMNA_CELL_COUNT, c->port[ANSWERER]);
    cell_uint(r, LAMNA_CELL_COUNT, host->exchanges);
    cell_uint(r, LAMNA_CELL_COUNT, host->connections);
    cell_uint(r, LAMNA_CELL_COUNT, needed);
    cell_uint(r, LAMNA_CELL_COUNT, avoidable);
    if (host->handshake_count > 0)
        cell_time(r, LAMNA_CELL_DURATION, host->handshakes / host->handshake_count * avoidable);
    else
        cell_none(r);
}

/* ---- Rows ------------------------------------------------------------------------------------ */

static void rows_add(lamna_report *r, uint32_t number)
{
    struct http_report *h = r->state;
    if (report_room(r, &h->rows, &h->row_capacity, h->row_count, sizeof *h->rows))
        h->rows[h->row_count++] = number;
}

void http_rows_finish(lamna_report *r)
{
    struct http_report *h = r->state;
    if (h->by == BY_EXCHANGE) {
        for (uint32_t i = 0; i < h->exchange_count; i++) {
            if (h->exchanges[i].shown)
                rows_add(r, i);
        }
    } else if (h->by == BY_CONNECTION) {
        for (uint32_t i = 0; i < h->connection_count; i++) {
            if (h->connections[i].shown)
                rows_add(r, i);
        }
    } else {
        hosts_make(r);
    }
    r->rows = h->by == BY_HOST ? h->host_count : h->row_count;
}

void http_rows_row(lamna_report *r, size_t row)
{
    const struct http_report *h = r->state;
    if (h->by == BY_EXCHANGE)
        exchange_row(r, &h->exchanges[h->rows[row]]);
    else if (h->by == BY_CONNECTION)
        connection_row(r, h->rows[row]);
    else
        host_row(r, &h->hosts[row]);
}
