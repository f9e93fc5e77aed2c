/* icmp: what the files of this protocol share: icmp.c the messages, icmp_ext.c what RFC 4884 adds
 * to them. */
#ifndef PROTO_ICMP_H
#define PROTO_ICMP_H

#include "dissect/checksum.h"
#include "dissect/packet.h"
#include "proto/icmp.def"

#define FIELDS(X) MESSAGE_FIELDS(X) EXTENSION_FIELDS(X)
enum { FIELDS(FIELD_ID) FIELD_COUNT };

/* Tables of value names that lie in the other file. */
extern const struct value_name icmp_object_classes[], icmp_interface_roles[], icmp_families[],
    icmp_echo_states[];

/* The extension structure at c (RFC 4884, section 7), to its end. */
void icmp_extensions(struct packet *p, struct cursor *c);
/* The two bytes after the identifier of an extended echo (RFC 8335, section 2). */
void icmp_extended_echo(struct packet *p, struct cursor *c, bool request);

#endif
