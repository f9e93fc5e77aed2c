/*
 * http: what the report "http" collects while packets pass (http.c), for its three tables: of exchanges,
 * of connections, and of clients and the hosts they ask (http_rows.c).
 *
 *     connections[tcp.stream] --first, last, waiting--> exchanges[i] --next--> exchanges[j] ...
 */
#ifndef REPORT_HTTP_H
#define REPORT_HTTP_H

#include "report/connection.h"

enum { NO_EXCHANGE = UINT32_MAX };
enum http_by { BY_EXCHANGE, BY_CONNECTION, BY_HOST };

/* A request or a response, as it went over the wire. */
struct half {
    uint64_t packet;      /* in which it was complete; 0: it was not seen */
    int64_t begin, end;   /* when its first and its last byte were captured */
    uint64_t header, body; /* bytes; body: without the frames of chunks, but still encoded */
};

struct exchange {
    uint32_t stream, next; /* next: of the same connection, or NO_EXCHANGE */
    uint16_t status;
    bool shown; /* one of its packets matches the filter */
    struct half request, response;
    const char *method, *host, *uri; /* in the state's arena; never NULL */
};

/* What the last response, or the request before it, said of the connection (RFC 9112, section 9.3). */
struct promise {
    bool known, close;
    bool has_timeout, has_requests;
    uint32_t timeout;  /* seconds: "Keep-Alive: timeout=5" */
    uint32_t requests; /* how many more: "max=100" */
};

/* One side's bytes that are not a whole message yet. */
struct coming {
    int64_t since;      /* when the first of them came, or 0 */
    uint64_t last_done; /* packet that the message before them ended in, which they may begin in */
    int64_t last_done_time;
};

struct http_connection {
    struct connection c;
    uint32_t first, last, waiting; /* exchanges; waiting: the first without a response */
    uint32_t requests, responses, in_flight, in_flight_most;
    uint32_t counted_for; /* 1 + number of the host that it was counted for last */
    bool shown, reset;    /* reset: the first word of its end was a RST */
    bool lost;            /* a response may be among what was not captured since the last request */
    struct coming coming[2];
    struct promise promise;
    int64_t quiet_since; /* the last response's end; 0: there is none, or a request is waiting */
    int64_t idle_most, closed;
};

struct http_report {
    enum http_by by;
    struct http_connection *connections; /* owned; by tcp.stream */
    size_t connection_count, connection_capacity;
    struct exchange *exchanges; /* owned */
    size_t exchange_count, exchange_capacity;
    struct arena texts;
    uint32_t *rows; /* owned; the exchanges, streams or hosts that have a row */
    size_t row_count, row_capacity;
    struct http_host *hosts; /* owned */
    size_t host_count, host_capacity;
};

/* How the tables are made, once all packets have passed. */
void http_rows_begin(lamna_report *r);
void http_rows_finish(lamna_report *r);
void http_rows_row(lamna_report *r, size_t row);

#endif
