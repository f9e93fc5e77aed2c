/*
 * expectations: what one flow says of another (decision 5): an address and port that will speak
 * some protocol, as SDP says of RTP. The last word counts; when there are too many, new ones are
 * not noted.
 */
#ifndef FLOW_EXPECTATIONS_H
#define FLOW_EXPECTATIONS_H

#include "dissect/transport.h"

struct expectations {
    struct expected_slot *slots; /* owned; open addressing */
    uint32_t mask, count;
    bool forgot; /* there were too many */
};

void expectations_free(struct expectations *x);
void expectations_add(struct expectations *x, const struct expectation *e);
/* Fills e->proto, packet and method. False if nothing is expected there. */
bool expectations_find(const struct expectations *x, struct expectation *e);

#endif
