#include "sql/roles.h"

#include <stdio.h>
#include <string.h>

const struct role_field role_fields[ROLE_FIELDS] = {{"ip.src", ROLE_SOURCE, NULL},
                                                    {"ipv6.src", ROLE_SOURCE, NULL},
                                                    {"ip.dst", ROLE_DESTINATION, NULL},
                                                    {"ipv6.dst", ROLE_DESTINATION, NULL},
                                                    {"icmp.type", ROLE_ICMP, "icmp"},
                                                    {"icmpv6.type", ROLE_ICMP, "icmpv6"},
                                                    {"tcp.srcport", ROLE_SOURCE_PORT, "tcp"},
                                                    {"udp.srcport", ROLE_SOURCE_PORT, "udp"},
                                                    {"sctp.srcport", ROLE_SOURCE_PORT, "sctp"},
                                                    {"dccp.srcport", ROLE_SOURCE_PORT, "dccp"},
                                                    {"tcp.dstport", ROLE_DESTINATION_PORT, NULL},
                                                    {"udp.dstport", ROLE_DESTINATION_PORT, NULL},
                                                    {"sctp.dstport", ROLE_DESTINATION_PORT, NULL},
                                                    {"dccp.dstport", ROLE_DESTINATION_PORT, NULL},
                                                    {"tcp.stream", ROLE_STREAM, NULL},
                                                    {"udp.stream", ROLE_STREAM, NULL},
                                                    {"tcp.len", ROLE_TCP_PAYLOAD, NULL},
                                                    {"udp.length", ROLE_UDP_LENGTH, NULL},
                                                    {"tcp.flags", ROLE_FLAGS, NULL}};

static const char analysis[] = "tcp.analysis.";

/* What the columns need each role for. */
static const struct {
    enum column_id column;
    uint32_t roles; /* bits */
} needs[] = {
    {COLUMN_SOURCE, 1u << ROLE_SOURCE | 1u << ROLE_SOURCE_PORT | 1u << ROLE_ICMP},
    {COLUMN_DESTINATION, 1u << ROLE_DESTINATION | 1u << ROLE_SOURCE_PORT | 1u << ROLE_ICMP},
    {COLUMN_SOURCE_PORT, 1u << ROLE_SOURCE_PORT | 1u << ROLE_ICMP},
    {COLUMN_DESTINATION_PORT, 1u << ROLE_DESTINATION_PORT | 1u << ROLE_ICMP},
    {COLUMN_TRANSPORT, 1u << ROLE_SOURCE_PORT | 1u << ROLE_ICMP},
    {COLUMN_STREAM, 1u << ROLE_STREAM | 1u << ROLE_ICMP},
    {COLUMN_PAYLOAD, 1u << ROLE_TCP_PAYLOAD | 1u << ROLE_UDP_LENGTH | 1u << ROLE_ICMP},
    {COLUMN_FLAGS, 1u << ROLE_FLAGS | 1u << ROLE_ICMP},
};

uint32_t roles_of(enum column_id column)
{
    uint32_t roles = 0;
    for (size_t i = 0; i < sizeof needs / sizeof *needs; i++)
        roles |= needs[i].column == column ? needs[i].roles : 0;
    return roles;
}

void role_flags_text(uint64_t flags, char *text, size_t room)
{
    static const char *const names[TCP_FLAGS] = {"FIN", "SYN", "RST", "PSH", "ACK",
                                                 "URG", "ECE", "CWR", "AE"};
    size_t length = 0;
    text[0] = '\0';
    for (size_t i = 0; i < TCP_FLAGS && length < room; i++) {
        if ((flags >> i & 1) != 0)
            length += (size_t)snprintf(text + length, room - length, "%s%s", length > 0 ? ", " : "",
                                       names[i]);
    }
}

bool role_is_analysis(const lamna_field *field)
{
    return field->name != NULL && field->type == LAMNA_NONE &&
           strncmp(field->name, analysis, sizeof analysis - 1) == 0 &&
           strcmp(field->name, "tcp.analysis.flags") != 0;
}

const char *role_analysis_name(const lamna_field *field)
{
    return field->name + sizeof analysis - 1;
}
