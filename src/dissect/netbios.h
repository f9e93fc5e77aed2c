/* netbios: names as NetBIOS over TCP and UDP writes them (RFC 1001, section 14). */
#ifndef DISSECT_NETBIOS_H
#define DISSECT_NETBIOS_H

#include "dissect/packet.h"

enum { NETBIOS_NAME = 16, NETBIOS_ENCODED = 32 };

/* Two letters from A to P are a byte. False if it is something else. */
bool netbios_decode(const uint8_t encoded[NETBIOS_ENCODED], uint8_t name[NETBIOS_NAME]);
/* "SERVER<20>": what is not text as <hex>, the last byte always so. In the packet's arena. */
const char *netbios_text(struct packet *p, const uint8_t name[NETBIOS_NAME]);
/* What the last byte says of the name: "Server service"; or NULL. */
const char *netbios_kind(uint8_t last);
/* Reads a whole name, labels up to the zero byte; "SERVER<20>". `base` is what pointers count from;
 * *last, if not NULL, the last byte. */
const char *netbios_read(struct packet *p, struct cursor *c, uint32_t base, uint8_t *last);

#endif
