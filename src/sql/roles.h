/*
 * roles: what fields mean for the columns of packets that are always there.
 *
 * Of a packet with several headers of a kind (tunnels), these columns tell of the first transport: its ports, and the
 * addresses of the IP header that carries it. What an ICMP error quotes is not the packet's own.
 */
#ifndef SQL_ROLES_H
#define SQL_ROLES_H

#include "sql/columns.h"

enum role {
    ROLE_SOURCE,
    ROLE_DESTINATION,
    ROLE_ICMP, /* what follows is quoted */
    ROLE_SOURCE_PORT,
    ROLE_DESTINATION_PORT,
    ROLE_STREAM,
    ROLE_TCP_PAYLOAD,
    ROLE_UDP_LENGTH,
    ROLE_FLAGS,
    ROLES
};

struct role_field {
    const char *field;
    enum role role;
    const char *transport; /* that the field proves */
};

enum { ROLE_FIELDS = 19, UDP_HEADER = 8, TCP_FLAGS = 9 };
extern const struct role_field role_fields[ROLE_FIELDS];

/* Names of TCP's flags (RFC 9293, section 3.1) with commas between them: "SYN, ACK". */
void role_flags_text(uint64_t flags, char *text, size_t room);
/* The roles that a column needs: bits. */
uint32_t roles_of(enum column_id column);
/* Is a field one of those that the column `analysis` names? */
bool role_is_analysis(const lamna_field *field);
/* How it names such a field. */
const char *role_analysis_name(const lamna_field *field);

#endif
