/* format: field values as text, the same for every sink. */
#ifndef DISSECT_FORMAT_H
#define DISSECT_FORMAT_H

#include "dissect/packet.h"

/* The value alone, as `tshark -T fields` writes it: "0x0800", "1", "10.0.0.1". A protocol is its label,
 * or its name if it has none; a field without a value is "1". */
void format_value(struct buf *b, const struct packet *p, uint32_t item);
/* The value alone, in one form for every sink, or in the wordier one of trees. */
void format_plain(struct buf *b, const struct packet *p, uint32_t item, bool for_tree);
/* The line of a tree: ".... 0101 = Header Length: 20 bytes (5)". */
void format_label(struct buf *b, const struct packet *p, uint32_t item);
/* "Feb 26, 2013 15:10:20.707886000 UTC", in local time unless `utc`. */
void format_absolute_time(struct buf *b, int64_t ns, bool utc);
/* The name that r has for an address, or NULL; `mac` is room for that of a network card. */
const char *address_name(struct resolver *r, const struct address *a, char mac[MAC_NAME_ROOM]);
/* An address, or nothing for none. */
void format_address(struct buf *b, const struct address *a);

#endif
