/* tcp: what the files of this protocol share: tcp.c the header, tcp_options.c its options, tcp_flow.c what
 * the flow adds, and what the segment carries. */
#ifndef PROTO_TCP_H
#define PROTO_TCP_H

#include "dissect/packet.h"
#include "proto/tcp.def"

#define FIELDS(X) HEADER_FIELDS(X) FLOW_FIELDS(X) OPTION_FIELDS(X)
enum { FIELDS(FIELD_ID) FIELD_COUNT };

enum { PORT_TABLE };
enum { IP_PROTO_TCP = 6, CHECKSUM_AT = 16, HEADER_MIN = 20 };
enum { FLAG_FIN = 1, FLAG_SYN = 2, FLAG_RST = 4, FLAG_ACK = 16, FLAG_URG = 32 };
enum { SHIFT_UNKNOWN = -1 };


/* What is known of the segment being dissected.
 *
 *      0                   1                   2                   3
 *     |          Source Port          |       Destination Port        |   0
 *     |                        Sequence Number                        |   4
 *     |                     Acknowledgment Number                     |   8
 *     | Offset| Rsv |      Flags      |            Window             |  12
 *     |           Checksum            |        Urgent Pointer         |  16
 *     |                           [Options]                           |  20
 */
struct segment_view {
    uint32_t start; /* offset of the header */
    struct segment s;
    uint32_t header; /* bytes */
    bool whole;      /* the length of the payload is known */
    bool known;      /* `facts` is valid */
    bool relative;   /* so seq and ack are relative: not in a quotation, which may be altered */
    struct flow_facts facts;
    uint32_t seq, ack, next; /* relative */
    uint32_t window;         /* scaled */
};

/* A mark, with a text of its own unless that is NULL, under the last item if that is `under`. */
void mark_under(struct packet *p, const struct cursor *c, unsigned under, unsigned mark,
                const char *text);

/* The options, from c to the end of the header. */
void put_options(struct packet *p, struct cursor *c, const struct segment_view *v);
/* What the flow is asked of the options, `total` bytes from c on: the shift that a SYN offers, -1 if none; and how
 * many bytes there are in SACK blocks. */
int8_t offered_shift(const struct cursor *c, uint32_t total);
uint32_t sacked_bytes(const struct cursor *c, uint32_t total);

/* What TCP analysis found. */
void put_analysis(struct packet *p, struct cursor *c, const struct segment_view *v);
/* The connection as a whole. */
void put_completeness(struct packet *p, struct cursor *c, const struct segment_view *v);
/* What the segment carries. */
void dissect_payload(struct packet *p, struct cursor *c, const struct segment_view *v);

#endif
