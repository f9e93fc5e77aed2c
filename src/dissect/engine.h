/* engine: what dissect.c and stream.c share. Dissectors use packet.h. */
#ifndef DISSECT_ENGINE_H
#define DISSECT_ENGINE_H

#include "dissect/packet.h"

/* What a dissector sees as its own; saved around the dissection of another layer. */
struct frame_of_layer {
    const uint8_t *want;
    uint32_t fields;
    uint16_t proto, layer;
};

struct frame_of_layer layer_enter(struct packet *p, uint16_t proto);
void layer_leave(struct packet *p, struct frame_of_layer saved);
/* The layer's own bytes end at `pos`, and its subtree with the items noted so far. Its value reaches on
 * over what it carries, so that `tcp contains "GET"` means what people expect (and Wireshark does). */
void layer_close(struct packet *p, uint32_t index, const struct cursor *c, uint32_t pos);
/* Runs `proto` on the rest of c, which is then moved past what it claims. */
void layer_run(struct packet *p, uint16_t proto, struct cursor *c);
/* The number of the protocol that the flow was found to speak, 0 if none; NULL without a flow. */
uint16_t *flow_protocol(struct packet *p);
/* Is there room for one more layer? */
bool layer_room(const struct packet *p);
/* The table of that number of the present protocol. */
const struct table *table_of(const struct packet *p, unsigned table);
/* What was announced for an end of this packet, of IP protocol `protocol`: its protocol, or 0. */
uint16_t expected_protocol(struct packet *p, uint8_t protocol);
/* Is anything asked of the protocols that are found in t by their probe? */
bool heuristics_wanted(const struct packet *p, const struct table *t);

#endif
