/* http: what the files of this protocol share: http.c the start line and the whole, http_header.c the headers,
 * http_flow.c messages and exchanges, http_body.c the body. */
#ifndef PROTO_HTTP_H
#define PROTO_HTTP_H

#include "dissect/span.h"
#include "proto/http.def"

#define HEADER_ID(id, header, field) id,
enum { FIELDS(FIELD_ID) HEADERS(HEADER_ID) FIELD_COUNT };
enum http_table { MEDIA_TABLE, UPGRADE_TABLE, PORT_TABLE, BODY_TABLE, HEADER_TABLE };

enum http_kind { HTTP_OTHER, HTTP_REQUEST, HTTP_NOTIFICATION, HTTP_RESPONSE };

struct http_message {
    enum http_kind kind;
    struct span method, uri, host, type, parameters, coding, upgrade, extensions;
    uint64_t status;
    uint64_t length; /* of the body */
    bool has_length, chunked, transfer_coded;
    bool says_length; /* as has_length, but "2 3" says 2 */
};

/* A request and its response. */
struct http_exchange {
    uint32_t number;            /* from 1; 0: none yet */
    uint64_t request, response; /* numbers of packets, 0: not seen */
    int64_t request_ns;
    uint32_t uri_length; /* of the request, which is kept beside: see http_flow.c */
};

/* How far the chunks of a message that is not whole yet were counted. */
struct http_progress {
    uint32_t head, at, captured;
};

enum http_tunnel { TUNNEL_NONE, TUNNEL_CONNECT, TUNNEL_UPGRADE };

/* What is remembered of a flow. The first part is message()'s, the other dissect()'s. */
struct http_state {
    uint8_t announced; /* enum http_tunnel: what comes after the present message */
    uint8_t tunnel;
    uint16_t port; /* of CONNECT */
    uint64_t upgrade;
    bool deflates; /* permessage-deflate was agreed upon (RFC 7692) */
    struct http_progress progress[2];
    bool seen; /* a message that certainly is HTTP; its headers were all there */
    struct http_exchange now, before;
    /* Requests without a response: enum http_method, two bits each, the oldest the lowest. */
    uint64_t unanswered;
    uint8_t unanswered_count;
    bool answered;     /* a response came after the last request */
    uint32_t asked_at; /* that request's acknowledgment number */
};

/* Is what begins with that byte perhaps text? */
static inline bool http_is_text(const uint8_t *byte)
{
    return byte != NULL && *byte >= ' ' && *byte < 0x7f;
}
/* Is this the start line of a message? */
enum http_kind http_kind_of(const struct cursor *c);
/* The three digits (RFC 9112, section 4) that follow the version, after which the line is left. */
struct span http_status_code(struct span *line);
/* Bytes of an empty line that belongs to the message before. */
uint32_t http_leading(const struct cursor *c);

/* One header's part in how a message is read. `field` is its ID, or FIELD_COUNT. */
void http_header_note(struct http_message *m, unsigned field, struct span value);
/* The ID of the header's field, or FIELD_COUNT. */
unsigned http_header_field(struct span name);
/* The headers and the empty line after them. False: they go on. */
bool http_put_headers(struct packet *p, struct cursor *c, struct http_message *m);

/* struct protocol's message(). */
uint32_t http_message_length(struct packet *p, const struct cursor *c);
struct http_state *http_state(struct packet *p);
/* What is known of the message's other half. `start` is where it begins. */
void http_put_exchange(struct packet *p, struct cursor *c, const struct http_message *m,
                       uint32_t start);
/* The bytes of a tunnel. */
void http_put_tunnel(struct packet *p, struct cursor *c, const struct http_state *s);

/* Does anybody ask for what the body holds? */
bool http_body_wanted(const struct packet *p, const struct http_message *m);
/* What c has left is the body. */
void http_put_body(struct packet *p, struct cursor *c, const struct http_message *m);
/* The end of a chunked body: bytes from c on, as message() says. *at is where to begin to count, and is
 * moved to the first chunk that is not whole. */
uint32_t http_chunks_length(const struct cursor *c, uint32_t *at);

#endif
