/*
 * exchange: requests and their replies that both carry an identifier and a sequence number, as
 * pings do.
 */
#ifndef DISSECT_EXCHANGE_H
#define DISSECT_EXCHANGE_H

#include "dissect/packet.h"

/* Fields of the file that asks. resp_in and no_resp must be marked FUTURE, all but not_found FLOW.
 */
struct exchange_fields {
    unsigned resp_in;   /* in a request: number of the packet with its reply */
    unsigned no_resp;   /* or that there is none, */
    unsigned not_found; /* with this mark below it */
    unsigned resp_to;   /* in a reply: number of the request */
    unsigned resp_time; /* milliseconds between them */
};

struct exchange {
    uint8_t protocol; /* of IP */
    bool request;
    uint16_t ident, seq;
    uint16_t likeness; /* what else both must have, a sum over their data; 0: nothing */
};

/* Notes what is known of the other half. Nothing for what an error message quotes. */
void put_exchange(struct packet *p, struct cursor *c, const struct exchange *e,
                  const struct exchange_fields *fields);

#endif
