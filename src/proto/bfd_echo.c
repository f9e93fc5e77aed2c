/* bfd_echo: what Bidirectional Forwarding Detection sends to itself by way of the other end (RFC 5881, section 4). */
#include "dissect/packet.h"

#define FIELDS(X) X(PACKET, "bfd_echo.packet", "Echo", BYTES, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

/* What is in it is a matter of who sends it. */
static void dissect(struct packet *p, struct cursor *c)
{
    title(p, "BFD Echo message");
    info_set(p, "Originator specific content");
    (void)put_bytes_captured(p, c, PACKET, cursor_left(c));
}

static const struct binding bindings[] = {{"udp.port", 3785}, {NULL, 0}};

const struct protocol proto_bfd_echo = {.name = "bfd_echo",
                                        .title = "BFD Echo message",
                                        .column = "BFD Echo",
                                        FIELDS_OF_THIS_FILE,
                                        .bindings = bindings,
                                        .dissect = dissect};
