/*
 * ospf: Open Shortest Path First, version 2 (RFC 2328; link-local signalling RFC 5613) and 3 (RFC
 * 5340).
 *
 *     | version 1 | type 1 | length 2 | router 4 | area 4 | checksum 2 | auth 2 | auth 8 | 2 |
 * version 1 | type 1 | length 2 | router 4 | area 4 | checksum 2 | instance 1 | reserved 1 |     3
 */
#include "dissect/packet.h"

static const struct value_name msg_names[] = {
    VALUE(1, "Hello Packet"), VALUE(2, "DB Description"), VALUE(3, "LS Request"),
    VALUE(4, "LS Update"),    VALUE(5, "LS Acknowledge"), VALUES_END};
static const struct value_name auth_type_names[] = {VALUE(0, "Null"), VALUE(1, "Simple password"),
                                                    VALUE(2, "Cryptographic"), VALUES_END};
static const struct value_name instance_id_names[] = {
    RANGE(0, 31, "IPv6 unicast AF"),  RANGE(32, 63, "IPv6 multicast AF"),
    RANGE(64, 95, "IPv4 unicast AF"), RANGE(96, 127, "IPv4 multicast AF"),
    RANGE(128, 255, "Reserved"),      VALUES_END};
static const struct value_name lsa_names[] = {VALUE(1, "Router-LSA"),
                                              VALUE(2, "Network-LSA"),
                                              VALUE(3, "Summary-LSA (IP network)"),
                                              VALUE(4, "Summary-LSA (ASBR)"),
                                              VALUE(5, "AS-External-LSA (ASBR)"),
                                              VALUE(6, "Group Membership LSA"),
                                              VALUE(7, "NSSA AS-External-LSA"),
                                              VALUE(8, "External Attributes LSA"),
                                              VALUE(9, "Opaque LSA, Link-local scope"),
                                              VALUE(10, "Opaque LSA, Area-local scope"),
                                              VALUE(11, "Opaque LSA, AS-local scope"),
                                              VALUES_END};
static const struct value_name v3_lsa_u_names[] = {
    VALUE(0, "Store and flood the LSA as if the type is understood"),
    VALUE(1, "Treat the LSA as if it had link-local flooding scope"), VALUES_END};
static const struct value_name v3_lsa_s12_names[] = {
    VALUE(0, "Link-Local Scoping - Flooded only on originating link"),
    VALUE(1, "Area Scoping - Flooded only in originating area"),
    VALUE(2, "AS Scoping - Flooded throughout AS"), VALUE(3, "Reserved"), VALUES_END};
static const struct value_name v3_lsa_fc_names[] = {VALUE(1, "Router-LSA"),
                                                    VALUE(2, "Network-LSA"),
                                                    VALUE(3, "Inter-Area-Prefix-LSA"),
                                                    VALUE(4, "Inter-Area-Router-LSA"),
                                                    VALUE(5, "AS-External-LSA"),
                                                    VALUE(6, "Group-Membership-LSA"),
                                                    VALUE(7, "NSSA-LSA"),
                                                    VALUE(8, "Link-LSA"),
                                                    VALUE(9, "Intra-Area-Prefix-LSA"),
                                                    VALUE(12, "Router Information Opaque-LSA"),
                                                    VALUES_END};
static const struct value_name v2_options_mt_names[] = {VALUE(0, "No"), VALUE(1, "Yes"),
                                                        VALUES_END};
static const struct value_name v2_options_e_names[] = {VALUE(0, "Not capable"), VALUE(1, "Capable"),
                                                       VALUES_END};
static const struct value_name v2_options_n_names[] = {VALUE(0, "Not supported"),
                                                       VALUE(1, "Supported"), VALUES_END};
static const struct value_name v2_options_p_names[] = {VALUE(0, "Not set"), VALUE(1, "Set"),
                                                       VALUES_END};
static const struct value_name v2_options_l_names[] = {VALUE(0, "Not Present"), VALUE(1, "Present"),
                                                       VALUES_END};
static const struct value_name lsa_asext_type_names[] = {
    VALUE(0, "Type 1 (metric is specified in the same units as interface cost)"),
    VALUE(1, "Type 2 (metric is larger than any other link state path)"), VALUES_END};
static const struct value_name v3_lsa_type_names[] = {
    VALUE(1, "Point-to-point connection to another router"),
    VALUE(2, "Connection to a transit network"), VALUE(3, "Connection to a stub network"),
    VALUE(4, "Virtual link"), VALUES_END};

