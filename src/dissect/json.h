/*
 * json: a packet as one JSON object. Keys are unique: where a field occurs more than once, its value is a
 * list, in document order, at the place of the first.
 */
#ifndef DISSECT_JSON_H
#define DISSECT_JSON_H

#include "dissect/packet.h"

/* An item's value: a number, true or false, or a string. A field without a value is true. */
void json_value(struct buf *b, const struct packet *p, uint32_t item);
/* The whole packet; without a newline. */
void json_packet(lamna_json *j, const struct packet *p, struct buf *b);

#endif
