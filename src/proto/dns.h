/* dns.h: what dns.c (messages, names, questions) and dns_rr.c (the data of records) share. Private
 * to them. */
#ifndef PROTO_DNS_H
#define PROTO_DNS_H

#include "dissect/packet.h"
#include "proto/dns.def"

enum { DNS_FIELDS(FIELD_ID) FIELD_COUNT };

enum dns_dialect { DNS, MDNS, LLMNR };

/* The message that is being read; pointers in names count from `base`. */
struct dns_message {
    struct packet *p;
    enum dns_dialect dialect;
    uint32_t base, cap, end;
};

struct dns_name {
    const char *text; /* in the packet's arena */
    uint32_t length;  /* of the name, where its text may spell a byte as \\ooo */
    uint32_t labels;
    uint32_t offset, bytes; /* where it stands */
};

/* Moves c past a name and decodes it. */
struct dns_name dns_name_read(const struct dns_message *m, struct cursor *c);
/* The same, and notes it. */
struct dns_name dns_name_put(const struct dns_message *m, struct cursor *c, unsigned field);

/* Types that mean something to the record itself, not only to its data. */
enum { DNS_TYPE_SRV = 33, DNS_TYPE_OPT = 41 };

/* Notes the data of a record, which ends where r does. */
void dns_rdata_put(const struct dns_message *m, struct cursor *r, uint16_t type);

#endif