#define FIELDS(X)                                                                                  \
    X(HEADER, "ospf.header", "OSPF Header", NONE, NONE, 0, NULL)                                   \
    X(VERSION, "ospf.version", "Version", UINT8, DEC, 0, NULL)                                     \
    X(MSG, "ospf.msg", "Message Type", UINT8, DEC, 0, msg_names)                                   \
    X(PACKET_LENGTH, "ospf.packet_length", "Packet Length", UINT16, DEC, 0, NULL)                  \
    X(SRCROUTER, "ospf.srcrouter", "Source OSPF Router", IPv4, NONE, 0, NULL)                      \
    X(AREA_ID, "ospf.area_id", "Area ID", IPv4, NONE, 0, NULL)                                     \
    X(CHECKSUM, "ospf.checksum", "Checksum", UINT16, HEX, 0, NULL)                                 \
    X(TLV_TYPE, "ospf.tlv_type", "TLV Type", UINT16, DEC, 0, NULL)                                 \
    X(TLV_LENGTH, "ospf.tlv_length", "TLV Length", UINT16, DEC, 0, NULL)                           \
    X(AUTH_TYPE, "ospf.auth.type", "Auth Type", UINT16, DEC, 0, auth_type_names)                   \
    X(AUTH_NONE, "ospf.auth.none", "Auth Data (none)", BYTES, NONE, 0, NULL)                       \
    X(AUTH_SIMPLE, "ospf.auth.simple", "Auth Data (Simple)", STRING, NONE, 0, NULL)                \
    X(AUTH_CRYPT_KEY_ID, "ospf.auth.crypt.key_id", "Auth Crypt Key id", UINT8, DEC, 0, NULL)       \
    X(AUTH_CRYPT_DATA_LENGTH, "ospf.auth.crypt.data_length", "Auth Crypt Data Length", UINT8, DEC, \
      0, NULL)                                                                                     \
    X(AUTH_CRYPT_SEQ_NBR, "ospf.auth.crypt.seq_nbr", "Auth Crypt Sequence Number", UINT32, DEC, 0, \
      NULL)                                                                                        \
    X(AUTH_CRYPT_DATA, "ospf.auth.crypt.data", "Auth Crypt Data", BYTES, NONE, 0, NULL)            \
    X(AUTH_UNKNOWN, "ospf.auth.unknown", "Auth Unknown", BYTES, NONE, 0, NULL)                     \
    X(INSTANCE_ID, "ospf.instance_id", "Instance ID", UINT8, DEC, 0, instance_id_names)            \
    X(RESERVED, "ospf.reserved", "Reserved", BYTES, NONE, 0, NULL)                                 \
    X(MSG_HELLO, "ospf.msg.hello", "Hello", BOOLEAN, HIDDEN, 0, NULL)                              \
    X(MSG_DBDESC, "ospf.msg.dbdesc", "Database Description", BOOLEAN, HIDDEN, 0, NULL)             \
    X(MSG_LSREQ, "ospf.msg.lsreq", "Link State Adv Request", BOOLEAN, HIDDEN, 0, NULL)             \
    X(MSG_LSUPDATE, "ospf.msg.lsupdate", "Link State Adv Update", BOOLEAN, HIDDEN, 0, NULL)        \
    X(MSG_LSACK, "ospf.msg.lsack", "Link State Adv Acknowledgement", BOOLEAN, HIDDEN, 0, NULL)     \
    X(HELLO, "ospf.hello", "OSPF Hello Packet", NONE, NONE, 0, NULL)                               \
    X(HELLO_NETWORK_MASK, "ospf.hello.network_mask", "Network Mask", IPv4, NONE, 0, NULL)          \
    X(HELLO_INTERFACE_ID, "ospf.hello.interface_id", "Interface ID", UINT32, DEC, 0, NULL)         \
    X(HELLO_HELLO_INTERVAL, "ospf.hello.hello_interval", "Hello Interval [sec]", UINT32, DEC, 0,   \
      NULL)                                                                                        \
    X(HELLO_ROUTER_PRIORITY, "ospf.hello.router_priority", "Router Priority", UINT8, DEC, 0, NULL) \
    X(HELLO_ROUTER_DEAD_INTERVAL, "ospf.hello.router_dead_interval", "Router Dead Interval [sec]", \
      UINT32, DEC, 0, NULL)                                                                        \
    X(HELLO_DESIGNATED_ROUTER, "ospf.hello.designated_router", "Designated Router", IPv4, NONE, 0, \
      NULL)                                                                                        \
    X(HELLO_BACKUP_DESIGNATED_ROUTER, "ospf.hello.backup_designated_router",                       \
      "Backup Designated Router", IPv4, NONE, 0, NULL)                                             \
    X(HELLO_ACTIVE_NEIGHBOR, "ospf.hello.active_neighbor", "Active Neighbor", IPv4, NONE, 0, NULL) \
    X(LSA, "ospf.lsa", "LS Type", UINT8, DEC, 0, lsa_names)                                        \
    X(LSA_AGE, "ospf.lsa.age", "LS Age (seconds)", UINT16, DEC, 0xffffffffffff7fff, NULL)          \
    X(LSA_DONOTAGE, "ospf.lsa.donotage", "Do Not Age Flag", UINT16, DEC, 0x8000, NULL)             \
    X(LSA_ID, "ospf.lsa.id", "Link State ID", IPv4, NONE, 0, NULL)                                 \
    X(LSA_SEQNUM, "ospf.lsa.seqnum", "Sequence Number", UINT32, HEX, 0, NULL)                      \
    X(LSA_CHKSUM, "ospf.lsa.chksum", "Checksum", UINT16, HEX, 0, NULL)                             \
    X(LSA_LENGTH, "ospf.lsa.length", "Length", UINT16, DEC, 0, NULL)                               \
    X(LSA_ROUTER, "ospf.lsa.router", "Router LSA", BOOLEAN, HIDDEN, 0, NULL)                       \
    X(LSA_ROUTER_LINKTYPE, "ospf.lsa.router.linktype", "Link Type", UINT8, DEC, 0, NULL)           \
    X(LSA_ROUTER_LINKID, "ospf.lsa.router.linkid", "Link ID", IPv4, NONE, 0, NULL)                 \
    X(LSA_ROUTER_LINKDATA, "ospf.lsa.router.linkdata", "Link Data", IPv4, NONE, 0, NULL)           \
    X(LSA_ROUTER_NUMMETRICS, "ospf.lsa.router.nummetrics", "Number of Metrics", UINT8, DEC, 0,     \
      NULL)                                                                                        \
    X(LSA_ROUTER_METRIC0, "ospf.lsa.router.metric0", "0 Metric", UINT16, DEC, 0, NULL)             \
    X(LSA_NETWORK, "ospf.lsa.network", "Network LSA", BOOLEAN, HIDDEN, 0, NULL)                    \
    X(LSA_NETWORK_NETMASK, "ospf.lsa.network.netmask", "Netmask", IPv4, NONE, 0, NULL)             \
    X(LSA_NETWORK_ATTCHRTR, "ospf.lsa.network.attchrtr", "Attached Router", IPv4, NONE, 0, NULL)   \
    X(LSA_SUMMARY, "ospf.lsa.summary", "Summary LSA (IP Network)", BOOLEAN, HIDDEN, 0, NULL)       \
    X(LSA_ASBR, "ospf.lsa.asbr", "Summary LSA (ASBR)", BOOLEAN, HIDDEN, 0, NULL)                   \
    X(LSA_ASBR_NETMASK, "ospf.lsa.asbr.netmask", "Netmask", IPv4, NONE, 0, NULL)                   \
    X(LSA_ASEXT, "ospf.lsa.asext", "AS-External LSA (ASBR)", BOOLEAN, HIDDEN, 0, NULL)             \
    X(LSA_ASEXT_NETMASK, "ospf.lsa.asext.netmask", "Netmask", IPv4, NONE, 0, NULL)                 \
    X(LSA_ASEXT_FWDADDR, "ospf.lsa.asext.fwdaddr", "Forwarding Address", IPv4, NONE, 0, NULL)      \
    X(LSA_ASEXT_EXTRTTAG, "ospf.lsa.asext.extrttag", "External Route Tag", UINT32, DEC, 0, NULL)   \
    X(LSA_NSSA, "ospf.lsa.nssa", "NSSA AS-External LSA", BOOLEAN, HIDDEN, 0, NULL)                 \
    X(V3_LSA, "ospf.v3.lsa", "LS Type", UINT16, HEX, 0, NULL)                                      \
    X(V3_LSA_U, "ospf.v3.lsa.u", "LSA Handling", BOOLEAN, 16, 0x8000, v3_lsa_u_names)              \
    X(V3_LSA_S12, "ospf.v3.lsa.s12", "Flooding Scope", UINT16, HEX, 0x6000, v3_lsa_s12_names)      \
    X(V3_LSA_FC, "ospf.v3.lsa.fc", "Function Code", UINT16, DEC, 0x1fff, v3_lsa_fc_names)          \
    X(V3_LSA_ROUTER, "ospf.v3.lsa.router", "Router-LSA", BOOLEAN, 0, 0, NULL)                      \
    X(V3_LSA_NETWORK, "ospf.v3.lsa.network", "Network-LSA", BOOLEAN, 0, 0, NULL)                   \
    X(V3_LSA_INTERPREFIX, "ospf.v3.lsa.interprefix", "Inter-Area-Prefix-LSA", BOOLEAN, 0, 0, NULL) \
    X(V3_LSA_INTERROUTER, "ospf.v3.lsa.interrouter", "Inter-Area-Router-LSA", BOOLEAN, 0, 0, NULL) \
    X(V3_LSA_ASEXT, "ospf.v3.lsa.asext", "AS-External-LSA", BOOLEAN, 0, 0, NULL)                   \
    X(V3_LSA_MEMBER, "ospf.v3.lsa.member", "Group-Membership-LSA", BOOLEAN, 0, 0, NULL)            \
    X(V3_LSA_NSSA, "ospf.v3.lsa.nssa", "NSSA-LSA", BOOLEAN, 0, 0, NULL)                            \
    X(V3_LSA_LINK, "ospf.v3.lsa.link", "Link-LSA", BOOLEAN, 0, 0, NULL)                            \
    X(V3_LSA_INTRAPREFIX, "ospf.v3.lsa.intraprefix", "Intra-Area-Prefix-LSA", BOOLEAN, 0, 0, NULL) \
    X(V3_LSA_OPAQUE, "ospf.v3.lsa.opaque", "Router Information Opaque-LSA", BOOLEAN, 0, 0, NULL)   \
    X(ADVROUTER, "ospf.advrouter", "Advertising Router", IPv4, NONE, 0, NULL)                      \
    X(V2_OPTIONS, "ospf.v2.options", "Options", UINT8, HEX, 0, NULL)                               \
    X(V2_OPTIONS_MT, "ospf.v2.options.mt", "(MT) Multi-Topology Routing", BOOLEAN, 8, 0x1,         \
      v2_options_mt_names)                                                                         \
    X(V2_OPTIONS_E, "ospf.v2.options.e", "(E) External Routing", BOOLEAN, 8, 0x2,                  \
      v2_options_e_names)                                                                          \
    X(V2_OPTIONS_MC, "ospf.v2.options.mc", "(MC) Multicast", BOOLEAN, 8, 0x4, v2_options_e_names)  \
    X(V2_OPTIONS_N, "ospf.v2.options.n", "(N) NSSA", BOOLEAN, 8, 0x8, v2_options_n_names)          \
    X(V2_OPTIONS_P, "ospf.v2.options.p", "(P) Propagate", BOOLEAN, 8, 0x8, v2_options_p_names)     \
    X(V2_OPTIONS_L, "ospf.v2.options.l", "(L) LLS Data block", BOOLEAN, 8, 0x10,                   \
      v2_options_l_names)                                                                          \
    X(V2_OPTIONS_DC, "ospf.v2.options.dc", "(DC) Demand Circuits", BOOLEAN, 8, 0x20,               \
      v2_options_n_names)                                                                          \
    X(V2_OPTIONS_O, "ospf.v2.options.o", "O", BOOLEAN, 8, 0x40, v2_options_p_names)                \
    X(V2_OPTIONS_DN, "ospf.v2.options.dn", "DN", BOOLEAN, 8, 0x80, v2_options_p_names)             \
    X(V3_OPTIONS, "ospf.v3.options", "Options", UINT24, HEX, 0, NULL)                              \
    X(V3_OPTIONS_V6, "ospf.v3.options.v6", "V6", BOOLEAN, 24, 0x1, v2_options_p_names)             \
    X(V3_OPTIONS_E, "ospf.v3.options.e", "E", BOOLEAN, 24, 0x2, v2_options_p_names)                \
    X(V3_OPTIONS_MC, "ospf.v3.options.mc", "MC", BOOLEAN, 24, 0x4, v2_options_p_names)             \
    X(V3_OPTIONS_N, "ospf.v3.options.n", "N", BOOLEAN, 24, 0x8, v2_options_p_names)                \
    X(V3_OPTIONS_R, "ospf.v3.options.r", "R", BOOLEAN, 24, 0x10, v2_options_p_names)               \
    X(V3_OPTIONS_DC, "ospf.v3.options.dc", "DC", BOOLEAN, 24, 0x20, v2_options_p_names)            \
    X(V3_OPTIONS_AF, "ospf.v3.options.af", "AF", BOOLEAN, 24, 0x100, v2_options_p_names)           \
    X(V3_OPTIONS_L, "ospf.v3.options.l", "L", BOOLEAN, 24, 0x200, v2_options_p_names)              \
    X(V3_OPTIONS_AT, "ospf.v3.options.at", "AT", BOOLEAN, 24, 0x400, v2_options_p_names)           \
    X(DBD, "ospf.dbd", "DB Description", UINT8, HEX, 0, NULL)                                      \
    X(DBD_R, "ospf.dbd.r", "(R) OOBResync", BOOLEAN, 8, 0x8, v2_options_p_names)                   \
    X(DBD_I, "ospf.dbd.i", "(I) Init", BOOLEAN, 8, 0x4, v2_options_p_names)                        \
    X(DBD_M, "ospf.dbd.m", "(M) More", BOOLEAN, 8, 0x2, v2_options_p_names)                        \
    X(DBD_MS, "ospf.dbd.ms", "(MS) Master", BOOLEAN, 8, 0x1, v2_options_mt_names)                  \
    X(LLS_EXT_OPTIONS, "ospf.lls.ext.options", "Options", UINT32, HEX, 0, NULL)                    \
    X(LLS_EXT_OPTIONS_LR, "ospf.lls.ext.options.lr", "(LR) LSDB Resynchronization", BOOLEAN, 32,   \
      0x1, v2_options_p_names)                                                                     \
    X(LLS_EXT_OPTIONS_RS, "ospf.lls.ext.options.rs", "(RS) Restart Signal", BOOLEAN, 32, 0x2,      \
      v2_options_p_names)                                                                          \
    X(V2_ROUTER_LSA_FLAGS, "ospf.v2.router.lsa.flags", "Flags", UINT8, HEX, 0, NULL)               \
    X(V2_ROUTER_LSA_FLAGS_B, "ospf.v2.router.lsa.flags.b", "(B) Area border router", BOOLEAN, 8,   \
      0x1, v2_options_mt_names)                                                                    \
    X(V2_ROUTER_LSA_FLAGS_E, "ospf.v2.router.lsa.flags.e", "(E) AS boundary router", BOOLEAN, 8,   \
      0x2, v2_options_mt_names)                                                                    \
    X(V2_ROUTER_LSA_FLAGS_V, "ospf.v2.router.lsa.flags.v", "(V) Virtual link endpoint", BOOLEAN,   \
      8, 0x4, v2_options_mt_names)                                                                 \
    X(V2_ROUTER_LSA_FLAGS_W, "ospf.v2.router.lsa.flags.w", "(W) Wild-card multicast receiver",     \
      BOOLEAN, 8, 0x8, v2_options_mt_names)                                                        \
    X(V2_ROUTER_LSA_FLAGS_N, "ospf.v2.router.lsa.flags.n", "(N) flag", BOOLEAN, 8, 0x10,           \
      v2_options_mt_names)                                                                         \
    X(V2_ROUTER_LSA_FLAGS_H, "ospf.v2.router.lsa.flags.h", "(H) flag", BOOLEAN, 8, 0x80,           \
      v2_options_mt_names)                                                                         \
    X(V3_ROUTER_LSA_FLAGS, "ospf.v3.router.lsa.flags", "Flags", UINT8, HEX, 0, NULL)               \
    X(V3_ROUTER_LSA_FLAGS_B, "ospf.v3.router.lsa.flags.b", "(B) Area border router", BOOLEAN, 8,   \
      0x1, v2_options_mt_names)                                                                    \
    X(V3_ROUTER_LSA_FLAGS_E, "ospf.v3.router.lsa.flags.e", "(E) AS boundary router", BOOLEAN, 8,   \
      0x2, v2_options_mt_names)                                                                    \
    X(V3_ROUTER_LSA_FLAGS_V, "ospf.v3.router.lsa.flags.v", "(V) Virtual link endpoint", BOOLEAN,   \
      8, 0x4, v2_options_mt_names)                                                                 \
    X(V3_ROUTER_LSA_FLAGS_W, "ospf.v3.router.lsa.flags.w", "(W) Wild-card multicast receiver",     \
      BOOLEAN, 8, 0x8, v2_options_mt_names)                                                        \
    X(V3_PREFIX_OPTIONS, "ospf.v3.prefix.options", "PrefixOptions", UINT8, HEX, 0, NULL)           \
    X(V3_PREFIX_OPTIONS_NU, "ospf.v3.prefix.options.nu", "(NU) NoUnicast", BOOLEAN, 8, 0x1,        \
      v2_options_p_names)                                                                          \
    X(V3_PREFIX_OPTIONS_LA, "ospf.v3.prefix.options.la", "(LA) Local Address", BOOLEAN, 8, 0x2,    \
      v2_options_p_names)                                                                          \
    X(V3_PREFIX_OPTIONS_MC, "ospf.v3.prefix.options.mc", "(MC) Multicast", BOOLEAN, 8, 0x4,        \
      v2_options_p_names)                                                                          \
    X(V3_PREFIX_OPTIONS_P, "ospf.v3.prefix.options.p", "(P) Propagate", BOOLEAN, 8, 0x8,           \
      v2_options_p_names)                                                                          \
    X(V2_LLS_SEQUENCE_NUMBER, "ospf.v2.lls.sequence_number", "Sequence number", UINT32, HEX, 0,    \
      NULL)                                                                                        \
    X(V2_LLS_AUTH_DATA, "ospf.v2.lls.auth_data", "Auth Data", BYTES, NONE, 0, NULL)                \
    X(LLS_CHECKSUM, "ospf.lls.checksum", "Checksum", UINT16, HEX, 0, NULL)                         \
    X(LLS_DATA_LENGTH, "ospf.lls.data_length", "LLS Data Length", UINT16, DEC, 0, NULL)            \
    X(DB_INTERFACE_MTU, "ospf.db.interface_mtu", "Interface MTU", UINT16, DEC, 0, NULL)            \
    X(DB_DD_SEQUENCE, "ospf.db.dd_sequence", "DD Sequence", UINT32, DEC, 0, NULL)                  \
    X(LINK_STATE_ID, "ospf.link_state_id", "Link State ID", IPv4, NONE, 0, NULL)                   \
    X(LS_NUMBER_OF_LSAS, "ospf.ls.number_of_lsas", "Number of LSAs", UINT32, DEC, 0, NULL)         \
    X(LSA_NUMBER_OF_LINKS, "ospf.lsa.number_of_links", "Number of Links", UINT16, DEC, 0, NULL)    \
    X(V3_LSA_DO_NOT_AGE, "ospf.v3.lsa.do_not_age", "Do Not Age", BOOLEAN, 16, 0x8000, NULL)        \
    X(V3_LSA_INTERFACE_ID, "ospf.v3.lsa.interface_id", "Interface ID", UINT32, DEC, 0, NULL)       \
    X(V3_LSA_NEIGHBOR_INTERFACE_ID, "ospf.v3.lsa.neighbor_interface_id", "Neighbor Interface ID",  \
      UINT32, DEC, 0, NULL)                                                                        \
    X(V3_LSA_NEIGHBOR_ROUTER_ID, "ospf.v3.lsa.neighbor_router_id", "Neighbor Router ID", IPv4,     \
      NONE, 0, NULL)                                                                               \
    X(V3_LSA_ATTACHED_ROUTER, "ospf.v3.lsa.attached_router", "Attached Router", IPv4, NONE, 0,     \
      NULL)                                                                                        \
    X(V3_LSA_DESTINATION_ROUTER_ID, "ospf.v3.lsa.destination_router_id", "Destination Router ID",  \
      IPv4, NONE, 0, NULL)                                                                         \
    X(V3_LSA_REFERENCED_LS_TYPE, "ospf.v3.lsa.referenced_ls_type", "Referenced LS type", UINT16,   \
      HEX, 0, v3_lsa_fc_names)                                                                     \
    X(V3_LSA_FORWARDING_ADDRESS_IPV6, "ospf.v3.lsa.forwarding_address.ipv6", "Forwarding Address", \
      IPv6, NONE, 0, NULL)                                                                         \
    X(V3_LSA_EXTERNAL_ROUTE_TAG, "ospf.v3.lsa.external_route_tag", "External Route Tag", UINT32,   \
      DEC, 0, NULL)                                                                                \
    X(V3_LSA_REFERENCED_LINK_STATE_ID, "ospf.v3.lsa.referenced_link_state_id",                     \
      "Referenced Link State ID", IPv4, NONE, 0, NULL)                                             \
    X(V3_LSA_ROUTER_PRIORITY, "ospf.v3.lsa.router_priority", "Router Priority", UINT8, DEC, 0,     \
      NULL)                                                                                        \
    X(V3_LSA_LINK_LOCAL_INTERFACE_ADDRESS_IPV6, "ospf.v3.lsa.link_local_interface_address.ipv6",   \
      "Link-local Interface Address", IPv6, NONE, 0, NULL)                                         \
    X(V3_LSA_REFERENCED_ADVERTISING_ROUTER, "ospf.v3.lsa.referenced_advertising_router",           \
      "Referenced Advertising Router", IPv4, NONE, 0, NULL)                                        \
    X(LSA_ASEXT_TYPE, "ospf.lsa.asext.type", "External Type", BOOLEAN, 8, 0x80,                    \
      lsa_asext_type_names)                                                                        \
    X(V3_LSA_TYPE, "ospf.v3.lsa.type", "Type", UINT8, DEC, 0, v3_lsa_type_names)                   \
    X(METRIC, "ospf.metric", "Metric", UINT32, DEC, 0, NULL)                                       \
    X(PREFIX_LENGTH, "ospf.prefix_length", "PrefixLength", UINT8, DEC, 0, NULL)                    \
    X(V3_LSA_FORWARDING_ADDRESS_IPV4, "ospf.v3.lsa.forwarding_address.ipv4", "Forwarding Address", \
      IPv4, NONE, 0, NULL)                                                                         \
    X(V3_LSA_LINK_LOCAL_INTERFACE_ADDRESS_IPV4, "ospf.v3.lsa.link_local_interface_address.ipv4",   \
      "Link-local Interface Address", IPv4, NONE, 0, NULL)                                         \
    X(V3_LSA_NUM_PREFIXES, "ospf.v3.lsa.num_prefixes", "# prefixes", UINT32, DEC, 0, NULL)         \
    X(V3_ADDRESS_PREFIX_IPV6, "ospf.v3.address_prefix.ipv6", "Address Prefix", IPv6, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { TYPE_HELLO = 1, TYPE_DESCRIPTION, TYPE_REQUEST, TYPE_UPDATE, TYPE_ACKNOWLEDGE };
enum { KIND_NONE, KIND_SIMPLE, KIND_CRYPTOGRAPHIC };
enum { V2_ROUTER = 1, V2_NETWORK, V2_SUMMARY, V2_ASBR, V2_EXTERNAL, V2_NSSA = 7 };
enum {
    V3_ROUTER = 1,
    V3_NETWORK,
    V3_PREFIX,
    V3_INTER_ROUTER,
    V3_EXTERNAL = 5,
    V3_NSSA = 7,
    V3_LINK,
    V3_INTRA
};
enum { LSA_HEADER = 20, HAS_LLS = 0x10, HAS_LLS_V3 = 0x200 };

static void put_options_v2(struct packet *p, struct cursor *c, bool nssa)
{
    static const uint16_t bits[] = {V2_OPTIONS_DN, V2_OPTIONS_O,  V2_OPTIONS_DC, V2_OPTIONS_L,
                                    V2_OPTIONS_N,  V2_OPTIONS_MC, V2_OPTIONS_E,  V2_OPTIONS_MT};
    uint8_t v = put_u8(p, c, V2_OPTIONS);
    uint32_t tree = tree_begin(p, V2_OPTIONS);
    for (size_t i = 0; i < 8 && c->fault == CURSOR_OK; i++)
        put_bits(p, c, bits[i] == V2_OPTIONS_N && nssa ? V2_OPTIONS_P : bits[i], c->pos - 1, 1, v);
    tree_end(p, tree);
}

static void put_options_v3(struct packet *p, struct cursor *c)
{
    static const uint16_t bits[] = {V3_OPTIONS_AT, V3_OPTIONS_L, V3_OPTIONS_AF,
                                    V3_OPTIONS_DC, V3_OPTIONS_R, V3_OPTIONS_N,
                                    V3_OPTIONS_MC, V3_OPTIONS_E, V3_OPTIONS_V6};
    uint32_t v = put_u24(p, c, V3_OPTIONS);
    uint32_t tree = tree_begin(p, V3_OPTIONS);
    for (size_t i = 0; i < 9 && c->fault == CURSOR_OK; i++)
        put_bits(p, c, bits[i], c->pos - 3, 3, v);
    tree_end(p, tree);
}

static void put_hello(struct packet *p, struct cursor *c, uint8_t version)
{
    put_data(p, c, HELLO, c->pos, cursor_left(c), "", 0);
    uint32_t tree = tree_begin(p, HELLO);
    if (version == 2) {
        (void)put_ipv4(p, c, HELLO_NETWORK_MASK);
        (void)put_u16(p, c, HELLO_HELLO_INTERVAL);
        put_options_v2(p, c, false);
        (void)put_u8(p, c, HELLO_ROUTER_PRIORITY);
        (void)put_u32(p, c, HELLO_ROUTER_DEAD_INTERVAL);
    } else {
        (void)put_u32(p, c, HELLO_INTERFACE_ID);
        (void)put_u8(p, c, HELLO_ROUTER_PRIORITY);
        put_options_v3(p, c);
        (void)put_u16(p, c, HELLO_HELLO_INTERVAL);
        (void)put_u16(p, c, HELLO_ROUTER_DEAD_INTERVAL);
    }
    (void)put_ipv4(p, c, HELLO_DESIGNATED_ROUTER);
    (void)put_ipv4(p, c, HELLO_BACKUP_DESIGNATED_ROUTER);
    while (cursor_left(c) > 0)
        (void)put_ipv4(p, c, HELLO_ACTIVE_NEIGHBOR);
    tree_end(p, tree);
}

/* ---- Link state advertisements --------------------------------------------------------------- */

static void put_type_v3(struct packet *p, struct cursor *c, bool mark)
{
    static const uint16_t marks[] = {
        0, V3_LSA_ROUTER, V3_LSA_NETWORK, V3_LSA_INTERPREFIX, V3_LSA_INTERROUTER, V3_LSA_ASEXT,
        0, V3_LSA_NSSA,   V3_LSA_LINK,    V3_LSA_INTRAPREFIX};
    uint16_t type = put_u16(p, c, V3_LSA);
    uint32_t tree = tree_begin(p, V3_LSA);
    if (c->fault == CURSOR_OK)
        put_flags(p, c, V3_LSA_U, 3, c->pos - 2, 2, type);
    tree_end(p, tree);
    unsigned code = type & 0x1fff;
    if (mark && c->fault == CURSOR_OK && code <= V3_INTRA && marks[code] != 0)
        put_uint(p, c, marks[code], c->pos - 2, 2, 1);
}

/* Returns the type. */
static uint16_t put_lsa_header(struct packet *p, struct cursor *c, uint8_t version,
                               uint16_t *length)
{
    static const uint16_t marks[] = {0,        LSA_ROUTER, LSA_NETWORK, LSA_SUMMARY,
                                     LSA_ASBR, LSA_ASEXT,  0,           LSA_NSSA};
    uint16_t age = cursor_u16(c), type = 0;
    if (c->fault == CURSOR_OK) {
        put_uint(p, c, LSA_AGE, c->pos - 2, 2, age & 0x7fff);
        put_bits(p, c, version == 2 ? LSA_DONOTAGE : V3_LSA_DO_NOT_AGE, c->pos - 2, 2, age);
    }
    const uint8_t *peek = cursor_peek(c, 0, 2);
    if (version == 2) {
        type = peek == NULL ? 0 : peek[1];
        put_options_v2(p, c, type == V2_NSSA);
        (void)put_u8(p, c, LSA);
        if (c->fault == CURSOR_OK && type <= V2_NSSA && marks[type] != 0)
            put_uint(p, c, marks[type], c->pos - 1, 1, 1);
        if (type >= 9 && type <= 11) /* opaque: RFC 5250, appendix A.2 */
            cursor_skip(c, 4);
        else
            (void)put_ipv4(p, c, LSA_ID);
    } else {
        type = peek == NULL ? 0 : be16(peek);
        put_type_v3(p, c, true);
        (void)put_ipv4(p, c, LINK_STATE_ID);
    }
    (void)put_ipv4(p, c, ADVROUTER);
    (void)put_u32(p, c, LSA_SEQNUM);
    (void)put_u16(p, c, LSA_CHKSUM);
    *length = put_u16(p, c, LSA_LENGTH);
    return type;
}

static void put_router_v2(struct packet *p, struct cursor *b)
{
    static const uint16_t bits[] = {V2_ROUTER_LSA_FLAGS_H, V2_ROUTER_LSA_FLAGS_N,
                                    V2_ROUTER_LSA_FLAGS_W, V2_ROUTER_LSA_FLAGS_V,
                                    V2_ROUTER_LSA_FLAGS_E, V2_ROUTER_LSA_FLAGS_B};
    uint8_t flags = put_u8(p, b, V2_ROUTER_LSA_FLAGS);
    uint32_t tree = tree_begin(p, V2_ROUTER_LSA_FLAGS);
    for (size_t i = 0; i < 6 && b->fault == CURSOR_OK; i++)
        put_bits(p, b, bits[i], b->pos - 1, 1, flags);
    tree_end(p, tree);
    cursor_skip(b, 1);
    uint16_t links = put_u16(p, b, LSA_NUMBER_OF_LINKS);
    for (; links > 0 && b->fault == CURSOR_OK; links--) {
        tree = tree_text(p, b, b->pos, 12, "Link");
        (void)put_ipv4(p, b, LSA_ROUTER_LINKID);
        (void)put_ipv4(p, b, LSA_ROUTER_LINKDATA);
        (void)put_u8(p, b, LSA_ROUTER_LINKTYPE);
        uint8_t more = put_u8(p, b, LSA_ROUTER_NUMMETRICS);
        (void)put_u16(p, b, LSA_ROUTER_METRIC0);
        cursor_skip(b, more * 4u);
        tree_end(p, tree);
    }
}

static void put_external_v2(struct packet *p, struct cursor *b)
{
    (void)put_ipv4(p, b, LSA_ASEXT_NETMASK);
    while (cursor_left(b) >= 12) {
        uint32_t word = cursor_u32(b);
        if (b->fault != CURSOR_OK)
            return;
        put_bits(p, b, LSA_ASEXT_TYPE, b->pos - 4, 1, word >> 24);
        put_uint(p, b, METRIC, b->pos - 3, 3, word & 0xffffff);
        (void)put_ipv4(p, b, LSA_ASEXT_FWDADDR);
        (void)put_u32(p, b, LSA_ASEXT_EXTRTTAG);
    }
}

static void put_body_v2(struct packet *p, struct cursor *b, uint16_t type)
{
    switch (type) {
    case V2_ROUTER:
        put_router_v2(p, b);
        break;
    case V2_NETWORK:
        (void)put_ipv4(p, b, LSA_NETWORK_NETMASK);
        while (cursor_left(b) > 0)
            (void)put_ipv4(p, b, LSA_NETWORK_ATTCHRTR);
        break;
    case V2_SUMMARY:
    case V2_ASBR:
        (void)put_ipv4(p, b, LSA_ASBR_NETMASK);
        cursor_skip(b, 1);
        (void)put_u24(p, b, METRIC);
        break;
    case V2_EXTERNAL:
    case V2_NSSA:
        put_external_v2(p, b);
        break;
    default:
        break;
    }
}

/* | length 1 | options 1 | `between` 2 | as many words as the length needs | */
static void put_prefix(struct packet *p, struct cursor *b, unsigned between)
{
    uint8_t bits = put_u8(p, b, PREFIX_LENGTH);
    uint8_t options = put_u8(p, b, V3_PREFIX_OPTIONS);
    uint32_t tree = tree_begin(p, V3_PREFIX_OPTIONS);
    for (unsigned i = 0; i < 4 && b->fault == CURSOR_OK; i++)
        put_bits(p, b, V3_PREFIX_OPTIONS_P - i, b->pos - 1, 1, options);
    tree_end(p, tree);
    if (between == RESERVED)
        (void)put_bytes(p, b, RESERVED, 2);
    else
        (void)put_u16(p, b, between);
    uint32_t n = (bits + 31u) / 32 * 4;
    const uint8_t *at = n > 16 ? NULL : cursor_take(b, n);
    uint8_t *whole = at == NULL ? NULL : arena_alloc(p->arena, 16);
    if (whole == NULL)
        return;
    memset(whole, 0, 16);
    memcpy(whole, at, n);
    put_data(p, b, V3_ADDRESS_PREFIX_IPV6, b->pos - n, n, whole, 16);
}

static void put_router_v3(struct packet *p, struct cursor *b)
{
    uint8_t flags = put_u8(p, b, V3_ROUTER_LSA_FLAGS);
    uint32_t tree = tree_begin(p, V3_ROUTER_LSA_FLAGS);
    for (unsigned i = 0; i < 4 && b->fault == CURSOR_OK; i++)
        put_bits(p, b, V3_ROUTER_LSA_FLAGS_W - i, b->pos - 1, 1, flags);
    tree_end(p, tree);
    put_options_v3(p, b);
    while (cursor_left(b) > 0) {
        tree = tree_text(p, b, b->pos, 16, "Router Interfaces");
        (void)put_u8(p, b, V3_LSA_TYPE);
        (void)put_bytes(p, b, RESERVED, 1);
        (void)put_u16(p, b, METRIC);
        (void)put_u32(p, b, V3_LSA_INTERFACE_ID);
        (void)put_u32(p, b, V3_LSA_NEIGHBOR_INTERFACE_ID);
        (void)put_ipv4(p, b, V3_LSA_NEIGHBOR_ROUTER_ID);
        tree_end(p, tree);
    }
}

static void put_body_v3(struct packet *p, struct cursor *b, uint16_t type)
{
    switch (type & 0x1fff) {
    case V3_ROUTER:
        put_router_v3(p, b);
        break;
    case V3_NETWORK:
        (void)put_bytes(p, b, RESERVED, 1);
        put_options_v3(p, b);
        while (cursor_left(b) > 0)
            (void)put_ipv4(p, b, V3_LSA_ATTACHED_ROUTER);
        break;
    case V3_PREFIX:
        (void)put_bytes(p, b, RESERVED, 1);
        (void)put_u24(p, b, METRIC);
        put_prefix(p, b, RESERVED);
        break;
    case V3_INTER_ROUTER:
        (void)put_bytes(p, b, RESERVED, 1);
        put_options_v3(p, b);
        (void)put_bytes(p, b, RESERVED, 1);
        (void)put_u24(p, b, METRIC);
        (void)put_ipv4(p, b, V3_LSA_DESTINATION_ROUTER_ID);
        break;
    case V3_LINK: {
        (void)put_u8(p, b, V3_LSA_ROUTER_PRIORITY);
        put_options_v3(p, b);
        (void)put_bytes(p, b, V3_LSA_LINK_LOCAL_INTERFACE_ADDRESS_IPV6, 16);
        uint32_t count = put_u32(p, b, V3_LSA_NUM_PREFIXES);
        for (; count > 0 && b->fault == CURSOR_OK; count--)
            put_prefix(p, b, RESERVED);
        break;
    }
    case V3_INTRA: {
        uint32_t count = put_u16(p, b, V3_LSA_NUM_PREFIXES);
        (void)put_u16(p, b, V3_LSA_REFERENCED_LS_TYPE);
        (void)put_ipv4(p, b, V3_LSA_REFERENCED_LINK_STATE_ID);
        (void)put_ipv4(p, b, V3_LSA_REFERENCED_ADVERTISING_ROUTER);
        for (; count > 0 && b->fault == CURSOR_OK; count--)
            put_prefix(p, b, METRIC);
        break;
    }
    default:
        break;
    }
}

static void put_lsa(struct packet *p, struct cursor *c, uint8_t version, bool with_body)
{
    uint32_t tree = tree_text(p, c, c->pos, LSA_HEADER, "LSA");
    uint16_t length = 0, type = put_lsa_header(p, c, version, &length);
    if (with_body && length > LSA_HEADER && c->fault == CURSOR_OK) {
        struct cursor b = cursor_part(c, length - (uint32_t)LSA_HEADER);
        if (version == 2)
            put_body_v2(p, &b, type);
        else
            put_body_v3(p, &b, type);
        if (b.fault != CURSOR_OK)
            c->fault = b.fault;
    }
    tree_end(p, tree);
}

/* ---- Messages -------------------------------------------------------------------------------- */

static void put_description(struct packet *p, struct cursor *c, uint8_t version)
{
    uint32_t tree = tree_text(p, c, c->pos, version == 2 ? 8 : 12, "OSPF DB Description");
    if (version == 2) {
        (void)put_u16(p, c, DB_INTERFACE_MTU);
        put_options_v2(p, c, false);
    } else {
        (void)put_bytes(p, c, RESERVED, 1);
        put_options_v3(p, c);
        (void)put_u16(p, c, DB_INTERFACE_MTU);
        (void)put_bytes(p, c, RESERVED, 1);
    }
    uint8_t flags = put_u8(p, c, DBD);
    uint32_t under = tree_begin(p, DBD);
    if (c->fault == CURSOR_OK)
        put_flags(p, c, DBD_R, 4, c->pos - 1, 1, flags);
    tree_end(p, under);
    (void)put_u32(p, c, DB_DD_SEQUENCE);
    tree_end(p, tree);
    while (cursor_left(c) >= LSA_HEADER && c->fault == CURSOR_OK)
        put_lsa(p, c, version, false);
}

static void put_request(struct packet *p, struct cursor *c, uint8_t version)
{
    while (cursor_left(c) > 0 && c->fault == CURSOR_OK) {
        uint32_t tree = tree_text(p, c, c->pos, 12, "Link State Request");
        if (version == 2) {
            uint32_t type = cursor_u32(c);
            if (c->fault == CURSOR_OK)
                put_uint(p, c, LSA, c->pos - 4, 4, type);
        } else {
            (void)put_bytes(p, c, RESERVED, 2);
            put_type_v3(p, c, false);
        }
        (void)put_ipv4(p, c, LINK_STATE_ID);
        (void)put_ipv4(p, c, ADVROUTER);
        tree_end(p, tree);
    }
}

static void put_message(struct packet *p, struct cursor *c, uint8_t version, uint8_t type)
{
    uint32_t tree = NO_ITEM, count = 0;
    switch (type) {
    case TYPE_HELLO:
        put_hello(p, c, version);
        break;
    case TYPE_DESCRIPTION:
        put_description(p, c, version);
        break;
    case TYPE_REQUEST:
        put_request(p, c, version);
        break;
    case TYPE_UPDATE:
        tree = tree_text(p, c, c->pos, cursor_left(c), "LS Update Packet");
        count = put_u32(p, c, LS_NUMBER_OF_LSAS);
        for (; count > 0 && c->fault == CURSOR_OK && cursor_left(c) > 0; count--)
            put_lsa(p, c, version, true);
        tree_end(p, tree);
        break;
    case TYPE_ACKNOWLEDGE:
        while (cursor_left(c) >= LSA_HEADER && c->fault == CURSOR_OK)
            put_lsa(p, c, version, false);
        break;
    default:
        break;
    }
}

static void put_authentication(struct packet *p, struct cursor *c, uint32_t start, uint16_t length)
{
    uint16_t type = put_u16(p, c, AUTH_TYPE);
    if (type == KIND_SIMPLE) {
        const uint8_t *b = cursor_take(c, 8);
        char text[9] = {0};
        if (b != NULL) {
            memcpy(text, b, 8);
            put_string(p, c, AUTH_SIMPLE, c->pos - 8, 8, packet_text(p, "%s", text));
        }
    } else if (type == KIND_CRYPTOGRAPHIC) {
        cursor_skip(c, 2);
        (void)put_u8(p, c, AUTH_CRYPT_KEY_ID);
        uint8_t size = put_u8(p, c, AUTH_CRYPT_DATA_LENGTH);
        (void)put_u32(p, c, AUTH_CRYPT_SEQ_NBR);
        struct cursor behind = *c;
        if (length > 24 && length <= c->cap - start) {
            cursor_skip(&behind, start + length - c->pos);
            if (size > 0 && cursor_captured(&behind) >= size)
                (void)put_bytes(p, &behind, AUTH_CRYPT_DATA, size);
        }
    } else if (type == KIND_NONE) {
        (void)put_bytes(p, c, AUTH_NONE, 8);
    } else {
        cursor_skip(c, 8);
    }
}

/* RFC 5613, section 2: behind the packet, and the digest. */
static void put_lls(struct packet *p, struct cursor *c)
{
    uint32_t tree = tree_text(p, c, c->pos, cursor_left(c), "OSPF LLS Data Block");
    (void)put_u16(p, c, LLS_CHECKSUM);
    uint16_t words = cursor_u16(c);
    if (c->fault == CURSOR_OK)
        put_uint(p, c, LLS_DATA_LENGTH, c->pos - 2, 2, words * 4u);
    if (words >= 1)
        cursor_trim(c, words * 4u - 4);
    while (cursor_left(c) >= 4 && c->fault == CURSOR_OK) {
        uint32_t under = tree_text(p, c, c->pos, 4, "TLV");
        uint16_t type = put_u16(p, c, TLV_TYPE), length = put_u16(p, c, TLV_LENGTH);
        struct cursor v = cursor_part(c, length);
        if (type == 1) {
            uint32_t options = put_u32(p, &v, LLS_EXT_OPTIONS);
            uint32_t bits = tree_begin(p, LLS_EXT_OPTIONS);
            if (v.fault == CURSOR_OK) {
                put_bits(p, &v, LLS_EXT_OPTIONS_RS, v.pos - 4, 4, options);
                put_bits(p, &v, LLS_EXT_OPTIONS_LR, v.pos - 4, 4, options);
            }
            tree_end(p, bits);
        } else if (type == 2) {
            (void)put_u32(p, &v, V2_LLS_SEQUENCE_NUMBER);
            (void)put_bytes(p, &v, V2_LLS_AUTH_DATA, cursor_left(&v));
        }
        tree_end(p, under);
        cursor_skip(c, (4 - length % 4u) % 4 <= cursor_left(c) ? (4 - length % 4u) % 4 : 0);
    }
    tree_end(p, tree);
}

static void put_header_marks(struct packet *p, struct cursor *c, uint8_t type)
{
    static const uint16_t marks[] = {0, MSG_HELLO, MSG_DBDESC, MSG_LSREQ, MSG_LSUPDATE, MSG_LSACK};
    if (type >= TYPE_HELLO && type <= TYPE_ACKNOWLEDGE && c->fault == CURSOR_OK)
        put_uint(p, c, marks[type], c->pos - 1, 1, 1);
}

/* Do options, which lie at a place of their own in each message, promise link-local signalling? */
static bool promises_lls(const struct cursor *c, uint8_t version, uint8_t type)
{
    const uint8_t *b = cursor_peek(c, 0, 8);
    if (b == NULL || (type != TYPE_HELLO && type != TYPE_DESCRIPTION))
        return false;
    if (version == 2)
        return ((type == TYPE_HELLO ? b[6] : b[2]) & HAS_LLS) != 0;
    return (be24(type == TYPE_HELLO ? b + 5 : b + 1) & HAS_LLS_V3) != 0;
}

static void dissect(struct packet *p, struct cursor *c)
{
    uint32_t start = c->pos;
    const uint8_t *first = cursor_peek(c, 0, 16);
    uint8_t version = first == NULL ? 2 : first[0];
    put_data(p, c, HEADER, start, version == 2 ? 24 : 16, "", 0);
    uint32_t tree = tree_begin(p, HEADER);
    (void)put_u8(p, c, VERSION);
    uint8_t type = put_u8(p, c, MSG);
    put_header_marks(p, c, type);
    uint16_t length = put_u16(p, c, PACKET_LENGTH);
    (void)put_ipv4(p, c, SRCROUTER);
    (void)put_ipv4(p, c, AREA_ID);
    (void)put_u16(p, c, CHECKSUM);
    const char *name = value_name_find(msg_names, type);
    info_set(p, "%s", name != NULL ? name : "Unknown");
    if (version == 2) {
        put_authentication(p, c, start, length);
    } else {
        (void)put_u8(p, c, INSTANCE_ID);
        (void)put_bytes(p, c, RESERVED, 1);
    }
    tree_end(p, tree);
    if (c->fault != CURSOR_OK || length < c->pos - start || (version != 2 && version != 3))
        return;
    bool lls = promises_lls(c, version, type);
    uint32_t digest =
        version == 2 && be16(first + 14) == KIND_CRYPTOGRAPHIC ? c->data[start + 19] : 0;
    struct cursor body = cursor_part(c, length - (c->pos - start));
    put_message(p, &body, version, type);
    if (body.fault != CURSOR_OK) {
        c->fault = body.fault;
        return;
    }
    if (lls && cursor_captured(c) >= digest + 4) {
        cursor_skip(c, digest);
        put_lls(p, c);
    }
    cursor_trim(c, cursor_left(c));
    cursor_skip(c, cursor_captured(c));
}

static const struct binding bindings[] = {{"ip.proto", 89}, {NULL, 0}};

const struct protocol proto_ospf = {.name = "ospf",
                                    .title = "Open Shortest Path First",
                                    .column = "OSPF",
                                    FIELDS_OF_THIS_FILE,
                                    .bindings = bindings,
                                    .dissect = dissect};
